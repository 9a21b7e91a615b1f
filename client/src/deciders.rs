//! Who makes which ticket, decided without the files and requests around it: for the test that plays whole restaurants
//! against these decisions.

pub use crate::{
    orders::{
        Came, EarlierRevisions, HandsChanged, ReceivedOrder, RevisionContext, RevisionDecision,
        after, decide_lost, decide_revision, given_twice, of_revision, on_paper, taken_tickets,
        untold,
    },
    settings::SettingsNow,
    takeover::{Decision, Handover, decide, is_place},
};
