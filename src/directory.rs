//! Who is who in the house, and what of it may be told to whom.
//!
//! Every person has a level: public (may be told to callers), internal (for colleagues), restricted.
//! Of a restricted person numbers and whereabouts never leave the server for a reader who may not
//! know them: not in a page, JSON, a search or an export. They get the polite refusal, the way to
//! the secretary and to a message. A supervisor may grant a look, with a reason and an end. Every
//! look and every attempt is in the journal. Source: operations.md clauses 3.7, 3-a, §4.16;
//! telephony.md §4 item 5.

mod closed;
mod exchange;
mod find;
mod grants;
mod person;
mod spelled;
pub mod store;
mod watch;
mod web;

pub use closed::Restricted;
pub use grants::{Expiry, NewGrant};
pub use person::{Disclosure, Draft, Person, Sight};
pub use watch::Watch;
pub use web::{DirectoryNews, LooksElsewhere, Panel, names, routes};
