//! The desktop program: window, keyring, commands.
//!
//! Invariant: no logic about orders, tickets or printers here. The client decides, the window shows.

pub mod commands;
mod ending;
pub mod host;
pub mod preferences;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use client::Client;
use tauri::{App, Manager, RunEvent, Runtime};
use tauri_specta::{Builder, collect_commands, collect_events};

use commands::{Counter, DefaultServer};
use ending::Pauses;

/// Every command and event of the window, with its types.
pub fn contract() -> Builder<tauri::Wry> {
    Builder::new()
        .commands(collect_commands![
            commands::snapshot,
            commands::login,
            commands::logout,
            commands::default_server,
            commands::reprint,
            commands::it_printed,
            commands::print_again,
            commands::cancel_job,
            commands::choose_printer,
            commands::hold_ticket,
            commands::release_ticket,
            commands::print_next,
            commands::ticket_history,
            commands::decide_old_tickets,
            commands::pause_printer,
            commands::ticket_picture,
            commands::backlog,
            commands::resolve_unprinted,
            commands::printer_profiles,
            commands::probe_printer,
            commands::find_printers,
            commands::save_printer,
            commands::enable_printer,
            commands::delete_printer,
            commands::test_print,
            commands::saw_qr,
            commands::trust_printer,
            commands::save_rules,
            commands::print_here,
            commands::become_another,
            commands::dismiss_notices,
            commands::preferences,
            commands::set_preferences,
        ])
        .events(collect_events![host::Updated, host::Rang])
        // What we send and what we take have one shape: a missing field is `null`, not another type.
        .disable_serde_phases()
}

/// Opens the window and runs until it is closed.
pub fn run() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    client::install_crypto();
    let contract = contract();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(
            |app, _arguments, _folder| show_window(app),
        ))
        .plugin(tauri_plugin_store::Builder::new().build())
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .invoke_handler(contract.invoke_handler())
        .setup(move |app| {
            contract.mount_events(app);
            set_up(app)
        })
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if let RunEvent::Exit = event
                    && let Some(client) = app.state::<Counter>().leave()
                {
                    // A ticket that is going out gets the time to end in order.
                    tauri::async_runtime::block_on(client.shutdown());
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be opened");
            ExitCode::FAILURE
        }
    }
}

fn set_up(app: &mut App) -> Result<(), Box<dyn std::error::Error>> {
    let folder = match std::env::var_os("PANBOT_DATA") {
        Some(folder) => PathBuf::from(folder),
        None => app.path().app_data_dir()?,
    };
    std::fs::create_dir_all(&folder)?;
    app.manage(preferences::PreferencesFile::open(
        app.handle(),
        folder.clone(),
    )?);
    app.manage(DefaultServer(
        std::env::var("PANBOT_SERVER")
            .ok()
            .filter(|server| !server.is_empty()),
    ));
    let host = Arc::new(host::DesktopHost::new(
        app.handle().clone(),
        folder.display().to_string(),
    ));
    let options = client::Options {
        data_dir: folder,
        fonts_dir: fonts(app),
        search: search()?,
        ..client::Options::default()
    };
    let start = move || {
        let starting = Client::start(options.clone(), host.clone());
        async { starting.await.map_err(commands::not_started) }
    };
    let started = tauri::async_runtime::block_on(start());
    if let Err(problem) = &started {
        tracing::error!(%problem, "the counter did not start");
    }
    app.manage(Counter::new(started.clone()));
    if let Ok(client) = started {
        let watch = ending::watch(app.handle().clone(), client, Pauses::default(), start);
        tauri::async_runtime::spawn(watch);
    }
    end_on_signals(app);
    Ok(())
}

/// The networks searched for printers; the demo searches loopback only.
fn search() -> Result<client::Search, client::InterfacesError> {
    let interfaces = match std::env::var("PANBOT_FIND") {
        Ok(interfaces) => interfaces.parse()?,
        Err(_) => client::Interfaces::All,
    };
    Ok(client::Search {
        interfaces,
        ..client::Search::default()
    })
}

/// The receipt fonts: beside the program when it is installed, else where the environment says.
fn fonts<R: Runtime>(app: &App<R>) -> Option<PathBuf> {
    std::env::var_os("PANBOT_FONTS")
        .map(PathBuf::from)
        .or_else(|| {
            app.path()
                .resource_dir()
                .ok()
                .map(|folder| folder.join("fonts"))
        })
        .filter(|folder| folder.is_dir())
}

fn show_window<R: Runtime>(app: &tauri::AppHandle<R>) {
    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    for shown in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(error) = shown {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

/// A session that ends (SIGTERM) and Ctrl-C close the program in order, like its window does.
fn end_on_signals<R: Runtime>(app: &App<R>) {
    let app = app.handle().clone();
    tauri::async_runtime::spawn(async move {
        end_signal().await;
        app.exit(0);
    });
}

#[cfg(unix)]
async fn end_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard");
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn end_signal() {
    if let Err(error) = tokio::signal::ctrl_c().await {
        tracing::warn!(%error, "Ctrl-C cannot be heard");
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_windows_types_are_written_from_ours() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../src/bindings.ts");
        super::contract()
            .export(specta_typescript::Typescript::default().header("// Generated from src-tauri/src/commands.rs by `make generate`. Do not edit.\n"), path)
            .expect("the bindings can be written");
    }
}
