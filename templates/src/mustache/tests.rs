use proptest::prelude::*;

use super::*;
use crate::document::Block;

fn rendered_with(
    source: &str,
    values: &Value,
    partials: &[(&str, &str)],
) -> Result<String, TemplateError> {
    let partials = partials
        .iter()
        .map(|(name, source)| ((*name).to_owned(), (*source).to_owned()))
        .collect();
    Template::parse(source)?.render(values, &partials, Escaping::Paper)
}

fn rendered(source: &str, values: &Value) -> String {
    rendered_with(source, values, &[]).unwrap()
}

fn wrong(source: &str) -> String {
    Template::parse(source).unwrap_err().to_string()
}

fn items<'v>(names: &[&'v str]) -> Value<'v> {
    let item = |name: &&'v str| Value::map([("name", Value::text(*name))]);
    Value::map([("items", Value::List(names.iter().map(item).collect()))])
}

#[test]
fn a_backslash_in_front_of_a_name_does_not_reach_into_what_people_wrote() {
    for (source, made) in [
        (r"\{{t}}", r"\\\{code\x3a1\}"),
        (r"\\{{t}}", r"\\\{code\x3a1\}"),
        (r"\\\{{{t}}}", r"\\\\\{code\x3a1\}"),
        (r"\{{#b}}{{t}}{{/b}}", r"\\\{code\x3a1\}"),
    ] {
        let values = Value::map([("t", Value::text("{code:1}")), ("b", Value::Bool(true))]);
        let template = Template::parse(source).unwrap();
        let rendered = template.render(&values, &BTreeMap::new(), Escaping::Paper);
        assert_eq!(rendered.as_deref(), Ok(made), "{source}");
    }
}

#[test]
fn names_are_filled_in_and_what_is_missing_is_empty() {
    let values = Value::map([
        ("name", Value::text("Fish & Chips")),
        ("order", Value::map([("number", Value::Number(42))])),
        ("paid", Value::Bool(true)),
    ]);
    assert_eq!(
        rendered(
            "{{name}} {{ order.number }}{{order.nothing}}{{nothing}} {{paid}}",
            &values
        ),
        "Fish & Chips 42 true"
    );
}

#[test]
fn a_section_is_rendered_for_each_and_an_inverted_one_for_none() {
    let source = "{{#items}}[{{name}}]{{/items}}{{^items}}none{{/items}}";
    assert_eq!(rendered(source, &items(&["a", "b"])), "[a][b]");
    assert_eq!(rendered(source, &items(&[])), "none");
    let flat = Value::map([(
        "rows",
        Value::List(vec![Value::text("a"), Value::Number(1)]),
    )]);
    assert_eq!(rendered("{{#rows}}{{.}},{{/rows}}", &flat), "a,1,");
}

#[test]
fn what_is_false_or_empty_or_nothing_opens_no_section() {
    for value in [
        Value::Nothing,
        Value::Bool(false),
        Value::Number(0),
        Value::text(""),
        Value::List(Vec::new()),
    ] {
        let values = Value::map([("x", value)]);
        assert_eq!(rendered("{{#x}}yes{{/x}}{{^x}}no{{/x}}", &values), "no");
    }
}

#[test]
fn a_dish_without_a_note_does_not_print_the_note_of_the_order() {
    let dish = Value::map([("note", Value::Nothing)]);
    let values = Value::map([
        ("note", Value::text("ring twice")),
        ("items", Value::List(vec![dish])),
    ]);
    assert_eq!(
        rendered(
            "{{#items}}{{#note}}! {{.}}{{/note}}{{note}}{{/items}}",
            &values
        ),
        ""
    );
}

#[test]
fn tags_that_stand_alone_leave_no_blank_row_also_one_after_another() {
    let source = "top\n{{#items}}\n  {{! which }}\n|{{name}}\n{{#no}}\n{{#no}}\nx\n{{/no}}\n{{/no}}\n{{/items}}\n{{=<% %>=}}\nend\n";
    assert_eq!(rendered(source, &items(&["a", "b"])), "top\n|a\n|b\nend\n");
    let windows = source.replace('\n', "\r\n");
    assert_eq!(rendered(&windows, &items(&["a"])), "top\r\n|a\r\nend\r\n");
}

#[test]
fn a_blank_row_that_was_written_stays() {
    assert_eq!(
        rendered("a\n\n{{#items}}\n\n{{/items}}\n\nb", &items(&["a"])),
        "a\n\n\n\nb"
    );
}

#[test]
fn delimiters_change_and_braces_of_the_markup_stay() {
    let values = Value::map([("w", Value::Number(10))]);
    assert_eq!(rendered("{width:*,{{w}}}", &values), "{width:*,10}");
    assert_eq!(
        rendered("{{=<< >>=}}{width:<<w>>} {{w}}", &values),
        "{width:10} {{w}}"
    );
}

