//! Where every letter of a ticket stands, for other programs: `sheet COLUMNS FILE...` reads markup and prints one JSON
//! object a file, with `text` and `lines`, or with `error`. A line is a list of `[cell, letters, look]`; what is no line of
//! text is a word: `cut`, `code`, `picture` and so on.

use std::io::Write as _;

use serde_json::{Value, json};
use templates::document::{Document, Style};
use templates::layout::{EncodeError, Line, TextLine, lay_out, width_of};
use templates::{Pass, Profile, parse, to_text};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let columns = arguments.next().and_then(|columns| columns.parse().ok());
    let profile = Profile::named("generic-80")
        .ok_or_else(|| std::io::Error::other("there is no profile generic-80"))?
        .with_columns(columns.unwrap_or(48));
    for file in arguments {
        let document = parse(&std::fs::read_to_string(file)?).document;
        let said = sheet(&document, &profile)
            .unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(std::io::stdout(), "{said}")?;
    }
    Ok(())
}

fn sheet(document: &Document, profile: &Profile) -> Result<Value, EncodeError> {
    let pass = Pass::default();
    let lines = lay_out(document, profile, &pass)?.lines;
    let lines: Vec<Value> = lines.iter().map(line).collect();
    Ok(json!({ "text": to_text(document, profile, &pass)?, "lines": lines }))
}

fn line(line: &Line) -> Value {
    match line {
        Line::Text(line) => parts(line),
        Line::Code(_) => json!("code"),
        Line::Image(_) => json!("picture"),
        Line::Cut(_) => json!("cut"),
        Line::Drawer => json!("drawer"),
        Line::Buzzer(_) => json!("buzzer"),
        Line::Command(_) => json!("command"),
    }
}

fn parts(line: &TextLine) -> Value {
    let mut parts = Vec::new();
    for piece in &line.pieces {
        let mut cell = piece.text_x();
        for span in &piece.spans {
            parts.push(json!([cell, span.text, look(span.style)]));
            cell += width_of(&span.text, span.style);
        }
    }
    Value::Array(parts)
}

/// Letters for bold, underlined and inverse, then times as wide and as high.
fn look(style: Style) -> String {
    let on = [
        (style.bold, 'b'),
        (style.underline, 'u'),
        (style.inverse, 'i'),
    ];
    let on: String = on
        .iter()
        .filter(|(on, _)| *on)
        .map(|(_, letter)| letter)
        .collect();
    format!("{on}{}x{}", style.wide, style.high)
}
