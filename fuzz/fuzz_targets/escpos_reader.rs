//! Any bytes as a printer's stream: split anywhere they read the same, no byte is skipped or read twice, and the papers
//! that come out are bounded.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use templates::Fonts;
use templates::escpos_reader::{Command, Read, Reader, Roll};

static FONTS: LazyLock<Fonts> = LazyLock::new(Fonts::none);

fuzz_target!(|bytes: &[u8]| {
    let Some((split, bytes)) = bytes.split_first() else {
        return;
    };
    let mut whole = Reader::new();
    let mut reads = whole.push(bytes);
    reads.extend(whole.finish());
    covers(&reads, bytes.len());

    let at = usize::from(*split) * bytes.len() / 256;
    let mut halves = Reader::new();
    let mut again = halves.push(&bytes[..at]);
    again.extend(halves.push(&bytes[at..]));
    again.extend(halves.finish());
    assert_eq!(reads, again, "split at {at}");

    let mut roll = Roll::new(if split & 1 == 0 { 576 } else { 384 });
    let mut papers: Vec<_> = reads
        .iter()
        .filter_map(|read| roll.take(&read.what))
        .collect();
    papers.extend(roll.tear_off());
    for paper in &papers {
        let _ = paper.text();
        // One in sixteen: what is drawn without letters costs as much as a hundred streams.
        if split & 0x0f == 0 {
            let _ = paper.picture(&FONTS);
        }
    }
});

fn covers(reads: &[Read], len: usize) {
    let mut next = 0;
    for read in reads {
        if matches!(read.what, Command::RealTime { inside_data: true, .. }) {
            assert!(read.end() <= len);
            continue;
        }
        assert_eq!(read.at, next);
        assert!(read.len > 0);
        next = read.end();
    }
    assert_eq!(next, len);
}
