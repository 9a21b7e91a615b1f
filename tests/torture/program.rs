//! A part of the whole as a process of its own: this program once more, driven by one JSON object per line, each way. It
//! is started, stopped, frozen, killed and started again; it ends in order when its stdin is closed.

use std::{
    collections::HashMap,
    ffi::OsString,
    io::Write,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{self, Child, ChildStdin, ChildStdout},
    sync::{Mutex as AsyncMutex, oneshot},
};

/// No command takes longer, also on a PC that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);
/// The word by which a process says that it is ready.
const READY: &str = "ready";

/// A command with its id.
#[derive(Debug, Serialize, Deserialize)]
struct Request<C> {
    id: u64,
    command: C,
}

/// The reply to the request of this id.
#[derive(Debug, Serialize, Deserialize)]
struct Response<R> {
    id: u64,
    reply: R,
}

/// Pending replies by request id; `None` once the process is gone.
type Pending = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Value>>>>>;

/// A process, which may not run at the moment.
#[derive(Debug)]
pub struct Program {
    arguments: Vec<OsString>,
    log: PathBuf,
    child: AsyncMutex<Option<Child>>,
    pipe: AsyncMutex<Option<Pipe>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Pipe {
    stdin: ChildStdin,
    pending: Pending,
}

impl Program {
    /// One that is started with these arguments and writes there what it has to say besides its answers.
    pub fn new(arguments: impl IntoIterator<Item = impl Into<OsString>>, log: PathBuf) -> Program {
        Program {
            arguments: arguments.into_iter().map(Into::into).collect(),
            log,
            child: AsyncMutex::default(),
            pipe: AsyncMutex::default(),
            next: AtomicU64::default(),
        }
    }

    /// Starts it and tells what it says once it is ready. With `life` it is killed again so long after it was begun,
    /// whatever it does by then.
    pub async fn start(&self, life: Option<Duration>) -> anyhow::Result<String> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log)?;
        let mut child = process::Command::new(std::env::current_exe()?)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        if let Some(life) = life {
            tokio::time::sleep(life).await;
            child.kill().await?;
            return Ok(String::new());
        }
        let stdin = child.stdin.take().context("it was piped")?;
        let stdout = child.stdout.take().context("it was piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line())
            .await
            .with_context(|| format!("{:?} did not start in time", self.arguments))??;
        let Some(said) = first.as_deref().and_then(|line| line.strip_prefix(READY)) else {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            bail!("{:?} did not start: {first:?}\n{log}", self.arguments);
        };
        let pending: Pending = Arc::new(Mutex::new(Some(HashMap::new())));
        tokio::spawn(read_replies(lines, pending.clone()));
        *self.child.lock().await = Some(child);
        *self.pipe.lock().await = Some(Pipe { stdin, pending });
        Ok(said.trim().to_owned())
    }

    /// SIGKILL.
    pub async fn kill(&self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.lock().await.take() {
            child.kill().await?;
        }
        *self.pipe.lock().await = None;
        Ok(())
    }

    /// Ends it in order.
    pub async fn stop(&self) -> anyhow::Result<()> {
        *self.pipe.lock().await = None;
        if let Some(mut child) = self.child.lock().await.take() {
            let ended = tokio::time::timeout(PATIENCE, child.wait())
                .await
                .with_context(|| format!("{:?} does not end", self.arguments))??;
            anyhow::ensure!(ended.success(), "{:?} ended with {ended}", self.arguments);
        }
        Ok(())
    }

    /// Stops it in its tracks, or lets it go on.
    pub async fn freeze(&self, frozen: bool) -> anyhow::Result<()> {
        let child = self.child.lock().await;
        let Some(id) = child.as_ref().and_then(Child::id) else {
            return Ok(());
        };
        let signal = if frozen { "-STOP" } else { "-CONT" };
        let kill = process::Command::new("kill")
            .args([signal, &id.to_string()])
            .status();
        anyhow::ensure!(kill.await?.success(), "kill {signal} {id}");
        Ok(())
    }

    /// Executes a command; `None` when the process was gone before its reply: then the result is unknown.
    pub async fn execute<R: DeserializeOwned>(
        &self,
        command: &(impl Serialize + Sync),
    ) -> anyhow::Result<Option<R>> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        let mut text = serde_json::to_string(&Request { id, command })?;
        text.push('\n');
        {
            let mut pipe = self.pipe.lock().await;
            let Some(pipe) = pipe.as_mut() else {
                return Ok(None);
            };
            match &mut *pipe.pending.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(waiting) => waiting.insert(id, answer),
                None => return Ok(None),
            };
            if pipe.stdin.write_all(text.as_bytes()).await.is_err() {
                return Ok(None);
            }
        }
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(Ok(answer)) => Ok(Some(serde_json::from_value(answer)?)),
            Ok(Err(_)) => Ok(None),
            Err(_) => bail!("{:?} does not answer: {text}", self.arguments),
        }
    }
}

async fn read_replies(mut lines: Lines<BufReader<ChildStdout>>, pending: Pending) {
    while let Ok(Some(line)) = lines.next_line().await {
        // A line cut off by a kill is no reply.
        let Ok(Response { id, reply }) = serde_json::from_str::<Response<Value>>(&line) else {
            continue;
        };
        let mut waiting = pending.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = waiting.as_mut().and_then(|waiting| waiting.remove(&id)) {
            // The caller may have gone.
            let _ = answer.send(reply);
        }
    }
    *pending.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

/// Inside the process: says that it is ready, and answers commands until stdin is closed.
pub async fn serve<C, R, F>(ready: &str, execute: impl Fn(C) -> F) -> anyhow::Result<()>
where
    C: DeserializeOwned,
    R: Serialize,
    F: Future<Output = R> + Send + 'static,
{
    let out = Arc::new(Mutex::new(std::io::stdout()));
    write_line(&out, &format!("{READY} {ready}"))?;
    let (sender, mut lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        let line = line?;
        let Request { id, command } = serde_json::from_str(&line).with_context(|| line.clone())?;
        let (executed, out) = (execute(command), out.clone());
        tokio::spawn(async move {
            let reply = executed.await;
            let line = serde_json::to_string(&Response { id, reply })?;
            write_line(&out, &line)
        });
    }
    Ok(())
}

fn write_line(out: &Mutex<std::io::Stdout>, line: &str) -> anyhow::Result<()> {
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
