//! What the counter PC does: session, realtime, orders, settings; no window.

pub mod host;
pub mod view;
