//! What a person asks of tickets.

use api::{Code, JobId, PrinterId, Problem};
use templates::{Pass, Profile};

use super::{Client, queued};
use crate::view::{OldChoice, TicketStep};

impl Client {
    /// Prints a ticket once more, marked as a reprint.
    ///
    /// # Errors
    /// When there is no such ticket, or this PC cannot store.
    pub async fn reprint(&self, job: JobId) -> Result<(), Problem> {
        queued(self.queue()?.reprint(job).await).map(drop)
    }

    /// A person saw an unconfirmed ticket on paper.
    ///
    /// # Errors
    /// When there is no such ticket, or it is not unconfirmed any more.
    pub async fn it_printed(&self, job: JobId) -> Result<(), Problem> {
        queued(self.queue()?.it_printed(job).await)
    }

    /// A person did not see an unconfirmed ticket on paper, or wants a failed one. It is marked unless it is known that
    /// nothing of it came out.
    ///
    /// # Errors
    /// When there is no such ticket, or it is in another state by now.
    pub async fn print_again(&self, job: JobId) -> Result<(), Problem> {
        queued(self.queue()?.print_again(job).await)
    }

    /// Ends a ticket without paper.
    ///
    /// # Errors
    /// When there is no such ticket, or bytes of it are at the printer already.
    pub async fn cancel_job(&self, job: JobId) -> Result<(), Problem> {
        queued(self.queue()?.cancel(job).await)
    }

    /// Sends a held or waiting ticket to a printer of this counter.
    ///
    /// # Errors
    /// When there is no such ticket or printer, or bytes of it are at another printer already.
    pub async fn choose_printer(&self, job: JobId, printer: PrinterId) -> Result<(), Problem> {
        queued(self.queue()?.choose_printer(job, printer).await)
    }

    /// Takes a ticket out of its printer's line, until it is released.
    ///
    /// # Errors
    /// When there is no such ticket, or bytes of it are at the printer already.
    pub async fn hold(&self, job: JobId) -> Result<(), Problem> {
        queued(self.queue()?.hold(job).await)
    }

    /// Puts a held ticket back into the line of its printer.
    ///
    /// # Errors
    /// When there is no such ticket, it is not held, or its printer is gone.
    pub async fn release(&self, job: JobId) -> Result<(), Problem> {
        queued(self.queue()?.release(job).await)
    }

    /// Prints a ticket before the others in its line.
    ///
    /// # Errors
    /// When there is no such ticket, or it stands in no line.
    pub async fn print_next(&self, job: JobId) -> Result<(), Problem> {
        queued(self.queue()?.urgent(job).await)
    }

    /// Decides about the tickets that grew too old before they could print.
    ///
    /// # Errors
    /// When there is no printer for the list, or this PC cannot store.
    pub async fn decide_old_tickets(&self, choice: OldChoice) -> Result<(), Problem> {
        self.restaurant()?.feed.decide_old(choice).await
    }

    /// Everything that happened to a ticket, oldest first.
    ///
    /// # Errors
    /// When this PC cannot read it.
    pub async fn ticket_history(&self, job: JobId) -> Result<Vec<TicketStep>, Problem> {
        let rows = queued(self.queue()?.history_of(job).await)?;
        let steps = rows.into_iter().map(|row| TicketStep {
            at: row.at,
            state: row.state,
            printer: row.printer,
            cause: row.cause,
        });
        Ok(steps.collect())
    }

    /// A ticket as its paper looks, as a PNG: on the paper of the printer that it goes to.
    ///
    /// # Errors
    /// When there is no such ticket, or it cannot be drawn.
    pub async fn ticket_picture(&self, job: JobId) -> Result<Vec<u8>, Problem> {
        let open = self.restaurant()?;
        let (markup, locale, printer) = queued(open.queue.markup_of(job).await)?;
        let now = open.settings.now();
        let profile = printer
            .and_then(|printer| now.printer(printer))
            .map(Profile::of)
            .or_else(|| Profile::named("generic-80"));
        let supplies = open.supplies.clone();
        let cannot = |why: &dyn std::fmt::Display| {
            Problem::new(
                Code::Internal,
                format!("This ticket cannot be shown as a picture: {why}."),
            )
        };
        let profile = profile.ok_or_else(|| cannot(&"no kind of paper is known"))?;
        let drawn = tokio::task::spawn_blocking(move || {
            let pass = Pass {
                locale,
                ..Pass::default()
            };
            let document = templates::parse(&markup).document;
            // As the printer gets it: plain, where it cannot be set on this paper.
            templates::to_png(&document, &profile, &pass, &supplies).or_else(|_| {
                let document = templates::plain_document(&document);
                templates::to_png(&document, &profile, &pass, &supplies)
            })
        });
        drawn
            .await
            .map_err(|error| cannot(&error))?
            .map_err(|error| cannot(&error))
    }
}
