//! Who prints on which printer. A change of owner goes to the server at once and names the version it was made from, so
//! that of two counters one wins; it never waits in the outbox.

use api::{Code, CounterId, Printer, Problem, settings::SettingKey};
use serde_json::Value;

use crate::printers::here::{Printers, value};

impl Printers {
    /// Takes the printers that nobody prints on. Where another counter was faster, it has them.
    ///
    /// # Errors
    /// When the server cannot be reached, or this PC cannot store.
    pub async fn claim(&self) -> Result<(), Problem> {
        for printer in self
            .settings
            .now()
            .printers
            .iter()
            .filter(|printer| printer.owner.is_none())
        {
            match self.take(printer, Retry::Never).await {
                Ok(()) => {
                    tracing::info!(printer = %printer.name, "this counter prints on it from now on")
                }
                Err(problem) if problem.code == Code::Conflict => {
                    tracing::info!(printer = %printer.name, "another counter was faster");
                }
                Err(problem) if problem.code == Code::Forbidden => {
                    tracing::warn!(printer = %printer.name, %problem, "this login may not take a printer");
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(())
    }

    /// Takes all printers over, whoever prints on them.
    ///
    /// # Errors
    /// When the server cannot be reached or does not allow it, or this PC cannot store.
    pub async fn take_over(&self) -> Result<(), Problem> {
        for printer in self
            .settings
            .now()
            .printers
            .iter()
            .filter(|printer| printer.owner != Some(self.counter))
        {
            self.take(printer, Retry::Once).await?;
            tracing::info!(printer = %printer.name, "taken over by this counter");
        }
        Ok(())
    }

    async fn take(&self, printer: &Printer, retry: Retry) -> Result<(), Problem> {
        let key = SettingKey::Printer(printer.id);
        let version = self.settings.now().version(&key);
        let wanted = owned_by(self.counter, value(printer)?);
        match self
            .settings
            .put_at_once(key.clone(), version, wanted)
            .await
        {
            Ok(()) => Ok(()),
            Err(refused) => match (retry, refused.current) {
                (Retry::Once, Some(current)) if current.value.is_some() => {
                    let wanted = owned_by(self.counter, current.value.unwrap_or_default());
                    let again = self
                        .settings
                        .put_at_once(key, current.version, wanted)
                        .await;
                    again.map_err(|refused| refused.problem)
                }
                // Deleted in the meantime: there is nothing to take any more.
                (Retry::Once, Some(_)) => Ok(()),
                (Retry::Never, _) | (Retry::Once, None) => Err(refused.problem),
            },
        }
    }
}

/// When somebody else changed the printer in the meantime.
#[derive(Clone, Copy)]
enum Retry {
    Never,
    Once,
}

fn owned_by(counter: CounterId, mut printer: Value) -> Value {
    if let Some(fields) = printer.as_object_mut() {
        fields.insert("owner".into(), Value::String(counter.to_string()));
    }
    printer
}
