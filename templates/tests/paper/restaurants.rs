//! A restaurant and an evening for each of our languages, so that the papers show what they would show there.

use api::{
    Business, BusinessId, ItemId, Money, Order, OrderId,
    order::{
        Channel, Customer, Line, LineOption, OrderKind, OrderStatus, Payment, PaymentMethod, Totals,
    },
};
use uuid::Uuid;

/// One language.
#[derive(Clone, Copy)]
pub struct Place {
    pub locale: &'static str,
    currency: &'static str,
    zone: &'static str,
    name: &'static str,
    address: [&'static str; 2],
    phone: &'static str,
    tax_id: &'static str,
    /// Who ordered, where to, and what they said about it.
    customer: [&'static str; 5],
    /// Name, station and minor units of three dishes and a drink.
    dishes: [(&'static str, &'static str, i64); 4],
    /// An option that costs something, one that does not, and two notes about dishes.
    said: [&'static str; 4],
}

/// Each language once.
#[rustfmt::skip]
pub const PLACES: [Place; 12] = [
    Place {
        locale: "en-GB", currency: "GBP", zone: "Europe/London", name: "The Copper Kettle",
        address: ["14 Mill Lane", "Cambridge CB2 1RX"], phone: "01223 555 014", tax_id: "GB 123 4567 89",
        customer: ["Ada Lovelace", "07700 900 142", "12 St James's Square", "Cambridge CB1 2AB", "Bell is broken, please call"],
        dishes: [("Fish & Chips", "grill", 1450), ("Steak and kidney pie", "oven", 1625), ("Sticky toffee pudding", "cold", 690), ("Sparkling water 0.5 l", "bar", 320)],
        said: ["Mushy peas", "no vinegar", "well done, please", "allergic to nuts"],
    },
    Place {
        locale: "de-DE", currency: "EUR", zone: "Europe/Berlin", name: "Gasthaus zur Linde",
        address: ["Hauptstraße 12", "10827 Berlin"], phone: "030 555 0142", tax_id: "27/123/45678",
        customer: ["Emmy Noether", "0170 555 4217", "Gartenweg 3, Hinterhaus", "10823 Berlin", "Klingel defekt, bitte anrufen"],
        dishes: [("Käsespätzle mit Röstzwiebeln", "grill", 1290), ("Sauerbraten mit Rotkohl", "oven", 1850), ("Rote Grütze", "cold", 590), ("Apfelschorle 0,5 l", "bar", 420)],
        said: ["extra Käse", "ohne Zwiebeln", "gut durchbraten", "Nussallergie"],
    },
    Place {
        locale: "es-ES", currency: "EUR", zone: "Europe/Madrid", name: "Casa Manolo",
        address: ["Calle Mayor, 8", "28013 Madrid"], phone: "910 555 142", tax_id: "B12345678",
        customer: ["Lope de Vega", "600 555 421", "Calle de Cervantes, 11, 2.º B", "28014 Madrid", "No funciona el timbre, llamar"],
        dishes: [("Tortilla española", "grill", 850), ("Cordero asado al horno", "oven", 1990), ("Crema catalana", "cold", 550), ("Agua con gas 0,5 l", "bar", 220)],
        said: ["ración de pan", "sin cebolla", "muy hecho", "alergia a los frutos secos"],
    },
    Place {
        locale: "fr-FR", currency: "EUR", zone: "Europe/Paris", name: "Au Petit Marché",
        address: ["5, rue des Écoles", "75005 Paris"], phone: "01 99 00 51 42", tax_id: "FR 12 345678901",
        customer: ["Sophie Germain", "06 39 98 42 17", "13, rue de Savoie, 3e étage", "75006 Paris", "Sonnette en panne, appeler"],
        dishes: [("Steak frites à l'échalote", "grill", 1690), ("Gratin dauphinois", "oven", 1150), ("Crème brûlée", "cold", 750), ("Eau pétillante 50 cl", "bar", 380)],
        said: ["sauce au poivre", "sans oignons", "bien cuit", "allergie aux noix"],
    },
    Place {
        locale: "it-IT", currency: "EUR", zone: "Europe/Rome", name: "Trattoria Rosa",
        address: ["Via Garibaldi 7", "00153 Roma"], phone: "06 555 0142", tax_id: "IT 12345678901",
        customer: ["Maria Agnesi", "340 555 4217", "Via Pasquirolo 9, int. 4", "00186 Roma", "Citofono rotto, chiamare"],
        dishes: [("Saltimbocca alla romana", "grill", 1650), ("Pizza Diavola", "oven", 1050), ("Tiramisù", "cold", 600), ("Acqua frizzante 0,5 l", "bar", 250)],
        said: ["mozzarella di bufala", "senza cipolla", "ben cotto", "allergia alle noci"],
    },
    Place {
        locale: "pt-PT", currency: "EUR", zone: "Europe/Lisbon", name: "Tasca do João",
        address: ["Rua da Bica 21", "1200-054 Lisboa"], phone: "21 055 0142", tax_id: "501234567",
        customer: ["Pedro Nunes", "910 555 421", "Rua do Salvador 6, 1.º Esq.", "1100-466 Lisboa", "Campainha avariada, ligar"],
        dishes: [("Bacalhau à Brás", "grill", 1390), ("Arroz de pato no forno", "oven", 1250), ("Pastel de nata", "cold", 180), ("Água com gás 0,5 l", "bar", 170)],
        said: ["azeitonas", "sem cebola", "bem passado", "alergia a nozes"],
    },
    Place {
        locale: "tr-TR", currency: "TRY", zone: "Europe/Istanbul", name: "Çınaraltı Lokantası",
        address: ["İstiklal Caddesi 18", "34430 Beyoğlu İstanbul"], phone: "0212 555 01 42", tax_id: "1234567890",
        customer: ["Cahit Arf", "0532 555 42 17", "Güneş Sokağı 4, daire 7", "34437 Beyoğlu İstanbul", "Zil bozuk, lütfen arayın"],
        dishes: [("İskender kebap", "grill", 42_000), ("Fırında güveç", "oven", 36_500), ("Künefe", "cold", 19_000), ("Ayran 0,3 l", "bar", 4_500)],
        said: ["ekstra yoğurt", "soğansız", "iyi pişmiş", "fındık alerjisi"],
    },
    Place {
        locale: "el-GR", currency: "EUR", zone: "Europe/Athens", name: "Ταβέρνα Η Ελιά",
        address: ["Αδριανού 12", "105 55 Αθήνα"], phone: "21 0555 0142", tax_id: "123456789",
        customer: ["Υπατία Θέωνος", "694 555 4217", "Λυκαβηττού 3, 2ος όροφος", "106 71 Αθήνα", "Το κουδούνι χάλασε, καλέστε"],
        dishes: [("Σουβλάκι κοτόπουλο", "grill", 980), ("Μουσακάς", "oven", 1150), ("Γαλακτομπούρεκο", "cold", 450), ("Ανθρακούχο νερό 0,5 l", "bar", 180)],
        said: ["έξτρα φέτα", "χωρίς κρεμμύδι", "καλοψημένο", "αλλεργία σε ξηρούς καρπούς"],
    },
    Place {
        locale: "ar-EG", currency: "EGP", zone: "Africa/Cairo", name: "مطعم النيل",
        address: ["شارع طلعت حرب 12", "القاهرة"], phone: "02 2555 0142", tax_id: "123-456-789",
        customer: ["محمد الخوارزمي", "0100 555 4217", "شارع المعز 8، الدور 3", "القاهرة", "الجرس معطل، اتصل بنا"],
        dishes: [("كباب مشوي", "grill", 28_000), ("طاجن لحم بالفرن", "oven", 31_500), ("أم علي", "cold", 9_500), ("مياه معدنية 0.5 l", "bar", 1_500)],
        said: ["طحينة إضافية", "بدون بصل", "مطهو جيدًا", "حساسية من المكسرات"],
    },
    Place {
        locale: "he-IL", currency: "ILS", zone: "Asia/Jerusalem", name: "מסעדת הזית",
        address: ["רחוב הרצל 12", "תל אביב"], phone: "03-555-0142", tax_id: "512345678",
        customer: ["אברהם אבן עזרא", "050-555-4217", "רחוב אלנבי 8, דירה 3", "תל אביב", "הפעמון לא עובד, להתקשר"],
        dishes: [("שווארמה בצלחת", "grill", 5_800), ("קציצות בתנור", "oven", 5_200), ("מלבי", "cold", 2_600), ("סודה 0.5 l", "bar", 1_200)],
        said: ["טחינה נוספת", "בלי בצל", "עשוי היטב", "אלרגיה לאגוזים"],
    },
    Place {
        locale: "ja-JP", currency: "JPY", zone: "Asia/Tokyo", name: "食堂さくら",
        address: ["京都市中京区錦小路通12", "〒604-8054"], phone: "075-555-0142", tax_id: "T1234567890123",
        customer: ["関 孝和", "090-5550-4217", "京都市下京区四条通8 302号室", "〒600-8001", "呼び鈴が故障中、電話してください"],
        dishes: [("鶏の唐揚げ定食", "grill", 980), ("海老グラタン", "oven", 1250), ("抹茶アイス", "cold", 450), ("ウーロン茶", "bar", 300)],
        said: ["大盛り", "ねぎ抜き", "よく焼いてください", "ナッツアレルギー"],
    },
    Place {
        locale: "zh-CN", currency: "CNY", zone: "Asia/Shanghai", name: "竹园饭店",
        address: ["南京东路12号", "上海市黄浦区"], phone: "021 5550 0142", tax_id: "91310101MA1FPX1234",
        customer: ["祖冲之", "138 5550 4217", "福州路8号302室", "上海市黄浦区", "门铃坏了,请打电话"],
        dishes: [("宫保鸡丁", "grill", 4_800), ("蜜汁叉烧", "oven", 5_600), ("芒果布丁", "cold", 1_800), ("乌龙茶", "bar", 1_200)],
        said: ["加花生", "不要葱", "少辣", "坚果过敏"],
    },
];

/// The other languages, each in a house that cooks as the first of [`PLACES`] does: their words are what counts.
pub const OTHERS: [Place; 21] = [
    elsewhere("bg-BG", "EUR", "Europe/Sofia"),
    elsewhere("cs-CZ", "CZK", "Europe/Prague"),
    elsewhere("da-DK", "DKK", "Europe/Copenhagen"),
    elsewhere("fi-FI", "EUR", "Europe/Helsinki"),
    elsewhere("hi-IN", "INR", "Asia/Kolkata"),
    elsewhere("hu-HU", "HUF", "Europe/Budapest"),
    elsewhere("id-ID", "IDR", "Asia/Jakarta"),
    elsewhere("ko-KR", "KRW", "Asia/Seoul"),
    elsewhere("nb-NO", "NOK", "Europe/Oslo"),
    elsewhere("nl-NL", "EUR", "Europe/Amsterdam"),
    elsewhere("pl-PL", "PLN", "Europe/Warsaw"),
    elsewhere("pt-BR", "BRL", "America/Sao_Paulo"),
    elsewhere("ro-RO", "RON", "Europe/Bucharest"),
    elsewhere("ru-RU", "RUB", "Europe/Moscow"),
    elsewhere("sr-Latn-RS", "RSD", "Europe/Belgrade"),
    elsewhere("sr-RS", "RSD", "Europe/Belgrade"),
    elsewhere("sv-SE", "SEK", "Europe/Stockholm"),
    elsewhere("th-TH", "THB", "Asia/Bangkok"),
    elsewhere("uk-UA", "UAH", "Europe/Kyiv"),
    elsewhere("vi-VN", "VND", "Asia/Ho_Chi_Minh"),
    elsewhere("zh-TW", "TWD", "Asia/Taipei"),
];

const fn elsewhere(locale: &'static str, currency: &'static str, zone: &'static str) -> Place {
    Place {
        locale,
        currency,
        zone,
        ..PLACES[0]
    }
}

impl Place {
    pub fn business(&self) -> Business {
        Business {
            name: self.name.into(),
            address: self.address.map(str::to_owned).into(),
            phone: Some(self.phone.into()),
            tax_id: Some(self.tax_id.into()),
            time_zone: self.zone.into(),
            locale: self.locale.into(),
            currency: self.currency.into(),
            logo: Some(String::new()),
            standby: true,
            alarm_webhook: None,
            second_locale: None,
            minor_digits: None,
        }
    }

    /// A delivery that is still to be paid for.
    pub fn order(&self) -> Order {
        let [name, phone, street, town, note] = self.customer;
        let mut lines: Vec<Line> = (1_u32..)
            .zip(self.dishes)
            .zip([2, 1, 3, 2])
            .map(|((id, dish), quantity)| self.line(id, quantity, dish))
            .collect();
        let [paid, free, first, third] = self.said;
        let price = self.dishes[3].2 / 2;
        let option = |name: &str, minor| LineOption {
            name: name.into(),
            price: self.money(minor),
        };
        lines[0].options = vec![option(paid, price), option(free, 0)];
        lines[0].note = Some(first.into());
        lines[0].total = self.money(2 * (self.dishes[0].2 + price));
        lines[2].note = Some(third.into());
        let subtotal = lines.iter().map(|line| line.total.minor).sum();
        let fee = self.dishes[3].2;
        Order {
            id: OrderId(Uuid::from_u128(9)),
            business_id: BusinessId(Uuid::from_u128(8)),
            number: 1042,
            revision: 1,
            status: OrderStatus::Open,
            channel: Channel::Web,
            kind: OrderKind::Delivery,
            placed_at: "2026-11-21T10:05:00Z".parse().expect("a time"),
            revised_at: "2026-11-21T10:05:00Z".parse().expect("a time"),
            promised_at: Some("2026-11-21T10:50:00Z".parse().expect("a time")),
            customer: Customer {
                name: Some(name.into()),
                phone: Some(phone.into()),
                address: vec![street.into(), town.into()],
            },
            table: None,
            note: Some(note.into()),
            lines,
            totals: Totals {
                subtotal: self.money(subtotal),
                delivery_fee: Some(self.money(fee)),
                total: self.money(subtotal + fee),
            },
            payment: Payment {
                method: PaymentMethod::Cash,
                paid: false,
            },
            cancelled: false,
        }
    }

    /// The same ten minutes later: more of the first dish, none of the second, another one, and no note about the third.
    pub fn revised(&self) -> Order {
        let mut order = self.order();
        order.revision = 2;
        order.revised_at = "2026-11-21T10:15:00Z".parse().expect("a time");
        order.promised_at = Some("2026-11-21T11:10:00Z".parse().expect("a time"));
        order.note = None;
        order.lines[0].quantity = 3.into();
        order.lines[0].note = Some(self.said[3].into());
        order.lines.remove(1);
        let mut added = self.line(5, 1, self.dishes[0]);
        added.options = vec![LineOption {
            name: self.said[1].into(),
            price: self.money(0),
        }];
        order.lines.push(added);
        order
    }

    pub fn cancelled(&self) -> Order {
        let mut order = self.order();
        order.revision = 2;
        order.revised_at = "2026-11-21T10:15:00Z".parse().expect("a time");
        order.cancelled = true;
        order
    }

    /// An evening's orders.
    pub fn evening(&self) -> Vec<Order> {
        let channels = [Channel::Web, Channel::Phone, Channel::Till];
        let kinds = [OrderKind::Delivery, OrderKind::Pickup, OrderKind::DineIn];
        let methods = [
            PaymentMethod::Online,
            PaymentMethod::Cash,
            PaymentMethod::Card,
        ];
        (0..42_usize)
            .map(|n| {
                let mut order = self.order();
                order.channel = channels[n % 3];
                order.kind = kinds[n % 5 % 3];
                order.payment.method = methods[n % 7 % 3];
                order.payment.paid = n % 6 != 0;
                order.cancelled = n % 17 == 16;
                order
            })
            .collect()
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    fn line(&self, id: u32, quantity: u32, (name, station, price): (&str, &str, i64)) -> Line {
        Line {
            id,
            item_id: ItemId(Uuid::from_u128(id.into())),
            name: name.into(),
            quantity: quantity.into(),
            unit: None,
            unit_price: self.money(price),
            options: Vec::new(),
            note: None,
            station: Some(station.into()),
            total: self.money(price * i64::from(quantity)),
        }
    }
}
