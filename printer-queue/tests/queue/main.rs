//! What the print queue promises, sentence by sentence, at virtual printers on real sockets.
#![allow(missing_docs, clippy::expect_used)]

mod ages;
mod backups;
#[cfg(unix)]
mod devices;
mod direct;
mod doubts;
mod files;
mod lines;
mod outages;
mod people;
mod setup;
mod states;
mod storage;
mod storm;
mod wishes;
