//! The pages of one printer, looked up by character: made once for a profile, asked for each character of a ticket.

use std::fmt;

use unicode_width::UnicodeWidthChar;

use super::Table;
use crate::direction::is_drawn_whole;

/// Most pages that are looked up; the rest of a printer's pages is not used.
const MOST: usize = 64;
/// Characters that share a block of the index.
const BLOCK: usize = 64;

/// The pages of a printer, the preferred one first.
#[derive(Clone)]
pub struct Pages {
    pages: Vec<(u8, Table)>,
    /// By the upper bits of a character; block 0 is empty.
    blocks: Vec<u16>,
    /// By block and the lower bits: 0 is a character that no page has, otherwise 1 more than its place in `codes`.
    places: Vec<u16>,
    codes: Vec<CharacterCode>,
    /// The bytes of each code, one for each page.
    bytes: Vec<u8>,
}

/// Where a character is on the pages of a printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CharacterCode {
    /// A bit for each page that has it, the preferred page first (lowest).
    pub pages: u64,
    /// It takes one cell and stands for itself: nothing before or after it changes it.
    pub alone: bool,
    place: u32,
}

impl Pages {
    /// Pages by the printer's own numbers, the preferred one first. Of pages with the same table the first one is used.
    pub fn new(wanted: impl IntoIterator<Item = (u8, Table)>) -> Self {
        let mut pages: Vec<(u8, Table)> = Vec::new();
        for (number, table) in wanted {
            let twice = pages
                .iter()
                .any(|(other, same)| *other == number || *same == table);
            if !twice && pages.len() < MOST {
                pages.push((number, table));
            }
        }
        let mut index = Pages {
            blocks: vec![0; 0x1_0000 / BLOCK],
            places: vec![0; BLOCK],
            codes: Vec::new(),
            bytes: Vec::new(),
            pages,
        };
        for page in 0..index.pages.len() {
            for (byte, character) in index.pages[page].1.iter() {
                index.put(page, byte, character);
            }
        }
        index
    }

    /// Numbers and tables, the preferred one first.
    pub fn list(&self) -> &[(u8, Table)] {
        &self.pages
    }

    /// The printer's number of a page, by its bit in [`CharacterCode::pages`].
    pub fn number(&self, page: u32) -> u8 {
        self.pages
            .get(page as usize)
            .map_or(0, |(number, _)| *number)
    }

    /// Where a character beyond ASCII is; `None` where no page has it.
    pub fn code(&self, character: char) -> Option<CharacterCode> {
        let code = character as usize;
        let block = usize::from(*self.blocks.get(code / BLOCK)?);
        let place = usize::from(self.places[block * BLOCK + code % BLOCK]).checked_sub(1)?;
        self.codes.get(place).copied()
    }

    /// The byte of a character on one of the pages that have it.
    pub fn byte(&self, code: CharacterCode, page: u32) -> u8 {
        let place = code.place as usize * self.pages.len() + page as usize;
        self.bytes.get(place).copied().unwrap_or(b'?')
    }

    fn put(&mut self, page: usize, byte: u8, character: char) {
        let code = character as usize;
        let Some(block) = self.blocks.get(code / BLOCK).copied() else {
            return;
        };
        let block = match block {
            0 => {
                let new = self.places.len() / BLOCK;
                self.places.resize(self.places.len() + BLOCK, 0);
                self.blocks[code / BLOCK] = new as u16;
                new
            }
            known => usize::from(known),
        };
        let at = block * BLOCK + code % BLOCK;
        let place = match self.places[at] {
            0 => {
                let alone = character.width() == Some(1)
                    && !is_drawn_whole(character.encode_utf8(&mut [0; 4]));
                self.codes.push(CharacterCode {
                    pages: 0,
                    alone: alone && !joins(character),
                    place: self.codes.len() as u32,
                });
                self.bytes.resize(self.codes.len() * self.pages.len(), 0);
                self.places[at] = self.codes.len() as u16;
                self.codes.len() - 1
            }
            known => usize::from(known) - 1,
        };
        let code = &mut self.codes[place];
        // Some tables have a character twice.
        if code.pages & 1 << page == 0 {
            code.pages |= 1 << page;
            self.bytes[place * self.pages.len() + page] = byte;
        }
    }
}

/// Whether a character can be one sign together with its neighbour; those are looked at in whole.
fn joins(character: char) -> bool {
    use unicode_segmentation::UnicodeSegmentation;
    let beside: String = ['a', character, 'a'].iter().collect();
    beside.graphemes(true).count() != 3
        || matches!(character, '\u{e00}'..='\u{eff}' | '\u{ad}' | '©' | '®' | '™' | '\u{200b}'..='\u{2069}')
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self
            .pages
            .iter()
            .map(|(number, table)| (number, table.name()));
        f.debug_map().entries(named).finish()
    }
}

/// The pages decide all the rest.
impl PartialEq for Pages {
    fn eq(&self, other: &Self) -> bool {
        self.pages == other.pages
    }
}

impl Eq for Pages {}
