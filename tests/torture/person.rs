//! The person at the counter: looks at the paper, and answers what the queue asks.

use std::{collections::BTreeMap, sync::PoisonError, time::Duration};

use api::{JobId, JobState, OrderId, TicketChanged};
use rand::{RngExt, rngs::StdRng};

use crate::{
    Restaurant,
    kitchen::{self, Paper},
    orders::Token,
    words::{Ask, Told},
};

/// What is to be said about a ticket.
enum Say {
    ItPrinted(JobId),
    PrintAgain(JobId),
}

/// Looks once at every order that is open, and answers.
pub async fn round(restaurant: &Restaurant, rng: &mut StdRng) -> anyhow::Result<()> {
    let open = restaurant.book().open();
    for some in open.chunks(100) {
        let Some(told) = restaurant.counter.ask(Ask::Look(some.to_vec())).await? else {
            return Ok(());
        };
        let Told::Tickets(tickets) = told else {
            tracing::warn!(?told, "the queue does not show its tickets");
            return Ok(());
        };
        let papers = kitchen::look(&restaurant.stations).await;
        let says = judge(restaurant, some, tickets, &papers);
        // Paper may come out between the look and the answer, as it does in a kitchen.
        if !says.is_empty() && rng.random_ratio(1, 3) {
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..150))).await;
        }
        for say in says {
            tell(restaurant, say).await?;
        }
    }
    Ok(())
}

fn judge(
    restaurant: &Restaurant,
    looked_at: &[OrderId],
    tickets: Vec<TicketChanged>,
    papers: &BTreeMap<Token, Vec<Paper>>,
) -> Vec<Say> {
    let mut book = restaurant.book();
    let mut says = Vec::new();
    for ticket in tickets {
        let token = ticket.ticket.part.clone();
        let mine = papers.get(&token).map(Vec::as_slice).unwrap_or_default();
        match &ticket.state {
            JobState::Unconfirmed { .. } => {
                book.asked.insert((ticket.job, ticket.at));
                says.push(if mine.iter().any(|paper| paper.whole) {
                    Say::ItPrinted(ticket.job)
                } else {
                    Say::PrintAgain(ticket.job)
                });
            }
            // The queue says that nothing of it printed, so here nobody looks: were it not so, it would be doubled.
            JobState::Failed { .. } => says.push(Say::PrintAgain(ticket.job)),
            JobState::Held { .. } => {
                let what = format!("{token} is {:?}, and nobody held it", ticket.state);
                book.wrong.push((Some(ticket.job), what));
            }
            JobState::Queued
            | JobState::Waiting { .. }
            | JobState::Printing
            | JobState::Printed
            | JobState::Sent
            | JobState::Cancelled
            | JobState::Expired => {}
        }
        if let Some(order) = ticket.order.and_then(|order| book.orders.get_mut(&order)) {
            order.tickets.insert(token, ticket);
        }
    }
    for id in looked_at {
        let Some(order) = book.orders.get_mut(id) else {
            continue;
        };
        order.over = order.tokens.iter().all(|token| {
            order
                .tickets
                .get(token)
                .is_some_and(|ticket| ticket.state.is_over() && !ticket.state.needs_a_person())
        });
        if order.tickets.len() < order.tokens.len() {
            let what =
                format!("order {id:?} was committed and its tickets are not there: {order:?}");
            order.over = true;
            book.wrong.push((None, what));
        }
    }
    says
}

async fn tell(restaurant: &Restaurant, say: Say) -> anyhow::Result<()> {
    let (ask, seen, job) = match say {
        Say::ItPrinted(job) => (Ask::ItPrinted(job), true, job),
        Say::PrintAgain(job) => (Ask::PrintAgain(job), false, job),
    };
    // Without an answer nobody knows whether it was heard; the next look shows.
    let Some(Told::Done) = restaurant.counter.ask(ask).await? else {
        return Ok(());
    };
    let mut book = restaurant.book();
    let failed = book
        .orders
        .values()
        .flat_map(|order| order.tickets.values())
        .any(|ticket| ticket.job == job && matches!(ticket.state, JobState::Failed { .. }));
    match (failed, seen) {
        (true, _) => book.failed += 1,
        (false, true) => book.seen += 1,
        (false, false) => book.again += 1,
    }
    Ok(())
}

impl Restaurant {
    /// The orders.
    pub fn book(&self) -> std::sync::MutexGuard<'_, crate::orders::Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
