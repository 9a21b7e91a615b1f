use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use api::{BusinessId, Code, Problem};
use uuid::Uuid;

use super::{Session, SessionState};
use crate::{
    host::Ring,
    scripted::{Memory, Reply, Request, Scripted, pair, refusal, session},
};

/// A server whose access tokens all end at once, so that each call needs a refresh; `script` answers the refreshes by
/// their number.
async fn server(
    business: BusinessId,
    life: u32,
    script: impl Fn(u32, &Request) -> Reply + Send + Sync + 'static,
) -> Scripted {
    let refreshes = AtomicU32::new(0);
    Scripted::start(move |request| match request.line.as_str() {
        "POST /auth/login" => pair(business, 0, life),
        "POST /auth/refresh" => script(refreshes.fetch_add(1, Ordering::SeqCst) + 1, request),
        _ => Reply::Json(200, serde_json::json!([])),
    })
    .await
}

async fn ask(session: &Session, business: BusinessId) -> Result<(), Problem> {
    session
        .call(business, async |access| {
            access.backend.settings(&access.token, business).await
        })
        .await
        .map(drop)
}

fn business() -> BusinessId {
    BusinessId(Uuid::now_v7())
}

fn is_signed_in(session: &Session) -> bool {
    matches!(&*session.state().borrow(), SessionState::SignedIn { .. })
}

#[tokio::test]
async fn many_calls_at_once_refresh_once() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = server(business, 900, move |number, _| pair(business, number, 900)).await;
    let (first, _) = session(folder.path(), &host).await;
    first.login(&server.url, "a@b.example", "x").await.unwrap();
    // After a restart there is no access token, and everybody wants one.
    let (session, _) = session(folder.path(), &host).await;
    let asks: Vec<_> = (0..8)
        .map(|_| {
            let session = session.clone();
            tokio::spawn(async move { ask(&session, business).await })
        })
        .collect();
    for asked in asks {
        asked.await.unwrap().unwrap();
    }
    assert_eq!(server.seen("/auth/refresh").len(), 1);
    assert_eq!(server.seen("/settings").len(), 8);
    assert_eq!(host.secret().as_deref(), Some("refresh-1"));
}

#[tokio::test]
async fn an_answer_that_got_lost_is_asked_for_again_with_the_same_token() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = server(business, 0, move |number, _| match number {
        1 => Reply::Lost,
        number => pair(business, number, 900),
    })
    .await;
    let (session, _) = session(folder.path(), &host).await;
    session
        .login(&server.url, "a@b.example", "x")
        .await
        .unwrap();
    assert_eq!(
        ask(&session, business).await.unwrap_err().code,
        Code::ServerUnreachable
    );
    assert!(is_signed_in(&session), "a lost answer is no lost session");
    ask(&session, business).await.unwrap();
    let shown: Vec<_> = server
        .seen("/auth/refresh")
        .iter()
        .map(|r| r.body["refresh_token"].clone())
        .collect();
    assert_eq!(shown, ["refresh-0", "refresh-0"]);
    assert_eq!(host.secret().as_deref(), Some("refresh-2"));
}

#[tokio::test]
async fn a_login_that_ended_is_an_alarm_and_its_token_is_forgotten() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = server(business, 0, |_, _| refusal(401, "login_ended")).await;
    let (session, _) = session(folder.path(), &host).await;
    session
        .login(&server.url, "a@b.example", "x")
        .await
        .unwrap();
    assert_eq!(
        ask(&session, business).await.unwrap_err().code,
        Code::LoginEnded
    );
    let state = session.state().borrow().clone();
    let SessionState::SignedOut {
        last: Some(last),
        ended: Some(ended),
    } = state
    else {
        panic!("still {state:?}");
    };
    assert_eq!(
        (last.email.as_str(), ended.code),
        ("a@b.example", Code::LoginEnded)
    );
    assert_eq!(host.rings(), [Ring::Alarm]);
    assert_eq!(host.secret(), None);
}

