//! Index of the fonts by character. Files of the folder come first; the operating system's are listed only when the folder
//! lacks a character, and then only those that have it are taken along.

use std::collections::HashMap;
use std::path::Path;

use cosmic_text::fontdb::{Database, FaceInfo, ID, Language, Style, Weight};
use cosmic_text::skrifa::{FontRef, MetadataProvider};
use cosmic_text::{FontSystem, PlatformFallback};
use icu::properties::props::{DefaultIgnorableCodePoint, Script};
use icu::properties::{CodePointMapData, CodePointSetData, PropertyNamesLong};

/// A family as the index names it, so that two fonts of one name stay apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Family {
    /// Its name in the font system.
    pub(super) name: String,
    /// It has bold letters of its own.
    pub(super) bold: bool,
}

/// All fonts that are in use, and where more can be found.
#[derive(Debug)]
pub(super) struct FontIndex {
    /// The fonts in use, for shaping and drawing.
    pub(super) system: FontSystem,
    folder: Database,
    computer: Option<Database>,
    taken: Vec<(ID, Family)>,
    chosen: HashMap<(char, Han), Option<Family>>,
    /// The same for letters with signs, which want one font for all of them.
    together: HashMap<(Box<str>, Han), Option<Family>>,
}

/// Whose shapes of Han characters are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Han {
    Japanese,
    Korean,
    Simplified,
    Traditional,
}

impl Han {
    pub(super) fn of(locale: &str) -> Han {
        let mut parts = locale.split(['-', '_']);
        match parts.next().unwrap_or_default() {
            "ko" => Han::Korean,
            "zh" if parts.any(|part| matches!(part, "Hant" | "TW" | "HK" | "MO")) => {
                Han::Traditional
            }
            "zh" => Han::Simplified,
            _ => Han::Japanese,
        }
    }

    fn suffixes(self) -> [&'static str; 4] {
        match self {
            Han::Japanese => ["JP", "SC", "TC", "KR"],
            Han::Korean => ["KR", "JP", "TC", "SC"],
            Han::Simplified => ["SC", "TC", "JP", "KR"],
            Han::Traditional => ["TC", "SC", "JP", "KR"],
        }
    }
}

impl FontIndex {
    /// `None` when there is no font for as much as a digit. `alone` is without the fonts of the operating system.
    pub(super) fn open(folder: Option<&Path>, alone: bool) -> Option<FontIndex> {
        let mut files = Database::new();
        if let Some(folder) = folder {
            files.load_fonts_dir(folder);
        }
        let system = FontSystem::new_with_locale_and_db_and_fallback(
            "en".to_owned(),
            Database::new(),
            PlatformFallback,
        );
        let mut font_index = FontIndex {
            system,
            folder: files,
            computer: alone.then(Database::new),
            taken: Vec::new(),
            chosen: HashMap::new(),
            together: HashMap::new(),
        };
        font_index
            .family('0', Han::Japanese)
            .is_some()
            .then_some(font_index)
    }

    /// The family to draw a grapheme with: one that has all of it, or else its letter; `None` when no font has that.
    pub(super) fn family_of(&mut self, grapheme: &str, han: Han) -> Option<Family> {
        let mut characters = grapheme.chars().filter(|one| !is_ignorable(*one));
        let first = characters.next().or_else(|| grapheme.chars().next())?;
        if characters.next().is_none() {
            return self.family(first, han);
        }
        let key = (Box::from(grapheme), han);
        if let Some(known) = self.together.get(&key) {
            return known.clone();
        }
        let characters: Vec<char> = grapheme.chars().filter(|one| !is_ignorable(*one)).collect();
        let found = match self.find(&characters, han) {
            Some((face, of_computer)) => self.take(&face, of_computer),
            None => self.family(first, han),
        };
        if self.together.len() > MOST_CHOSEN {
            self.together.clear();
        }
        self.together.insert(key, found.clone());
        found
    }

