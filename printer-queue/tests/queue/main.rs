//! What the print queue promises, sentence by sentence, at virtual printers on real sockets.
#![allow(missing_docs, clippy::expect_used)]

mod ages;
mod backups;
mod callers;
mod clocks;
mod crowds;
mod damaged_log;
mod damaged_rows;
#[cfg(unix)]
mod devices;
mod direct;
mod doubts;
#[cfg(target_os = "linux")]
mod everywhere;
mod files;
mod full_disk;
#[cfg(target_os = "linux")]
mod habits;
mod hall;
mod handover;
mod hosts;
mod later;
mod leases;
mod letters;
mod lines;
mod locks;
mod outages;
mod pages;
mod panics;
mod people;
mod reports;
mod setup;
mod states;
mod storage;
mod storm;
mod strangers;
mod vanish;
mod wishes;
