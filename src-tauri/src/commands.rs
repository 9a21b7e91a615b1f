//! All commands of the window. Each calls the client; there is no logic here.

use std::sync::{Mutex, MutexGuard, PoisonError};

use api::{Code, JobId, OrderId, PrinterId, Problem, settings::Rule};
use base64::{Engine, engine::general_purpose::STANDARD};
use client::{
    Client,
    view::{
        BacklogChoice, OldChoice, OpenTickets, PrinterForm, Probe, ProfileView, Snapshot,
        TicketStep,
    },
};
use tauri::State;

use crate::preferences::{Preferences, PreferencesFile};

/// The counter behind the window, or why there is none.
#[derive(Debug)]
pub struct Counter(Mutex<Standing>);

#[derive(Debug)]
struct Standing {
    client: Result<Client, Problem>,
    /// The program ends.
    leaving: bool,
}

impl Counter {
    /// A counter that was started, or not.
    pub fn new(client: Result<Client, Problem>) -> Self {
        Counter(Mutex::new(Standing {
            client,
            leaving: false,
        }))
    }

    /// From now on there is this one, or none; `false` when the program ends, which needs none.
    pub fn put(&self, client: Result<Client, Problem>) -> bool {
        let mut now = self.lock();
        if !now.leaving {
            now.client = client;
        }
        !now.leaving
    }

    /// The program ends. What has to be shut down, if there is one.
    pub fn leave(&self) -> Option<Client> {
        let mut now = self.lock();
        now.leaving = true;
        let ends = Problem::new(Code::Unavailable, "PanBot is shutting down.");
        std::mem::replace(&mut now.client, Err(ends)).ok()
    }

