//! The words as templates see them: made once for each language, and inert from then on.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    inert,
    mustache::Value,
    words::{self, Words},
};

static WORDS: LazyLock<HashMap<&'static str, Value<'static>>> = LazyLock::new(|| {
    words::languages()
        .map(|language| (language, value(words::of(language))))
        .collect()
});

static ENGLISH: LazyLock<Value<'static>> = LazyLock::new(|| value(&words::ENGLISH));

/// The words for a BCP 47 tag.
pub(super) fn words<'a>(locale: &str) -> Value<'a> {
    let known = words::known(locale).and_then(|language| WORDS.get(language));
    Value::Shared(known.unwrap_or(&ENGLISH))
}

fn value(words: &Words) -> Value<'static> {
    let words = words.all().into_iter();
    Value::Map(
        words
            .map(|(name, word)| (name, Value::Markup(inert::inert(word).into())))
            .collect(),
    )
}
