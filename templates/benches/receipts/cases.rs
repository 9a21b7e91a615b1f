//! What is measured: each case makes one whole receipt, with nothing kept from the one before but what a running program
//! keeps (opened fonts, drawn letters, stored pictures).

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use api::{Business, Order};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use templates::mustache::{Escaping, Template, Value};
use templates::render::Ticket;
use templates::{Fonts, Pass, Pictures, Profile, Supplies, parse, render, to_escpos, to_png};

/// One kind of receipt.
pub(crate) struct Case {
    /// The same for every peer.
    pub(crate) name: &'static str,
    /// Makes one and says how many bytes it has.
    pub(crate) make: Box<dyn FnMut() -> usize>,
}

/// All cases over the receipt of a folder. What it lacks (a ticket as the backend sends it, a receipt in nine scripts)
/// comes from our own.
pub(crate) fn all(folder: &Path) -> Result<Vec<Case>> {
    let read = |name: &str| {
        let file = Some(folder.join(name)).filter(|file| file.exists());
        let file = file.unwrap_or_else(|| crate::own_folder().join(name));
        std::fs::read(&file).with_context(|| file.display().to_string())
    };
    let text = |name: &str| -> Result<String> { Ok(String::from_utf8(read(name)?)?) };

    let receipt = text("receipt.rl")?;
    let without_code: String = receipt
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("{code:"))
        .collect();
    let png: Arc<[u8]> = read("logo.png")?.into();
    let inline_logo = format!("{{image:{}}}\n{receipt}", STANDARD.encode(&png));
    let named_logo = format!("{{x-image:logo}}\n{receipt}");
    let mixed = text("mixed.rl")?;
    let (business, order) = (read("ticket-business.json")?, read("ticket-order.json")?);
    let template = text("receipt.mustache")?;
    // Kept for the whole run, since values only borrow their names and texts.
    let json: serde_json::Value = serde_json::from_slice(&read("order.json")?)?;
    let values = value(Box::leak(Box::new(json)));

    let fonts = Fonts::in_folder(Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fonts")));
    let supplies = Supplies {
        fonts: fonts.clone(),
        pictures: Pictures::default(),
    };
    supplies.pictures.set("logo", Some(png));

    let made = rendered(&template, &values);
    anyhow::ensure!(
        parse(&made).document == parse(&receipt).document,
        "receipt.mustache with order.json does not say what receipt.rl says, but:\n{made}"
    );

    let paper = Paper {
        profile: Profile::named("generic-80").context("the profile generic-80")?,
        supplies,
    };
    let mut cases = Vec::new();
    let mut case = |name, make: Box<dyn FnMut() -> usize>| cases.push(Case { name, make });
    let (on, markup) = (paper.clone(), receipt.clone());
    case("receipt", Box::new(move || on.escpos(&markup)));
    let (on, markup) = (paper.clone(), without_code.clone());
    case("receipt-noqr", Box::new(move || on.escpos(&markup)));
    let on = paper.clone();
    case("order", Box::new(move || on.order(&business, &order)));
    let (on, supplies_of) = (paper.clone(), fonts);
    case(
        "logo",
        Box::new(move || {
            // Pictures that nobody has seen yet, so that this one is decoded each time.
            let supplies = Supplies::from(supplies_of.clone());
            Paper {
                profile: on.profile.clone(),
                supplies,
            }
            .escpos(&inline_logo)
        }),
    );
    let on = paper.clone();
    case("logo-cached", Box::new(move || on.escpos(&named_logo)));
    let on = paper.clone();
    case("png-latin", Box::new(move || on.png(&without_code)));
    let (on, markup) = (paper.clone(), receipt);
    case("png-latin-qr", Box::new(move || on.png(&markup)));
    let on = paper;
    case("png-mixed", Box::new(move || on.png(&mixed)));
    let parsed = Template::parse(&template)?;
    let same = values.clone();
    case(
        "template",
        Box::new(move || rendered(&template, &same).len()),
    );
    case(
        "template-parsed",
        Box::new(move || {
            parsed
                .render(&values, &BTreeMap::new(), Escaping::Paper)
                .expect("it was rendered before")
                .len()
        }),
    );
    Ok(cases)
}

/// Where receipts are made for.
#[derive(Clone)]
struct Paper {
    profile: Profile,
    supplies: Supplies,
}

impl Paper {
    fn escpos(&self, markup: &str) -> usize {
        let document = parse(markup).document;
        to_escpos(&document, &self.profile, &Pass::default(), &self.supplies)
            .expect("a receipt that fits")
            .len()
    }

    fn png(&self, markup: &str) -> usize {
        let document = parse(markup).document;
        to_png(&document, &self.profile, &Pass::default(), &self.supplies)
            .expect("a receipt that fits")
            .len()
    }

    fn order(&self, business: &[u8], order: &[u8]) -> usize {
        let business: Business = serde_json::from_slice(business).expect("a business");
        let order: Order = serde_json::from_slice(order).expect("an order");
        let name = "receipt".parse().expect("the name of a ticket");
        let ticket = Ticket {
            business: &business,
            order: &order,
            name: &name,
            lines: None,
            before: None,
        };
        self.escpos(&render(&ticket, None, &BTreeMap::new()).expect("the built-in template"))
    }
}

fn rendered(template: &str, values: &Value) -> String {
    let template = Template::parse(template).expect("a template that was rendered before");
    template
        .render(values, &BTreeMap::new(), Escaping::Paper)
        .expect("it has no partials")
}

fn value(json: &serde_json::Value) -> Value<'_> {
    match json {
        serde_json::Value::Null => Value::Nothing,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::text(number.to_string()),
        serde_json::Value::String(text) => Value::text(text),
        serde_json::Value::Array(values) => Value::List(values.iter().map(value).collect()),
        serde_json::Value::Object(fields) => Value::Map(
            fields
                .iter()
                .map(|(name, field)| (name.as_str(), value(field)))
                .collect(),
        ),
    }
}
