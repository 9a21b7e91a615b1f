//! Whole journeys, named as the sentences that the product promises.

mod connection_drops;
mod counters;
mod fresh_counter;
mod killed;
mod logo;
mod order_prints;
mod other_counters;
mod printer_fails;
mod printer_moves;
mod restored_server;
mod revisions;
mod session_ends;
mod settings_sync;
mod standby;
mod takeover;
mod unprinted;
mod unrouted;
