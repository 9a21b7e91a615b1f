//! Where rows break.

use super::text;

/// The rows of a text in a column of so many cells, without what a viewer of right-to-left text needs.
fn rows(words: &str, columns: u32) -> Vec<String> {
    let unseen = |character| matches!(character, '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}');
    let paper = text(&format!("{{x-wrap:word}}\n|{words}"), columns);
    paper.lines().map(|row| row.replace(unseen, "")).collect()
}

#[test]
fn scripts_without_spaces_break_between_words() {
    for (columns, wanted) in [
        (20, ["ข้าวผัดกุ้งใส่ไข่ดาวไม่ใส่", "ผักชีเผ็ดน้อยแยกน้ำจิ้ม"]),
        (20, ["ຕຳໝາກຫຸ່ງລາວໃສ່ປາແດກບໍ່", "ເຜັດແລະເຂົ້າໜຽວຮ້ອນໆ"]),
        (20, ["អាម៉ុកត្រីខ្មែរជាមួយបាយសនិង", "បន្លែស្រស់កុំដាក់ម្ទេស"]),
        (20, ["မုန့်ဟင်းခါးငါးနှင့်ကြက်ဥပြုတ်", "မစပ်ပါစေနှင့်သံပုရာသီးထည့်ပါ"]),
    ] {
        assert_eq!(rows(&wanted.concat(), columns), wanted);
    }
}

#[test]
fn a_syllable_stays_whole_where_its_word_has_no_room() {
    // No dictionary knows these, so that they break as words too long for their row do.
    for word in [
        "เกเกเกเกเกเกเกเกเกเกเกเกเกเกเกเก",
        "กะกะกะกะกะกะกะกะกะกะกะกะกะกะกะกะ",
        "ກາກາກາກາກາກາກາກາກາກາກາກາກາກາກາກາ",
    ] {
        for columns in 16..24 {
            for row in rows(word, columns) {
                assert!(!row.ends_with(['เ', 'ເ']), "{row}");
                assert!(!row.starts_with(['ะ', 'າ']), "{row}");
            }
        }
    }
    for columns in 16..24 {
        for row in rows(&"ក្រ".repeat(30), columns) {
            assert!(row.starts_with('ក') && row.ends_with('រ'), "{row}");
        }
        for row in rows(&"သတ္တ".repeat(30), columns) {
            assert!(!row.ends_with('\u{1039}'), "{row}");
        }
    }
}

#[test]
fn no_row_begins_with_punctuation_that_closes_or_ends_with_one_that_opens() {
    assert_eq!(
        rows(
            "餃子とチャーハン、大盛り（ネギ抜き）でお願いします。「辛さ控えめ」！",
            16
        ),
        [
            "餃子とチャーハ",
            "ン、大盛り（ネギ",
            "抜き）でお願いし",
            "ます。「辛さ控え",
            "め」！"
        ]
    );
    assert_eq!(
        rows("宫保鸡丁（不要花生），米饭要多一点；筷子两双，“谢谢”！", 18),
        [
            "宫保鸡丁（不要花",
            "生），米饭要多一",
            "点；筷子两双，“谢",
            "谢”！"
        ]
    );
}

#[test]
fn korean_breaks_between_its_words() {
    assert_eq!(
        rows("김치찌개 곱빼기 하나랑 된장찌개 하나", 20),
        ["김치찌개 곱빼기", "하나랑 된장찌개 하나"]
    );
}

#[test]
fn latin_words_break_behind_their_hyphens_and_strokes() {
    assert_eq!(
        rows("Extra-large gluten-free pizza and/or calzone -hot", 20),
        ["Extra-large gluten-", "free pizza and/or", "calzone -hot"]
    );
}

#[test]
fn a_number_and_its_currency_stay_in_one_row() {
    for (number, columns) in [
        ("12,50 €", 16),
        ("$ 1 234", 16),
        ("EUR 12.50", 16),
        ("1.234.567,89 €", 16),
        ("+49 30 1234-567", 16),
        ("(03) 123-4567", 16),
        ("18:30-19:00", 16),
        ("12-34#", 16),
        ("21.11.2026", 16),
    ] {
        for before in 1..12 {
            let words = format!("{}{number} and more words", "ab ".repeat(before));
            let rows = rows(&words, columns);
            assert!(rows.iter().any(|row| row.contains(number)), "{rows:?}");
        }
    }
}

