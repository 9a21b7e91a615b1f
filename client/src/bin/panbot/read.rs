//! `panbot read`: bytes that were sent to a printer, as commands, as text, or as the paper that came out.

use std::{fmt::Write as _, io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum, value_parser};
use templates::{
    Fonts,
    escpos_reader::{Command, Paper, Reader, Roll},
    raster::Bitmap,
};

use crate::files::{bytes, profile, write};

/// Dots between papers in one picture.
const GAP: u32 = 24;

/// Shows what bytes for a printer say.
#[derive(Args)]
pub struct Read {
    /// A file with ESC/POS bytes; - is standard input.
    file: PathBuf,
    /// What comes out.
    #[arg(long, value_enum)]
    to: Form,
    /// The printer they are for: a name, or a file that describes it. Without it, code pages have Epson's numbers.
    #[arg(long)]
    profile: Option<String>,
    /// Characters in a row: 48 on 80 mm paper, 32 on 58 mm. The profile's if it is not given.
    #[arg(long, value_parser = value_parser!(u32).range(16..=96))]
    columns: Option<u32>,
    /// A folder of fonts.
    #[arg(long, env = "PANBOT_FONTS")]
    fonts: Option<PathBuf>,
    /// Where it goes; standard output if it is not given.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Form {
    /// What stands on the paper, as a person reads it.
    Text,
    /// The paper.
    Png,
    /// One line for each command: offset, length, name and parameters.
    Commands,
}

impl Read {
    /// Reads. Fails, after everything has been shown, when anything was not understood.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        if self.to == Form::Png && self.output.is_none() && std::io::stdout().is_terminal() {
            tracing::error!("bytes are not shown on a terminal: write them to a file with -o FILE");
            return Ok(ExitCode::from(2));
        }
        let bytes = bytes(&self.file)?;
        let given = self.profile.as_deref().map(profile).transpose()?;
        let mut reader = given.as_ref().map_or_else(Reader::new, Reader::of);
        let paper = match given {
            Some(profile) => profile,
            None => profile("generic-80")?,
        };
        let paper = match self.columns {
            Some(columns) => paper.with_columns(columns),
            None => paper,
        };
        let mut reads = reader.push(&bytes);
        reads.extend(reader.finish());
        let mut roll = Roll::of(&paper);
        let mut papers: Vec<Paper> = reads
            .iter()
            .filter_map(|read| roll.take(&read.what))
            .collect();
        if roll.has_open_line() {
            tracing::warn!("the last line has no line feed: it stays in the printer");
        }
        papers.extend(roll.tear_off());

        let mut odd = Odd::default();
        let mut lines = String::new();
        for read in &reads {
            odd.count(&read.what);
            if self.to == Form::Commands {
                writeln!(lines, "{:>8} {:>6}  {}", read.at, read.len, read.what)?;
            }
        }
        let out = match self.to {
            Form::Commands => lines.into_bytes(),
            Form::Text => text(&papers).into_bytes(),
            Form::Png => picture(&papers, &Fonts::in_folder(self.fonts))?.to_png(),
        };
        write(&out, self.output.as_ref())?;
        Ok(odd.exit())
    }
}

/// What was not understood.
#[derive(Default)]
struct Odd {
    unknown: usize,
    truncated: usize,
    characters: usize,
}

impl Odd {
    fn count(&mut self, command: &Command) {
        if let Command::Unknown(_) = command {
            self.unknown += 1;
        } else if let Command::Truncated(_) = command {
            self.truncated += 1;
        } else if let Command::Text { text, .. } = command {
            self.characters += text.matches('\u{fffd}').count();
        }
    }

    fn exit(&self) -> ExitCode {
        if self.unknown + self.truncated + self.characters == 0 {
            return ExitCode::SUCCESS;
        }
        tracing::error!(
            "not everything was understood: {} unknown, {} broken off, {} characters that the page in force does not have; --to commands shows where",
            self.unknown,
            self.truncated,
            self.characters
        );
        ExitCode::FAILURE
    }
}

/// Papers one below the other, a dashed line for each cut.
fn text(papers: &[Paper]) -> String {
    let mut text = String::new();
    for paper in papers {
        text.push_str(&paper.text());
        if paper.cut().is_some() {
            text.push_str("- - - - - - - -\n");
        }
    }
    text
}

fn picture(papers: &[Paper], fonts: &Fonts) -> anyhow::Result<Bitmap> {
    let mut pictures = Vec::with_capacity(papers.len());
    for paper in papers {
        let picture = paper.picture(fonts)?;
        if picture.height() < paper.height() {
            tracing::warn!(
                "a paper of {} dots is shown to dot {}",
                paper.height(),
                picture.height()
            );
        }
        pictures.push(picture);
    }
    let width = pictures.iter().map(Bitmap::width).max().unwrap_or(1);
    let height = pictures.iter().map(|picture| picture.height() + GAP);
    let mut all = Bitmap::new(width, height.sum::<u32>().saturating_sub(GAP));
    let mut top = 0;
    for picture in &pictures {
        all.blit(picture, 0, top);
        top += picture.height() + GAP;
    }
    Ok(all)
}
