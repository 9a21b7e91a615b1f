//! The paper itself: every ticket of the house in every language, on paper of 58 and 80 millimetres.
//!
//! The pictures stand in `docs/paper`, where people look at them too, and are compared dot by dot. To renew them, and
//! the markup and commands beside this file: `make paper`; then look at what changed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use api::{Business, Order, Printer, TicketName};
use restaurants::{OTHERS, PLACES, Place};
use serde_json::json;
use templates::{
    Fonts, Partials, Pass, Period, Profile, Supplies, Ticket, parse, render, render_plain,
    render_summary, test_page, to_escpos, to_png,
};

mod commands;
mod restaurants;
mod scripts;

const TICKETS: [&str; 8] = [
    "receipt", "kitchen", "delivery", "change", "void", "summary", "test", "plain",
];

/// Profile, and millimetres of its paper.
const PAPERS: [(&str, u32); 2] = [("generic-58", 58), ("generic-80", 80)];

const PNG: &str = "our own PNG";

/// The test page alone is made for a certain paper.
fn markup(ticket: &str, place: &Place, profile: &str) -> String {
    let business = place.business();
    let (order, revised, cancelled) = (place.order(), place.revised(), place.cancelled());
    let (order, before) = match ticket {
        "change" => (&revised, Some(&order)),
        "void" => (&cancelled, Some(&order)),
        _ => (&order, None),
    };
    let partials = Partials::new();
    match ticket {
        "summary" => {
            let period = Period {
                from: "2026-11-20T22:00:00Z".parse().expect("a time"),
                until: "2026-11-21T21:59:59Z".parse().expect("a time"),
            };
            render_summary(&business, &place.evening(), period, None, &partials)
                .expect("a built-in template")
        }
        "test" => test_page(&business, &printer(profile)),
        "plain" => {
            let mut raw = serde_json::to_value(order).expect("an order is JSON");
            raw["lines"] = json!([{"name": place.order().lines[0].name, "quantity": "two"}]);
            render_plain(&raw, place.locale)
        }
        _ => markup_of(ticket, &business, order, before),
    }
}

fn markup_of(ticket: &str, business: &Business, order: &Order, before: Option<&Order>) -> String {
    let name: TicketName = ticket.parse().expect("the name of a ticket");
    let ticket = Ticket {
        business,
        order,
        name: &name,
        before,
        lines: None,
    };
    render(&ticket, None, &Partials::new()).expect("a built-in template")
}

fn printer(profile: &str) -> Printer {
    serde_json::from_value(json!({
        "id": uuid::Uuid::from_u128(1), "name": "Counter", "enabled": true, "owner": null,
        "address": "tcp://192.168.1.40:9100", "profile_id": profile,
        "overrides": api::printer::ProfileOverrides::default(), "learned": api::printer::Learned::default(),
        "backups": [], "policy": api::printer::PrintPolicy::default(),
    }))
    .expect("a printer")
}

fn pass(place: &Place) -> Pass {
    Pass {
        locale: place.locale.into(),
        ..Pass::default()
    }
}

fn supplies() -> Supplies {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fonts = std::env::var_os("PANBOT_FONTS").map(PathBuf::from);
    let supplies = Supplies::from(Fonts::in_folder(Some(
        fonts.unwrap_or_else(|| here.join("../fonts")),
    )));
    let logo = fs::read(here.join("benches/receipts/paper/logo.png")).expect("the logo");
    supplies.pictures.set("logo", Some(logo.into()));
    supplies
}

#[test]
fn every_ticket_says_the_same_in_every_language_as_it_did() {
    for ticket in TICKETS {
        let all: Vec<String> = PLACES
            .iter()
            .map(|place| {
                format!(
                    "## {}\n{}",
                    place.locale,
                    markup(ticket, place, "generic-58")
                )
            })
            .collect();
        insta::assert_snapshot!(format!("{ticket}_markup"), all.join("\n"));
    }
}

