//! The profile of what a printer calls itself. Pure.

use super::{Profile, known};

/// Words that makers put before a model's name.
const MAKERS: [&str; 16] = [
    "EPSON",
    "SEIKO",
    "STAR",
    "MICRONICS",
    "CITIZEN",
    "BIXOLON",
    "SAMSUNG",
    "SII",
    "RONGTA",
    "SUNMI",
    "XPRINTER",
    "ZJIANG",
    "NCR",
    "GPRINTER",
    "NETUM",
    "SAM4S",
];

impl Profile {
    /// The profile's name for what a printer calls itself: `EPSON TM-T88V`, `TM-T20II`. `None` for a model that is not
    /// known, and where one name stands for several profiles: a wrong profile prints wrong letters, a general one does not.
    pub fn suggested(model: &str) -> Option<&'static str> {
        let mut words: Vec<String> = model
            .split(|c: char| c.is_whitespace() || c == '_' || c == ',')
            .map(|word| {
                word.chars()
                    .filter(char::is_ascii_alphanumeric)
                    .collect::<String>()
            })
            .map(|word| word.to_ascii_uppercase())
            .filter(|word| !word.is_empty())
            .collect();
        while words.len() > 1 && MAKERS.contains(&words[0].as_str()) {
            words.remove(0);
        }
        // The name of Epson's driver: TM-T88V Receipt5.
        if words.len() > 1 && words.last().is_some_and(|word| word.starts_with("RECEIPT")) {
            words.pop();
        }
        let wanted = words.concat();
        let whole = plain(model);
        let mut fitting = known::all().iter().filter(|profile| {
            !profile.id.starts_with("generic-") && [&wanted, &whole].contains(&&plain(&profile.id))
        });
        let profile = fitting.next()?;
        fitting.next().is_none().then_some(profile.id.as_str())
    }
}

fn plain(id: &str) -> String {
    let letters = id.chars().filter(char::is_ascii_alphanumeric);
    letters.collect::<String>().to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_model_is_known_however_its_maker_writes_it() {
        for (says, profile) in [
            ("TM-T88V", "TM-T88V"),
            ("EPSON TM-T88V", "TM-T88V"),
            ("Epson tm_t88v", "TM-T88V"),
            ("TM-T20II Receipt5", "TM-T20II"),
            ("SEIKO EPSON TM-U220B", "TM-U220B"),
            ("CITIZEN CT-S651", "CT-S651"),
            ("SUNMI V2", "Sunmi-V2"),
            ("TM-T88VII", ""),
            ("TM-T8", ""),
            ("RP-F10", ""),
            ("generic-80", ""),
            ("EPSON", ""),
            ("", ""),
        ] {
            assert_eq!(
                Profile::suggested(says).unwrap_or_default(),
                profile,
                "{says}"
            );
        }
    }

    #[test]
    fn every_model_of_the_table_suggests_itself() {
        for id in Profile::names().filter(|id| !id.starts_with("generic-")) {
            assert_eq!(Profile::suggested(id), Some(id));
        }
    }

    proptest! {
        #[test]
        fn whatever_a_printer_calls_itself_the_profile_is_one_of_ours(model in any::<String>()) {
            if let Some(id) = Profile::suggested(&model) {
                prop_assert!(Profile::named(id).is_some());
            }
        }
    }
}
