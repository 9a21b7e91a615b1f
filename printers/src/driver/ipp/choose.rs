//! What is sent to an IPP printer: the format, its resolution and its colours, from what the printer lists and nothing
//! else.
//!
//! Source: PWG 5102.4 and 5100.14 (`pwg-raster-document-…-supported`), CUPS for `urf-supported`. `image/pwg-raster` first:
//! every IPP Everywhere printer takes it, and it has pages of one bit; then `image/urf` (AirPrint), `application/pdf`, and
//! `image/jpeg` last, which has neither pages nor sharp edges. Never `text/plain`, and never bytes whose kind the printer
//! would have to guess.

use api::Printer;
use templates::{PageOptions, Profile, page::Color};

use super::{
    answer::Group,
    media::{self, Choice, MediaRequest, Papers},
};

/// What is asked of a printer before anything is sent.
pub const ASKED: [&str; 22] = [
    "device-uri",
    "document-format-supported",
    "media-bottom-margin-supported",
    "media-col-supported",
    "media-default",
    "media-left-margin-supported",
    "media-ready",
    "media-right-margin-supported",
    "media-supported",
    "media-top-margin-supported",
    "operations-supported",
    "printer-is-accepting-jobs",
    "printer-make-and-model",
    "printer-resolution-supported",
    "printer-state",
    "printer-state-message",
    "printer-state-reasons",
    "printer-type",
    "printer-uuid",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-type-supported",
    "urf-supported",
];

/// Create-Job and Send-Document.
const TWO_STEPS: [i32; 2] = [5, 6];
/// Validate-Job.
const VALIDATE: i32 = 4;
/// The finest JPEG: a sheet of it is held whole.
const FINEST_JPEG: u32 = 600;

/// What a printer can do, as it told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abilities {
    /// It creates a job first and takes the document then.
    pub two_steps: bool,
    /// It can be asked whether it would take a job.
    pub validates: bool,
    /// When a job is completed here, a device has printed it, and has not merely been sent it.
    pub confirms: bool,
    /// A queue of CUPS without a driver: what it is sent goes to the device as it is.
    pub raw: bool,
    formats: Vec<String>,
    pwg_resolutions: Vec<(u32, u32)>,
    pwg_types: Vec<String>,
    urf: Vec<String>,
    resolutions: Vec<(u32, u32)>,
    papers: Papers,
}

/// In which form a ticket is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The commands of a receipt printer, through a queue that passes them on.
    Escpos,
    /// `image/pwg-raster`.
    Pwg,
    /// `image/urf`.
    Urf,
    /// `application/pdf`.
    Pdf,
    /// `image/jpeg`.
    Jpeg,
}

impl Format {
    /// As IPP names it.
    pub fn mime(self) -> &'static str {
        match self {
            Format::Escpos => "application/vnd.cups-raw",
            Format::Pwg => "image/pwg-raster",
            Format::Urf => "image/urf",
            Format::Pdf => "application/pdf",
            Format::Jpeg => "image/jpeg",
        }
    }
}

/// How a ticket is made for this printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// In which form.
    pub format: Format,
    /// On what, and how fine.
    pub pages: PageOptions,
    /// How the printer is told what it is printed on; `None` for a queue that passes bytes on, and for one that
    /// lists nothing that fits.
    pub told: Option<MediaRequest>,
}

impl Abilities {
    /// From its answer.
    pub fn of(printer: Group<'_>) -> Abilities {
        let strings = |name: &str| {
            let words = printer.words(name);
            words
                .iter()
                .map(|word| (*word).to_owned())
                .collect::<Vec<_>>()
        };
        let operations = printer.numbers("operations-supported");
        let margins = |one: &str, other: &str| {
            let mut margins = printer.numbers(one);
            margins.extend(printer.numbers(other));
            margins
        };
        let cups = printer.number("printer-type").is_some();
        let model = printer.word("printer-make-and-model").unwrap_or_default();
        Abilities {
            two_steps: TWO_STEPS.iter().all(|step| operations.contains(step)),
            validates: operations.contains(&VALIDATE),
            confirms: !cups || printer.word("device-uri").is_some_and(waits_for_device),
            raw: cups && model == "Local Raw Printer",
            formats: strings("document-format-supported"),
            pwg_resolutions: printer.resolutions("pwg-raster-document-resolution-supported"),
            pwg_types: strings("pwg-raster-document-type-supported"),
            urf: strings("urf-supported"),
            resolutions: printer.resolutions("printer-resolution-supported"),
            papers: Papers {
                supported: strings("media-supported"),
                ready: strings("media-ready"),
                usual: printer.word("media-default").map(str::to_owned),
                sizes: printer.words("media-col-supported").contains(&"media-size"),
                sides: margins(
                    "media-left-margin-supported",
                    "media-right-margin-supported",
                ),
                ends: margins(
                    "media-top-margin-supported",
                    "media-bottom-margin-supported",
                ),
            },
        }
    }

    /// How a ticket is made for it.
    ///
    /// # Errors
    /// What it takes, when that is nothing that we can make.
    pub fn wanted(&self, printer: &Printer) -> Result<Wanted, String> {
        self.wanted_of(&Profile::of(printer))
    }

