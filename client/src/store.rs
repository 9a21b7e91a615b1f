//! `counter.sqlite`: what one counter knows of one restaurant. Orders with every revision as it came, settings with
//! their versions and dirty marks, the place in the feed, addresses that belong to this PC alone.
//!
//! One connection writes and reads, in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut.

mod damage;
mod file;
mod known;
mod meta;
mod orders;
mod reports;
mod settings;

pub use self::{
    file::{Store, StoreError},
    meta::{Place, Proof},
    orders::{NewRevision, Revision},
    reports::{ReportMark, TicketsRead},
    settings::{DirtyMark, SettingRow},
};
