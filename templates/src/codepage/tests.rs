use super::*;

fn epson() -> Pages {
    Pages::new(
        EPSON
            .iter()
            .filter_map(|(number, name)| Some((*number, Table::named(name)?))),
    )
}

fn said(pages: &Pages, character: char, number: u8) -> Option<u8> {
    let page = pages.list().iter().position(|(page, _)| *page == number)? as u32;
    let code = pages.code(character)?;
    (code.pages & 1 << page != 0).then(|| pages.byte(code, page))
}

#[test]
fn every_table_has_128_characters_and_none_of_ascii() {
    for (name, characters) in KNOWN.iter() {
        assert_eq!(characters.len(), 128, "{name}");
        assert!(
            characters.iter().all(|c| !c.is_ascii() && !c.is_control()),
            "{name}"
        );
    }
}

#[test]
fn every_page_of_epsons_list_has_its_table() {
    for (number, name) in EPSON {
        assert!(Table::named(name).is_some(), "{number} {name}");
    }
}

#[test]
fn what_a_page_can_say_is_read_back_the_same() {
    let pages = epson();
    for (number, table) in pages.list() {
        for byte in 0x80..=0xff {
            let Some(character) = table.character(byte) else {
                continue;
            };
            let sent = said(&pages, character, *number).unwrap();
            assert_eq!(decode(*number, sent), Some(character), "page {number}");
        }
    }
}

#[test]
fn the_euro_sign_is_on_some_pages_and_not_on_others() {
    let pages = epson();
    assert_eq!(said(&pages, '€', 19), Some(0xd5));
    assert_eq!(said(&pages, '€', 16), Some(0x80));
    assert_eq!(said(&pages, '€', 0), None);
    assert_eq!(pages.code('-'), None);
    assert_eq!(pages.code('餃'), None);
    assert_eq!(pages.code('😀'), None);
}

#[test]
fn letters_that_change_beside_others_do_not_stand_alone() {
    let pages = epson();
    for (character, alone) in [
        ('é', true),
        ('€', true),
        ('─', true),
        ('ש', false),
        ('\u{627}', false),
        ('\u{ad}', false),
    ] {
        assert_eq!(
            pages.code(character).map(|code| code.alone),
            Some(alone),
            "{character}"
        );
    }
}

#[test]
fn two_byte_sets_say_their_own_letters_and_give_them_back() {
    for (set, text, other) in [
        (DoubleByte::ShiftJis, "餃子セット", '们'),
        (DoubleByte::Gb18030, "宫保鸡丁", '😀'),
        (DoubleByte::Big5, "宮保雞丁", '们'),
        (DoubleByte::EucKr, "비빔밥", '们'),
    ] {
        for character in text.chars() {
            let pair = set
                .bytes(character)
                .unwrap_or_else(|| panic!("{set:?} {character}"));
            assert_eq!(set.character(pair), Some(character));
            assert!(pair[0] >= 0x80 && pair[1] >= 0x40);
        }
        assert_eq!(set.bytes(other), None, "{set:?} {other}");
        assert_eq!(set.bytes('A'), None);
    }
}

#[test]
fn no_pair_can_begin_a_real_time_command() {
    for set in [
        DoubleByte::ShiftJis,
        DoubleByte::Gb18030,
        DoubleByte::Big5,
        DoubleByte::EucKr,
    ] {
        for character in ('\u{80}'..='\u{ffff}').step_by(1) {
            if let Some([first, second]) = set.bytes(character) {
                assert!(first >= 0x80 && second >= 0x40, "{set:?} {character}");
            }
        }
    }
}

/// Python's codecs are an independent copy of the same mapping files.
#[test]
fn our_tables_are_those_of_python() {
    const SCRIPT: &str = "import sys\nfor name in sys.argv[1:]:\n  codec = name.lower().replace('_8859-', '8859_').replace('rk1048', 'kz1048')\n  \
        print(name, *[ord((bytes([b]).decode(codec, 'replace') or '\\ufffd')[0]) for b in range(128, 256)])";
    let compared = KNOWN.iter().filter(|(name, _)| {
        // Python has none of these.
        !matches!(*name, "CP772" | "CP774" | "CP851" | "CP853" | "KATAKANA")
            && !name.starts_with("TCVN")
            && !name.starts_with("CP30")
    });
    let names: Vec<&str> = compared.map(|(name, _)| *name).collect();
    let output = std::process::Command::new("python3")
        .arg("-c")
        .arg(SCRIPT)
        .args(&names)
        .output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "python3 is missing, which compares our tables"
        );
        // Past the runner, which keeps what a passing test prints to itself.
        let said = b"left out: python3 is missing, so our code pages were not compared with its\n";
        std::io::Write::write_all(&mut std::io::stderr(), said).expect("stderr");
        return;
    };
    let lines = String::from_utf8(output.stdout).unwrap();
    assert_eq!(lines.lines().count(), names.len());
    for line in lines.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap();
        let table = Table::named(name).unwrap();
        for (byte, word) in (0x80..=0xff_u8).zip(words) {
            let theirs = char::from_u32(word.parse().unwrap())
                .filter(|c| *c != '\u{fffd}' && !c.is_control());
            assert_eq!(table.character(byte), theirs, "{name} {byte:02x}");
        }
    }
}