    /// How a ticket of this profile is made for it.
    ///
    /// # Errors
    /// As [`Abilities::wanted`].
    pub fn wanted_of(&self, profile: &Profile) -> Result<Wanted, String> {
        if self.raw {
            return Ok(Wanted {
                format: Format::Escpos,
                pages: PageOptions::of(profile),
                told: None,
            });
        }
        let (format, resolution, color) = self
            .pwg(profile.dpi)
            .or_else(|| self.urf(profile.dpi))
            .or_else(|| self.pdf(profile.dpi))
            .or_else(|| self.jpeg(profile.dpi))
            .ok_or_else(|| self.nothing_fits())?;
        let hundredths = u64::from(profile.dots) * 2540 / u64::from(profile.dpi.max(1));
        let printed = u32::try_from(hundredths).unwrap_or(u32::MAX);
        let Choice { medium, name, told } =
            media::choose(&self.papers, printed, profile.media_mm.saturating_mul(100));
        Ok(Wanted {
            format,
            pages: PageOptions {
                resolution,
                color,
                medium,
                medium_name: name,
            },
            told,
        })
    }

    fn pwg(&self, dpi: u32) -> Option<(Format, (u32, u32), Color)> {
        let has = |color: &str| self.pwg_types.iter().any(|listed| listed == color);
        let color = if has("black_1") {
            Color::Black1
        } else if has("sgray_8") {
            Color::Sgray8
        } else {
            return None;
        };
        let resolution = best(&self.pwg_resolutions, dpi)?;
        self.lists(Format::Pwg)
            .then_some((Format::Pwg, resolution, color))
    }

    fn urf(&self, dpi: u32) -> Option<(Format, (u32, u32), Color)> {
        let grey = self.urf.iter().any(|word| word == "W8");
        let resolutions: Vec<(u32, u32)> = self
            .urf
            .iter()
            .filter_map(|word| word.strip_prefix("RS"))
            .flat_map(|list| list.split('-'))
            .filter_map(|number| number.parse().ok())
            .map(|number| (number, number))
            .collect();
        let resolution = best(&resolutions, dpi)?;
        (grey && self.lists(Format::Urf)).then_some((Format::Urf, resolution, Color::Sgray8))
    }

    fn pdf(&self, dpi: u32) -> Option<(Format, (u32, u32), Color)> {
        self.lists(Format::Pdf)
            .then_some((Format::Pdf, (dpi, dpi), Color::Black1))
    }

    fn jpeg(&self, dpi: u32) -> Option<(Format, (u32, u32), Color)> {
        let fit = |(across, _): &(u32, u32)| *across <= FINEST_JPEG;
        let listed: Vec<_> = self.resolutions.iter().copied().filter(fit).collect();
        let resolution = best(&listed, dpi).unwrap_or((dpi, dpi));
        self.lists(Format::Jpeg)
            .then_some((Format::Jpeg, resolution, Color::Sgray8))
    }

    fn lists(&self, format: Format) -> bool {
        self.formats.iter().any(|listed| listed == format.mime())
    }

    fn nothing_fits(&self) -> String {
        let listed = if self.formats.is_empty() {
            "nothing".to_owned()
        } else {
            self.formats.join(", ")
        };
        format!(
            "the printer takes {listed}, and we make PWG raster, URF, PDF and JPEG; use another way to it, such as its raw port tcp://…:9100"
        )
    }
}

/// The resolution that shows dots of `dpi` best: the same, a whole multiple (each dot becomes as many pixels as every
/// other), else the finest. Finer than four times is more to send and no better to read.
fn best(listed: &[(u32, u32)], dpi: u32) -> Option<(u32, u32)> {
    let square = listed
        .iter()
        .copied()
        .filter(|(across, along)| across == along && (72..=1200).contains(across));
    square.min_by_key(|(resolution, _)| {
        let times = (resolution + dpi / 2) / dpi.max(1);
        let whole = times > 0 && (times * dpi).abs_diff(*resolution) * 100 <= resolution * 3;
        match (whole, *resolution >= dpi) {
            (true, _) => (0, *resolution),
            (false, true) => (1, *resolution),
            (false, false) => (2, u32::MAX - resolution),
        }
    })
}

