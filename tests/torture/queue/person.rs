//! The person at the counter: looks at the paper, and answers what the queue asks.

use std::{collections::BTreeMap, sync::PoisonError, time::Duration};

use api::{JobId, JobState, OrderId, TicketChanged};
use rand::{RngExt, rngs::StdRng};

use super::{
    Restaurant,
    orders::Token,
    papers::{self, Paper},
    protocol::{Command, Reply},
};

/// What the person decides about a ticket.
enum Action {
    ItPrinted(JobId),
    PrintAgain(JobId),
}

/// Looks once at every order that is open, and answers.
pub async fn round(restaurant: &Restaurant, rng: &mut StdRng) -> anyhow::Result<()> {
    let open = restaurant.book().open();
    for some in open.chunks(100) {
        let Some(reply) = restaurant
            .counter
            .execute(Command::Tickets(some.to_vec()))
            .await?
        else {
            return Ok(());
        };
        let Reply::Tickets(tickets) = reply else {
            tracing::warn!(?reply, "the queue does not show its tickets");
            return Ok(());
        };
        let papers = papers::look(&restaurant.stations).await;
        let actions = judge(restaurant, some, tickets, &papers);
        // Paper may come out between the look and the answer, as it does in a kitchen.
        if !actions.is_empty() && rng.random_ratio(1, 3) {
            tokio::time::sleep(Duration::from_millis(rng.random_range(0..150))).await;
        }
        for action in actions {
            apply(restaurant, action).await?;
        }
    }
    Ok(())
}

fn judge(
    restaurant: &Restaurant,
    looked_at: &[OrderId],
    tickets: Vec<TicketChanged>,
    papers: &BTreeMap<Token, Vec<Paper>>,
) -> Vec<Action> {
    let mut book = restaurant.book();
    let mut actions = Vec::new();
    for ticket in tickets {
        let token = ticket.ticket.part.clone();
        let mine = papers.get(&token).map(Vec::as_slice).unwrap_or_default();
        match &ticket.state {
            JobState::Unconfirmed { .. } => {
                book.asked.insert((ticket.job, ticket.at));
                actions.push(if mine.iter().any(|paper| paper.whole) {
                    Action::ItPrinted(ticket.job)
                } else {
                    Action::PrintAgain(ticket.job)
                });
            }
            // The queue says that nothing of it printed, so here nobody looks: were it not so, it would be doubled.
            JobState::Failed { .. } => actions.push(Action::PrintAgain(ticket.job)),
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
    actions
}

async fn apply(restaurant: &Restaurant, action: Action) -> anyhow::Result<()> {
    let (command, seen, job) = match action {
        Action::ItPrinted(job) => (Command::ItPrinted(job), true, job),
        Action::PrintAgain(job) => (Command::PrintAgain(job), false, job),
    };
    // Without a reply it is unknown whether it was executed; the next round shows.
    let Some(Reply::Done) = restaurant.counter.execute(command).await? else {
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
    pub fn book(&self) -> std::sync::MutexGuard<'_, super::orders::OrderLog> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
