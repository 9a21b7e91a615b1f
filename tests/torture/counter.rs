//! The queue's process as its parent sees it: started, asked, killed, started again.

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
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::{Mutex as Turn, oneshot},
};

use crate::words::{Answered, Ask, Asked, Told};

/// Nothing that the queue is asked takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who waits for which answer; `None` once the process is gone.
type Waiting = Arc<Mutex<Option<HashMap<u64, oneshot::Sender<Told>>>>>;

/// A counter whose queue runs in a process of its own.
#[derive(Debug)]
pub struct Counter {
    folder: PathBuf,
    printers: Vec<Printer>,
    child: Turn<Option<Child>>,
    line: Turn<Option<Line>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Line {
    stdin: ChildStdin,
    waiting: Waiting,
}

impl Counter {
    /// On this folder, with these printers. It does not run yet.
    pub fn new(folder: PathBuf, printers: Vec<Printer>) -> Counter {
        Counter {
            folder,
            printers,
            child: Turn::default(),
            line: Turn::default(),
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
        let mut child = Command::new(std::env::current_exe()?)
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
        let waiting: Waiting = Arc::new(Mutex::new(Some(HashMap::new())));
        tokio::spawn(hear(lines, waiting.clone()));
        *self.child.lock().await = Some(child);
        *self.line.lock().await = Some(Line { stdin, waiting });
        // Killed before it has heard of its printers is killed all the same.
        let _ = self.ask(Ask::Printers(self.printers.clone())).await?;
        Ok(())
    }

    /// SIGKILL.
    pub async fn kill(&self) -> anyhow::Result<()> {
        if let Some(mut child) = self.child.lock().await.take() {
            child.kill().await?;
        }
        *self.line.lock().await = None;
        Ok(())
    }

    /// Ends it in order.
    pub async fn stop(&self) -> anyhow::Result<()> {
        *self.line.lock().await = None;
        if let Some(mut child) = self.child.lock().await.take() {
            let ended = tokio::time::timeout(PATIENCE, child.wait())
                .await
                .context("the queue does not end")??;
            anyhow::ensure!(ended.success(), "the queue ended with {ended}");
        }
        Ok(())
    }

    /// Asks; `None` when the process was gone before it answered: then nobody knows whether it was done.
    pub async fn ask(&self, ask: Ask) -> anyhow::Result<Option<Told>> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        let mut text = serde_json::to_string(&Asked { id, ask })?;
        text.push('\n');
        {
            let mut line = self.line.lock().await;
            let Some(line) = line.as_mut() else {
                return Ok(None);
            };
            match &mut *line.waiting.lock().unwrap_or_else(PoisonError::into_inner) {
                Some(waiting) => waiting.insert(id, answer),
                None => return Ok(None),
            };
            if line.stdin.write_all(text.as_bytes()).await.is_err() {
                return Ok(None);
            }
        }
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answer) => Ok(answer.ok()),
            Err(_) => bail!("the queue does not answer: {text}"),
        }
    }
}

async fn hear(mut lines: Lines<BufReader<ChildStdout>>, waiting: Waiting) {
    while let Ok(Some(line)) = lines.next_line().await {
        // A line that a kill cut off is no answer.
        let Ok(Answered { id, told }) = serde_json::from_str(&line) else {
            continue;
        };
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = waiting.as_mut().and_then(|waiting| waiting.remove(&id)) {
            // Whoever asked may have gone.
            let _ = answer.send(told);
        }
    }
    *waiting.lock().unwrap_or_else(PoisonError::into_inner) = None;
}
