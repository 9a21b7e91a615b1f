//! For tests: a server that answers as a test says, and a host that remembers.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use api::{BusinessId, CounterId, UserId, session::Claims};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    backend::Transport,
    host::{Host, Ring, SecretError},
    identity::{Identity, IdentityFile},
    secrets::Secrets,
    session::Session,
    view::Update,
};

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `GET /api/v1/feed?after=3`, without `/api/v1`.
    pub line: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    /// `Null` when there is none.
    pub body: Value,
}

/// What a test answers.
pub(crate) enum Reply {
    /// Status and body.
    Json(u16, Value),
    /// The request was handled and the answer got lost.
    Lost,
}

/// A server on a free port of this PC. Ends with its value.
pub(crate) struct Scripted {
    pub url: String,
    seen: Arc<Mutex<Vec<Request>>>,
    task: JoinHandle<()>,
}

impl Scripted {
    pub async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Scripted {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (script, log) = (Arc::new(script), seen.clone());
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (script, log) = (script.clone(), log.clone());
                tokio::spawn(async move { serve(socket, &*script, &log).await });
            }
        });
        Scripted { url, seen, task }
    }

    /// The lines of the requests so far that contain a text.
    pub fn seen(&self, part: &str) -> Vec<Request> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|request| request.line.contains(part))
            .cloned()
            .collect()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    socket: TcpStream,
    script: &(dyn Fn(&Request) -> Reply + Send + Sync),
    log: &Mutex<Vec<Request>>,
) {
    let mut socket = BufReader::new(socket);
    let mut first = String::new();
    socket.read_line(&mut first).await.unwrap();
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        socket.read_line(&mut line).await.unwrap();
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.unwrap();
    let request = Request {
        line: first
            .trim_end()
            .trim_end_matches(" HTTP/1.1")
            .replace("/api/v1", ""),
        headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    };
    let reply = script(&request);
    log.lock().unwrap().push(request);
    if let Reply::Json(status, body) = reply {
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let mut socket = socket.into_inner();
        socket
            .write_all(format!("{head}{body}").as_bytes())
            .await
            .unwrap();
        // The other end may be gone already.
        drop(socket.shutdown().await);
    }
}

/// A token pair; the access token is `access-N` in its third part.
pub(crate) fn pair(business: BusinessId, number: u32, expires_in: u32) -> Reply {
    let claims = Claims {
        sub: UserId(Uuid::nil()),
        name: "Ana".into(),
        business_id: business,
        role: api::session::Role::Staff,
        sid: None,
        iat: 0,
        exp: 0,
    };
    let said = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
    Reply::Json(
        200,
        json!({
            "access_token": format!("header.{said}.access-{number}"),
            "refresh_token": format!("refresh-{number}"),
            "expires_in": expires_in,
        }),
    )
}

/// An error of the server.
pub(crate) fn refusal(status: u16, code: &str) -> Reply {
    Reply::Json(status, json!({"code": code, "message": "No."}))
}

/// A host that remembers.
#[derive(Default)]
pub(crate) struct Memory {
    secrets: Mutex<HashMap<String, String>>,
    rings: Mutex<Vec<Ring>>,
    pub updates: Mutex<Vec<Update>>,
    /// Its keyring refuses everything.
    pub locked: AtomicBool,
    /// The next of these calls panic: `emit`, `new order`, `alarm`.
    pub panics: Mutex<Vec<&'static str>>,
}

impl Memory {
    pub fn secret(&self) -> Option<String> {
        lock(&self.secrets).get("refresh-token").cloned()
    }

    fn panic_at(&self, call: &str) {
        let mut panics = lock(&self.panics);
        let known = panics.len();
        panics.retain(|at| *at != call);
        let panics_now = panics.len() < known;
        drop(panics);
        assert!(!panics_now, "injected at {call}");
    }

    pub fn rings(&self) -> Vec<Ring> {
        lock(&self.rings).clone()
    }

    fn keyring(&self) -> Result<MutexGuard<'_, HashMap<String, String>>, SecretError> {
        if self.locked.load(Ordering::SeqCst) {
            return Err(SecretError("locked".into()));
        }
        Ok(lock(&self.secrets))
    }
}

impl Host for Memory {
    fn read_secret(&self, name: &str) -> Result<Option<String>, SecretError> {
        Ok(self.keyring()?.get(name).cloned())
    }
    fn write_secret(&self, name: &str, value: &str) -> Result<(), SecretError> {
        self.keyring()?.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
    fn delete_secret(&self, name: &str) -> Result<(), SecretError> {
        self.keyring()?.remove(name);
        Ok(())
    }
    fn emit(&self, update: Update) {
        self.panic_at("emit");
        lock(&self.updates).push(update);
    }
    fn ring(&self, ring: Ring) {
        self.panic_at(match ring {
            Ring::NewOrder => "new order",
            Ring::Alarm => "alarm",
        });
        lock(&self.rings).push(ring);
    }
}

/// A session in a folder, as it is at the start of the program.
pub(crate) async fn session(folder: &std::path::Path, host: &Arc<Memory>) -> (Session, CounterId) {
    crate::install_crypto();
    let file = IdentityFile::in_folder(folder);
    let kept = file.read().unwrap().0;
    let identity = kept.unwrap_or_else(|| Identity::new("Test"));
    file.keep(&identity).unwrap();
    let counter = identity.id;
    let transport = Transport::new(counter).unwrap();
    let host: Arc<dyn Host> = host.clone();
    let secrets = Secrets::of(host.clone(), Duration::from_secs(5));
    let (tasks, _) = supervision::Tasks::root(supervision::Pause::default());
    let session = Session::start(file, identity, transport, secrets, host, &tasks).await;
    (session, counter)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}
