//! The people at the counters: they look at the paper, and answer what they are asked.

use std::collections::BTreeMap;

use api::{JobState, TicketKind};

use super::{
    Business, Desk,
    counter::{Command, OpenTicket, Reply, Shown},
    papers::{self, Kind, Paper},
};

/// Looks once at every counter that runs, and answers. What each shows, where it could be looked at.
pub async fn round(business: &Business) -> anyhow::Result<Vec<Option<Shown>>> {
    let mut all = Vec::new();
    for desk in &business.desks {
        let shown = look(desk).await?;
        if let Some(shown) = &shown {
            let asked = shown
                .open
                .iter()
                .any(|open| open.ticket.state.needs_a_person());
            if asked {
                let papers = papers::look(&business.printers).await;
                for open in &shown.open {
                    let command = decide(business, shown, open, &papers);
                    if let Some(command) = command {
                        // Without a reply it is unknown whether it was executed; the next round shows.
                        let _: Option<Reply> = desk.program.execute(&command).await?;
                    }
                }
            }
        }
        all.push(shown);
    }
    Ok(all)
}

/// What a counter shows, if it can be looked at.
pub async fn look(desk: &Desk) -> anyhow::Result<Option<Shown>> {
    if !desk.is_there() {
        return Ok(None);
    }
    match desk.program.execute(&Command::Look).await? {
        Some(Reply::Shown(shown)) => Ok(Some(*shown)),
        Some(Reply::Error(error)) => {
            tracing::warn!(error, "nothing is shown");
            Ok(None)
        }
        Some(Reply::Done | Reply::Order(_)) | None => Ok(None),
    }
}

/// What a person does about a ticket.
fn decide(
    business: &Business,
    shown: &Shown,
    open: &OpenTicket,
    papers: &BTreeMap<String, Vec<Paper>>,
) -> Option<Command> {
    let ticket = &open.ticket;
    let is_out = || {
        let mine = papers.get(&open.guest).map(Vec::as_slice);
        let mut mine = mine.unwrap_or_default().iter();
        mine.any(|paper| paper.whole && is_of(business, paper, open))
    };
    let mut book = business.book();
    match &ticket.state {
        JobState::Unconfirmed { .. } => {
            book.questions += 1;
            if is_out() {
                return Some(Command::ItPrinted(ticket.job));
            }
            book.again += 1;
            Some(Command::PrintAgain(ticket.job))
        }
        // The program says that nothing of it printed, so here nobody looks: were it not so, it would be doubled.
        JobState::Failed { .. } => {
            book.failed += 1;
            Some(Command::PrintAgain(ticket.job))
        }
        JobState::Held { .. } => {
            book.held += 1;
            if is_out() {
                return Some(Command::Cancel(ticket.job));
            }
            let printer = ticket.destination?;
            let is_mine = shown.mine.contains(&printer);
            is_mine.then_some(Command::Choose(ticket.job, printer))
        }
        JobState::Queued
        | JobState::Waiting { .. }
        | JobState::Printing
        | JobState::Printed
        | JobState::Sent
        | JobState::Cancelled
        | JobState::Expired => None,
    }
}

/// Whether a paper is of this ticket.
fn is_of(business: &Business, paper: &Paper, open: &OpenTicket) -> bool {
    let ticket = &open.ticket;
    let kind = match ticket.ticket.kind {
        TicketKind::Change => Kind::Change,
        TicketKind::Void => Kind::Void,
        TicketKind::Receipt
        | TicketKind::Kitchen
        | TicketKind::Delivery
        | TicketKind::Plain
        | TicketKind::Summary
        | TicketKind::Test => Kind::Full,
    };
    let from = ticket
        .destination
        .and_then(|printer| business.name_of(printer));
    Some(paper.from.as_str()) == from
        && paper.kind == kind
        && (kind == Kind::Void || paper.revision == ticket.revision)
}
