//! `panbot render` and `panbot print`: an order or markup in, paper out.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    str::FromStr,
};

use ::printers::{Sheet, Timings};
use api::{
    Outcome,
    printer::{Address, Learned},
};
use clap::{Args, ValueEnum, value_parser};
use templates::{Fonts, Mark, Note, PageOptions, Parsed, Pass, Profile, Supplies, page};

use crate::{
    files::{self, WrongUse, profile, text, write},
    ticket::{Rendered, Template, rendered},
    words,
};

/// What is on the paper.
#[derive(Args)]
struct Input {
    /// A file with {"business": …, "order": …}, for a summary {"business": …, "orders": […]}; - is standard input.
    #[arg(long, required_unless_present = "markup", conflicts_with = "markup")]
    order: Option<PathBuf>,
    #[arg(
        long,
        required_unless_present = "markup",
        conflicts_with = "markup",
        value_name = "NAME|FILE",
        value_parser = Template::parse,
        help = format!("{}, or a file with a template of your own", Template::names())
    )]
    template: Option<Template>,
    /// A folder with what the template includes: for {{> footer}} a file footer.mustache.
    #[arg(long, conflicts_with = "markup", value_name = "FOLDER")]
    partials: Option<PathBuf>,
    /// For a change or void ticket: a file with the order as it was, as for --order.
    #[arg(long, conflicts_with = "markup")]
    before: Option<PathBuf>,
    /// A file with markup that is already rendered; - is standard input.
    #[arg(long)]
    markup: Option<PathBuf>,
    /// The printer: a name such as generic-58 or TM-T88V, or a file that describes it; generic-80 if it is not given.
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// Characters in a row: 48 on 80 mm paper, 32 on 58 mm. The profile's if it is not given.
    #[arg(long, value_parser = value_parser!(u32).range(16..=128))]
    columns: Option<u32>,
    /// Language of the words that we add, and how times and amounts are written, such as de-DE; the restaurant's if it is
    /// not given.
    #[arg(long)]
    locale: Option<String>,
    /// What the paper says besides: copy, reprint, duplicate (a reprint that may be one), or backup:NAME of the printer
    /// that it is printed for.
    #[arg(long, value_name = "MARK")]
    mark: Option<Marked>,
    /// The cash drawer opens, for printer bytes.
    #[arg(long)]
    drawer: bool,
    /// A folder of fonts.
    #[arg(long, env = "PANBOT_FONTS")]
    fonts: Option<PathBuf>,
}

