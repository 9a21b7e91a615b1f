use std::{
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{BusinessId, Code, settings::SettingKey};
use serde_json::{Value, json};
use supervision::{Pause, Tasks};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Settings, SettingsNow};
use crate::{
    outbox::Pace,
    scripted::{Memory, Reply, Request, Scripted, pair, refusal, session},
    session::Session,
    store::Store,
    view::SyncView,
};

/// A server that keeps one setting, `template:receipt`, as the real one does.
struct Backend {
    kept: Mutex<(i64, Value)>,
    away: AtomicBool,
    loses_answers: AtomicBool,
    /// Rows are missing in its answers.
    incomplete: AtomicBool,
}

impl Backend {
    fn answer(&self, business: BusinessId, request: &Request) -> Reply {
        if request.line == "POST /auth/login" {
            return pair(business, 0, 900);
        }
        if self.away.load(Ordering::SeqCst) {
            return Reply::Lost;
        }
        let mut kept = self.kept.lock().unwrap();
        let row = |(version, value): &(i64, Value)| json!({"key": "template:receipt", "version": version, "value": value});
        if request.line.starts_with("GET") {
            if self.incomplete.load(Ordering::SeqCst) {
                return Reply::Json(200, json!([]));
            }
            let unknown = json!({"key": "weather", "version": 1, "value": "fine"});
            return Reply::Json(200, json!([row(&kept), unknown]));
        }
        if request.body["value"] == "forbidden" {
            return refusal(403, "forbidden");
        }
        if request.headers["if-match"] != format!("\"{}\"", kept.0) {
            return Reply::Json(
                409,
                json!({"code": "conflict", "message": "Somebody was first.", "current": row(&kept)}),
            );
        }
        *kept = (kept.0 + 1, request.body["value"].clone());
        if self.loses_answers.swap(false, Ordering::SeqCst) {
            return Reply::Lost;
        }
        Reply::Json(200, row(&kept))
    }
}

struct World {
    folder: tempfile::TempDir,
    business: BusinessId,
    backend: Arc<Backend>,
    server: Scripted,
    session: Session,
}

impl World {
    async fn new() -> World {
        let business = BusinessId(Uuid::now_v7());
        let backend = Arc::new(Backend {
            kept: Mutex::new((1, "old".into())),
            away: AtomicBool::new(false),
            loses_answers: AtomicBool::new(false),
            incomplete: AtomicBool::new(false),
        });
        let there = backend.clone();
        let server = Scripted::start(move |request| there.answer(business, request)).await;
        let folder = tempfile::tempdir().unwrap();
        let (session, _) = session(folder.path(), &Arc::new(Memory::default())).await;
        session
            .login(&server.url, "a@b.example", "x")
            .await
            .unwrap();
        World {
            folder,
            business,
            backend,
            server,
            session,
        }
    }

    async fn settings(&self, debounce: Duration) -> (Settings, CancellationToken) {
        let path: &Path = &self.folder.path().join("counter.sqlite");
        let (store, _) = Store::open(path).await.unwrap();
        let pace = Pace {
            debounce,
            first: Duration::from_millis(5),
            ceiling: Duration::from_millis(20),
        };
        let (tasks, _) = Tasks::root(Pause::default());
        let settings = Settings::start(store, self.session.clone(), self.business, pace, &tasks);
        (settings.await.unwrap(), tasks.stop().clone())
    }

    fn there(&self) -> (i64, Value) {
        self.backend.kept.lock().unwrap().clone()
    }
}

fn key() -> SettingKey {
    SettingKey::Template("receipt".into())
}

async fn change(settings: &Settings, text: &str) {
    settings
        .change(vec![(key(), Some(text.into()))])
        .await
        .unwrap();
}

fn in_force(settings: &Settings) -> Option<String> {
    settings.now().templates.get("receipt").cloned()
}

async fn until(settings: &Settings, is: impl Fn(&SettingsNow) -> bool) {
    let mut watch = settings.watch();
    let waited = watch.wait_for(|now| is(now));
    tokio::time::timeout(Duration::from_secs(20), waited)
        .await
        .unwrap()
        .unwrap();
}

