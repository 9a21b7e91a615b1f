//! Any bytes as the answer of an IPP host, whole and cut off anywhere: what the filter lets through, the parser of the
//! `ipp` crate reads without a panic (one would end the fuzzer, although the product catches it), and whatever the host
//! says of itself leads to a way to print or to a reason against it.
#![no_main]

use std::sync::LazyLock;

use driver::ipp::{answer::Answer, choose::Abilities, filter, ready};
use libfuzzer_sys::fuzz_target;
use templates::Profile;

// The files alone: the crate around them would bring its database along.
#[allow(dead_code)]
#[path = "../../printers/src/driver"]
mod driver {
    pub mod status;
    pub mod ipp {
        pub mod answer;
        pub mod choose;
        pub mod filter;
        pub mod media;
        pub mod ready;
    }
}

static PROFILES: LazyLock<[Profile; 2]> =
    LazyLock::new(|| ["generic-80", "generic-58"].map(|id| Profile::named(id).expect("a profile")));

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, bytes)) = bytes.split_first() else {
        return;
    };
    let at = usize::from(*cut) * bytes.len() / 256;
    let _ = Answer::read(&bytes[..at]);

    if let Ok(good) = filter::filter_attributes(bytes) {
        assert!(good.len() <= bytes.len(), "a filter adds nothing");
        assert_eq!(
            filter::filter_attributes(&good).as_ref(),
            Ok(&good),
            "what is good stays good"
        );
    }
    let Ok(answer) = Answer::read(bytes) else {
        return;
    };
    let _ = (answer.is_ok(), answer.said());
    let groups = answer
        .jobs()
        .chain(answer.printers())
        .chain([answer.printer()]);
    for group in groups {
        let reasons = group.words("printer-state-reasons");
        let accepting = group.flag("printer-is-accepting-jobs");
        let report = ready::report(group.number("printer-state"), &reasons, accepting);
        let _ = report.health();
        let _ = ready::words(&reasons, group.word("printer-state-message"));
        let abilities = Abilities::of(group);
        for profile in PROFILES.iter() {
            let _ = abilities.wanted_of(profile);
        }
    }
});
