//! The profiles by name: paper of a width, ours; and models, from escpos-printer-db.
//!
//! Contains data of escpos-printer-db (<https://github.com/receipt-print-hq/escpos-printer-db>), licensed CC-BY-4.0, by way
//! of the crate `escpos-db`. Changed: displays and printers of Star's own command language are left out; widths that the
//! data lack or that contradict the size of the letters are ours (makers' specification sheets); cut distances, buzzers and
//! two-byte sets are not in the data and are ours.

use std::sync::{Arc, LazyLock};

use escpos_db::Encoding;

use super::{Buzzer, Cutter, PictureCommand, Profile};
use crate::codepage::{DoubleByte, EPSON, Pages, Table};
use crate::document::CodeKind;

/// All of them, in the order in which people are shown them.
pub(super) fn all() -> &'static [Profile] {
    &KNOWN
}

/// For names that are not known here.
pub(super) fn fallback() -> Profile {
    generic("generic-80", 80, 48)
}

static KNOWN: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let two_byte = |id, set| Profile {
        double_byte: Some(set),
        ..generic(id, 80, 48)
    };
    let mut all = vec![
        fallback(),
        generic("generic-58", 58, 32),
        impact("generic-76"),
        two_byte("generic-80-japanese", DoubleByte::ShiftJis),
        two_byte("generic-80-simplified-chinese", DoubleByte::Gb18030),
        two_byte("generic-80-traditional-chinese", DoubleByte::Big5),
        two_byte("generic-80-korean", DoubleByte::EucKr),
    ];
    all.extend(MODELS.iter().filter_map(model));
    all
});

/// Epson's numbers of the pages that nearly every printer and clone has, in the order of preference.
const COMMON_PAGES: [u8; 8] = [0, 2, 19, 16, 18, 17, 14, 15];

const BARS: [CodeKind; 7] = [
    CodeKind::Upc,
    CodeKind::Ean,
    CodeKind::Code39,
    CodeKind::Itf,
    CodeKind::Codabar,
    CodeKind::Code93,
    CodeKind::Code128,
];

/// A thermal printer of 203 dots an inch; the cutter stands about 15 mm behind the head (TM-T88, TM-T20: 14 to 16 mm).
fn generic(id: &str, media_mm: u32, columns: u32) -> Profile {
    let pages = COMMON_PAGES.iter().filter_map(|wanted| {
        let (number, name) = EPSON.iter().find(|(number, _)| number == wanted)?;
        Some((*number, Table::named(name)?))
    });
    Profile {
        id: id.to_owned(),
        columns,
        dots: columns * 12,
        dpi: 203,
        cell: (12, 24),
        cell_b: Some((9, 17)),
        media_mm,
        pages: Arc::new(Pages::new(pages)),
        double_byte: None,
        codes: [&BARS[..], &[CodeKind::Qr]].concat(),
        picture: PictureCommand::Rows,
        cutter: Cutter::Both,
        cut_distance: 120,
        buzzer: Some(Buzzer::EscB),
        drawer: true,
    }
}

/// An impact printer of 9 pins: 400 half dots in a row of 63.5 mm, 160 an inch; letters of 9 x 9 (12 half dots) and 7 x 9
/// (10 half dots), 72 an inch from top to bottom. Source: Epson's specification of the TM-U220, which also says that the
/// cutter stands 27 mm behind the head.
fn impact(id: &str) -> Profile {
    let cp437 = Table::named("CP437").map(|table| (0, table));
    Profile {
        id: id.to_owned(),
        columns: 33,
        dots: 400,
        dpi: 160,
        cell: (12, 20),
        cell_b: Some((10, 20)),
        media_mm: 76,
        pages: Arc::new(Pages::new(cp437)),
        double_byte: None,
        codes: Vec::new(),
        picture: PictureCommand::Columns8,
        cutter: Cutter::Partial,
        cut_distance: 170,
        buzzer: None,
        drawer: true,
    }
}

/// A model of the data: its name, millimetres of the roll, and what is known better: columns of fonts A and B, and dots.
struct Model(&'static str, u32, Option<(u32, u32, u32)>);

#[rustfmt::skip]
const MODELS: [Model; 26] = [
    Model("TM-T88V", 80, None), Model("TM-T88IV", 80, None), Model("TM-T88IV-SA", 80, None), Model("TM-T88III", 80, None),
    Model("TM-T88II", 80, None), Model("TM-T20II", 80, None), Model("TM-T20II-42col", 80, None), Model("TM-L90", 80, None),
    Model("TM-P80", 80, Some((48, 64, 576))), Model("TM-P80-42col", 80, None), Model("TM-U220", 76, None),
    Model("TM-U220B", 76, None), Model("SRP-S300", 80, Some((48, 64, 576))), Model("CT-S651", 80, Some((48, 64, 576))),
    Model("RP-F10-80mm", 80, None), Model("RP-F10-58mm", 58, None), Model("TH230", 80, None), Model("TH230Plus", 80, None),
    Model("RP326", 80, Some((42, 56, 512))), Model("P822D", 80, Some((42, 56, 512))), Model("KR-306", 80, None),
    Model("ITPP047", 80, None), Model("NT-80-V-UL", 80, Some((48, 64, 576))), Model("NT-5890K", 58, None),
    Model("POS-5890", 58, None), Model("Sunmi-V2", 58, None),
];

/// Who makes a model.
pub(super) fn maker(id: &str) -> Option<&'static str> {
    let known = MODELS.iter().any(|Model(known, ..)| *known == id);
    let data = escpos_db::ALL_PROFILES.get(id).filter(|_| known)?;
    Some(&data.vendor)
}

