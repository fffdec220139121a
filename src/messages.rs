//! Message slips (留言): for whom, from whom, which telephone, what; with a receipt for each step
//! until somebody has handled it (operations.md clauses 3-a and 3.5).
//!
//! A slip is sent when it is taken, delivered when its owner's list shows it, read when they open it,
//! handled when they say so. An urgent one that nobody has read after ten minutes goes to a deputy.
//! One that asks for a call back carries the moment by which, and is a follow-up of its owner.

mod beside;
mod held;
mod owed;
pub mod pickup;
mod slip;
pub mod store;
mod web;

pub use beside::OnCallPage;
pub use held::Held;
pub use owed::Owed;
pub use slip::{Act, Reason, Refused, State, URGENT_MS, Via};
pub use store::{Message, NewMessage, Overdue};
pub use web::{MessageNews, routes};

/// What slips are called.
pub fn names() -> std::sync::Arc<dyn crate::web::KnowsSubjects> {
    std::sync::Arc::new(owed::Names)
}