/// Two tickets of the other languages, which have most of the words that people read every day.
#[test]
fn the_other_languages_say_the_same_as_they_did() {
    for ticket in ["receipt", "change"] {
        let all = OTHERS.iter().map(|place| {
            let document = parse(&markup(ticket, place, "generic-58")).document;
            let profile = Profile::named("generic-58").unwrap();
            let text = templates::to_text(&document, &profile, &pass(place)).unwrap();
            format!("## {}\n{text}", place.locale)
        });
        let all: Vec<String> = all.collect();
        insta::assert_snapshot!(format!("{ticket}_others"), all.join("\n"));
    }
}

#[test]
fn every_language_has_a_house_here() {
    let houses = PLACES.iter().chain(&OTHERS);
    let mut spoken: Vec<_> = houses
        .filter_map(|place| templates::words::known(place.locale))
        .collect();
    spoken.sort_unstable();
    assert_eq!(spoken, templates::words::languages().collect::<Vec<_>>());
}

#[test]
fn every_ticket_is_markup_without_a_fault_and_fits_on_narrow_paper() {
    for ticket in TICKETS {
        for place in PLACES.iter().chain(&OTHERS) {
            let parsed = parse(&markup(ticket, place, "generic-58"));
            assert_eq!(parsed.notes, [], "{ticket} {}", place.locale);
            for columns in [32, 42, 48, 64] {
                let profile = Profile::named("generic-80").unwrap().with_columns(columns);
                let laid = templates::to_text(&parsed.document, &profile, &pass(place));
                assert!(laid.is_ok(), "{ticket} {} {columns} {laid:?}", place.locale);
            }
        }
    }
}

#[test]
fn every_ticket_becomes_the_same_commands_as_it_did() {
    let supplies = supplies();
    for ticket in TICKETS {
        for (name, millimetres) in PAPERS {
            let profile = Profile::named(name).unwrap();
            let all = PLACES.iter().map(|place| {
                let document = parse(&markup(ticket, place, name)).document;
                let bytes = to_escpos(&document, &profile, &pass(place), &supplies).unwrap();
                format!("## {}\n{}", place.locale, commands::written(&bytes))
            });
            let all: Vec<String> = all.collect();
            insta::assert_snapshot!(format!("{ticket}_{millimetres}_commands"), all.join("\n"));
        }
    }
}

#[test]
fn every_ticket_looks_as_it_did() {
    let supplies = supplies();
    let mut renewed = Renewed::default();
    for ticket in TICKETS {
        for (paper, millimetres) in PAPERS {
            let profile = Profile::named(paper).unwrap();
            for place in &PLACES {
                let document = parse(&markup(ticket, place, paper)).document;
                let made = to_png(&document, &profile, &pass(place), &supplies).unwrap();
                let name = format!("{ticket}-{millimetres}-{}.png", &place.locale[..2]);
                renewed.compare(&name, &made);
            }
        }
    }
    renewed.finish();
}

/// Pictures that are compared with those of `docs/paper`, or put in their place.
#[derive(Default)]
struct Renewed {
    different: Vec<String>,
}

impl Renewed {
    fn compare(&mut self, name: &str, made: &[u8]) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/paper");
        let path = folder.join(name);
        if std::env::var_os("UPDATE_PAPER").is_some() {
            fs::create_dir_all(&folder).expect("the folder of papers");
            fs::write(&path, small(made)).expect("a picture of paper");
        } else if !fs::read(&path).is_ok_and(|known| dots(&known) == dots(made)) {
            self.different.push(name.to_owned());
        }
    }

    fn finish(self) {
        let different = self.different;
        assert!(
            different.is_empty(),
            "{} papers look different: {different:?}. Renew them with `make paper`, and look at them.",
            different.len()
        );
    }
}

/// The same dots in fewer bytes, since these files stay.
fn small(png: &[u8]) -> Vec<u8> {
    let (width, height, dots) = dots(png);
    let mut made = Vec::new();
    let mut encoder = png::Encoder::new(&mut made, width, height);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().expect(PNG);
    writer.write_image_data(&dots).expect(PNG);
    writer.finish().expect(PNG);
    made
}

fn dots(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .expect(PNG);
    let mut dots = vec![0; reader.output_buffer_size().expect(PNG)];
    let frame = reader.next_frame(&mut dots).expect(PNG);
    (frame.width, frame.height, dots)
}
