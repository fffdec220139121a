//! Notices with receipts: something is told to named people, and who has not answered stays on the
//! screens until everybody has.
//!
//! A notice goes to people or to those of a role who are on duty: a snapshot, taken when it is sent.
//! Each person's answer is a receipt: on a page, by a link, by a telephone, or by voice, ticked by
//! whoever heard it. While somebody is silent the [`ladder`] asks again and tells others. A newer
//! notice about the same subject can take the place of an older one. (operations.md M3, §2.5, 1-9a)
//!
//! - Rooms send with [`store::send`] inside their own change.
//! - The panel is always a way to reach people; others come as a [`Deliver`], which is handed every
//!   notice in the change that sends it.
//! - [`Room`] is what the roof needs: what falls due, the pages, what stands above every page.

mod deliver;
mod due;
mod figures;
mod ladder;
mod notice;
mod sending;
pub mod store;
mod web;

pub use deliver::{Deliver, Parcel};
pub use due::OVERDUE;
pub use figures::{Answers, BLIND_MS};
pub use ladder::{Act, Ladder, Rung};
pub use notice::{Method, NewNotice, Notice, Receipt, Recipients, State, Supersedes};
pub use web::{Room, open_routes, routes};
