//! 通话质检: how a talk was spoken, by exactly the five items of operations.md clauses 4.1 to 4.5.
//!
//! A call is drawn by chance among those an operator answered, or chosen on its page; whoever listened
//! says of each item whether it was met. A sheet is saved once and can be corrected, and a correction
//! stands beside what it corrects. The operator reads their own sheets and the sums of their month.
//!
//! - `sheet`: the items, the marks, what differs between two saves. `month`: the sums of a month.
//! - [`store`]: draws, opens, scores; nobody scores how they spoke themselves.
//! - [`routes`]: `/quality`, `/quality/{id}`, and the way to it from a call.

mod held;
mod month;
mod sheet;
pub mod store;
mod web;

pub use held::Held;
pub use month::{Month, OperatorMonth};
pub use sheet::{Item, Mark, Origin, Score, Scores};
pub use store::Sheet;
pub use web::{OnCallPage, QualityNews, RecordView, SheetView, names, routes};
