//! `panbot render` and `panbot print`: an order or markup in, paper out.

use std::{
    fs,
    io::{IsTerminal, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use api::{
    Business, Order, Outcome, TicketKind, TicketName,
    printer::{Address, Learned},
};
use clap::{Args, ValueEnum, value_parser};
use printer_queue::Timings;
use serde_json::Value;
use templates::{Fonts, Partials, Pass, Profile, Supplies, Ticket};

use crate::words;

/// What is on the paper.
#[derive(Args)]
struct Input {
    /// A file with {"business": …, "order": …}; - is standard input.
    #[arg(long, required_unless_present = "markup", conflicts_with = "markup")]
    order: Option<PathBuf>,
    /// receipt, kitchen, delivery, void, or a file with a template of your own.
    #[arg(long, required_unless_present = "markup", conflicts_with = "markup")]
    template: Option<String>,
    /// A file with markup that is already rendered; - is standard input.
    #[arg(long)]
    markup: Option<PathBuf>,
    /// Characters in a row: 48 on 80 mm paper, 32 on 58 mm.
    #[arg(long, default_value_t = 48, value_parser = value_parser!(u32).range(16..=96))]
    columns: u32,
    /// For the words that are added to a ticket, such as de-DE; the restaurant's if it is not given.
    #[arg(long)]
    locale: Option<String>,
    /// A folder of fonts.
    #[arg(long, env = "PANBOT_FONTS")]
    fonts: Option<PathBuf>,
}

/// Shows what a ticket looks like: as markup, printer bytes, a picture or text.
#[derive(Args)]
pub struct Render {
    #[command(flatten)]
    input: Input,
    /// What comes out.
    #[arg(long, value_enum)]
    to: Form,
    /// Where it goes; standard output if it is not given.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Prints a ticket on a printer, past every queue, and says what became of it.
#[derive(Args)]
pub struct Print {
    /// The printer, such as tcp://192.168.1.40:9100.
    #[arg(long)]
    to: Address,
    /// The printer is known to confirm what it printed (as its test print has shown).
    #[arg(long)]
    confirms: bool,
    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Form {
    Markup,
    Escpos,
    Png,
    Text,
}

impl Render {
    /// Renders.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let binary = matches!(self.to, Form::Escpos | Form::Png);
        if binary && self.output.is_none() && std::io::stdout().is_terminal() {
            tracing::error!("bytes are not shown on a terminal: write them to a file with -o FILE");
            return Ok(ExitCode::from(2));
        }
        let out = self.input.paper()?.to(self.to)?;
        match &self.output {
            Some(path) => fs::write(path, out)
                .with_context(|| format!("{} cannot be written", path.display()))?,
            None => std::io::stdout().write_all(&out)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Print {
    /// Prints, and ends with the outcome in one line.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let bytes = self.input.paper()?.to(Form::Escpos)?;
        let runtime = tokio::runtime::Runtime::new()?;
        let timings = Timings::default();
        let learned = Learned {
            confirm: self.confirms.then_some(true),
            ..Learned::default()
        };
        let outcome = runtime.block_on(printer_queue::print_once(
            &self.to, bytes, &learned, &timings,
        ));
        writeln!(std::io::stdout(), "{}", words::outcome(&outcome))?;
        Ok(match outcome {
            Outcome::Confirmed | Outcome::Sent => ExitCode::SUCCESS,
            Outcome::NotPrinted(_) | Outcome::Uncertain(_) => ExitCode::FAILURE,
        })
    }
}

/// A ticket and the paper it is set on.
struct Paper {
    markup: String,
    profile: Profile,
    pass: Pass,
    supplies: Supplies,
}

impl Input {
    fn paper(self) -> anyhow::Result<Paper> {
        let (markup, business) = match (&self.markup, &self.order, &self.template) {
            (Some(markup), _, _) => (read(markup)?, None),
            (None, Some(order), Some(template)) => rendered(order, template)?,
            (None, _, _) => {
                bail!("there is nothing to print: give --order and --template, or --markup")
            }
        };
        let id = if self.columns <= 32 {
            "generic-58"
        } else {
            "generic-80"
        };
        let profile = Profile::named(id).with_context(|| format!("there is no paper {id}"))?;
        let supplies = Supplies::from(Fonts::in_folder(self.fonts));
        if let Err(error) = supplies.pictures.set_logo(business.as_ref()) {
            tracing::warn!("the restaurant's logo is left out: {error}");
        }
        let locale = business.map(|business| business.locale);
        let locale = self.locale.or(locale).unwrap_or_else(|| "en-US".into());
        Ok(Paper {
            markup,
            profile: profile.with_columns(self.columns),
            pass: Pass {
                locale,
                ..Pass::default()
            },
            supplies,
        })
    }
}

impl Paper {
    fn to(&self, form: Form) -> anyhow::Result<Vec<u8>> {
        let Paper {
            markup,
            profile,
            pass,
            supplies,
        } = self;
        if form == Form::Markup {
            return Ok(markup.clone().into_bytes());
        }
        let parsed = templates::parse(markup);
        for note in &parsed.notes {
            tracing::warn!(
                "markup, line {}, column {}: {}",
                note.line,
                note.column,
                note.what
            );
        }
        Ok(match form {
            Form::Markup => markup.clone().into_bytes(),
            Form::Escpos => templates::to_escpos(&parsed.document, profile, pass, supplies)?,
            Form::Png => templates::to_png(&parsed.document, profile, pass, supplies)?,
            Form::Text => templates::to_text(&parsed.document, profile, pass)?.into_bytes(),
        })
    }
}

fn rendered(order: &Path, template: &str) -> anyhow::Result<(String, Option<Business>)> {
    let text = read(order)?;
    let shown = order.display();
    let mut file: Value =
        serde_json::from_str(&text).with_context(|| format!("{shown} is not JSON"))?;
    let mut part = |name| file.get_mut(name).map(Value::take).unwrap_or_default();
    let business: Business = serde_json::from_value(part("business"))
        .with_context(|| format!("{shown} holds no restaurant under \"business\""))?;
    let order: Order = serde_json::from_value(part("order"))
        .with_context(|| format!("{shown} holds no order under \"order\""))?;
    let (kind, own) = match template {
        "receipt" => (TicketKind::Receipt, None),
        "kitchen" => (TicketKind::Kitchen, None),
        "delivery" => (TicketKind::Delivery, None),
        "void" => (TicketKind::Void, None),
        path => (TicketKind::Receipt, Some(read(Path::new(path))?)),
    };
    let name = TicketName::whole(kind);
    let ticket = Ticket {
        business: &business,
        order: &order,
        name: &name,
        before: None,
        lines: None,
    };
    let markup = templates::render(&ticket, own.as_deref(), &Partials::new())?;
    Ok((markup, Some(business)))
}

fn read(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("standard input cannot be read")?;
        return Ok(text);
    }
    fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}
