//! Which of our languages a tag of BCP 47 asks for, and what stands in for one that we do not have.

use api::Business;

use super::languages;

/// What other systems call a language of ours: codes that were withdrawn, and Nynorsk, whose readers read Bokmål.
const OTHER_NAMES: [(&str, &str); 6] = [
    ("in", "id"),
    ("iw", "he"),
    ("mo", "ro"),
    ("nn", "nb"),
    ("no", "nb"),
    ("sh", "sr-Latn"),
];

/// Where Chinese is written in traditional characters, Portuguese as in Portugal, and Serbian in Latin letters, when the
/// tag does not say more (CLDR: likely subtags and parent locales).
const TRADITIONAL: [&str; 3] = ["HK", "MO", "TW"];
const OF_PORTUGAL: [&str; 11] = [
    "AO", "CH", "CV", "GQ", "GW", "LU", "MO", "MZ", "PT", "ST", "TL",
];
const LATIN_SERBIAN: [&str; 3] = ["ME", "RO", "TR"];

/// The parts of a tag that count.
#[derive(Debug, Clone, Copy)]
struct Tag<'t> {
    language: &'t str,
    script: &'t str,
    region: &'t str,
}

impl<'t> Tag<'t> {
    fn of(locale: &'t str) -> Self {
        let mut subtags = locale.split(['-', '_']);
        let mut tag = Tag {
            language: subtags.next().unwrap_or_default(),
            script: "",
            region: "",
        };
        // Up to the first extension.
        for subtag in subtags.take_while(|subtag| subtag.len() > 1) {
            match subtag.len() {
                4 if tag.script.is_empty() && tag.region.is_empty() => tag.script = subtag,
                2 if tag.region.is_empty() => tag.region = subtag,
                _ => {}
            }
        }
        tag
    }

    fn is_script(&self, script: &str) -> bool {
        self.script.eq_ignore_ascii_case(script)
    }

    fn is_in(&self, regions: &[&str]) -> bool {
        let mut regions = regions.iter();
        regions.any(|region| region.eq_ignore_ascii_case(self.region))
    }
}

/// The tag of our words for a BCP 47 tag, where its language has any.
pub fn known(locale: &str) -> Option<&'static str> {
    let tag = Tag::of(locale);
    let language = |name: &str| name.eq_ignore_ascii_case(tag.language);
    let mut others = OTHER_NAMES.iter();
    let known = match others.find(|(other, _)| language(other)) {
        Some((_, ours)) => ours,
        None => languages().find(|ours| language(ours))?,
    };
    let script_says = |script| tag.is_script(script);
    let region_says = |regions| tag.script.is_empty() && tag.is_in(regions);
    Some(match known {
        "zh" if script_says("Hant") || region_says(&TRADITIONAL) => "zh-Hant",
        "pt" if tag.is_in(&OF_PORTUGAL) => "pt-PT",
        "sr" if script_says("Latn") || region_says(&LATIN_SERBIAN) => "sr-Latn",
        known => known,
    })
}

/// The tag that the fixed words and the dates of this restaurant's tickets go by: its locale, or its second one where we
/// have no words of the first. Where we have none of either they are English.
pub fn speaker(business: &Business) -> &str {
    let second = business.second_locale.as_deref();
    let ours = |locale: &&str| known(locale).is_some();
    let locale = business.locale.as_str();
    [Some(locale), second]
        .into_iter()
        .flatten()
        .find(ours)
        .unwrap_or(locale)
}

/// Whether the language of a BCP 47 tag is written from the right.
pub fn is_right_to_left(locale: &str) -> bool {
    let tag = Tag::of(locale);
    let scripts = ["Arab", "Hebr", "Thaa", "Syrc", "Nkoo", "Adlm"];
    let languages = [
        "ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi",
    ];
    if !tag.script.is_empty() {
        return scripts.iter().any(|script| tag.is_script(script));
    }
    let mut languages = languages.iter();
    languages.any(|known| known.eq_ignore_ascii_case(tag.language))
}

#[cfg(test)]
mod tests {
    use icu::locale::{Locale, LocaleExpander};

    use super::*;

    #[test]
    fn a_language_is_found_by_its_script_and_its_country() {
        for (locale, ours) in [
            ("de-AT", Some("de")),
            ("DE", Some("de")),
            ("zh", Some("zh")),
            ("zh-CN", Some("zh")),
            ("zh-SG", Some("zh")),
            ("zh-TW", Some("zh-Hant")),
            ("zh_hk", Some("zh-Hant")),
            ("zh-MO", Some("zh-Hant")),
            ("zh-Hant", Some("zh-Hant")),
            ("zh-Hant-CN", Some("zh-Hant")),
            ("zh-Hans-HK", Some("zh")),
            ("zh-TW-u-nu-latn", Some("zh-Hant")),
            ("pt", Some("pt")),
            ("pt-BR", Some("pt")),
            ("pt-PT", Some("pt-PT")),
            ("pt-AO", Some("pt-PT")),
            ("sr", Some("sr")),
            ("sr-RS", Some("sr")),
            ("sr-Cyrl-ME", Some("sr")),
            ("sr-Latn-RS", Some("sr-Latn")),
            ("sr-ME", Some("sr-Latn")),
            ("no-NO", Some("nb")),
            ("nn-NO", Some("nb")),
            ("iw", Some("he")),
            ("in-ID", Some("id")),
            ("eo", None),
            ("bs-BA", None),
            ("", None),
            ("?!", None),
        ] {
            assert_eq!(known(locale), ours, "{locale}");
        }
    }

    /// Compared with the likely subtags of CLDR, for every country that there could be.
    #[test]
    fn the_script_of_a_country_is_that_of_unicode() {
        let expander = LocaleExpander::new_common();
        for region in ('A'..='Z').flat_map(|a| ('A'..='Z').map(move |b| format!("{a}{b}"))) {
            for (language, script, other) in [("zh", "Hant", "zh-Hant"), ("sr", "Latn", "sr-Latn")]
            {
                let tag = format!("{language}-{region}");
                let Ok(mut locale) = tag.parse::<Locale>() else {
                    continue;
                };
                expander.maximize(&mut locale.id);
                let theirs = locale
                    .id
                    .script
                    .is_some_and(|known| known.as_str() == script);
                // Countries with a community that writes Chinese as in its old home; ours are those that sell it.
                let abroad =
                    language == "zh" && !["CN", "HK", "MO", "SG", "TW"].contains(&&*region);
                assert!(abroad || (known(&tag) == Some(other)) == theirs, "{tag}");
            }
        }
    }

    #[test]
    fn the_second_language_stands_in_for_one_that_we_do_not_have() {
        let mut business = crate::context::tests::business("ne-NP");
        assert_eq!(speaker(&business), "ne-NP");
        business.second_locale = Some("hi-IN".into());
        assert_eq!(speaker(&business), "hi-IN");
        business.second_locale = Some("mai".into());
        assert_eq!(speaker(&business), "ne-NP");
        business.locale = "zh-TW".into();
        assert_eq!(speaker(&business), "zh-TW");
    }

    #[test]
    fn the_languages_of_the_right_are_known() {
        for locale in [
            "ar",
            "ar-EG",
            "he-IL",
            "HE",
            "iw",
            "fa-IR",
            "ur",
            "ps-AF",
            "pa-Arab-PK",
        ] {
            assert!(is_right_to_left(locale), "{locale}");
        }
        for locale in ["", "en", "tr-TR", "arn-CL", "ku-Latn"] {
            assert!(!is_right_to_left(locale), "{locale}");
        }
    }
}
