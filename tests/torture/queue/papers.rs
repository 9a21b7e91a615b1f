//! What came out of a restaurant's printers.

use std::collections::BTreeMap;

use api::printer::ReprintUncertain;
use jiff::Timestamp;
use virtual_printer::{Options, SecondSender};

use super::orders::{self, Token};
use crate::printers::{Feedback, TestPrinter};

/// A paper with a ticket on it.
#[derive(Debug, Clone)]
pub struct Paper {
    /// The printer that it came out of.
    pub from: String,
    pub at: Timestamp,
    /// From its first row to its last, and cut.
    pub whole: bool,
    /// It says that it may be a duplicate.
    pub marked: bool,
    pub text: String,
}

/// Five printers that differ, as they do in restaurants.
pub async fn start_printers(reprint: ReprintUncertain) -> anyhow::Result<Vec<TestPrinter>> {
    let plain = Options::default();
    let small = Options {
        second_sender: SecondSender::TurnedAway,
        buffer: 512,
        ..Options::default()
    };
    let mut stations = vec![
        TestPrinter::new("Grill", Feedback::Confirms, false, plain.clone(), reprint).await?,
        TestPrinter::new("Pizza", Feedback::Confirms, true, plain.clone(), reprint).await?,
        TestPrinter::new("Bar", Feedback::Confirms, false, small, reprint).await?,
        TestPrinter::new("Counter", Feedback::Answers, true, plain.clone(), reprint).await?,
        TestPrinter::new("Door", Feedback::Mute, false, plain, reprint).await?,
    ];
    let pizza = stations[1].settings.id;
    let grill = &mut stations[0].settings;
    (grill.backups, grill.policy.failover_after_s) = (vec![pizza], Some(1));
    Ok(stations)
}

/// Everything that came out so far, by the tickets on it.
pub async fn look(stations: &[TestPrinter]) -> BTreeMap<Token, Vec<Paper>> {
    let mut found: BTreeMap<Token, Vec<Paper>> = BTreeMap::new();
    for station in stations {
        for receipt in station.receipts().await {
            for (token, complete) in orders::read(&receipt.text) {
                found.entry(token).or_default().push(Paper {
                    from: station.name().to_owned(),
                    at: receipt.printed.at,
                    whole: complete && receipt.finished,
                    marked: receipt.text.contains("REPRINT - may be a duplicate"),
                    text: receipt.text.to_string(),
                });
            }
        }
    }
    found
}