#[test]
fn a_partial_comes_from_the_map_and_knows_where_it_is_used() {
    let head = ("head", "{{#name}}\n^{{.}}\n{{/name}}\n");
    let values = Value::map([("name", Value::text("Mario"))]);
    assert_eq!(
        rendered_with("{{>head}}\n-\n", &values, &[head]).unwrap(),
        "^Mario\n-\n"
    );
    assert_eq!(rendered_with("a{{>missing}}b", &values, &[]).unwrap(), "ab");
}

#[test]
fn a_partial_that_includes_itself_ends_with_an_error() {
    let error = rendered_with(
        "x\n {{>a}}",
        &Value::Nothing,
        &[("a", "{{>b}}"), ("b", "\n {{>a}}")],
    );
    let error = error.unwrap_err().to_string();
    assert_eq!(
        error,
        "partial \"b\", line 2, column 2: expected at most 32 partials within one another, found {{>a}} again; \
         does it include itself?"
    );
    let doubling = ("a", "{{>a}}{{>a}}");
    assert!(rendered_with("{{>a}}", &Value::Nothing, &[doubling]).is_err());
}

#[test]
fn a_template_that_multiplies_itself_ends_with_an_error() {
    let many = items(&["a"; 200]);
    let open = "{{#items}}".repeat(6);
    let close = "{{/items}}".repeat(6);
    for inside in ["", "{{none}}", "{{name}}"] {
        let error = rendered_with(&format!("{open}{inside}{close}"), &many, &[]);
        assert!(error.is_err(), "{inside:?}");
    }
}

#[test]
fn an_error_says_where_and_what_was_expected() {
    for (source, said) in [
        (
            "a\n  {{#items}}\n",
            "line 2, column 3: expected {{/items}} that closes the section opened here, found the end of the template",
        ),
        (
            "ä{{name",
            "line 1, column 2: expected }} that closes the tag opened here, found the end of the template",
        ),
        (
            "{{{name}}",
            "line 1, column 1: expected }}} that closes the tag opened here, found the end of the template",
        ),
        (
            "{{#a}}\n{{#b}}{{/a}}",
            "line 2, column 7: expected {{/b}}, opened in line 2, found {{/a}}",
        ),
        (
            "\n{{/a}}",
            "line 2, column 1: expected no closing tag, since no section is open, found {{/a}}",
        ),
        (
            "{{}}",
            "line 1, column 1: expected a name such as order.number, found nothing",
        ),
        (
            "{{a b}}",
            "line 1, column 1: expected a name such as order.number, found \"a b\"",
        ),
        (
            "{{a..b}}",
            "line 1, column 1: expected a name such as order.number, found \"a..b\"",
        ),
        (
            "{{> }}",
            "line 1, column 1: expected the name of a partial, found nothing",
        ),
        (
            "{{=x=}}",
            "line 1, column 1: expected two delimiters with a space between them, without =, found \"x\"",
        ),
    ] {
        assert_eq!(wrong(source), said);
    }
    let inside = rendered_with("  {{>p}}", &Value::Nothing, &[("p", "ok\n{{x")]).unwrap_err();
    assert_eq!(
        (inside.partial.as_deref(), inside.line, inside.column),
        (Some("p"), 2, 1)
    );
}

#[test]
fn text_is_inert_however_a_template_writes_it() {
    let evil = "|x|\n{command:\\x1b};=`^~_\"";
    let values = Value::map([
        ("x", Value::text(evil)),
        ("m", Value::Markup("^big^".into())),
    ]);
    let safe = r#"\|x\|\n\{command\x3a\\x1b\}\x3b\=\`\^\~\_\""#;
    for source in [
        "{{x}}",
        "{{{x}}}",
        "{{&x}}",
        "{{=<% %>=}}<%x%>",
        "{{#x}}{{{.}}}{{/x}}",
        "{{>p}}",
    ] {
        assert_eq!(
            rendered_with(source, &values, &[("p", "{{{x}}}")]).unwrap(),
            safe,
            "{source}"
        );
    }
    assert_eq!(rendered("{{m}}{{{m}}}", &values), "^big^^big^");
    let tags = Value::map([
        ("x", Value::text("{{y}}{{=| |=}}")),
        ("y", Value::text("no")),
    ]);
    assert_eq!(rendered("{{x}}", &tags), r"\{\{y\}\}\{\{\=\| \|\=\}\}");
}

