//! What the server promises to those who speak to it, asked over real sockets, on SQLite and on PostgreSQL.
//!
//! PostgreSQL takes part when `PANBOT_TEST_POSTGRES_URL` names a server on which databases may be made.

mod bad_input;
mod bad_orders;
mod connections;
mod counters;
mod damaged;
mod demo;
mod entries;
mod feed;
mod hang_up;
mod leases;
mod orders;
mod outbox;
mod ownership;
mod reconciliation;
mod reports;
mod restored_revisions;
mod retention;
mod sent_again;
mod settings;
mod sign_in;
mod world;