#[test]
fn a_price_that_has_no_room_behind_its_option_stands_alone_below_it() {
    let amounts = "|+ Cheese (LBP\u{a0}179,000.00) | 9.00\n|Rice | 1.00";
    assert_eq!(
        text(&format!("{{x-wrap:word;width:13,*}}\n{amounts}"), 32),
        "+ Cheese                    9.00\n                (LBP\u{a0}179,000.00)\nRice                        1.00\n"
    );
    // Where letters break anywhere else, as in plain ReceiptLine, they do not break in a number.
    let plain = text(&format!("{{width:13,*}}\n{amounts}"), 32);
    assert!(plain.contains("LBP\u{a0}179,000.00"), "{plain}");
}

#[test]
fn names_that_a_long_amount_would_crush_have_the_row_for_themselves() {
    let rows = "|120 |Mixed grill | LBP 216,948,000.00\n||+ Extra garlic sauce large |\n|1 |Water | LBP 8,950.00";
    insta::assert_snapshot!(text(&format!("{{x-wrap:word;width:3,*,18}}\n{rows}"), 32), @r"
    120 Mixed grill
                  LBP 216,948,000.00
        + Extra garlic sauce large
    1   Water
                        LBP 8,950.00
    ");
    insta::assert_snapshot!(text(&format!("{{x-wrap:word;width:3,*,18}}\n{rows}"), 48), @r"
    120 Mixed grill               LBP 216,948,000.00
        + Extra garlic sauce
        large
    1   Water                           LBP 8,950.00
    ");
}

#[test]
fn a_price_that_has_no_room_behind_a_name_stands_where_amounts_do() {
    let option = crate::inert::row("Extra garlic sauce large");
    let rows = format!("{{x-wrap:word;width:4,*}}\n||+ {option} (LBP\u{a0}17,900.00) |");
    assert_eq!(
        text(&rows, 32),
        "     + Extra garlic sauce large\n                 (LBP\u{a0}17,900.00)\n"
    );
    // Words of ours that only break stay where they are.
    let words = "{x-wrap:word;width:4,*}\n||Delivery at the latest by 12:30 |";
    assert!(
        text(words, 32).contains("\n     12:30\n"),
        "{}",
        text(words, 32)
    );
}

#[test]
fn an_amount_wider_than_the_paper_is_small_or_else_broken_between_its_groups() {
    let amount = |groups: usize| format!("LBP\u{a0}1{}.00", ",000".repeat(groups));
    let markup = |amount: &str| format!("{{x-wrap:word;width:*,8}}\n|Total | ^{amount}");
    assert_eq!(
        text(&markup(&amount(5)), 32),
        format!("Total\n    {}\n", amount(5))
    );
    // 36 letters, of which small ones have room.
    assert_eq!(
        text(&markup(&amount(7)), 32),
        format!("Total\n{}{}\n", " ".repeat(6), amount(7))
    );
    let paper = text(&markup(&amount(12)), 32);
    let rows: Vec<&str> = paper.lines().map(str::trim).collect();
    assert_eq!(
        rows,
        [
            "Total",
            "LBP",
            "1,000,000,000,000,000,000,000,",
            "000,000,000,000,000.00"
        ]
    );
}

#[test]
fn a_phone_number_that_has_no_room_in_its_column_has_a_row_of_its_own() {
    let paper = text(
        "{x-wrap:word;width:9,*}\n|\u{2064}call +49 170 555 4217 first\u{2062} |x",
        24,
    );
    assert_eq!(paper, "! call    x\n! +49 170 555 4217\n! first\n");
}

#[test]
fn an_amount_across_a_table_leaves_its_bars_away() {
    insta::assert_snapshot!(text("{x-wrap:word;border:line;width:6,6;align:left}\n|a | 1,000.00|\n|b | 2|", 20), @r"
    ┌──────┬──────┐
    │a     │      │
    │     1,000.00│
    │b     │     2│
    └──────┴──────┘
    ");
}
