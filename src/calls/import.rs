//! Calls that a file of the PBX tells of afterwards: what happened while nobody listened here.
//!
//! [`read`] makes calls of a file: Asterisk's `Master.csv` and `queue_log`, `FreeSWITCH`'s cdr csv, or
//! a sheet with headings. [`judge`] says of each whether the log has it: the same caller on the same
//! hotline at the same time. [`bring_in`] writes the others in one change, marked as imported and
//! left out of every figure of rings, for nobody heard them; who was missed is owed a call back, and
//! any later contact settles that (telephony.md §4, 18).

mod bring;
mod cdr;
mod headed;
mod judged;
mod queue_log;
mod sheet;

pub use bring::{Imported, MOST, Terms, bring_in, too_many, try_out};
pub use judged::{Fate, Known, Lines, Verdict, judge};
pub use sheet::{Bad, Dialled, Heard, Sheet, Source, read};