proptest! {
    /// No text makes a second row, a column or a property of what a template says.
    #[test]
    fn no_text_changes_the_layout(text in any::<String>()) {
        let values = Value::map([("x", Value::text(text))]);
        let made = rendered("{{x}}|{{{x}}}\n", &values);
        let bare: Vec<char> = unescaped(&made);
        prop_assert_eq!(bare.iter().filter(|c| **c == '|').count(), 1);
        prop_assert_eq!(bare.iter().filter(|c| **c == '\n').count(), 1);
        prop_assert!(!bare.iter().any(|c| "{}_\"`^".contains(*c)), "{}", made);
    }

    /// Whatever is written as a template is read or refused, and never panics.
    #[test]
    fn no_template_panics(source in "[a-c{}#/^>!=. \\n|]{0,40}") {
        if let Ok(template) = Template::parse(&source) {
            let partials = BTreeMap::from([("a".to_owned(), source.clone())]);
            drop(template.render(&items(&["a"]), &partials, Escaping::Paper));
        }
    }
}

/// The characters that no backslash stands before.
fn unescaped(markup: &str) -> Vec<char> {
    let mut characters = markup.chars();
    let mut bare = Vec::new();
    while let Some(character) = characters.next() {
        if character == '\\' {
            characters.next();
        } else {
            bare.push(character);
        }
    }
    bare
}

/// The public test cases of github.com/mustache/spec: `MUSTACHE_SPEC_DIR` names the folder with its JSON files.
#[test]
fn the_public_specification_is_kept() {
    let Some(folder) = std::env::var_os("MUSTACHE_SPEC_DIR") else {
        // Past the runner, which keeps what a passing test prints to itself.
        let said =
            b"left out: MUSTACHE_SPEC_DIR does not name the folder of the Mustache specification\n";
        std::io::Write::write_all(&mut std::io::stderr(), said).expect("stderr");
        return;
    };
    let mut cases = 0;
    let modules = [
        "comments",
        "delimiters",
        "interpolation",
        "inverted",
        "partials",
        "sections",
    ];
    for module in modules {
        let path = std::path::Path::new(&folder).join(format!("{module}.json"));
        let module: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for test in module["tests"].as_array().unwrap() {
            let partials = test["partials"].as_object().into_iter().flatten();
            let partials = partials
                .map(|(name, source)| (name.clone(), source.as_str().unwrap().to_owned()))
                .collect();
            let template = Template::parse(test["template"].as_str().unwrap()).unwrap();
            let made = template.render(&value(&test["data"]), &partials, Escaping::Html);
            assert_eq!(
                made.as_deref(),
                Ok(test["expected"].as_str().unwrap()),
                "{}",
                test["name"]
            );
            cases += 1;
        }
    }
    println!("{cases} cases of the specification");
    assert!(cases >= 136, "only {cases} cases");
}

fn value(json: &serde_json::Value) -> Value<'_> {
    match json {
        serde_json::Value::Null => Value::Nothing,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::text(number.to_string()),
        serde_json::Value::String(text) => Value::text(text.clone()),
        serde_json::Value::Array(values) => Value::List(values.iter().map(value).collect()),
        serde_json::Value::Object(fields) => Value::Map(
            fields
                .iter()
                .map(|(name, field)| (name.as_str(), value(field)))
                .collect(),
        ),
    }
}

#[test]
fn the_data_of_a_code_are_every_character_that_was_written() {
    for written in [
        " outer spaces ",
        "a\tb\u{b}c",
        "two\r\nrows",
        r#"{"a":"b;c"}|~^_`\=-"#,
        "WIFI:T:WPA;S:Rosa;P:a\\;b;;",
        "  ",
        "\u{200e}\u{ad}#####",
        "שלום 12-34",
        "\u{1d}10A",
    ] {
        for value in [
            Value::text(written),
            Value::row(written),
            Value::Note(written.into()),
        ] {
            let values = Value::map([("x", value), ("yes", Value::Bool(true))]);
            for template in [
                "{code:{{x}};option:qrcode}",
                "a\n|{{yes}}|\n{option:qrcode;code:{{#yes}}{{{x}}}{{/yes}}}",
                r"{comment:\}{{yes}};x-pdf417:{{x}}}",
            ] {
                let markup = Template::parse(template)
                    .unwrap()
                    .render(&values, &Partials::new(), Escaping::Paper)
                    .unwrap();
                let parsed = crate::parse(&markup);
                let is_code = |block: &&Block| matches!(block, Block::Code(_));
                let [Block::Code(code)] = parsed
                    .document
                    .blocks
                    .iter()
                    .filter(is_code)
                    .collect::<Vec<_>>()[..]
                else {
                    panic!("{markup}");
                };
                assert_eq!(code.data, written, "{markup}");
                assert!(parsed.notes.is_empty(), "{:?}", parsed.notes);
            }
        }
    }
}
