//! What is said: the greeting of each line, closings, refusals, outbound lines and canned texts; and
//! the words that are never said (operations.md clauses 2.2, 2.4, 3.1, 4.1–4.5).
//!
//! Who sets them up writes them under `/admin/scripts`; the desk reads them from its screen. A text
//! with a forbidden word is refused wherever it would be kept, naming the rule; one without please
//! or thank you is kept with a warning.

mod configured;
mod politeness;
pub mod store;
mod web;

pub use configured::{Unsaid, unsaid, warn};
pub use politeness::{Forbidden, Manner, look};
pub use store::{Script, Use};
pub use web::spoken;
pub use web::{ScriptNews, refused_words, routes};
