//! Any markup on any paper: notes or a document, text and bytes or a clear error; and bytes that our own reader
//! understands to the last one, with no command in them that the markup did not ask for.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use templates::escpos_reader::{Command, Reader};
use templates::{Fonts, Mark, Pass, Profile, Supplies};

/// Drawing letters is a hundred times slower than all the rest, and has tests of its own.
static SUPPLIES: LazyLock<Supplies> = LazyLock::new(|| Fonts::none().into());

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, markup)) = bytes.split_first() else {
        return;
    };
    let markup = String::from_utf8_lossy(markup);
    let document = templates::parse(&markup).document;
    let profile = profile(*choice);
    let pass = pass(*choice);
    let _ = templates::to_text(&document, profile, &pass);
    let Ok(sent) = templates::to_escpos(&document, profile, &pass, &SUPPLIES) else {
        return;
    };
    if markup.contains("x-commands") {
        // The owner allowed raw commands: whatever stands in them is sent.
        return;
    }
    let mut reader = Reader::new();
    let mut reads = reader.push(&sent);
    reads.extend(reader.finish());
    for read in reads {
        match read.what {
            Command::Unknown(_) | Command::Truncated(_) | Command::RealTime { .. } => {
                panic!("{read:?} of {markup:?}")
            }
            Command::DrawerPulse { .. } => {
                assert!(pass.drawer, "{markup:?}")
            }
            _ => {}
        }
    }
});

/// Every profile, narrow, middling and as it is; made once, since that takes longer than to use it.
static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let known = Profile::names().filter_map(Profile::named);
    known
        .flat_map(|profile| {
            let (narrow, middling) = (profile.clone(), profile.clone());
            [narrow.with_columns(16), middling.with_columns(42), profile]
        })
        .collect()
});

fn profile(choice: u8) -> &'static Profile {
    &PROFILES[usize::from(choice) % PROFILES.len()]
}

fn pass(choice: u8) -> Pass {
    Pass {
        drawer: choice & 0x20 != 0,
        mark: if choice & 0x10 != 0 {
            Mark::ReprintMaybeDuplicate
        } else {
            Mark::None
        },
        locale: "en-US".to_owned(),
        ..Pass::default()
    }
}
