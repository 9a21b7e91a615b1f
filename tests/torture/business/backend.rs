//! The backend as its owner has it: a process, its database and copies of it, and what it answers.

use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, ensure};
use api::{
    BusinessId,
    session::{Login, TokenPair},
};
use journeys::{backup::copy_database, link::Link};
use serde_json::Value;

use super::server::{DATABASE, Ready, Start};
use crate::program::Program;

/// It is asked directly, not over the lines that counters have.
#[derive(Debug)]
pub struct Backend {
    pub program: Program,
    pub business: BusinessId,
    pub staff: Login,
    owner: Login,
    folder: PathBuf,
    url: Mutex<String>,
    token: Mutex<String>,
    http: reqwest::Client,
    restores: AtomicU64,
}

/// Its answer: the status, and the body.
pub type Answer = (u16, Value);

impl Backend {
    /// Starts it for the first time.
    pub async fn open(folder: PathBuf, start: &Start) -> anyhow::Result<Backend> {
        let arguments = ["server".into(), folder.clone().into_os_string()];
        let arguments = arguments
            .into_iter()
            .chain([serde_json::to_string(start)?.into()]);
        let program = Program::new(arguments, folder.join("server.log"));
        let ready: Ready = serde_json::from_str(&program.start(None).await?)?;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()?;
        Ok(Backend {
            program,
            business: ready.business,
            staff: ready.staff,
            owner: ready.owner,
            folder,
            url: Mutex::new(ready.url),
            token: Mutex::default(),
            http,
            restores: AtomicU64::default(),
        })
    }

    /// Starts it again, at another port. The lines lead there from then on.
    pub async fn start<'a>(&self, lines: impl IntoIterator<Item = &'a Link>) -> anyhow::Result<()> {
        let ready: Ready = serde_json::from_str(&self.program.start(None).await?)?;
        *lock(&self.url) = ready.url;
        for line in lines {
            line.goes_to(self.address()?);
        }
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> anyhow::Result<std::net::SocketAddr> {
        let url = lock(&self.url).clone();
        Ok(url
            .strip_prefix("http://")
            .context("an http URL")?
            .parse()?)
    }

    /// Copies its database. It must not run.
    pub fn copy(&self) -> anyhow::Result<()> {
        copy_database(
            &self.folder.join(DATABASE),
            &self.folder.join("copy.sqlite"),
        )
    }

    /// Brings the copy back: what it took since is lost. It must not run.
    pub fn bring_back(&self) -> anyhow::Result<()> {
        self.restores.fetch_add(1, Ordering::SeqCst);
        copy_database(
            &self.folder.join("copy.sqlite"),
            &self.folder.join(DATABASE),
        )
    }

    /// How often its database was brought back.
    pub fn restores(&self) -> u64 {
        self.restores.load(Ordering::SeqCst)
    }

    /// Asks it once; `None` when there was no answer that says anything.
    pub async fn ask(
        &self,
        method: &str,
        path: &str,
        from: Option<u32>,
        body: &Value,
    ) -> anyhow::Result<Option<Answer>> {
        for _ in 0..2 {
            let token = lock(&self.token).clone();
            let url = format!("{}{path}", lock(&self.url));
            let mut request = self.http.request(method.parse()?, url).bearer_auth(token);
            if let Some(from) = from {
                request = request.header("if-match", format!("\"{from}\""));
            }
            if !body.is_null() {
                request = request.json(body);
            }
            let Ok(answer) = request.send().await else {
                return Ok(None);
            };
            let status = answer.status().as_u16();
            if status == 401 {
                self.sign_in().await?;
                continue;
            }
            if status >= 500 {
                return Ok(None);
            }
            let Ok(text) = answer.text().await else {
                return Ok(None);
            };
            return Ok(Some((
                status,
                serde_json::from_str(&text).unwrap_or_default(),
            )));
        }
        Ok(None)
    }

    /// Asks it until it answers, and well.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        for _ in 0..300 {
            if let Some((status, body)) = self.ask("GET", path, None, &Value::Null).await? {
                ensure!(status == 200, "GET {path}: {status} {body}");
                return Ok(body);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("GET {path} was never answered")
    }

    async fn sign_in(&self) -> anyhow::Result<()> {
        let url = format!("{}/api/v1/auth/login", lock(&self.url));
        let Ok(answer) = self.http.post(url).json(&self.owner).send().await else {
            return Ok(());
        };
        if let Ok(tokens) = answer.json::<TokenPair>().await {
            *lock(&self.token) = tokens.access_token;
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
