//! The printers of a counter, as people work with them: what they change about them, and what the window shows.

mod find;
mod form;
mod seek;

mod here;
mod ownership;
mod show;

use api::{
    Code, JobId, PrinterId, Problem,
    printer::Address,
    settings::{Rule, SettingKey},
};
use uuid::Uuid;

pub use crate::printers::{
    here::Printers,
    show::{print_here, profiles, views},
};
use crate::{
    orders::business,
    printers::{
        form::{checked, first_rules, read_address, with_form},
        here::{change, known, value},
    },
    refusal,
    view::{OpenTickets, PrinterForm, Probe},
};

/// The server takes no more either, and a change is in force before the server has seen it.
const MOST_COPIES: u32 = 20;

impl Printers {
    /// Asks a printer who it is, before it is saved.
    ///
    /// # Errors
    /// When the address is none. A printer that does not answer is no error.
    pub async fn probe(&self, address: &str) -> Result<Probe, Problem> {
        let address: Address = read_address(address)?;
        let answer = self.queue.probe(&address).await;
        Ok(Probe {
            health: answer.health,
            model: answer.learned.model,
            detail: answer.detail,
        })
    }

    /// Adds or changes a printer. A new one prints from this counter; the first one takes everything.
    ///
    /// # Errors
    /// When something in the form cannot be, or this PC cannot store.
    pub async fn save(&self, form: PrinterForm) -> Result<PrinterId, Problem> {
        let now = self.now();
        let before = form.id.map(|id| known(&now, id)).transpose()?;
        let form = checked(form, before, self.counter, self.search.interfaces)?;
        let id = before.map_or_else(|| PrinterId(Uuid::now_v7()), |before| before.id);
        let stood = match before {
            Some(before) => self.stands(before).await?,
            None => None,
        };
        let moved = before.is_none() || stood != form.address;
        let mut printer = with_form(before, !moved, id, self.counter, &form);
        if moved
            && let Some(address) = &form.address
            && let Some(known) = self.introduced(address)
        {
            printer.learned = known.after(&printer.learned);
        }
        let mut changes = vec![change(&printer)?];
        if now.rules.is_empty() && before.is_none() {
            changes.push((SettingKey::Rules, Some(value(&first_rules(id))?)));
        }
        self.bind(id, form.binding.as_ref()).await?;
        if before.is_none() {
            self.add_ours(id).await?;
        }
        self.change(changes).await?;
        if moved && let Some(address) = form.address {
            let this = self.clone();
            self.tasks.spawn_once("printer probe", async move {
                this.ask(id, address.clone()).await;
                if form.binding.is_none() {
                    this.introduce(id, &address).await;
                }
            });
        }
        Ok(id)
    }

    /// Switches a printer on or off.
    ///
    /// # Errors
    /// When there is no such printer, or this PC cannot store.
    pub async fn enable(&self, id: PrinterId, enabled: bool) -> Result<(), Problem> {
        let mut printer = known(&self.now(), id)?.clone();
        printer.enabled = enabled;
        self.change(vec![change(&printer)?]).await
    }

    /// What a person saw on the test page: where the QR code did not come out, all of them are sent as pictures from now
    /// on.
    ///
    /// # Errors
    /// When there is no such printer, or this PC cannot store.
    pub async fn saw_qr(&self, id: PrinterId, came_out: bool) -> Result<(), Problem> {
        let mut printer = known(&self.now(), id)?.clone();
        printer.learned.native_qr = Some(came_out);
        self.change(vec![change(&printer)?]).await
    }

    /// Deletes a printer.
    ///
    /// # Errors
    /// [`Code::Conflict`] when it has open tickets and nobody said what becomes of them, when one of them is being
    /// printed, or when another counter has tickets for it of which nobody knows that they came out; when there is no such
    /// printer; when this PC cannot store.
    pub async fn delete(&self, id: PrinterId, then: Option<OpenTickets>) -> Result<(), Problem> {
        let now = self.now();
        let printer = known(&now, id)?;
        if printer.owner != Some(self.counter) && then.is_none() {
            self.must_be_settled(printer).await?;
        }
        let refused = |error: &printer_queue::QueueError| refusal::queue(error);
        let open = self.queue.open_jobs_of(id);
        match (open, then) {
            (0, _) => {}
            (open, None) => {
                return Err(Problem::new(
                    Code::Conflict,
                    format!(
                        "{} still has {open} open tickets. Say whether they print elsewhere, wait, or end.",
                        printer.name
                    ),
                ));
            }
            (_, Some(OpenTickets::Move(to))) => {
                let to = known(&now, to)?.id;
                self.queue
                    .move_jobs_of(id, to)
                    .await
                    .map_err(|error| refused(&error))?;
            }
            (_, Some(OpenTickets::Hold)) => {
                self.queue
                    .hold_jobs_of(id)
                    .await
                    .map_err(|error| refused(&error))?;
            }
            (_, Some(OpenTickets::Cancel)) => {
                self.queue
                    .cancel_jobs_of(id)
                    .await
                    .map_err(|error| refused(&error))?;
            }
        }
        let left = self.queue.open_jobs_of(id);
        if left > 0 {
            return Err(Problem::new(
                Code::Conflict,
                format!(
                    "{} is printing a ticket right now. Delete it when the ticket is out.",
                    printer.name
                ),
            ));
        }
        self.change(vec![(SettingKey::Printer(id), None)]).await?;
        self.bind(id, None).await
    }

    /// Prints a test page, by which the queue learns what the printer can say.
    ///
    /// # Errors
    /// When another counter prints on it, there is no such printer, or this PC cannot store.
    pub async fn test_print(&self, id: PrinterId) -> Result<JobId, Problem> {
        let now = self.now();
        let printer = known(&now, id)?;
        if printer.owner != Some(self.counter) {
            return Err(Problem::new(
                Code::Conflict,
                format!(
                    "{} prints from another PC. Print the test page there.",
                    printer.name
                ),
            ));
        }
        let business = business(&now);
        let page = templates::test_page(&business, printer);
        let job = self.queue.print_test(id, page, business.locale).await;
        job.map_err(|error| refusal::queue(&error))
    }

    /// Believes a printer that shows another certificate or serial number than before, the one that the person saw.
    ///
    /// # Errors
    /// When it shows another one by now, or prints from another counter.
    pub fn trust(&self, id: PrinterId, seen: &str) -> Result<(), Problem> {
        let trusted = self.queue.trust(id, seen);
        trusted.map_err(|error| refusal::queue(&error))
    }

    /// Says what goes where.
    ///
    /// # Errors
    /// When a rule asks for no copy at all or for too many, or this PC cannot store.
    pub async fn save_rules(&self, rules: Vec<Rule>) -> Result<(), Problem> {
        for (n, rule) in rules.iter().enumerate() {
            if !(1..=MOST_COPIES).contains(&rule.copies) {
                let message = format!("A rule prints 1 to {MOST_COPIES} copies.");
                return Err(Problem::new(Code::Invalid, message).at(format!("[{n}].copies")));
            }
        }
        self.settings
            .change(vec![(SettingKey::Rules, Some(value(&rules)?))])
            .await
    }
}

#[cfg(test)]
mod tests;