fn model(Model(id, media_mm, better): &Model) -> Option<Profile> {
    let data = escpos_db::ALL_PROFILES.get(id)?;
    let features = data.features;
    let epson = data.vendor == "Epson";
    if *media_mm == 76 {
        return Some(Profile {
            cutter: if features.paper_part_cut() {
                Cutter::Partial
            } else {
                Cutter::None
            },
            buzzer: Some(Buzzer::Epson),
            ..impact(id)
        });
    }
    let columns_of = |font| Some(u32::from(data.fonts.get(font)?.columns));
    let (columns, columns_b, dots) = match better {
        Some((columns, columns_b, dots)) => (*columns, Some(*columns_b), *dots),
        None => (
            columns_of(0)?,
            columns_of(1),
            u32::from(data.media.width.as_ref()?.px),
        ),
    };
    let mut codes = Vec::new();
    if features.barcode_b() {
        codes.extend(BARS);
    }
    codes.extend(features.qr_code().then_some(CodeKind::Qr));
    codes.extend(features.pdf417_code().then_some(CodeKind::Pdf417));
    Some(Profile {
        columns,
        dots,
        dpi: data.media.dpi.map_or(203, u32::from),
        cell: (dots / columns, 24),
        cell_b: columns_b.map(|columns| (dots / columns, 17)),
        pages: Arc::new(pages(data)),
        codes,
        cutter: match (features.paper_full_cut(), features.paper_part_cut()) {
            (true, true) => Cutter::Both,
            (true, false) => Cutter::Full,
            (false, true) => Cutter::Partial,
            (false, false) => Cutter::None,
        },
        buzzer: epson.then_some(Buzzer::Epson),
        drawer: features.pulse_standard(),
        ..generic(id, *media_mm, columns)
    })
}

/// The pages of a model whose tables are known here, the common ones first.
fn pages(data: &escpos_db::Profile<'_>) -> Pages {
    let mut pages: Vec<(u8, Table)> = data
        .code_pages
        .iter()
        .filter_map(|(number, encoding)| Some((number, Table::named(name(*encoding)?)?)))
        .collect();
    let common = |table: &Table| {
        let names = [
            "CP437", "CP850", "CP858", "CP1252", "CP852", "CP866", "CP737",
        ];
        names
            .iter()
            .position(|name| *name == table.name())
            .unwrap_or(names.len())
    };
    pages.sort_by_key(|(number, table)| (common(table), *number));
    Pages::new(pages)
}

/// The table of an encoding of the data; `None` for those that are not known here.
fn name(encoding: Encoding) -> Option<&'static str> {
    Some(match encoding {
        Encoding::CP1125 => "CP1125",
        Encoding::CP1250 => "CP1250",
        Encoding::CP1251 => "CP1251",
        Encoding::CP1252 => "CP1252",
        Encoding::CP1253 => "CP1253",
        Encoding::CP1254 => "CP1254",
        Encoding::CP1255 => "CP1255",
        Encoding::CP1256 => "CP1256",
        Encoding::CP1257 => "CP1257",
        Encoding::CP1258 => "CP1258",
        Encoding::CP3011 => "CP3011",
        Encoding::CP3012 => "CP3012",
        Encoding::CP437 => "CP437",
        Encoding::CP720 => "CP720",
        Encoding::CP737 => "CP737",
        Encoding::CP772 => "CP772",
        Encoding::CP774 => "CP774",
        Encoding::CP775 => "CP775",
        Encoding::CP850 => "CP850",
        Encoding::CP852 => "CP852",
        Encoding::CP855 => "CP855",
        Encoding::CP856 => "CP856",
        Encoding::CP857 => "CP857",
        Encoding::CP858 => "CP858",
        Encoding::CP860 => "CP860",
        Encoding::CP861 => "CP861",
        Encoding::CP862 => "CP862",
        Encoding::CP863 => "CP863",
        Encoding::CP864 => "CP864",
        Encoding::CP865 => "CP865",
        Encoding::CP866 => "CP866",
        Encoding::CP869 => "CP869",
        Encoding::CP874 => "CP874",
        Encoding::ISO_8859_1 => "ISO_8859-1",
        Encoding::ISO_8859_15 => "ISO_8859-15",
        Encoding::ISO_8859_2 => "ISO_8859-2",
        Encoding::ISO_8859_3 => "ISO_8859-3",
        Encoding::ISO_8859_4 => "ISO_8859-4",
        Encoding::ISO_8859_5 => "ISO_8859-5",
        Encoding::ISO_8859_6 => "ISO_8859-6",
        // Page CP928 is Greece's ISO 8859-7 under IBM's name.
        Encoding::ISO_8859_7 | Encoding::CP928 => "ISO_8859-7",
        Encoding::ISO_8859_8 => "ISO_8859-8",
        Encoding::ISO_8859_9 => "ISO_8859-9",
        // As a page of one byte, CP932 is its half-width Katakana.
        Encoding::CP932 | Encoding::KATAKANA => "KATAKANA",
        Encoding::RK1048 => "RK1048",
        Encoding::TCVN_3_1 => "TCVN-3-1",
        Encoding::TCVN_3_2 => "TCVN-3-2",
        Encoding::CP1001
        | Encoding::CP1098
        | Encoding::CP2001
        | Encoding::CP3001
        | Encoding::CP3002
        | Encoding::CP3021
        | Encoding::CP3041
        | Encoding::CP3840
        | Encoding::CP3841
        | Encoding::CP3843
        | Encoding::CP3844
        | Encoding::CP3845
        | Encoding::CP3846
        | Encoding::CP3847
        | Encoding::CP3848
        | Encoding::CP747
        // The data themselves advise against CP851, whose makers disagree.
        | Encoding::CP851
        | Encoding::CP853
        | Encoding::OXHOO_EUROPEAN
        | Encoding::UNKNOWN
        | _ => return None,
    })
}
