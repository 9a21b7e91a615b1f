//! A sender: the client side of a printer's connection.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Long enough for a busy computer; no test waits that long when all is well.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// How long silence must last to count as silence.
pub const SILENCE: Duration = Duration::from_millis(150);

pub struct Sender {
    stream: TcpStream,
}

impl Sender {
    pub async fn connect(address: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
        }
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    pub async fn try_send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Exactly so many bytes.
    pub async fn receive(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        tokio::time::timeout(PATIENCE, self.stream.read_exact(&mut bytes))
            .await
            .expect("an answer")
            .unwrap();
        bytes
    }

    /// Nothing is said.
    pub async fn receive_nothing(&mut self) {
        let mut byte = [0];
        let heard = tokio::time::timeout(SILENCE, self.stream.read(&mut byte)).await;
        assert!(heard.is_err(), "silence, but heard {heard:?} {byte:02x?}");
    }

    pub async fn ask(&mut self, question: &[u8], answer_bytes: usize) -> Vec<u8> {
        self.send(question).await;
        self.receive(answer_bytes).await
    }

    pub async fn finish(&mut self) {
        self.stream.shutdown().await.unwrap();
    }

    /// Everything until the printer closes; an error is how it closed.
    pub async fn receive_to_end(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut bytes))
            .await
            .expect("an end")?;
        Ok(bytes)
    }
}

/// A ticket with this text in one line, cut.
pub fn ticket(text: &str) -> Vec<u8> {
    [b"\x1b@", text.as_bytes(), b"\n\x1dV\x42\x00"].concat()
}

/// "Say this when everything before it is on paper."
pub fn confirm(id: &str) -> Vec<u8> {
    [b"\x1d(H\x06\x0000", id.as_bytes()].concat()
}

/// What a printer says then.
pub fn confirmed(id: &str) -> Vec<u8> {
    [b"\x37\x22", id.as_bytes(), b"\0"].concat()
}
