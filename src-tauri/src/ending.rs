//! The counter behind the window can end although nobody ended the program: a part that all others depend on has failed
//! for good. The window says so at once, since what it showed last is true no longer, and the counter is started again.

use std::time::{Duration, Instant};

use api::{Code, Problem};
use client::{Client, view::Update};
use tauri::{AppHandle, Manager, Runtime};
use tauri_specta::Event;

use crate::{
    commands::Counter,
    host::{Rang, Sound, Updated},
};

/// The pauses before it is started again.
#[derive(Debug, Clone, Copy)]
pub struct Pauses {
    /// The first one; each further one is twice as long.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Default for Pauses {
    fn default() -> Self {
        Pauses {
            first: Duration::from_secs(1),
            longest: Duration::from_secs(60),
        }
    }
}

/// Starts the counter again whenever it ends by itself, until the program ends.
pub async fn watch<R: Runtime, S: Future<Output = Result<Client, Problem>>>(
    app: AppHandle<R>,
    mut client: Client,
    pauses: Pauses,
    start: impl Fn() -> S,
) {
    let counter = app.state::<Counter>();
    let mut pause = pauses.first;
    loop {
        let began = Instant::now();
        client.ended().await;
        let failed = Problem::new(
            Code::Internal,
            "A part of PanBot failed for good. PanBot starts its counter again by itself; nothing prints until then.",
        );
        if !counter.put(Err(failed)) {
            return;
        }
        tracing::error!("the counter ended although nobody ended the program; it is started again");
        tell(&app);
        ring(&app);
        // Its files are closed in order.
        client.shutdown().await;
        if began.elapsed() > pauses.longest * 10 {
            pause = pauses.first;
        }
        client = loop {
            tokio::time::sleep(pause).await;
            pause = pauses.longest.min(pause * 2);
            match start().await {
                Ok(client) => break client,
                Err(problem) => {
                    tracing::error!(%problem, "the counter does not start again yet");
                    if !counter.put(Err(problem)) {
                        return;
                    }
                    tell(&app);
                }
            }
        };
        if !counter.put(Ok(client.clone())) {
            client.shutdown().await;
            return;
        }
        tell(&app);
    }
}

fn tell<R: Runtime>(app: &AppHandle<R>) {
    if let Err(error) = Updated(Update::Reset).emit(app) {
        tracing::error!(%error, "the window was not told how the counter stands");
    }
}

fn ring<R: Runtime>(app: &AppHandle<R>) {
    if let Err(error) = Rang(Sound::Alarm).emit(app) {
        tracing::error!(%error, "nobody was called to the window");
    }
}

#[cfg(test)]
mod tests {
    use std::{
        path::PathBuf,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
    };

    use client::host::{Host, Ring, SecretError};
    use tauri::{
        App, Listener,
        test::{MockRuntime, mock_app},
    };
    use tauri_specta::{Builder, collect_events};
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::*;
    use crate::commands;

    const SHORT: Pauses = Pauses {
        first: Duration::from_millis(10),
        longest: Duration::from_millis(20),
    };

    struct Silent;

    impl Host for Silent {
        fn read_secret(&self, _: &str) -> Result<Option<String>, SecretError> {
            Ok(None)
        }
        fn write_secret(&self, _: &str, _: &str) -> Result<(), SecretError> {
            Ok(())
        }
        fn delete_secret(&self, _: &str) -> Result<(), SecretError> {
            Ok(())
        }
        fn emit(&self, _: Update) {}
        fn ring(&self, _: Ring) {}
    }

    fn folder(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("panbot-ending-{}-{name}", std::process::id()))
    }

    async fn counter(folder: PathBuf) -> Result<Client, Problem> {
        let options = client::Options {
            data_dir: folder,
            ..client::Options::default()
        };
        let started = Client::start(options, Arc::new(Silent)).await;
        started.map_err(commands::not_started)
    }

    /// An application with a counter, and what its window is told.
    fn window(client: &Client) -> (App<MockRuntime>, UnboundedReceiver<String>) {
        let app = mock_app();
        Builder::<MockRuntime>::new()
            .events(collect_events![Updated, Rang])
            .mount_events(&app);
        app.manage(Counter::new(Ok(client.clone())));
        let (told, telling) = tokio::sync::mpsc::unbounded_channel();
        for event in ["updated", "rang"] {
            let told = told.clone();
            app.listen_any(event, move |event| {
                told.send(event.payload().to_owned()).unwrap();
            });
        }
        (app, telling)
    }

    async fn next(telling: &mut UnboundedReceiver<String>) -> String {
        let heard = tokio::time::timeout(Duration::from_secs(20), telling.recv()).await;
        heard.expect("the window is told").unwrap()
    }

    #[tokio::test]
    async fn a_counter_that_fails_for_good_is_said_in_the_window_and_started_again() {
        let folder = folder("again");
        let client = counter(folder.clone()).await.unwrap();
        let (app, mut telling) = window(&client);
        let tries = Arc::new(AtomicU32::new(0));
        let (counted, place) = (tries.clone(), folder.clone());
        let watching = tokio::spawn(watch(
            app.handle().clone(),
            client.clone(),
            SHORT,
            move || {
                let (counted, place) = (counted.clone(), place.clone());
                async move {
                    if counted.fetch_add(1, Ordering::SeqCst) == 0 {
                        return Err(Problem::new(Code::Storage, "The disk is full."));
                    }
                    counter(place).await
                }
            },
        ));
        let before = commands::snapshot(app.state::<Counter>()).await;
        assert!(before.is_ok(), "{before:?}");
        client.shutdown().await;
        assert!(next(&mut telling).await.contains("reset"));
        assert!(next(&mut telling).await.contains("alarm"));
        assert!(
            next(&mut telling).await.contains("reset"),
            "it did not start"
        );
        assert!(next(&mut telling).await.contains("reset"), "it did");
        assert_eq!(tries.load(Ordering::SeqCst), 2);
        let after = commands::snapshot(app.state::<Counter>()).await;
        assert!(after.is_ok(), "{after:?}");
        // And with the program it ends for good.
        let last = app.state::<Counter>().leave().expect("a counter");
        last.shutdown().await;
        let ended = tokio::time::timeout(Duration::from_secs(20), watching).await;
        ended.expect("it watches no longer").unwrap();
        assert_eq!(tries.load(Ordering::SeqCst), 2);
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn while_it_is_away_every_command_says_so() {
        let folder = folder("away");
        let client = counter(folder.clone()).await.unwrap();
        let (app, mut telling) = window(&client);
        let never = || std::future::pending();
        let watching = tokio::spawn(watch(app.handle().clone(), client.clone(), SHORT, never));
        client.shutdown().await;
        assert!(next(&mut telling).await.contains("reset"));
        let problem = commands::snapshot(app.state::<Counter>())
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::Internal, "{problem:?}");
        watching.abort();
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn a_counter_that_ends_with_the_program_is_no_failure() {
        let folder = folder("with");
        let client = counter(folder.clone()).await.unwrap();
        let (app, mut telling) = window(&client);
        let never = || async { panic!("it is not started again") };
        let watching = tokio::spawn(watch(app.handle().clone(), client.clone(), SHORT, never));
        let last = app.state::<Counter>().leave().expect("a counter");
        last.shutdown().await;
        let ended = tokio::time::timeout(Duration::from_secs(20), watching).await;
        ended.expect("it watches no longer").unwrap();
        assert!(telling.try_recv().is_err());
        let problem = commands::snapshot(app.state::<Counter>())
            .await
            .unwrap_err();
        assert_eq!(problem.code, Code::Unavailable, "{problem:?}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}
