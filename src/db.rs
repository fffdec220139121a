//! The cellar: SQLite or PostgreSQL behind one concrete type, a journal, and nothing else.
//!
//! Every statement is written once, encoded and decoded by the native driver of the engine in use;
//! where the engines truly differ it is a visible pair. Why not sqlx `Any`, generics or two stores:
//! `spec/storage.md` §0.
//!
//! - [`Db::read`] asks a question outside a transaction.
//! - [`Db::write`] is the only way to change anything: one transaction in a task of its own, so a
//!   caller that goes away can neither cut it in half nor poison a pooled connection (sqlx #4393);
//!   busy, deadlock and serialization failures are tried again; the journal rows it
//!   [`Tx::record`]ed are told on the [`crate::bus`] after the commit, and only then.
//! - What a server does not answer in time counts as out of reach; [`Db::unhurried`] gives it minutes.
//! - [`Db::write_in_line`] is the same for changes that wait for each other anyway: those who wait go
//!   together, by one commit.
//! - [`Db::write_alone`] is that for a change of one statement, in one way to the store and back.

mod ahead;
mod alone;
mod anchor;
mod at_hand;
mod attend;
mod begun;
mod books;
mod checkpoint;
pub mod counters;
mod error;
mod journal;
mod line;
mod numbers;
mod open;
mod patience;
mod query;
mod server;
mod sql;
mod told;
mod tx;
mod write;

pub use alone::Alone;
pub use attend::Attends;
pub use books::Books;
pub use error::{Error, Result};
pub use journal::{Change, STATEMENTS as JOURNAL_STATEMENTS, head, news_after};
pub use numbers::Numbers;
pub use open::{Db, Engine, Held, OpenError};
pub use query::{Param, Query, Record};
pub use sql::Sql;
pub(crate) use sql::statements;
pub use tx::{Stamp, Tx};