const AT_ONCE: Duration = Duration::from_millis(1);
const NOT_IN_THIS_TEST: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn a_change_is_in_force_at_once_and_sent_with_the_version_it_began_from() {
    let world = World::new().await;
    let (settings, _stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    assert_eq!(in_force(&settings).as_deref(), Some("old"));
    change(&settings, "new").await;
    assert_eq!(in_force(&settings).as_deref(), Some("new"));
    until(&settings, |now| now.sync(&key()) == SyncView::Synced).await;
    assert_eq!(world.there(), (2, "new".into()));
    assert_eq!(settings.now().version(&key()), 2);
    assert_eq!(world.server.seen("PUT").len(), 1);
}

#[tokio::test]
async fn a_change_that_rests_survives_a_restart_and_is_sent_after_it() {
    let world = World::new().await;
    let (settings, stop) = world.settings(NOT_IN_THIS_TEST).await;
    settings.fetch().await.unwrap();
    change(&settings, "new").await;
    assert!(matches!(
        settings.now().sync(&key()),
        SyncView::Saved { .. }
    ));
    stop.cancel();
    assert!(world.server.seen("PUT").is_empty());
    let (settings, _stop) = world.settings(AT_ONCE).await;
    assert_eq!(in_force(&settings).as_deref(), Some("new"));
    until(&settings, |now| now.sync(&key()) == SyncView::Synced).await;
    assert_eq!(world.there(), (2, "new".into()));
}

#[tokio::test]
async fn a_change_waits_for_a_server_that_is_away_and_is_sent_when_it_is_back() {
    let world = World::new().await;
    let (settings, _stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    world.backend.away.store(true, Ordering::SeqCst);
    change(&settings, "new").await;
    until(&settings, |now| {
        matches!(now.sync(&key()), SyncView::Waiting { .. })
    })
    .await;
    world.backend.away.store(false, Ordering::SeqCst);
    until(&settings, |now| now.sync(&key()) == SyncView::Synced).await;
    assert_eq!(world.there(), (2, "new".into()));
}

#[tokio::test]
async fn an_answer_that_got_lost_makes_no_conflict_of_our_own_change() {
    let world = World::new().await;
    let (settings, _stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    world.backend.loses_answers.store(true, Ordering::SeqCst);
    change(&settings, "new").await;
    until(&settings, |now| now.sync(&key()) == SyncView::Synced).await;
    assert_eq!(world.there(), (2, "new".into()));
    assert_eq!(settings.now().version(&key()), 2);
}

#[tokio::test]
async fn when_somebody_else_was_first_it_is_shown_and_ours_stays_in_force() {
    let world = World::new().await;
    let (settings, stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    *world.backend.kept.lock().unwrap() = (2, "theirs".into());
    change(&settings, "ours").await;
    let conflict = |now: &SettingsNow| matches!(now.sync(&key()), SyncView::Failed { problem } if problem.code == Code::Conflict);
    until(&settings, conflict).await;
    settings.fetch().await.unwrap();
    assert_eq!(in_force(&settings).as_deref(), Some("ours"));
    assert_eq!(world.there(), (2, "theirs".into()));
    stop.cancel();
    let (settings, _stop) = world.settings(AT_ONCE).await;
    assert!(
        conflict(&settings.now()),
        "it is still shown after a restart"
    );
}

#[tokio::test]
async fn what_a_login_may_not_change_is_sent_again_by_the_next_one() {
    let world = World::new().await;
    let (settings, _stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    change(&settings, "forbidden").await;
    until(&settings, |now| {
        matches!(now.sync(&key()), SyncView::Failed { .. })
    })
    .await;
    let tries = world.server.seen("PUT").len();
    settings.send_what_waits().await.unwrap();
    until(&settings, |now| {
        matches!(
            now.sync(&key()),
            SyncView::Saved { .. } | SyncView::Failed { .. }
        )
    })
    .await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while world.server.seen("PUT").len() == tries {
        assert!(tokio::time::Instant::now() < deadline, "never tried again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_was_deleted_at_the_server_is_gone_here() {
    let world = World::new().await;
    let (settings, _stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    *world.backend.kept.lock().unwrap() = (2, Value::Null);
    settings.fetch().await.unwrap();
    assert_eq!(in_force(&settings), None);
}

#[tokio::test]
async fn an_answer_without_a_setting_deletes_nothing() {
    let world = World::new().await;
    let (settings, stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    world.backend.incomplete.store(true, Ordering::SeqCst);
    settings.fetch().await.unwrap();
    assert_eq!(in_force(&settings).as_deref(), Some("old"));
    stop.cancel();
    let (settings, _stop) = world.settings(AT_ONCE).await;
    assert_eq!(
        in_force(&settings).as_deref(),
        Some("old"),
        "nor after a restart"
    );
}

#[tokio::test]
async fn a_counter_that_lost_a_value_gets_it_back() {
    let world = World::new().await;
    let (settings, stop) = world.settings(AT_ONCE).await;
    settings.fetch().await.unwrap();
    stop.cancel();
    let (store, _) = Store::open(&world.folder.path().join("counter.sqlite"))
        .await
        .unwrap();
    let mut rows = store.settings().await.unwrap();
    rows[0].value = None;
    store.keep_settings(&rows).await.unwrap();
    store.close().await;
    let (settings, _stop) = world.settings(AT_ONCE).await;
    assert_eq!(in_force(&settings), None);
    settings.fetch().await.unwrap();
    assert_eq!(in_force(&settings).as_deref(), Some("old"));
}