/// Shows what a ticket looks like: as markup, text, a picture, PDF, or bytes for a printer.
#[derive(Args)]
pub struct Render {
    #[command(flatten)]
    input: Input,
    /// What comes out.
    #[arg(long, value_enum)]
    to: Form,
    /// Pixels an inch, for pwg and urf; the profile's if it is not given.
    #[arg(long)]
    resolution: Option<u32>,
    /// How a pixel is written, for pwg; black_1 if it is not given.
    #[arg(long, value_enum)]
    color: Option<Color>,
    /// What is printed on, for pwg and urf; a roll if it is not given.
    #[arg(long, value_enum)]
    medium: Option<Medium>,
    /// Where it goes; standard output if it is not given.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Prints a ticket on a printer, past every queue, and says what became of it.
#[derive(Args)]
pub struct Print {
    /// The printer: tcp://192.168.1.40:9100 on the network, usb://04b8:0202 or usb://04b8:0202/SERIAL,
    /// serial:///dev/ttyUSB0?baud=38400&flow=hardware|software|none&parity=none|even|odd, a device file such as
    /// file:///dev/usb/lp0, ipp://192.168.1.41/ipp/print or ipps://… by IPP, spooler://NAME for a queue of this PC.
    #[arg(long, value_name = "ADDRESS")]
    to: Address,
    /// The printer is known to confirm what it printed (as its test print has shown).
    #[arg(long)]
    confirms: bool,
    #[command(flatten)]
    input: Input,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Form {
    /// ReceiptLine text, before anybody knows how wide the paper is.
    Markup,
    /// Bytes for a receipt printer.
    Escpos,
    /// A picture of the paper.
    Png,
    /// A page for each cut, with text that can be selected.
    Pdf,
    /// PWG raster, for IPP Everywhere printers.
    Pwg,
    /// Apple raster, for `AirPrint` printers.
    Urf,
    /// What stands on the paper, as a person reads it.
    Text,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Color {
    /// One bit a pixel.
    #[value(name = "black_1")]
    Black1,
    /// A byte a pixel.
    #[value(name = "sgray_8")]
    Sgray8,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Medium {
    /// As long as what is printed.
    Roll,
    /// Sheets, the receipt at the top left.
    A4,
}

/// What `--mark` says.
#[derive(Clone, Default)]
struct Marked {
    mark: Mark,
    backup_for: Option<String>,
}

impl FromStr for Marked {
    type Err = String;

    fn from_str(given: &str) -> Result<Self, String> {
        let mut marked = Marked::default();
        match (given, given.strip_prefix("backup:")) {
            ("copy", _) => marked.mark = Mark::Copy,
            ("reprint", _) => marked.mark = Mark::Reprint,
            ("duplicate", _) => marked.mark = Mark::ReprintMaybeDuplicate,
            (_, Some(name)) if !name.trim().is_empty() => marked.backup_for = Some(name.to_owned()),
            _ => return Err("write copy, reprint, duplicate or backup:NAME".to_owned()),
        }
        Ok(marked)
    }
}

impl Render {
    /// Renders.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let binary = !matches!(self.to, Form::Markup | Form::Text);
        if binary && self.output.is_none() && std::io::stdout().is_terminal() {
            let said = "bytes are not shown on a terminal: write them to a file with -o FILE";
            return Err(WrongUse(said.to_owned()).into());
        }
        let pages = matches!(self.to, Form::Pwg | Form::Urf);
        let asked = self.resolution.is_some() || self.color.is_some() || self.medium.is_some();
        if asked && !pages {
            let said = "--resolution, --color and --medium belong to --to pwg and --to urf";
            return Err(WrongUse(said.to_owned()).into());
        }
        if self.to == Form::Urf && self.color == Some(Color::Black1) {
            let said = "URF has no pixels of one bit: leave --color out, or choose --to pwg";
            return Err(WrongUse(said.to_owned()).into());
        }
        let paper = self.input.paper()?;
        let mut options = PageOptions::of(&paper.profile);
        if let Some(resolution) = self.resolution {
            options.resolution = (resolution, resolution);
        }
        if self.color == Some(Color::Sgray8) {
            options.color = page::Color::Sgray8;
        }
        if self.medium == Some(Medium::A4) {
            options.medium = page::A4;
            options.medium_name = "iso_a4_210x297mm".to_owned();
        }
        write(&paper.to(self.to, &options)?, self.output.as_ref())?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Print {
    /// Prints, and ends with the outcome in one line.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let paper = self.input.paper()?;
        let parsed = paper.parsed();
        let sheet = Sheet {
            document: &parsed.document,
            profile: &paper.profile,
            pass: &paper.pass,
            supplies: &paper.supplies,
        };
        let runtime = tokio::runtime::Runtime::new()?;
        let timings = Timings::default();
        let learned = Learned {
            confirm: self.confirms.then_some(true),
            ..Learned::default()
        };
        let outcome = runtime.block_on(::printers::print_ticket(
            &self.to, sheet, &learned, &timings,
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
    title: String,
    profile: Profile,
    pass: Pass,
    supplies: Supplies,
}

impl Input {
    fn paper(self) -> anyhow::Result<Paper> {
        let narrow = self.columns.is_some_and(|columns| columns <= 32);
        let usual = if narrow { "generic-58" } else { "generic-80" };
        let mut on = profile(self.profile.as_deref().unwrap_or(usual))?;
        if let Some(columns) = self.columns {
            on = on.with_columns(columns);
        }
        let locale = self.locale.as_deref();
        let Rendered {
            markup,
            business,
            title,
        } = match (&self.markup, &self.order, &self.template) {
            (Some(markup), _, _) => Rendered {
                markup: text(markup)?,
                business: None,
                title: String::new(),
            },
            (None, Some(order), Some(template)) => {
                let partials = self.partials.as_deref();
                let partials = partials.map(files::partials).transpose()?;
                let partials = partials.unwrap_or_default();
                rendered(
                    order,
                    template,
                    &partials,
                    self.before.as_deref(),
                    locale,
                    &on,
                )?
            }
            (None, _, _) => {
                let said = "there is nothing to print: give --order and --template, or --markup";
                return Err(WrongUse(said.to_owned()).into());
            }
        };
        let supplies = Supplies::from(Fonts::in_folder(self.fonts));
        if let Err(error) = supplies.pictures.set_logo(business.as_ref()) {
            tracing::warn!("the restaurant's logo is left out: {error}");
        }
        let Marked { mark, backup_for } = self.mark.unwrap_or_default();
        let locale = self
            .locale
            .or(business.map(|business| templates::words::speaker(&business).to_owned()));
        Ok(Paper {
            markup,
            title,
            profile: on,
            pass: Pass {
                // The first copy after the original.
                copy: if mark == Mark::Copy { 2 } else { 0 },
                mark,
                backup_for,
                drawer: self.drawer,
                locale: locale.unwrap_or_else(|| "en-US".into()),
            },
            supplies,
        })
    }
}

fn tell(note: &Note) {
    let Note { line, column, what } = note;
    tracing::warn!("markup, line {line}, column {column}: {what}");
}

impl Paper {
    /// Its markup, read; what is odd about it is told.
    fn parsed(&self) -> Parsed {
        let parsed = templates::parse(&self.markup);
        parsed.notes.iter().for_each(tell);
        parsed
    }

    fn to(&self, form: Form, options: &PageOptions) -> anyhow::Result<Vec<u8>> {
        let Paper {
            markup,
            title,
            profile,
            pass,
            supplies,
        } = self;
        if form == Form::Markup {
            return Ok(markup.clone().into_bytes());
        }
        let parsed = self.parsed();
        let document = &parsed.document;
        // A printer has letters of its own; on all other paper they are drawn.
        let own = matches!(form, Form::Escpos | Form::Text).then_some(profile);
        let missing = templates::missing_letters(document, own, pass, supplies);
        for note in templates::missing::notes(markup, &missing) {
            tell(&note);
        }
        templates::problems(document, profile, supplies)
            .iter()
            .for_each(tell);
        let made = match form {
            Form::Markup => markup.clone().into_bytes(),
            Form::Escpos => templates::to_escpos(document, profile, pass, supplies)?,
            Form::Png => templates::to_png(document, profile, pass, supplies)?,
            Form::Pdf => templates::to_pdf(document, profile, pass, supplies, title)?,
            Form::Pwg => templates::to_pwg(document, profile, pass, supplies, options)?,
            Form::Urf => templates::to_urf(document, profile, pass, supplies, options)?,
            Form::Text => {
                let legible = templates::legible(document, own, pass, supplies);
                templates::to_text(&legible, profile, pass)?.into_bytes()
            }
        };
        Ok(made)
    }
}
