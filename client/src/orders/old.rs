//! Tickets that grew too old before they could print, and what a person says about them.

use std::collections::{BTreeMap, BTreeSet};

use api::{Code, OrderId, Problem, TicketChanged, TicketKind, TicketName, order::OrderStatus};
use printer_queue::{Content, NewJob, TooOld};
use templates::NotPrinted;

use crate::{
    orders::{feed::Feed, paper::business, readable},
    refusal,
    view::OldChoice,
};

impl Feed {
    /// Decides about all of them.
    ///
    /// # Errors
    /// When this counter prints on no printer, or this PC cannot store.
    pub async fn decide_old(&self, choice: OldChoice) -> Result<(), Problem> {
        let held = self.queue.too_old().await;
        let held = held.map_err(|error| refusal::queue(&error))?;
        let orders = self.known(&held).await?;
        let choice = match choice {
            OldChoice::All => TooOld::PrintAll,
            OldChoice::Open => TooOld::PrintOpen(
                orders
                    .iter()
                    // What nobody can read may be open.
                    .filter(|(_, order)| order.as_ref().is_none_or(is_open))
                    .map(|(id, _)| *id)
                    .collect(),
            ),
            OldChoice::List => self.list(&held, &orders)?,
        };
        let decided = self.queue.decide_too_old(choice).await;
        decided.map(drop).map_err(|error| refusal::queue(&error))
    }

    /// The orders of these tickets; `None` for one that cannot be read, or is not kept any more.
    async fn known(
        &self,
        held: &[TicketChanged],
    ) -> Result<BTreeMap<OrderId, Option<api::Order>>, Problem> {
        let ids: BTreeSet<OrderId> = held.iter().filter_map(|ticket| ticket.order).collect();
        let mut orders = BTreeMap::new();
        for id in ids {
            let newest = self.store.revisions(id, 1).await;
            let newest = newest.map_err(|error| refusal::storage(&error))?;
            let order = newest
                .first()
                .and_then(|kept| readable(id, kept.revision, &kept.body).ok());
            orders.insert(id, order);
        }
        Ok(orders)
    }

    fn list(
        &self,
        held: &[TicketChanged],
        orders: &BTreeMap<OrderId, Option<api::Order>>,
    ) -> Result<TooOld, Problem> {
        let settings = self.settings();
        let business = business(&settings);
        let mine = |id| {
            let printer = settings.printer(id);
            printer.is_some_and(|printer| printer.enabled && printer.owner == Some(self.counter))
        };
        let destination = held
            .iter()
            .filter_map(|ticket| ticket.destination)
            .find(|id| mine(*id))
            .ok_or_else(|| {
                Problem::new(
                    Code::Conflict,
                    "The printers of these tickets are switched off or gone. Switch one on, or print the tickets at another printer.",
                )
            })?;
        let tickets: Vec<_> = held
            .iter()
            .map(|ticket| NotPrinted {
                number: ticket
                    .order
                    .and_then(|order| orders.get(&order)?.as_ref())
                    .map(|order| order.number),
                kind: ticket.ticket.kind,
                at: ticket.submitted_at,
            })
            .collect();
        let now = self.clock.now().unwrap_or_else(jiff::Timestamp::now);
        Ok(TooOld::Digest {
            jobs: held.iter().map(|ticket| ticket.job).collect(),
            ticket: Box::new(NewJob {
                order: None,
                revision: 0,
                revised_at: None,
                ticket: TicketName {
                    kind: TicketKind::Summary,
                    part: format!("not printed {}", now.as_millisecond()),
                },
                destination: Some(destination),
                copy: 0,
                content: Content::Markup(templates::render_not_printed(&business, &tickets)),
                locale: templates::words::speaker(&business).to_owned(),
                drawer: false,
                urgent: false,
                ages_from: None,
            }),
        })
    }
}

fn is_open(order: &api::Order) -> bool {
    order.status == OrderStatus::Open && !order.cancelled
}
