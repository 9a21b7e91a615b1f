//! Printers that speak IPP, and the queues of CUPS, which speak it too.
//!
//! The `ipp` crate reads and writes the bytes; how they are carried, what is believed, and what it all means stands here.
//! A job is announced first and gets its number at the printer, which is kept before the document leaves; from then on
//! the printer can always be asked what became of it.

mod lookup;
mod made;
mod watch;

pub mod cups;

pub mod answer;
pub mod choose;
pub mod filter;
pub mod http;
pub mod identity;
pub mod job;
pub mod media;
pub mod ready;
pub mod request;
pub mod trust;

use api::{
    Outcome,
    job::{Doubt, NotPrinted},
    printer::{Health, Learned},
};
use templates::Profile;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{
    Timings,
    driver::{
        escpos::{Progress, StatusCheck},
        status::Report,
    },
};
use answer::Answer;
use choose::{Abilities, Format, Wanted};
use http::{Endpoint, Http, HttpError};
pub use identity::{RemoteJob, Seen, job_name};
pub use made::{DocumentInfo, make};
use media::MediaRequest;
use request::{JobAttributes, Paper, Target};
use trust::Trust;

/// What is asked to hear whether a printer goes on.
const HEALTH: [&str; 3] = [
    "printer-is-accepting-jobs",
    "printer-state",
    "printer-state-reasons",
];

/// The way to one printer.
#[derive(Debug)]
pub struct Printer {
    endpoint: Endpoint,
    http: Http,
    target: Target,
    trust: Trust,
    timings: Timings,
    found: Option<Found>,
    announced: Option<Announced>,
}

/// What a look has shown.
#[derive(Debug)]
struct Found {
    abilities: Abilities,
    learned: Learned,
}

/// A job that the printer knows of, or will know of with its document.
#[derive(Debug, Clone)]
struct Announced {
    /// `None` at a printer that takes job and document in one.
    job: Option<RemoteJob>,
    name: String,
    format: Format,
    paper: Option<(MediaRequest, String, u32)>,
}

impl Printer {
    /// Resolves the name; connects with the first question.
    ///
    /// # Errors
    /// [`NotPrinted::Unreached`]; [`NotPrinted::Impossible`] for an address that is too long to be one.
    pub async fn at(endpoint: Endpoint, timings: &Timings) -> Result<Printer, NotPrinted> {
        let uri = endpoint.uri();
        if uri.len() > 1023 {
            return Err(NotPrinted::Impossible {
                detail: "the printer's address is longer than IPP can say; write a shorter one"
                    .into(),
            });
        }
        let trust = Trust::default();
        let http = Http::to(&endpoint, trust.clone(), timings.connect).await?;
        Ok(Printer {
            endpoint,
            http,
            target: Target { uri, old: false },
            trust,
            timings: timings.clone(),
            found: None,
            announced: None,
        })
    }

    /// Nothing is said to a host that shows another certificate than this.
    pub fn pin(&self, certificate: Option<String>) {
        self.trust.pin(certificate);
    }

    /// The certificate of a host that is not believed.
    pub fn stranger(&self) -> Option<String> {
        self.trust.stranger()
    }

    /// Asks how it is and what it can do.
    ///
    /// # Errors
    /// What keeps it from being asked.
    pub async fn check_status(&mut self) -> Result<StatusCheck, NotPrinted> {
        let mut answer = self.ask(self.target.printer(&choose::ASKED)).await;
        if answer.as_ref().is_ok_and(|answer| answer.status == OLD) {
            self.target.old = true;
            answer = self.ask(self.target.printer(&choose::ASKED)).await;
        }
        let answer = answer.map_err(|trouble| trouble.nothing_printed(&self.endpoint))?;
        if !answer.is_ok() {
            return Err(self.refusal(&answer));
        }
        let printer = answer.printer();
        let uuid = printer.word("printer-uuid").and_then(|uuid| {
            let bare = uuid.strip_prefix("urn:uuid:").unwrap_or(uuid);
            Uuid::parse_str(bare).ok()
        });
        self.found = Some(Found {
            abilities: Abilities::of(printer),
            learned: Learned {
                model: printer
                    .word("printer-make-and-model")
                    .map(|model| model.chars().filter(|c| !c.is_control()).take(64).collect()),
                uuid,
                certificate: self.trust.shown(),
                ..Learned::default()
            },
        });
        Ok(StatusCheck {
            answers: true,
            report: report(&answer),
            ..StatusCheck::default()
        })
    }

    /// What it said that it is.
    pub fn identity(&self) -> Learned {
        self.found
            .as_ref()
            .map(|found| found.learned.clone())
            .unwrap_or_default()
    }

    /// How a ticket of this profile is made for it. Ask only a printer that was looked at.
    ///
    /// # Errors
    /// What it takes, when that is nothing that we can make.
    pub fn wanted(&self, profile: &Profile) -> Result<Wanted, String> {
        match &self.found {
            Some(found) => found.abilities.wanted_of(profile),
            None => Err("the printer was not asked what it takes".into()),
        }
    }

