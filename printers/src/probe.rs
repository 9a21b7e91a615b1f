//! Probes a printer, or prints once, without a queue: for a person who waits for the outcome.

use api::{
    Outcome,
    job::NotPrinted,
    printer::{Address, Health, Learned},
};
use templates::{Pass, Profile, Supplies, document::Document};
use tokio::sync::mpsc;

use crate::{
    DeviceLocks, Size, Timings,
    driver::{Driver, LAST_NUMBER, Sending, describe, encode, ipp, number, proof},
};

/// What a printer answered when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeAnswer {
    /// [`Health::Unreachable`] when nobody answers, [`Health::Unknown`] when it takes a connection and says nothing.
    pub health: Health,
    /// What it shows of itself. Only a yes is knowledge: one that gave no answer may be off.
    pub learned: Learned,
    /// The technical text of a failure, for copying.
    pub detail: Option<String>,
}

/// Asks a printer how it is and what it is, where nothing else of this program talks to it. Prints nothing.
pub async fn probe(address: &Address, timings: &Timings) -> ProbeAnswer {
    DeviceLocks::default().probe(address, timings).await
}

impl DeviceLocks {
    /// Asks a printer how it is and what it is, as soon as no other connection to it is open. Prints nothing.
    pub async fn probe(&self, address: &Address, timings: &Timings) -> ProbeAnswer {
        ask(address, timings, self).await
    }
}

async fn ask(address: &Address, timings: &Timings, locks: &DeviceLocks) -> ProbeAnswer {
    let unusable = |health, detail| ProbeAnswer {
        health,
        learned: Learned::default(),
        detail: Some(detail),
    };
    let mut driver = match locks.open(address, timings).await {
        Ok(driver) => driver,
        Err(NotPrinted::NotReady { health }) => {
            return unusable(health, "it is printing for this PC right now".into());
        }
        Err(why) => return unusable(Health::Unreachable, describe(&why)),
    };
    let look = match driver.check_status().await {
        Ok(look) => look,
        Err(why) => {
            driver.close().await;
            let health = match &why {
                NotPrinted::Unreached { .. } => Health::Unreachable,
                NotPrinted::NotReady { health } => *health,
                NotPrinted::Refused { .. } | NotPrinted::Impossible { .. } => Health::Fault,
            };
            return unusable(health, describe(&why));
        }
    };
    let identity = driver.identity().await;
    driver.close().await;
    ProbeAnswer {
        // Nobody says that it is not ready, but nobody says that it is.
        health: Some(look.report.health())
            .filter(|health| look.answers || *health != Health::Ready)
            .unwrap_or(Health::Unknown),
        learned: Learned {
            status: look.answers.then_some(true),
            // Whom to believe is the queue's to keep: this asked without knowing whom it expects.
            certificate: None,
            ..identity
        },
        detail: None,
    }
}

/// A ticket, before anybody knows which printer takes it.
#[derive(Debug, Clone, Copy)]
pub struct Sheet<'a> {
    /// What is on it.
    pub document: &'a Document,
    /// The paper that it is set on.
    pub profile: &'a Profile,
    /// What heads it, and in which language.
    pub pass: &'a Pass,
    /// For what the printer cannot say in its own letters.
    pub supplies: &'a Supplies,
}

/// Prints a ticket once.
pub async fn print_ticket(
    address: &Address,
    sheet: Sheet<'_>,
    learned: &Learned,
    timings: &Timings,
) -> Outcome {
    let make = |wanted: Option<ipp::choose::Wanted>| {
        let Sheet {
            document,
            profile,
            pass,
            supplies,
        } = sheet;
        encode(document, profile, pass, supplies, wanted)
    };
    try_once(address, Some(sheet.profile), make, learned, timings)
        .await
        .unwrap_or_else(Outcome::NotPrinted)
}

/// Prints commands of a receipt printer once.
pub async fn print_once(
    address: &Address,
    bytes: Vec<u8>,
    learned: &Learned,
    timings: &Timings,
) -> Outcome {
    let make = |_| Ok((bytes, None));
    try_once(address, None, make, learned, timings)
        .await
        .unwrap_or_else(Outcome::NotPrinted)
}

async fn try_once(
    address: &Address,
    profile: Option<&Profile>,
    make: impl FnOnce(
        Option<ipp::choose::Wanted>,
    ) -> Result<(Vec<u8>, Option<ipp::DocumentInfo>), String>,
    learned: &Learned,
    timings: &Timings,
) -> Result<Outcome, NotPrinted> {
    let impossible = |detail: String| NotPrinted::Impossible { detail };
    let mut driver = Driver::open(address, timings).await?;
    let look = driver.check_status().await?;
    let health = look.report.health();
    if health != Health::Ready {
        driver.close().await;
        return Err(NotPrinted::NotReady { health });
    }
    let wanted = match (Driver::asks_first(address), profile) {
        (true, None) => {
            return Err(impossible(
                "the printer at this address takes pages, and these are commands".into(),
            ));
        }
        (_, Some(profile)) => driver.wanted(profile).transpose().map_err(impossible)?,
        (false, None) => None,
    };
    let (bytes, made) = make(wanted).map_err(impossible)?;
    if let Some(made) = made {
        let name = ipp::job_name(uuid::Uuid::new_v4().simple(), 0);
        driver.announce(&name, &made).await?;
    }
    let rows = bytes.iter().filter(|&&byte| byte == b'\n').count();
    let size = Size::of(&bytes, u32::try_from(rows).unwrap_or(u32::MAX));
    let sending = Sending {
        bytes: &bytes,
        proof: proof(learned, look, number(rand::random_range(1..=LAST_NUMBER))),
        limit: timings.confirm_for(size, None),
    };
    let (told, _) = mpsc::unbounded_channel();
    let outcome = driver.send(sending, &told).await;
    driver.close().await;
    Ok(outcome)
}
