use proptest::prelude::*;

use super::*;

fn ours(text: &str) -> Vec<usize> {
    let mut made = Vec::new();
    simple(text, &mut |at| made.push(at));
    made
}

fn theirs(text: &str) -> Vec<usize> {
    let segmenter = LineSegmenter::new_dictionary(LineBreakOptions::default());
    let inner = |at: &usize| *at > 0 && *at < text.len();
    segmenter.segment_str(text).filter(inner).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn latin_text_breaks_without_tables_as_it_does_with_them(text in r#"[ -~éßŁŝ€£\u{a0}¿ \-/.,()0-9a-z]{0,24}"#) {
        prop_assert!(is_simple(&text));
        prop_assert_eq!(ours(&text), theirs(&text), "{:?}", text);
    }
}
