//! What a person asks of printers, and of what goes where.

use api::{JobId, PrinterId, Problem, settings::Rule};

use super::{Client, queued};
use crate::view::{OpenTickets, PrinterForm, Probe};

impl Client {
    /// Stops the line of a printer for a while, or lets it go on; over a restart, too.
    ///
    /// # Errors
    /// When this counter does not print there, or this PC cannot store.
    pub async fn pause_printer(&self, id: PrinterId, paused: bool) -> Result<(), Problem> {
        let queue = self.queue()?;
        queued(if paused {
            queue.pause(id).await
        } else {
            queue.resume(id).await
        })
    }

    /// Asks a printer who it is, before it is saved.
    ///
    /// # Errors
    /// When the address is none. A printer that does not answer is an answer.
    pub async fn probe_printer(&self, address: &str) -> Result<Probe, Problem> {
        self.restaurant()?.printers.probe(address).await
    }

    /// Looks for printers; what is found comes as [`crate::view::Update::Found`] until the search is over. With `network` the
    /// networks of this PC are searched from address to address: only on a person's word.
    ///
    /// # Errors
    /// When the networks of this PC cannot be listed. What is not found is no error.
    pub async fn find_printers(&self, network: bool) -> Result<(), Problem> {
        self.restaurant()?.printers.find(network).await
    }

    /// Adds or changes a printer; in force at once, at the server after its debounce. A new one prints from this
    /// counter. As long as there is no rule at all, the first printer brings two with it: receipts of all orders, and
    /// kitchen tickets of everything that is made, come out there.
    ///
    /// # Errors
    /// [`api::Code::Invalid`] with the field that cannot be, or when this PC cannot store.
    pub async fn save_printer(&self, form: PrinterForm) -> Result<PrinterId, Problem> {
        self.restaurant()?.printers.save(form).await
    }

    /// Switches a printer on or off; its tickets wait while it is off.
    ///
    /// # Errors
    /// When there is no such printer, or this PC cannot store.
    pub async fn enable_printer(&self, id: PrinterId, enabled: bool) -> Result<(), Problem> {
        self.restaurant()?.printers.enable(id, enabled).await
    }

    /// Deletes a printer.
    ///
    /// # Errors
    /// [`api::Code::Conflict`] when it has open tickets, here or at another counter, and `then` does not say what becomes of
    /// them, or when one of them is being printed.
    pub async fn delete_printer(
        &self,
        id: PrinterId,
        then: Option<OpenTickets>,
    ) -> Result<(), Problem> {
        let open = self.restaurant()?;
        let now = open.printers.now();
        let theirs = now
            .printer(id)
            .is_some_and(|known| known.owner != Some(open.printers.counter));
        match &then {
            Some(OpenTickets::Move(to)) if theirs => open.feed.adopt(id, Some(*to)).await?,
            Some(OpenTickets::Hold) if theirs => open.feed.adopt(id, None).await?,
            Some(OpenTickets::Move(_) | OpenTickets::Hold | OpenTickets::Cancel) | None => {}
        }
        open.printers.delete(id, then).await
    }

    /// Prints a test page, by which the queue learns what the printer can say.
    ///
    /// # Errors
    /// When another counter prints on it, or there is no such printer.
    pub async fn test_print(&self, id: PrinterId) -> Result<JobId, Problem> {
        self.restaurant()?.printers.test_print(id).await
    }

    /// What a person saw on the test page: where the QR code did not come out, all of them are sent as pictures from now
    /// on.
    ///
    /// # Errors
    /// When there is no such printer, or this PC cannot store.
    pub async fn saw_qr(&self, id: PrinterId, came_out: bool) -> Result<(), Problem> {
        self.restaurant()?.printers.saw_qr(id, came_out).await
    }

    /// Believes a printer that shows another certificate or serial number than before
    /// ([`api::printer::Health::Stranger`]): the one that the person saw.
    ///
    /// # Errors
    /// When it shows another one by now, or prints from another counter.
    pub fn trust_printer(&self, id: PrinterId, seen: &str) -> Result<(), Problem> {
        self.restaurant()?.printers.trust(id, seen)
    }

    /// Says what goes where; in force at once, at the server after its debounce.
    ///
    /// # Errors
    /// When a rule cannot be, or this PC cannot store.
    pub async fn save_rules(&self, rules: Vec<Rule>) -> Result<(), Problem> {
        self.restaurant()?.printers.save_rules(rules).await
    }

    /// Takes all printers over: from now on this counter prints, and the one that did stops.
    ///
    /// # Errors
    /// When the server cannot be reached or does not allow it. Once it has allowed it, what is still to be done here is
    /// tried again until it is.
    pub async fn print_here(&self) -> Result<(), Problem> {
        let open = self.restaurant()?;
        if let Err(problem) = open.settings.fetch().await {
            // Which printers there are is known from before.
            tracing::warn!(%problem, "printers are taken over by the settings that are known");
        }
        // What came in until now is the old owner's: it is noted here as such before the printers change hands.
        open.feed.catch_up().await?;
        if open.printers.take_over().await? {
            open.feed.catch_up().await?;
        }
        Ok(())
    }
}