    fn get(&self) -> Result<Client, Problem> {
        self.lock().client.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a first login goes when the person names no server.
#[derive(Debug, Clone, Default)]
pub struct DefaultServer(pub Option<String>);

/// A snapshot of the whole state; events follow it.
#[tauri::command]
#[specta::specta]
pub async fn snapshot(counter: State<'_, Counter>) -> Result<Snapshot, Problem> {
    counter.get()?.snapshot().await
}

/// Signs in.
#[tauri::command]
#[specta::specta]
pub async fn login(
    counter: State<'_, Counter>,
    server: String,
    email: String,
    password: String,
) -> Result<(), Problem> {
    counter.get()?.login(&server, &email, &password).await
}

/// Signs out.
#[tauri::command]
#[specta::specta]
pub async fn logout(counter: State<'_, Counter>) -> Result<(), Problem> {
    counter.get()?.logout().await
}

/// Where a first login goes when the person names no server.
#[tauri::command]
#[specta::specta]
pub fn default_server(server: State<'_, DefaultServer>) -> Option<String> {
    server.0.clone()
}

/// Prints a ticket once more, marked.
#[tauri::command]
#[specta::specta]
pub async fn reprint(counter: State<'_, Counter>, job: JobId) -> Result<(), Problem> {
    counter.get()?.reprint(job).await
}

/// A person saw an unconfirmed ticket on paper.
#[tauri::command]
#[specta::specta]
pub async fn it_printed(counter: State<'_, Counter>, job: JobId) -> Result<(), Problem> {
    counter.get()?.it_printed(job).await
}

/// A person did not see an unconfirmed or failed ticket on paper.
#[tauri::command]
#[specta::specta]
pub async fn print_again(counter: State<'_, Counter>, job: JobId) -> Result<(), Problem> {
    counter.get()?.print_again(job).await
}

/// Ends a ticket without paper.
#[tauri::command]
#[specta::specta]
pub async fn cancel_job(counter: State<'_, Counter>, job: JobId) -> Result<(), Problem> {
    counter.get()?.cancel_job(job).await
}

/// Sends a held or waiting ticket to a printer.
#[tauri::command]
#[specta::specta]
pub async fn choose_printer(
    counter: State<'_, Counter>,
    job: JobId,
    printer: PrinterId,
) -> Result<(), Problem> {
    counter.get()?.choose_printer(job, printer).await
}

/// Takes a ticket out of its line.
#[tauri::command]
#[specta::specta]
pub async fn hold_ticket(counter: State<'_, Counter>, job: JobId) -> Result<(), Problem> {
    counter.get()?.hold(job).await
}

/// Puts a held ticket back into its line.
#[tauri::command]
#[specta::specta]
pub async fn release_ticket(counter: State<'_, Counter>, job: JobId) -> Result<(), Problem> {
    counter.get()?.release(job).await
}

/// Prints a ticket before the others in its line.
#[tauri::command]
#[specta::specta]
pub async fn print_next(counter: State<'_, Counter>, job: JobId) -> Result<(), Problem> {
    counter.get()?.print_next(job).await
}

/// Everything that happened to a ticket.
#[tauri::command]
#[specta::specta]
pub async fn ticket_history(
    counter: State<'_, Counter>,
    job: JobId,
) -> Result<Vec<TicketStep>, Problem> {
    counter.get()?.ticket_history(job).await
}

/// A ticket as its paper looks: a PNG in base64.
#[tauri::command]
#[specta::specta]
pub async fn ticket_picture(counter: State<'_, Counter>, job: JobId) -> Result<String, Problem> {
    counter
        .get()?
        .ticket_picture(job)
        .await
        .map(|png| STANDARD.encode(png))
}

/// Decides about the orders that came before this counter started.
#[tauri::command]
#[specta::specta]
pub async fn backlog(counter: State<'_, Counter>, choice: BacklogChoice) -> Result<(), Problem> {
    counter.get()?.backlog(choice).await
}

/// Somebody took care of an order that no counter printed.
#[tauri::command]
#[specta::specta]
pub async fn resolve_unprinted(counter: State<'_, Counter>, order: OrderId) -> Result<(), Problem> {
    counter.get()?.resolve_unprinted(order).await
}

/// What a printer can be told to be.
#[tauri::command]
#[specta::specta]
pub fn printer_profiles() -> Vec<ProfileView> {
    client::profiles()
}

/// Decides about the tickets that grew too old before they could print.
#[tauri::command]
#[specta::specta]
pub async fn decide_old_tickets(
    counter: State<'_, Counter>,
    choice: OldChoice,
) -> Result<(), Problem> {
    counter.get()?.decide_old_tickets(choice).await
}

/// Pauses or resumes the queue of a printer.
#[tauri::command]
#[specta::specta]
pub async fn pause_printer(
    counter: State<'_, Counter>,
    id: PrinterId,
    paused: bool,
) -> Result<(), Problem> {
    counter.get()?.pause_printer(id, paused).await
}

/// Asks a printer who it is, before it is saved.
#[tauri::command]
#[specta::specta]
pub async fn probe_printer(counter: State<'_, Counter>, address: String) -> Result<Probe, Problem> {
    counter.get()?.probe_printer(&address).await
}

/// Looks for printers; what is found comes as events. `network` searches this PC's networks from address to address.
#[tauri::command]
#[specta::specta]
pub async fn find_printers(counter: State<'_, Counter>, network: bool) -> Result<(), Problem> {
    counter.get()?.find_printers(network).await
}

/// Adds or changes a printer.
#[tauri::command]
#[specta::specta]
pub async fn save_printer(
    counter: State<'_, Counter>,
    form: PrinterForm,
) -> Result<PrinterId, Problem> {
    counter.get()?.save_printer(form).await
}

/// Switches a printer on or off.
#[tauri::command]
#[specta::specta]
pub async fn enable_printer(
    counter: State<'_, Counter>,
    id: PrinterId,
    enabled: bool,
) -> Result<(), Problem> {
    counter.get()?.enable_printer(id, enabled).await
}

/// Deletes a printer; with open tickets it must be told what becomes of them.
#[tauri::command]
#[specta::specta]
pub async fn delete_printer(
    counter: State<'_, Counter>,
    id: PrinterId,
    then: Option<OpenTickets>,
) -> Result<(), Problem> {
    counter.get()?.delete_printer(id, then).await
}

/// Prints a test page.
#[tauri::command]
#[specta::specta]
pub async fn test_print(counter: State<'_, Counter>, id: PrinterId) -> Result<JobId, Problem> {
    counter.get()?.test_print(id).await
}

/// Says whether the QR code of the test page came out.
#[tauri::command]
#[specta::specta]
pub async fn saw_qr(
    counter: State<'_, Counter>,
    id: PrinterId,
    came_out: bool,
) -> Result<(), Problem> {
    counter.get()?.saw_qr(id, came_out).await
}

/// Believes a printer that shows another certificate or serial number than before: the one that the person saw.
#[tauri::command]
#[specta::specta]
pub fn trust_printer(
    counter: State<'_, Counter>,
    id: PrinterId,
    seen: String,
) -> Result<(), Problem> {
    counter.get()?.trust_printer(id, &seen)
}

/// Says what goes where.
#[tauri::command]
#[specta::specta]
pub async fn save_rules(counter: State<'_, Counter>, rules: Vec<Rule>) -> Result<(), Problem> {
    counter.get()?.save_rules(rules).await
}

/// Takes all printers over to this PC.
#[tauri::command]
#[specta::specta]
pub async fn print_here(counter: State<'_, Counter>) -> Result<(), Problem> {
    counter.get()?.print_here().await
}

/// This is another counter than the one whose files it works with: the program starts again as one.
#[tauri::command]
#[specta::specta]
pub async fn become_another(
    counter: State<'_, Counter>,
    app: tauri::AppHandle,
) -> Result<(), Problem> {
    counter.get()?.become_another().await?;
    app.request_restart();
    Ok(())
}

/// The person has read the notices.
#[tauri::command]
#[specta::specta]
pub async fn dismiss_notices(counter: State<'_, Counter>) -> Result<(), Problem> {
    counter.get()?.dismiss_notices().await
}

/// The stored preferences of the window.
#[tauri::command]
#[specta::specta]
pub fn preferences(file: State<'_, PreferencesFile>) -> Preferences {
    file.read()
}

/// Stores them.
#[tauri::command]
#[specta::specta]
pub fn set_preferences(
    file: State<'_, PreferencesFile>,
    preferences: Preferences,
) -> Result<(), Problem> {
    file.write(&preferences)
}

/// Why the counter behind the window did not start.
pub fn not_started(error: impl std::fmt::Display) -> Problem {
    Problem::new(
        Code::Storage,
        format!("PanBot could not open its files on this PC: {error}"),
    )
}
