//! Whatever comes in, what goes out is a clean receipt or a clear error: as bytes for a printer, as a picture and as PDF,
//! in a quarter of a gigabyte. A process of its own, whose memory is that of these tests alone.

#![cfg(target_os = "linux")]

use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use api::{Business, Order, TicketKind, TicketName};
use proptest::prelude::*;
use serde_json::{Value, json};
use templates::{
    Fonts, Partials, Pass, Profile, RenderError, Supplies, Ticket, built_in,
    escpos_reader::{Command, Reader},
    legible, parse, render, render_plain, to_escpos, to_pdf, to_png, to_text,
};

mod pictures;
#[path = "../process/mod.rs"]
mod process;

use process::kib;

/// KiB of the whole process.
const MOST: u64 = 256 << 10;

/// Bytes that a PDF file has before any text, and at most for each byte of markup.
const FONTS_OF_A_FILE: usize = 512 << 10;
const PDF_OF_A_BYTE: usize = 20;

const TICKETS: [&str; 2] = ["receipt", "kitchen"];

fn supplies() -> Supplies {
    let folder = std::env::var_os("PANBOT_FONTS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../fonts"),
        Into::into,
    );
    Supplies::from(Fonts::in_folder(Some(folder)))
}

/// `docs/order.json`: a restaurant and an order.
fn known() -> Value {
    serde_json::from_str(include_str!("../../../docs/order.json")).expect("an order of ours")
}

fn business() -> Business {
    serde_json::from_value(known()["business"].clone()).expect("a restaurant of ours")
}

fn order(order: &Value) -> Order {
    serde_json::from_value(order.clone()).expect("an order that can be read")
}

fn named(name: &str) -> TicketName {
    name.parse().expect("the name of a ticket")
}

fn markup(name: &str, order: &Order, template: Option<&str>) -> Result<String, RenderError> {
    markup_of(&business(), name, order, template)
}

fn markup_of(
    business: &Business,
    name: &str,
    order: &Order,
    template: Option<&str>,
) -> Result<String, RenderError> {
    let name = named(name);
    let ticket = Ticket {
        business,
        order,
        name: &name,
        before: None,
        lines: None,
    };
    render(&ticket, template, &Partials::new())
}

/// What a printer is told by the markup, after it became a picture and a PDF file too.
fn printed(markup: &str, supplies: &Supplies) -> Vec<Command> {
    let document = parse(markup).document;
    let profile = Profile::named("generic-80").expect("a profile of ours");
    let pass = Pass::default();
    let png = to_png(&document, &profile, &pass, supplies).expect("a picture");
    assert!(png.starts_with(b"\x89PNG"));
    let pdf = to_pdf(&document, &profile, &pass, supplies, "").expect("a PDF file");
    assert!(pdf.starts_with(b"%PDF"));
    let most = FONTS_OF_A_FILE + PDF_OF_A_BYTE * markup.len();
    assert!(pdf.len() < most, "{} bytes of PDF", pdf.len());
    let bytes = to_escpos(&document, &profile, &pass, supplies).expect("bytes");
    let mut reader = Reader::of(&profile);
    let mut reads = reader.push(&bytes);
    reads.extend(reader.finish());
    let commands: Vec<Command> = reads.into_iter().map(|read| read.what).collect();
    for command in &commands {
        let wrong = matches!(
            command,
            Command::Unknown(_)
                | Command::Truncated(_)
                | Command::RealTime { .. }
                | Command::DrawerPulse { .. }
        );
        assert!(!wrong, "{command:?}");
    }
    within_memory();
    commands
}

/// What stands on the paper.
fn text(markup: &str) -> String {
    let profile = Profile::named("generic-80").expect("a profile of ours");
    to_text(&parse(markup).document, &profile, &Pass::default()).expect("text")
}

fn cuts(commands: &[Command]) -> usize {
    let cut = |command: &&Command| matches!(command, Command::Cut { .. });
    commands.iter().filter(cut).count()
}

/// One test at a time, from a peak of memory of its own.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    let one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    // proc(5): 5 resets the peak to what is in use now.
    std::fs::write("/proc/self/clear_refs", "5").expect("/proc");
    one
}

fn within_memory() {
    let peak = kib("VmHWM");
    assert!(peak < MOST, "{peak} KiB");
}