    /// Asks whether it would take a job, and makes it there. Nothing of the ticket has left when this returns. The
    /// number is the printer's own; it and what tells the job from others are to be kept before the document is sent.
    ///
    /// # Errors
    /// Why it takes none.
    pub async fn announce(
        &mut self,
        name: &str,
        made: &DocumentInfo,
    ) -> Result<Option<RemoteJob>, NotPrinted> {
        let abilities = match &self.found {
            Some(found) => found.abilities.clone(),
            None => {
                return Err(NotPrinted::Refused {
                    detail: "the printer was not asked what it takes".into(),
                });
            }
        };
        let mut announced = Announced {
            job: None,
            name: name.to_owned(),
            format: made.wanted.format,
            paper: made.wanted.told.map(|told| {
                let name = made.wanted.pages.medium_name.clone();
                (told, name, made.length)
            }),
        };
        if abilities.validates {
            let question = self.target.validate_job(&announced.words());
            let answer = self.ask(question).await;
            let answer = answer.map_err(|trouble| trouble.nothing_printed(&self.endpoint))?;
            if !answer.is_ok() {
                return Err(self.refusal(&answer));
            }
        }
        if abilities.two_steps {
            announced.job = Some(self.create(&announced).await?);
        }
        let job = announced.job;
        self.announced = Some(announced);
        Ok(job)
    }

    async fn create(&self, announced: &Announced) -> Result<RemoteJob, NotPrinted> {
        let question = self.target.create_job(&announced.words());
        match self.ask(question).await {
            Ok(answer) if answer.is_ok() => {
                let id = answer.jobs().find_map(|job| job.number("job-id"));
                if let Some(id) = id {
                    return Ok(self.learn(RemoteJob::numbered(id)).await);
                }
            }
            Ok(answer) => return Err(self.refusal(&answer)),
            Err(HttpError::Lost(_)) => {}
            Err(trouble) => return Err(trouble.nothing_printed(&self.endpoint)),
        }
        // The answer was lost: perhaps the job is there.
        match self.find(&announced.name).await {
            Ok(Some(said)) => Ok(RemoteJob::new(&said)),
            Ok(None) => Err(NotPrinted::Unreached {
                detail: format!(
                    "{}: it did not answer when a job was made",
                    self.endpoint.uri()
                ),
            }),
            Err(trouble) => Err(trouble.nothing_printed(&self.endpoint)),
        }
    }

    /// Sends the document of the job that was announced, and watches it to its end.
    pub async fn send(
        &mut self,
        document: &[u8],
        told: &mpsc::UnboundedSender<Progress>,
    ) -> Outcome {
        let Some(announced) = self.announced.clone() else {
            return Outcome::NotPrinted(NotPrinted::Refused {
                detail: "the job was not announced to the printer".into(),
            });
        };
        watch::send(self, &announced, document, told).await
    }

    /// Asks what became of a job that an earlier connection sent; `None` when nobody can tell. A job that is not over
    /// is watched to its end.
    pub async fn ask_again(
        &mut self,
        name: &str,
        job: Option<RemoteJob>,
        told: &mpsc::UnboundedSender<Progress>,
    ) -> Option<Outcome> {
        if self.found.is_none() && self.check_status().await.is_err() {
            return None;
        }
        let job = match job {
            Some(job) => job,
            None => RemoteJob::new(&self.find(name).await.ok()??),
        };
        match self.job(&job, name).await {
            Ok(Some(_)) => watch::follow(self, job, name, told).await,
            // It answers, and knows nothing of the job: it was restarted, or forgot it.
            Ok(None) => Some(Outcome::Uncertain(Doubt::PrinterRestarted)),
            Err(_) => None,
        }
    }

    async fn cancel(&self, id: i32) {
        // Whether it heard is seen when the job is asked about next.
        drop(self.ask(self.target.cancel_job(id)).await);
    }

    /// What it says of itself now; `None` when it says nothing.
    async fn health(&self) -> Option<Health> {
        let answer = self.ask(self.target.printer(&HEALTH)).await.ok()?;
        answer.is_ok().then(|| report(&answer).health())
    }

    async fn ask(&self, question: Vec<u8>) -> Result<Answer, HttpError> {
        self.http.ask(question, self.timings.answer).await
    }

    fn refusal(&self, answer: &Answer) -> NotPrinted {
        let detail = format!("{}: {}", self.endpoint.uri(), answer.said());
        match answer.status {
            // It is busy with another job, takes none now, or its device is not there. Nothing is printed, and later it
            // will be.
            0x0502 | 0x0504..=0x0507 => NotPrinted::NotReady {
                health: Health::Offline,
            },
            0x0401..=0x0403 => NotPrinted::Impossible {
                detail: format!(
                    "{detail}; it lets only those print that it knows: allow printing without a login in its own settings"
                ),
            },
            NOT_FOUND => NotPrinted::Refused {
                detail: format!(
                    "{detail}; there is no printer or queue of this name, check the address"
                ),
            },
            0x0400 | 0x0408 | 0x040A..=0x0412 => NotPrinted::Impossible { detail },
            _ => NotPrinted::Refused { detail },
        }
    }
}

/// `client-error-not-found`.
const NOT_FOUND: u16 = 0x0406;
/// `client-error-gone`.
const GONE: u16 = 0x0407;
/// `server-error-version-not-supported`.
const OLD: u16 = 0x0503;

impl Announced {
    fn words(&self) -> JobAttributes<'_> {
        JobAttributes {
            name: &self.name,
            format: self.format.mime(),
            paper: self.paper.as_ref().map(|(told, name, length)| match told {
                MediaRequest::BySize { width, shortest } => Paper::Size {
                    width: *width,
                    height: (*length).max(*shortest),
                },
                MediaRequest::ByName => Paper::Named(name),
            }),
        }
    }
}

fn report(answer: &Answer) -> Report {
    let printer = answer.printer();
    ready::report(
        printer.number("printer-state"),
        &printer.words("printer-state-reasons"),
        printer.flag("printer-is-accepting-jobs"),
    )
}