    /// Whether some font has a character. It is not mapped for that.
    pub(super) fn has(&mut self, character: char, han: Han) -> bool {
        match self.chosen.get(&(character, han)) {
            Some(known) => known.is_some(),
            None => {
                let found = self.find(&[character], han);
                if found.is_none() {
                    self.chosen.insert((character, han), None);
                }
                found.is_some()
            }
        }
    }

    /// The family to draw a character with; `None` when no font has it.
    pub(super) fn family(&mut self, character: char, han: Han) -> Option<Family> {
        if let Some(known) = self.chosen.get(&(character, han)) {
            return known.clone();
        }
        let found = self.find(&[character], han);
        let found = found.and_then(|(face, of_computer)| self.take(&face, of_computer));
        if self.chosen.len() > MOST_CHOSEN {
            self.chosen.clear();
        }
        self.chosen.insert((character, han), found.clone());
        found
    }

    #[cfg(test)]
    pub(super) fn mapped(&self) -> Vec<String> {
        let faces = self.system.db().faces();
        faces.map(|face| face.post_script_name.clone()).collect()
    }

    #[cfg(test)]
    pub(super) fn has_in_folder(&self, character: char) -> bool {
        best(&self.folder, &[character], Han::Simplified).is_some()
    }

    /// The best font that has all of these, and whether it is one of the operating system's.
    fn find(&mut self, characters: &[char], han: Han) -> Option<(FaceInfo, bool)> {
        if let Some(face) = best(&self.folder, characters, han) {
            return Some((face, false));
        }
        if self.computer.is_none() {
            let mut computer = Database::new();
            computer.load_system_fonts();
            self.computer = Some(computer);
        }
        let face = best(self.computer.as_ref()?, characters, han)?;
        Some((face, true))
    }

    fn take(&mut self, face: &FaceInfo, of_computer: bool) -> Option<Family> {
        if let Some((_, family)) = self.taken.iter().find(|(id, _)| *id == face.id) {
            return Some(family.clone());
        }
        let source = if of_computer {
            self.computer.as_ref()?
        } else {
            &self.folder
        };
        let bold = source
            .faces()
            .find(|other| is_bold_of(other, face))
            .cloned();
        let name = format!("paper-{}", self.taken.len());
        let regular = self.put(face, &name, Weight::NORMAL);
        let bold = bold.is_some_and(|bold| self.put(&bold, &name, Weight::BOLD));
        let family = Family { name, bold };
        self.taken.push((face.id, family.clone()));
        regular.then_some(family)
    }

    /// Maps the file, so that shaping always finds at least this font even when the file is deleted meanwhile.
    fn put(&mut self, face: &FaceInfo, name: &str, weight: Weight) -> bool {
        let families = vec![(name.to_owned(), Language::English_UnitedStates)];
        let id = self.system.db_mut().push_face_info(FaceInfo {
            families,
            weight,
            ..face.clone()
        });
        if self.system.get_font(id, weight).is_some() {
            return true;
        }
        self.system.db_mut().remove_face(id);
        false
    }
}

const MOST_CHOSEN: usize = 20_000;

fn best(database: &Database, characters: &[char], han: Han) -> Option<FaceInfo> {
    let wanted = Wanted::of(*characters.first()?, han);
    let mut faces: Vec<_> = database
        .faces()
        .filter(|face| face.style == Style::Normal && !is_heavy(face))
        .collect();
    faces.sort_by_cached_key(|face| rank(face, wanted));
    faces
        .into_iter()
        .find(|face| has(database, face.id, characters))
        .cloned()
}

/// What decides between two fonts that have a character.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    character: char,
    han: Han,
    joins: bool,
    /// The name of its script, such as `Ol_Chiki`; empty for signs that belong to all scripts.
    script: &'static str,
}

impl Wanted {
    fn of(character: char, han: Han) -> Wanted {
        let script = CodePointMapData::<Script>::new().get(character);
        Wanted {
            character,
            // Letters of one language are drawn as it has them, whatever else is on the ticket.
            han: match script {
                Script::Hangul => Han::Korean,
                Script::Bopomofo => Han::Traditional,
                _ => han,
            },
            // Letters that join look cramped in cells of one width.
            joins: crate::direction::is_drawn_whole(character.encode_utf8(&mut [0; 4])),
            script: script_of(character).unwrap_or_default(),
        }
    }

