//! Who is changing a record right now: 小李正在编辑 (operations.md §4.14). Nobody is locked out by it; it spares two
//! people the page on which their changes are put together.
//!
//! A browser says so as long as somebody is at work in a record's form, and takes it back when they leave. Who falls
//! silent for [`SILENT_MS`] is gone. A room whose records have such a form hands in a [`Kind`].

mod due;
pub mod store;
mod web;

pub use due::Due;
pub use store::{Editor, SILENT_MS};
pub use web::{EditingNews, Kind, Room, routes};
