use super::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn office() -> Papers {
    Papers {
        supported: names(&[
            "na_letter_8.5x11in",
            "iso_a4_210x297mm",
            "custom_min_3x5in",
            "custom_max_8.5x14in",
        ]),
        ready: names(&["iso_a4_210x297mm", "na_number-10_4.125x9.5in"]),
        usual: Some("na_letter_8.5x11in".into()),
        sizes: true,
        sides: vec![0, 423],
        ends: vec![0, 423],
    }
}

fn roll() -> Papers {
    Papers {
        supported: names(&[
            "oe_3.125-receipt_80x1000mm",
            "roll_max_80x656000mm",
            "roll_min_58x10mm",
        ]),
        ready: names(&["oe_3.125-receipt_80x1000mm"]),
        sizes: true,
        ..Papers::default()
    }
}

#[test]
fn the_size_of_a_medium_stands_in_its_name() {
    for (name, width, height) in [
        ("iso_a4_210x297mm", 21_000, 29_700),
        ("na_letter_8.5x11in", 21_590, 27_940),
        ("oe_3.125-receipt_80x1000mm", 8_000, 100_000),
        ("roll_max_80x656000mm", 8_000, 65_600_000),
        ("roll_current_79.5x0.1mm", 7_950, 10),
    ] {
        assert_eq!(size_of(name), Some(Size { width, height }), "{name}");
    }
    for name in [
        "",
        "iso-a4",
        "stationery",
        "a_xmm",
        "a_0x5mm",
        "a_1x-5mm",
        "a_1e99x1mm",
        "a_NaNxNaNmm",
    ] {
        assert_eq!(size_of(name), None, "{name}");
    }
}

#[test]
fn a_roll_is_told_by_its_width_and_the_length_of_the_ticket() {
    let choice = choose(&roll(), 7_207, 8_000);
    assert_eq!(
        choice.told,
        Some(MediaRequest::BySize {
            width: 8_000,
            shortest: 1_000
        })
    );
    let Medium::Strip {
        width,
        longest,
        ends,
    } = choice.medium
    else {
        panic!("{choice:?}");
    };
    assert_eq!((width, longest, ends), (8_000, Some(65_600_000), 0));
}

#[test]
fn a_narrow_ticket_on_a_wide_roll_and_a_wide_one_on_a_narrow_roll() {
    let narrow = Papers {
        supported: names(&["roll_max_58x1000mm", "roll_min_58x10mm"]),
        ..roll()
    };
    let fits = |papers: &Papers, printed, paper| choose(papers, printed, paper).told;
    assert!(matches!(
        fits(&roll(), 4_800, 5_800),
        Some(MediaRequest::BySize { width: 5_800, .. })
    ));
    assert!(matches!(
        fits(&narrow, 4_800, 8_000),
        Some(MediaRequest::BySize { width: 5_800, .. })
    ));
    assert_eq!(
        fits(&narrow, 7_207, 8_000),
        Some(MediaRequest::ByName),
        "it does not fit on the roll"
    );
}

#[test]
fn an_office_printer_prints_on_what_lies_in_it_although_it_could_take_paper_of_any_size() {
    let choice = choose(&office(), 7_207, 8_000);
    assert_eq!(
        (choice.name.as_str(), choice.told),
        ("iso_a4_210x297mm", Some(MediaRequest::ByName))
    );
    let sheet = Medium::Sheet {
        width: 21_000,
        height: 29_700,
        margin: 423,
    };
    assert_eq!(choice.medium, sheet);
}

#[test]
fn custom_sizes_are_used_where_paper_for_receipts_lies_in_the_printer() {
    let papers = Papers {
        supported: names(&[
            "custom_min_20x20mm",
            "custom_max_80x2000mm",
            "om_ticket_72x200mm",
        ]),
        ready: names(&["om_ticket_72.1x200mm"]),
        sizes: true,
        ..Papers::default()
    };
    assert_eq!(
        choose(&papers, 7_207, 8_000).told,
        Some(MediaRequest::BySize {
            width: 7_210,
            shortest: 2_000
        })
    );
    let silent = Papers {
        ready: Vec::new(),
        ..papers.clone()
    };
    assert!(matches!(
        choose(&silent, 7_207, 8_000).told,
        Some(MediaRequest::BySize { width: 8_000, .. })
    ));
    let no_sizes = Papers {
        sizes: false,
        ..papers
    };
    let told = choose(&no_sizes, 7_207, 8_000).told;
    assert_eq!(told, Some(MediaRequest::ByName));
}

#[test]
fn a_printer_that_says_nothing_is_asked_for_nothing_and_gets_a4() {
    let choice = choose(&Papers::default(), 7_207, 8_000);
    assert_eq!((choice.name.as_str(), choice.told), ("", None));
    assert_eq!(choice.medium, templates::page::A4);
}

#[test]
fn no_medium_is_asked_for_that_the_printer_does_not_list() {
    let of = |supported: &[&str], usual: Option<&str>| {
        let papers = Papers {
            supported: names(supported),
            usual: usual.map(Into::into),
            ..Papers::default()
        };
        let choice = choose(&papers, 7_207, 8_000);
        assert_eq!(choice.told.is_none(), choice.name.is_empty(), "{choice:?}");
        choice
    };
    for (supported, usual, name) in [
        (&["na_letter_8.5x11in"][..], None, "na_letter_8.5x11in"),
        (&["om_slip_77x500mm"], None, "om_slip_77x500mm"),
        (
            &[
                "jis_b4_257x364mm",
                "om_small_58x90mm",
                "om_a_90x200mm",
                "om_b_76x200mm",
            ],
            None,
            "om_b_76x200mm",
        ),
        (&["custom_min_58x20mm", "custom_max_80x2000mm"], None, ""),
        (&["om_small_58x90mm"], Some("om_small_58x90mm"), ""),
        (&["om_small_58x90mm"], Some("iso_a5_148x210mm"), ""),
        (
            &["iso_a5_148x210mm"],
            Some("iso_a5_148x210mm"),
            "iso_a5_148x210mm",
        ),
        (&["om_tight_91x200mm"], None, "om_tight_91x200mm"),
    ] {
        assert_eq!(of(supported, usual).name, name, "{supported:?} {usual:?}");
    }
    let unlisted = of(&["om_small_58x90mm"], Some("iso_a5_148x210mm"));
    assert!(matches!(
        unlisted.medium,
        Medium::Sheet { width: 14_800, .. }
    ));
    let narrow = of(&["om_small_58x90mm"], Some("om_small_58x90mm"));
    let roll = Medium::Roll {
        longest: Some(9_000),
    };
    assert_eq!(narrow.medium, roll);
}

#[test]
fn a_sheet_is_wide_enough_when_the_ticket_fits_between_its_margins() {
    let papers = Papers {
        supported: names(&["om_a_108x150mm", "om_b_120x150mm"]),
        ..Papers::default()
    };
    assert_eq!(choose(&papers, 10_200, 11_200).name, "om_b_120x150mm");
}

#[test]
fn a_roll_of_which_only_the_widest_is_listed_is_asked_for_in_that_width() {
    let papers = Papers {
        supported: names(&["roll_max_80x656000mm"]),
        ..roll()
    };
    let told = choose(&papers, 4_800, 5_800).told;
    let widest = MediaRequest::BySize {
        width: 8_000,
        shortest: 0,
    };
    assert_eq!(told, Some(widest));
}
