//! Tickets as our own encoders make them.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::time::Duration;
use templates::raster::Bitmap;
use templates::{PageOptions, Pass, Profile, Supplies, parse, raster};

/// Long enough for a busy computer; no test waits that long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub fn profile() -> Profile {
    Profile::named("generic-80").unwrap()
}

/// The dots of a ticket of one piece.
pub fn dots(text: &str) -> Bitmap {
    let document = parse(&format!("{text}\n")).document;
    let (pass, supplies) = (Pass::default(), Supplies::default());
    let mut pieces = raster::dots(&document, &profile(), &pass, &supplies).unwrap();
    pieces.remove(0)
}

pub fn pwg(text: &str) -> Vec<u8> {
    let document = parse(&format!("{text}\n")).document;
    let (pass, supplies) = (Pass::default(), Supplies::default());
    let options = PageOptions::of(&profile());
    templates::to_pwg(&document, &profile(), &pass, &supplies, &options).unwrap()
}

pub fn urf(text: &str) -> Vec<u8> {
    let document = parse(&format!("{text}\n")).document;
    let (pass, supplies) = (Pass::default(), Supplies::default());
    let options = PageOptions::of(&profile());
    templates::to_urf(&document, &profile(), &pass, &supplies, &options).unwrap()
}
