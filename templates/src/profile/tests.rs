use super::*;

#[test]
fn paper_of_80_and_58_millimetres_has_48_and_32_characters() {
    let widths = ["generic-80", "generic-58"]
        .map(|name| Profile::named(name).map(|profile| (profile.columns, profile.dots)));
    assert_eq!(widths, [Some((48, 576)), Some((32, 384))]);
    assert_eq!(Profile::named("laser"), None);
}

#[test]
fn papers_by_width_are_named_before_models_and_no_name_twice() {
    let names: Vec<&str> = Profile::names().collect();
    assert_eq!(names[..3], ["generic-80", "generic-58", "generic-76"]);
    assert_eq!(names.len(), 7 + 26, "each model of the list is in the data");
    for (place, name) in names.iter().enumerate() {
        assert!(!names[..place].contains(name), "{name}");
    }
}

#[test]
fn models_have_a_maker_and_papers_have_none() {
    for name in Profile::names() {
        let is_paper = name.starts_with("generic-");
        assert_eq!(Profile::maker(name).is_none(), is_paper, "{name}");
    }
    assert_eq!(Profile::maker("TM-T88V"), Some("Epson"));
    assert_eq!(Profile::maker("laser"), None);
}

#[test]
fn letters_of_every_profile_stand_on_its_paper() {
    for name in Profile::names() {
        let profile = Profile::named(name).unwrap();
        assert!(profile.columns * profile.cell.0 <= profile.dots, "{name}");
        assert!(
            (8..=13).contains(&profile.cell.0),
            "{name}: {:?}",
            profile.cell
        );
        if let Some((width, _)) = profile.cell_b {
            assert!(
                (8..=10).contains(&width) && width < profile.cell.0,
                "{name}"
            );
        }
        assert!(!profile.pages.list().is_empty(), "{name}");
        assert!((150..=203).contains(&profile.dpi), "{name}");
    }
}

#[test]
fn a_model_has_its_own_numbers_of_pages() {
    let number = |id: &str, table: &str| {
        let profile = Profile::named(id).unwrap();
        let mut pages = profile.pages.list().iter();
        pages
            .find(|(_, known)| known.name() == table)
            .map(|(number, _)| *number)
    };
    assert_eq!(number("TM-T88V", "CP852"), Some(18));
    assert_eq!(number("CT-S651", "CP852"), Some(6));
    assert_eq!(number("RP326", "CP1251"), Some(6));
    assert_eq!(number("TH230", "CP858"), Some(6));
    assert_eq!(number("TM-U220", "CP858"), None);
}

#[test]
fn characters_never_stand_beside_the_paper() {
    for columns in [0, 1, 42, 64, u32::MAX] {
        let profile = Profile::named("generic-80").unwrap().with_columns(columns);
        assert!(profile.columns >= 16 && profile.columns * profile.cell.0 <= profile.dots);
    }
}

#[test]
fn a_file_says_what_differs() {
    let profile = Profile::from_json(
        r#"{"based_on": "TM-T88V", "id": "bar", "columns": 40, "font_b": null, "cutter": "none", "double_byte": "big5",
            "code_pages": [{"number": 7, "table": "CP866"}], "codes": ["ean", "data_matrix"], "picture": "columns24",
            "buzzer": "esc_b", "drawer": false}"#,
    )
    .unwrap();
    let base = Profile::named("TM-T88V").unwrap();
    assert_eq!(
        (profile.id.as_str(), profile.columns, profile.dots),
        ("bar", 40, 480)
    );
    assert_eq!((profile.cell, profile.dpi), (base.cell, base.dpi));
    assert_eq!(
        (profile.cell_b, profile.cutter, profile.drawer),
        (None, Cutter::None, false)
    );
    assert_eq!(profile.pages.list()[0].0, 7);
    assert!(profile.has_letters_for("Ж") && !profile.has_letters_for("é"));
    assert!(profile.draws(CodeKind::DataMatrix) && !profile.draws(CodeKind::Qr));
    assert_eq!(Profile::from_json("{}").unwrap().columns, 48);
}

#[test]
fn a_wrong_file_says_what_is_wrong() {
    for (text, said) in [
        ("{", "cannot be read"),
        (r#"{"colums": 42}"#, "unknown field `colums`"),
        (r#"{"columns": "42"}"#, "line 1"),
        (r#"{"based_on": "laser"}"#, "generic-80"),
        (r#"{"columns": 4}"#, "from 16 to 128"),
        (r#"{"columns": 4294967295}"#, "from 16 to 128"),
        (r#"{"columns": 60, "dots": 576}"#, "fewer columns"),
        (r#"{"font_a": [0, 24]}"#, "from 4 to 96"),
        (
            r#"{"code_pages": [{"number": 0, "table": "CP999"}]}"#,
            "CP437",
        ),
        (r#"{"cutter": "laser"}"#, "laser"),
    ] {
        let error = Profile::from_json(text).unwrap_err().to_string();
        assert!(error.contains(said), "{text}: {error}");
    }
}

#[test]
fn what_the_owner_knows_better_wins() {
    let with = |change: fn(&mut api::printer::ProfileOverrides)| {
        let mut printer = crate::render::tests::printer();
        change(&mut printer.overrides);
        Profile::of(&printer)
    };
    assert_eq!(with(|it| it.columns = Some(40)).columns, 40);
    assert_eq!(with(|it| it.cutter = Some(false)).cutter, Cutter::None);
    assert!(!with(|it| it.native_qr = Some(false)).draws(CodeKind::Qr));
    assert!(with(|_| {}).draws(CodeKind::Qr));
    let mut printer = crate::render::tests::printer();
    printer.learned.native_qr = Some(false);
    assert!(!Profile::of(&printer).draws(CodeKind::Qr), "it was seen");
    printer.overrides.native_qr = Some(true);
    assert!(Profile::of(&printer).draws(CodeKind::Qr));
}

#[test]
fn a_cutter_that_the_printer_has_shown_is_used_unless_the_owner_knows_better() {
    let mut printer = crate::render::tests::printer();
    printer.profile_id = Profile::names()
        .find(|id| Profile::named(id).is_some_and(|profile| profile.cutter == Cutter::None))
        .unwrap()
        .to_owned();
    assert_eq!(Profile::of(&printer).cutter, Cutter::None);
    printer.learned.cutter = Some(true);
    assert_eq!(Profile::of(&printer).cutter, Cutter::Partial);
    printer.overrides.cutter = Some(false);
    assert_eq!(Profile::of(&printer).cutter, Cutter::None);
}