#[tokio::test]
async fn a_refused_access_token_is_refreshed_and_the_call_made_again() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = Scripted::start(move |request| match request.line.as_str() {
        "POST /auth/login" => pair(business, 0, 900),
        "POST /auth/refresh" => pair(business, 1, 900),
        _ if request.headers["authorization"].ends_with("access-0") => {
            refusal(401, "token_expired")
        }
        _ => Reply::Json(200, serde_json::json!([])),
    })
    .await;
    let (session, _) = session(folder.path(), &host).await;
    session
        .login(&server.url, "a@b.example", "x")
        .await
        .unwrap();
    ask(&session, business).await.unwrap();
    assert_eq!(server.seen("/auth/refresh").len(), 1);
    assert_eq!(server.seen("/settings").len(), 2);
    assert!(
        server
            .seen("/settings")
            .iter()
            .all(|request| request.headers.contains_key("x-counter"))
    );
}

#[tokio::test]
async fn what_answers_in_place_of_the_server_ends_no_login() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = server(business, 0, |_, _| {
        Reply::Json(401, "Welcome to the hotel".into())
    })
    .await;
    let (session, _) = session(folder.path(), &host).await;
    session
        .login(&server.url, "a@b.example", "x")
        .await
        .unwrap();
    ask(&session, business).await.unwrap_err();
    assert!(is_signed_in(&session));
    assert_eq!(host.secret().as_deref(), Some("refresh-0"));
}

#[tokio::test]
async fn a_keyring_that_refuses_is_said_and_the_login_works_until_the_end() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = server(business, 900, |_, _| Reply::Lost).await;
    host.locked.store(true, Ordering::SeqCst);
    let (running, _) = session(folder.path(), &host).await;
    running
        .login(&server.url, "a@b.example", "x")
        .await
        .unwrap();
    let state = running.state().borrow().clone();
    assert!(
        matches!(
            state,
            SessionState::SignedIn {
                forgotten_at_exit: true,
                ..
            }
        ),
        "{state:?}"
    );
    ask(&running, business).await.unwrap();
    let (restarted, _) = session(folder.path(), &host).await;
    let state = restarted.state().borrow().clone();
    assert!(
        matches!(state, SessionState::SignedOut { ended: Some(_), .. }),
        "{state:?}"
    );
}

#[tokio::test]
async fn a_session_of_one_restaurant_is_none_of_another() {
    let (folder, host, ours) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = server(ours, 900, |_, _| Reply::Lost).await;
    let (session, _) = session(folder.path(), &host).await;
    session
        .login(&server.url, "a@b.example", "x")
        .await
        .unwrap();
    assert_eq!(
        ask(&session, business()).await.unwrap_err().code,
        Code::Unauthenticated
    );
    assert!(server.seen("/settings").is_empty());
}

#[tokio::test]
async fn signing_out_works_without_the_server() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = server(business, 900, |_, _| Reply::Lost).await;
    let (session, _) = session(folder.path(), &host).await;
    session
        .login(&server.url, "a@b.example", "x")
        .await
        .unwrap();
    drop(server);
    session.logout().await.unwrap();
    assert!(matches!(
        &*session.state().borrow(),
        SessionState::SignedOut { ended: None, .. }
    ));
    assert_eq!(host.secret(), None);
    assert!(host.rings().is_empty());
}

#[tokio::test]
async fn a_login_shows_the_device_key_that_the_last_one_brought() {
    let (folder, host, business) = (
        tempfile::tempdir().unwrap(),
        Arc::new(Memory::default()),
        business(),
    );
    let server = Scripted::start(move |request| match request.line.as_str() {
        "POST /auth/login" => match pair(business, 0, 900) {
            Reply::Json(status, mut body) => {
                body["device_key"] = "device-1".into();
                Reply::Json(status, body)
            }
            Reply::Lost => Reply::Lost,
        },
        _ => refusal(401, "login_ended"),
    })
    .await;
    let (first, _) = session(folder.path(), &host).await;
    first.login(&server.url, "a@b.example", "x").await.unwrap();
    first.logout().await.unwrap();
    let (restarted, _) = session(folder.path(), &host).await;
    for account in ["a@b.example", "c@d.example"] {
        restarted.login(&server.url, account, "x").await.unwrap();
    }
    let shown: Vec<_> = server
        .seen("/auth/login")
        .iter()
        .map(|login| login.body.get("device_key").cloned())
        .collect();
    assert_eq!(shown, [None, Some("device-1".into()), None]);
}