/// CUPS' way to the device waits until the device says that it has printed; other ways end with the last byte.
fn waits_for_device(uri: &str) -> bool {
    ["ipp:", "ipps:", "dnssd:", "implicitclass:"]
        .iter()
        .any(|scheme| uri.starts_with(scheme))
        && !uri.contains("_pdl-datastream._tcp")
        && !uri.contains("_printer._tcp")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn everywhere() -> Abilities {
        Abilities {
            two_steps: true,
            validates: true,
            confirms: true,
            raw: false,
            formats: strings(&[
                "application/pdf",
                "image/jpeg",
                "image/pwg-raster",
                "image/urf",
            ]),
            pwg_resolutions: vec![(600, 600), (300, 300)],
            pwg_types: strings(&["srgb_8", "sgray_8"]),
            urf: strings(&["V1.4", "W8", "RS300-600"]),
            resolutions: vec![(1200, 1200), (300, 300)],
            papers: Papers::default(),
        }
    }

    fn wanted(abilities: &Abilities) -> Wanted {
        let profile = Profile::named("generic-80").expect("a known one");
        abilities.wanted_of(&profile).expect("a way")
    }

    #[test]
    fn pwg_raster_comes_first_in_the_colours_and_at_the_resolution_that_are_listed() {
        let office = wanted(&everywhere());
        assert_eq!(office.format, Format::Pwg);
        assert_eq!(office.pages.color, Color::Sgray8);
        assert_eq!(office.pages.resolution, (600, 600), "three pixels a dot");
        let receipts = Abilities {
            pwg_resolutions: vec![(180, 180), (203, 203), (300, 300)],
            pwg_types: strings(&["sgray_8", "black_1"]),
            ..everywhere()
        };
        let receipts = wanted(&receipts);
        assert_eq!(receipts.pages.color, Color::Black1);
        assert_eq!(receipts.pages.resolution, (203, 203));
    }

    #[test]
    fn what_the_printer_does_not_list_is_not_sent() {
        let without = |change: fn(&mut Abilities)| {
            let mut abilities = everywhere();
            change(&mut abilities);
            wanted(&abilities).format
        };
        assert_eq!(
            without(|it| it.pwg_types = strings(&["srgb_8"])),
            Format::Urf
        );
        assert_eq!(without(|it| it.pwg_resolutions.clear()), Format::Urf);
        assert_eq!(
            without(|it| {
                it.formats.retain(|format| format != "image/pwg-raster");
                it.urf = strings(&["SRGB24", "RS300"]);
            }),
            Format::Pdf
        );
        assert_eq!(
            without(|it| it.formats = strings(&["application/octet-stream", "image/jpeg"])),
            Format::Jpeg
        );
        let text = Abilities {
            formats: strings(&["application/octet-stream", "text/plain"]),
            ..everywhere()
        };
        let profile = Profile::named("generic-80").expect("a known one");
        let why = text.wanted_of(&profile).expect_err("no way");
        assert!(why.contains("text/plain") && why.contains("9100"), "{why}");
    }

    #[test]
    fn urf_is_read_off_its_words() {
        let urf = Abilities {
            formats: strings(&["image/urf"]),
            urf: strings(&["V1.4", "W8", "CP1", "RS203-xx-300"]),
            ..everywhere()
        };
        let urf = wanted(&urf);
        assert_eq!(
            (urf.format, urf.pages.resolution),
            (Format::Urf, (203, 203))
        );
    }

    #[test]
    fn a_jpeg_has_a_resolution_of_the_printer_or_where_it_lists_none_that_of_the_ticket() {
        let jpeg = |resolutions: &[u32]| {
            let abilities = Abilities {
                formats: strings(&["image/jpeg"]),
                resolutions: resolutions.iter().map(|one| (*one, *one)).collect(),
                ..everywhere()
            };
            wanted(&abilities).pages.resolution
        };
        assert_eq!(jpeg(&[300, 600]), (600, 600));
        assert_eq!(
            jpeg(&[360, 300, 1200]),
            (300, 300),
            "1200 is more than can be held"
        );
        assert_eq!(jpeg(&[]), (203, 203));
    }

    #[test]
    fn a_queue_without_a_driver_gets_the_commands_of_the_receipt_printer_behind_it() {
        let raw = Abilities {
            raw: true,
            ..everywhere()
        };
        let raw = wanted(&raw);
        assert_eq!((raw.format, raw.told), (Format::Escpos, None));
        assert_eq!(raw.format.mime(), "application/vnd.cups-raw");
    }

    #[test]
    fn only_a_way_that_hears_the_device_out_confirms() {
        for uri in [
            "ipp://p/ipp/print",
            "ipps://p/",
            "dnssd://P._ipps._tcp.local/",
            "implicitclass://P/",
        ] {
            assert!(waits_for_device(uri), "{uri}");
        }
        for uri in [
            "socket://p:9100",
            "usb://Star/TSP",
            "lpd://p/q",
            "///dev/null",
            "file:/dev/lp0",
            "dnssd://P._pdl-datastream._tcp.local/",
        ] {
            assert!(!waits_for_device(uri), "{uri}");
        }
    }

    #[test]
    fn of_several_resolutions_the_one_is_taken_that_shows_dots_best() {
        let best = |listed: &[u32]| {
            let listed: Vec<_> = listed.iter().map(|one| (*one, *one)).collect();
            super::best(&listed, 203).map(|(across, _)| across)
        };
        assert_eq!(best(&[300, 203, 600]), Some(203));
        assert_eq!(best(&[300, 600]), Some(600));
        assert_eq!(best(&[180, 300, 360]), Some(300));
        assert_eq!(best(&[150, 180]), Some(180));
        assert_eq!(best(&[2400]), None);
        assert_eq!(super::best(&[(600, 300)], 203), None);
    }
}
