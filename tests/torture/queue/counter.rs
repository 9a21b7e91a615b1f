//! The queue's process as its parent sees it: started, driven, killed, restarted.

use std::{ffi::OsString, path::Path, time::Duration};

use api::Printer;

use super::protocol::{Command, Reply};
use crate::program::Program;

/// A counter whose queue runs in a process of its own.
#[derive(Debug)]
pub struct Counter {
    program: Program,
    printers: Vec<Printer>,
}

impl Counter {
    /// On this folder, with these printers. It does not run yet.
    pub fn new(folder: &Path, printers: Vec<Printer>) -> Counter {
        let arguments: [OsString; 2] = ["queue".into(), folder.into()];
        Counter {
            program: Program::new(arguments, folder.join("queue.log")),
            printers,
        }
    }

    /// Starts the process. With `life` it is killed again so long after it was begun, whatever it does by then.
    pub async fn start(&self, life: Option<Duration>) -> anyhow::Result<()> {
        self.program.start(life).await?;
        if life.is_none() {
            // It may be killed before it gets its printers.
            let _ = self
                .execute(Command::Printers(self.printers.clone()))
                .await?;
        }
        Ok(())
    }

    /// SIGKILL.
    pub async fn kill(&self) -> anyhow::Result<()> {
        self.program.kill().await
    }

    /// Ends it in order.
    pub async fn stop(&self) -> anyhow::Result<()> {
        self.program.stop().await
    }

    /// Executes a command; `None` when the process was gone before its reply: then the result is unknown.
    pub async fn execute(&self, command: Command) -> anyhow::Result<Option<Reply>> {
        self.program.execute(&command).await
    }
}
