//! The queue's process as its parent sees it: started, driven, killed, restarted.

use std::{
    collections::HashMap,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use api::Printer;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{self, Child, ChildStdin, ChildStdout},
    sync::{Mutex as AsyncMutex, oneshot},
};

use crate::protocol::{Command, Reply, Request, Response};

/// No command takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Pending replies by request id; `None` once the process is gone.
type Pending = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Reply>>>>>;

/// A counter whose queue runs in a process of its own.
#[derive(Debug)]
pub struct Counter {
    folder: PathBuf,
    printers: Vec<Printer>,
    child: AsyncMutex<Option<Child>>,
    pipe: AsyncMutex<Option<Pipe>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Pipe {
    stdin: ChildStdin,
    pending: Pending,
}

impl Counter {
    /// On this folder, with these printers. It does not run yet.
    pub fn new(folder: PathBuf, printers: Vec<Printer>) -> Counter {
        Counter {
            folder,
            printers,
            child: AsyncMutex::default(),
            pipe: AsyncMutex::default(),
            next: AtomicU64::default(),
        }
    }

    /// Where the process writes what it has to say besides its answers.
    pub fn log(&self) -> PathBuf {
        self.folder.join("queue.log")
    }

    /// Starts the process. With `life` it is killed again so long after it was begun, whatever it does by then.
    pub async fn start(&self, life: Option<Duration>) -> anyhow::Result<()> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.log())?;
        let mut child = process::Command::new(std::env::current_exe()?)
            .arg("queue")
            .arg(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?;
        if let Some(life) = life {
            tokio::time::sleep(life).await;
            return Ok(child.kill().await?);
        }
        let stdin = child.stdin.take().context("it was piped")?;
        let stdout = child.stdout.take().context("it was piped")?;
        let mut lines = BufReader::new(stdout).lines();
        let first = tokio::time::timeout(PATIENCE, lines.next_line())
            .await
            .context("the queue did not open in time")??;
        if first.as_deref() != Some("ready") {
            let log = std::fs::read_to_string(self.log()).unwrap_or_default();
            bail!("the queue did not open: {first:?}\n{log}");
        }
        let pending: Pending = Arc::new(Mutex::new(Some(HashMap::new())));
        tokio::spawn(read_replies(lines, pending.clone()));
        *self.child.lock().await = Some(child);
        *self.pipe.lock().await = Some(Pipe { stdin, pending });
        // It may be killed before it gets its printers.
        let _ = self
            .execute(Command::Printers(self.printers.clone()))
            .await?;
        Ok(())
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
                .context("the queue does not end")??;
            anyhow::ensure!(ended.success(), "the queue ended with {ended}");
        }
        Ok(())
    }

    /// Executes a command; `None` when the process was gone before its reply: then the result is unknown.
    pub async fn execute(&self, command: Command) -> anyhow::Result<Option<Reply>> {
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
            Ok(answer) => Ok(answer.ok()),
            Err(_) => bail!("the queue does not answer: {text}"),
        }
    }
}

async fn read_replies(mut lines: Lines<BufReader<ChildStdout>>, pending: Pending) {
    while let Ok(Some(line)) = lines.next_line().await {
        // A line cut off by a kill is no reply.
        let Ok(Response { id, reply }) = serde_json::from_str(&line) else {
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
