//! Unicode to the code pages of printers and back. ASCII never goes through a page: 00..7F mean the same on all of them.

use std::collections::HashMap;
use std::sync::LazyLock;

mod tables;

/// What a byte of 80..FF means on a page of Epson's numbering; `None` where the page has no character or is not known.
pub fn decode(page: u8, byte: u8) -> Option<char> {
    let characters = DECODE.get(&page)?;
    let place = usize::from(byte).checked_sub(0x80)?;
    characters
        .get(place)
        .copied()
        .filter(|character| *character != '\u{fffd}')
}

/// The byte of a character on a page; `None` where the page cannot say it.
pub fn encode(page: u8, character: char) -> Option<u8> {
    if character.is_ascii() {
        return (!character.is_ascii_control()).then_some(character as u8);
    }
    ENCODE.get(&(page, character)).copied()
}

/// Whether the table of this page is known here.
pub fn known(page: u8) -> bool {
    DECODE.contains_key(&page)
}

static DECODE: LazyLock<HashMap<u8, Vec<char>>> = LazyLock::new(|| {
    tables::PAGES
        .iter()
        .map(|(page, characters)| (*page, characters.chars().collect()))
        .collect()
});

static ENCODE: LazyLock<HashMap<(u8, char), u8>> = LazyLock::new(|| {
    let mut bytes = HashMap::new();
    for (page, characters) in tables::PAGES {
        for (byte, character) in (0x80..=0xff_u8).zip(characters.chars()) {
            if character != '\u{fffd}' {
                bytes.entry((*page, character)).or_insert(byte);
            }
        }
    }
    bytes
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_128_characters() {
        for (page, characters) in tables::PAGES {
            assert_eq!(characters.chars().count(), 128, "page {page}");
        }
    }

    #[test]
    fn what_a_page_can_say_is_read_back_the_same() {
        for (page, characters) in tables::PAGES {
            for character in characters
                .chars()
                .filter(|character| *character != '\u{fffd}')
            {
                let byte = encode(*page, character).unwrap();
                assert_eq!(decode(*page, byte), Some(character), "page {page}");
            }
        }
    }

    #[test]
    fn a_hyphen_is_a_hyphen_on_every_page() {
        for (page, _) in tables::PAGES {
            assert_eq!(encode(*page, '-'), Some(b'-'));
        }
        assert_eq!(encode(19, '€'), Some(0xd5));
        assert_eq!(encode(16, '€'), Some(0x80));
        assert_eq!(encode(0, '€'), None);
        assert_eq!(encode(19, '\u{1b}'), None);
    }
}
