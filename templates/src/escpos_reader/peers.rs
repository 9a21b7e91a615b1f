//! What other libraries send is understood to the last byte, and stands on the paper as they meant it.

use super::*;
use std::path::PathBuf;

/// Tickets of `tests/receipts/peers.mjs` and `peers.py`.
fn peers() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/receipts/peers");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "bin"))
        .collect();
    files.sort();
    let named = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read(path).unwrap())
    };
    files.into_iter().map(named).collect()
}

/// The printer that a ticket was made for; two bytes mean nothing without a country.
fn profile(name: &str) -> Option<Profile> {
    let id = match name.rsplit('-').next()? {
        "gb18030" => "generic-80-simplified-chinese",
        "big5" => "generic-80-traditional-chinese",
        "ksc5601" => "generic-80-korean",
        _ if name.contains("impact") => "generic-76",
        _ => return None,
    };
    Profile::named(id)
}

#[test]
fn everything_that_other_libraries_send_is_understood_and_stands_on_the_paper() {
    let peers = peers();
    assert!(peers.len() >= 20, "only {} tickets", peers.len());
    for (name, bytes) in peers {
        let profile = profile(&name);
        let dots = if name.ends_with("narrow") { 384 } else { 576 };
        let mut roll = profile.as_ref().map_or_else(|| Roll::new(dots), Roll::of);
        let two_byte = profile.filter(|profile| profile.double_byte.is_some());
        let mut reader = two_byte.as_ref().map_or_else(Reader::new, Reader::of);
        let mut reads = reader.push(&bytes);
        reads.extend(reader.finish());
        let mut text = String::new();
        for read in &reads {
            let shown = format!("{name}, byte {}: {}", read.at, read.what);
            let is_odd = matches!(read.what, Command::Unknown(_) | Command::Truncated(_));
            assert!(!is_odd && !shown.contains('\u{fffd}'), "{shown}");
            if let Some(paper) = roll.take(&read.what) {
                text.push_str(&paper.text());
                text.push_str("- - -\n");
            }
        }
        assert!(!roll.has_open_line(), "{name}");
        // Some feed the paper on behind the cut.
        text.push_str(&roll.tear_off().map(|rest| rest.text()).unwrap_or_default());
        insta::assert_snapshot!(name, text);
    }
}