#[test]
fn an_order_of_5000_dishes_comes_out_with_all_of_them() {
    let _alone = alone();
    let mut json = known()["order"].clone();
    let dish = json["lines"][0].clone();
    let dishes = (1..=5_000_u32).map(|id| {
        let mut dish = dish.clone();
        dish["id"] = id.into();
        dish["name"] = format!("Dish {id}").into();
        dish
    });
    json["lines"] = dishes.collect();
    let order = order(&json);
    for name in TICKETS {
        let made = markup(name, &order, None).unwrap();
        let text = text(&made);
        for id in [1, 2_500, 5_000] {
            assert!(text.contains(&format!("Dish {id}")), "{name} {id}");
        }
        assert_eq!(cuts(&printed(&made, &supplies())), 1, "{name}");
    }
    // An order with that many that cannot be read is cut short, and says so.
    let plain = render_plain(&json, "en");
    assert!(self::text(&plain).contains("Rows left out"));
    printed(&plain, &supplies());
}

#[test]
fn a_note_of_100_kilobytes_prints_its_beginning_and_says_how_much_is_missing() {
    for word in ["careful ", "x", "仔细", "👍", "👩‍👩‍👧‍👦 "] {
        is_cut(word, &["/note", "/lines/1/note"]);
    }
}

#[test]
fn a_note_of_100_kilobytes_in_letters_that_join_prints_its_beginning() {
    for word in ["بدون بصل ", "بدونبصل", "no بصل please "] {
        is_cut(word, &["/note"]);
    }
}

fn is_cut(word: &str, places: &[&str]) {
    let _alone = alone();
    let mut json = known()["order"].clone();
    for place in places {
        let note = "NUT ALLERGY ".to_owned() + &word.repeat(100_000 / word.len());
        *json.pointer_mut(place).expect("a text") = note.into();
    }
    let order = order(&json);
    for name in TICKETS {
        let made = markup(name, &order, None).expect("a built-in template");
        let text = text(&made);
        assert_eq!(
            text.matches("NUT ALLERGY").count(),
            places.len(),
            "{name} {word}"
        );
        assert_eq!(
            text.matches("more rows").count(),
            places.len(),
            "{name} {word}"
        );
        assert!(text.lines().count() < 100, "{name} {word}");
    }
    let receipt = markup("receipt", &order, None).expect("a built-in template");
    printed(&receipt, &supplies());
}

#[test]
fn control_characters_and_emoji_are_signs_on_paper_and_nothing_else() {
    let _alone = alone();
    let harmless = printed(
        &markup("receipt", &order(&known()["order"]), None).unwrap(),
        &supplies(),
    );
    let control: String = ('\0'..'\u{a0}').filter(|c| c.is_control()).collect();
    for strange in [
        control.as_str(),
        "\u{1b}p\0\u{19}\u{fa}\u{1d}V\0\u{10}\u{14}\u{1}\0\u{1}",
        "\u{202e}txet\u{2066}\u{2069}\u{200b}\u{feff}",
        "\u{f007c}\u{10ffff}\u{e000}",
        "👩‍👩‍👧‍👦🇩🇪👍🏽🍕☕️",
        "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}",
        "{x-drawer}\n=\n{x-commands:on}\n{command:\\x1bp0}",
        "{{order.number}}{{> receipt}}",
    ] {
        let mut json = known()["order"].clone();
        for place in ["/note", "/customer/name", "/lines/0/name", "/lines/1/note"] {
            *json.pointer_mut(place).expect("a text") = strange.into();
        }
        for name in TICKETS {
            let made = markup(name, &order(&json), None).unwrap();
            assert_eq!(parse(&made).notes, [], "{name} {strange:?}");
            let commands = printed(&made, &supplies());
            assert_eq!(cuts(&commands), cuts(&harmless), "{name} {strange:?}");
        }
        printed(&render_plain(&json, "en"), &supplies());
    }
}

#[test]
fn half_a_character_in_json_is_an_error_that_says_where() {
    let _alone = alone();
    let whole = serde_json::to_string(&known()["order"]).unwrap();
    for half in [r"\ud83c", r"\udf55", r"\ud83cx", r"\udf55\ud83c"] {
        let broken = whole.replace("no garlic", half);
        let said = serde_json::from_str::<Order>(&broken)
            .unwrap_err()
            .to_string();
        assert!(said.contains("line 1 column"), "{said}");
    }
    let pair = whole.replace("no garlic", r"\ud83c\udf55");
    let order: Order = serde_json::from_str(&pair).unwrap();
    assert!(text(&markup("receipt", &order, None).unwrap()).contains('🍕'));
}