    /// Whether a family is for this script alone, as `Noto Sans Ol Chiki` is.
    fn is_named_by(self, family: &str) -> bool {
        let mut words = family.split(' ').rev();
        let mut script = self.script.split('_').rev();
        !self.script.is_empty()
            && script.all(|one| {
                words
                    .next()
                    .is_some_and(|word| one.eq_ignore_ascii_case(word))
            })
    }
}

fn is_heavy(face: &FaceInfo) -> bool {
    face.weight.0 >= 600 || face.post_script_name.is_empty()
}

fn is_bold_of(other: &FaceInfo, face: &FaceInfo) -> bool {
    other.weight == Weight::BOLD
        && other.style == face.style
        && other.stretch == face.stretch
        && family(other) == family(face)
}

fn family(face: &FaceInfo) -> &str {
    face.families.first().map_or("", |(name, _)| name)
}

/// Lower is better: letters of even width, then plain shapes, then the family that suits the script.
fn rank(face: &FaceInfo, wanted: Wanted) -> (u32, u32, String) {
    let name = family(face);
    let kind = match name {
        _ if wanted.joins => match name {
            _ if wanted.is_named_by(name) => 0,
            // Punctuation that several scripts share, such as the Arabic question mark and the danda.
            "Noto Sans Arabic" | "Noto Sans Hebrew" | "Noto Sans Devanagari" => 1,
            _ if name.starts_with("Noto Sans ") => 2,
            _ if name.contains("Mono") => 9,
            _ => 5,
        },
        "Noto Sans Mono" => 0,
        "DejaVu Sans Mono" | "Liberation Mono" | "Menlo" | "Consolas" | "Courier New" => 1,
        _ if is_han_like(wanted.character) => {
            let place = wanted
                .han
                .suffixes()
                .iter()
                .position(|suffix| name.ends_with(suffix));
            let sans = if name.starts_with("Noto Sans") { 2 } else { 20 };
            sans + place.map_or(10, |place| place as u32)
        }
        _ if name.contains("Emoji") => {
            if name.contains("Color") {
                31
            } else {
                5
            }
        }
        _ if name.contains("Mono") => 25,
        _ if wanted.is_named_by(name) => 3,
        _ if name.starts_with("Noto Sans Symbols") => 6,
        _ if name.starts_with("Noto Sans") => 7,
        _ if name.starts_with("Noto ") => 8,
        _ => 9,
    };
    let weight = u32::from(face.weight.0.abs_diff(400))
        + 1000 * u32::from(face.stretch.to_number().abs_diff(5));
    (kind, weight, name.to_owned())
}

fn is_han_like(character: char) -> bool {
    matches!(u32::from(character), 0x1100..=0x11ff | 0x2e80..=0x9fff | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xf900..=0xfaff | 0xfe30..=0xfe4f | 0xff00..=0xffef | 0x20000..=0x3ffff)
}

fn has(database: &Database, id: ID, characters: &[char]) -> bool {
    let all = |data: &[u8], index| {
        let font = FontRef::from_index(data, index).ok()?;
        let map = font.charmap();
        let has = |one: &char| map.map(*one).is_some_and(|glyph| glyph.to_u32() != 0);
        Some(characters.iter().all(has))
    };
    let found = database.with_face_data(id, all);
    found.flatten().unwrap_or(false)
}

/// The name of a letter's script, such as `Ol_Chiki`; `None` for what belongs to all scripts or to none.
pub(crate) fn script_of(character: char) -> Option<&'static str> {
    match CodePointMapData::<Script>::new().get(character) {
        Script::Common | Script::Inherited | Script::Unknown => None,
        script => PropertyNamesLong::<Script>::new().get(script),
    }
}

/// What is not looked for in a font: it joins or tells apart what stands beside it, and has no shape.
pub(crate) fn is_ignorable(character: char) -> bool {
    character > '\u{7f}' && CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}
