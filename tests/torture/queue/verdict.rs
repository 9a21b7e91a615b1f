//! Orders beside paper, once everything has come to rest.

use std::fmt::Write;

use api::{JobId, JobState, TicketChanged};

use super::{
    Restaurant,
    orders::Token,
    papers::{self, Paper},
    protocol::{Command, Reply},
};
use crate::{printers::Feedback, verdict::Verdict};

/// Compares. The queue must still run: it is asked for the history of what went wrong.
pub async fn judge(restaurant: &Restaurant) -> anyhow::Result<Verdict> {
    let papers = papers::look(&restaurant.stations).await;
    let mut count = Counts::default();
    let mut wrong: Vec<(Option<JobId>, Token, String)> = Vec::new();
    let (orders, tickets, repeated, asked, seen, again, failed) = {
        let book = restaurant.book();
        for (job, what) in &book.wrong {
            wrong.push((*job, Token::new(), what.clone()));
        }
        for (id, order) in &book.orders {
            for token in &order.tokens {
                let mine = papers.get(token).map(Vec::as_slice).unwrap_or_default();
                let ticket = order.tickets.get(token);
                if let Some(why) = count.add(restaurant, ticket, mine) {
                    let what = format!("{why}: {token} of order {id:?}");
                    wrong.push((ticket.map(|ticket| ticket.job), token.clone(), what));
                }
            }
        }
        (
            book.orders.len() as u64,
            book.tickets,
            book.repeated,
            book.asked.len() as u64,
            book.seen,
            book.again,
            book.failed,
        )
    };
    let mut verdict = Verdict {
        faults: restaurant.tally.counts(),
        ..Verdict::default()
    };
    let of_printers = verdict.faults.iter();
    let of_printers = of_printers.filter(|(what, _)| !what.contains("SIGKILL"));
    let faults = of_printers.map(|(_, times)| times).sum();
    let mut row = |name, number| verdict.rows.push((name, number));
    row("printers' faults, all", faults);
    row("orders", orders);
    row("tickets", tickets);
    row("orders sent again, the queue was gone", repeated);
    row(
        "papers with a ticket",
        papers.values().map(|mine| mine.len() as u64).sum(),
    );
    row("… of them cut off in the middle", count.torn);
    row("tickets that a printer confirmed", count.confirmed);
    row("tickets sent to a printer that cannot", count.sent);
    row("questions asked", asked);
    row("… answered \"It printed\"", seen);
    row("… answered \"Print again\"", again);
    row("failed without paper, printed again", failed);
    row("papers marked as a possible duplicate", count.marked);
    row("tickets doubled, with the mark", count.doubled_marked);
    row("sent, lost with their printer's power", count.sent_lost);
    row("still waiting for an answer", count.waiting);
    row("LOST", count.lost);
    row("DOUBLED IN SILENCE", count.doubled);
    for (job, token, mut what) in wrong {
        if let Some(job) = job
            && let Some(Reply::History(rows)) =
                restaurant.counter.execute(Command::History(job)).await?
        {
            for row in rows {
                let _ = write!(what, "\n    {row}");
            }
        }
        for paper in papers.get(&token).into_iter().flatten() {
            let _ = write!(
                what,
                "\n    paper at {} from {} (whole: {}, marked: {}):",
                paper.at, paper.from, paper.whole, paper.marked
            );
            for row in paper.text.lines() {
                let _ = write!(what, "\n        | {row}");
            }
        }
        verdict.wrong.push(what);
    }
    Ok(verdict)
}

#[derive(Debug, Default)]
struct Counts {
    torn: u64,
    confirmed: u64,
    sent: u64,
    marked: u64,
    doubled_marked: u64,
    sent_lost: u64,
    waiting: u64,
    lost: u64,
    doubled: u64,
}

impl Counts {
    /// Says what is wrong with a ticket, if anything is.
    fn add(
        &mut self,
        restaurant: &Restaurant,
        ticket: Option<&TicketChanged>,
        papers: &[Paper],
    ) -> Option<&'static str> {
        let count = |what: fn(&Paper) -> bool| papers.iter().filter(|paper| what(paper)).count();
        let whole = count(|paper| paper.whole);
        self.torn += count(|paper| !paper.whole) as u64;
        self.marked += count(|paper| paper.marked) as u64;
        let sent = ticket.filter(|ticket| ticket.state == JobState::Sent);
        let printed = ticket.filter(|ticket| ticket.state == JobState::Printed);
        self.sent += u64::from(sent.is_some());
        self.confirmed += u64::from(printed.is_some_and(|ticket| ticket.printed_by.is_some()));
        // A torn piece without its mark counts as well: a cook may have begun by it.
        if count(|paper| !paper.marked) > 1 {
            self.doubled += 1;
            return Some("doubled in silence");
        }
        self.doubled_marked += u64::from(whole > 1);
        if whole > 0 {
            return None;
        }
        if ticket.is_some_and(|ticket| ticket.state.needs_a_person()) {
            self.waiting += 1;
            return None;
        }
        let went_with_its_power = sent.is_some_and(|ticket| {
            restaurant.stations.iter().any(|station| {
                Some(station.settings.id) == ticket.printed_by
                    && station.feedback != Feedback::Confirms
                    && station.lost_bytes_after(ticket.submitted_at)
            })
        });
        if went_with_its_power {
            self.sent_lost += 1;
            return None;
        }
        self.lost += 1;
        Some("lost")
    }
}