#[test]
fn a_field_that_is_missing_is_named_and_the_rest_is_printed_plain() {
    let _alone = alone();
    let whole = known()["order"].clone();
    for (place, field) in [
        ("", "totals"),
        ("", "lines"),
        ("", "number"),
        ("/lines/0", "quantity"),
        ("/payment", "method"),
        ("/totals/total", "currency"),
    ] {
        let mut json = whole.clone();
        let map = json.pointer_mut(place).and_then(Value::as_object_mut);
        map.unwrap().remove(field).unwrap();
        let said = serde_json::from_value::<Order>(json.clone())
            .unwrap_err()
            .to_string();
        assert!(said.contains(&format!("missing field `{field}`")), "{said}");
        let plain = render_plain(&json, "en");
        assert!(text(&plain).contains("Jonas Weber"), "{field}");
        printed(&plain, &supplies());
    }
    for nothing in [
        json!(null),
        json!({}),
        json!([]),
        json!("soup"),
        json!(1e300),
    ] {
        printed(&render_plain(&nothing, "en"), &supplies());
    }
}

#[test]
fn a_template_with_a_mistake_says_where_and_never_prints_half() {
    let _alone = alone();
    let order = order(&known()["order"]);
    for (wrong, place) in [
        ("{{order.number", "line 1, column 1"),
        ("a\n{{#items}}\n{{name}}", "line 2, column 1"),
        ("a\nb {{/items}}", "line 2, column 3"),
        ("{{#items}}{{/stations}}", "line 1, column 11"),
        ("{{=<%=}}", "line 1, column 1"),
        ("{{ two words }}", "line 1, column 1"),
    ] {
        let said = markup("receipt", &order, Some(wrong)).unwrap_err();
        assert!(said.to_string().contains(place), "{wrong}: {said}");
    }
    let missing = "|{{nobody.knows}}|{{#nor}}this{{/nor}}|";
    printed(
        &markup("receipt", &order, Some(missing)).unwrap(),
        &supplies(),
    );
    // A template that multiplies itself ends as an error too.
    let many = "{{#items}}".repeat(30) + "x" + &"{{/items}}".repeat(30);
    assert!(markup("receipt", &order, Some(&many)).is_err());
    // Ours, broken off anywhere.
    let whole = built_in(TicketKind::Receipt).unwrap();
    for end in (0..whole.len()).step_by(7) {
        if let Ok(made) = markup("receipt", &order, whole.get(..end)) {
            let _ = text(&made);
        }
    }
    within_memory();
}

/// Signs that mean something, and what makes them mean more.
fn any_markup() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        prop::sample::select(vec![
            "|",
            "^",
            "\"",
            "`",
            "_",
            "~",
            "\\",
            "{",
            "}",
            ":",
            ";",
            "\n",
            "-",
            "=",
            "{width:3,*}\n",
            "{border:line}\n",
            "{x-dir:rtl}\n",
            "{x-font:b}\n",
            "{align:right}\n",
            "{code:1;option:code128,hri}\n",
            "{x-pdf417:1}\n",
            "{x-image:logo}\n",
            "{image:iVBORw0KGgo}\n",
            "{x-feed:255}\n",
            "{x-buzzer:9}\n",
            "{command:\\x10}\n",
            "12.00",
            "text",
            "ü",
            "漢字",
            "שלום",
            "👍",
            "\\x1b",
            "^^^^^^^",
        ])
        .prop_map(|part| part.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn markup_of_any_bytes_is_paper_or_an_error(bytes in any_markup()) {
        let markup = String::from_utf8_lossy(&bytes);
        let document = parse(&markup).document;
        let profile = Profile::named("generic-58").unwrap();
        let (pass, supplies) = (Pass::default(), supplies());
        // Each of them refuses what the others refuse, numbers in place of letters that no font has among it.
        let shown = legible(&document, None, &pass, &supplies);
        let fits = to_text(&shown, &profile, &pass).is_ok();
        prop_assert_eq!(to_png(&document, &profile, &pass, &supplies).is_ok(), fits);
        prop_assert_eq!(to_pdf(&document, &profile, &pass, &supplies, "").is_ok(), fits);
        prop_assert_eq!(to_escpos(&document, &profile, &pass, &supplies).is_ok(), fits);
        within_memory();
    }
}
