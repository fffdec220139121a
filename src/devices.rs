//! 设备自检: whether the operator's telephone and the greeters' radios work, before the day needs them (operations.md
//! clause 1-2b).
//!
//! The telephone: whether the PBX has it, as far as any source shows that, and a trial call that a source sees or the
//! operator hears. The radios: every greeter on duty is asked by a notice and answers on their page, by a message of
//! their telephone, or by voice, ticked by whoever heard it; after a minute the silent are named. What fails becomes a
//! fault with one key. What was found is kept by `shifts`, beside the other things that begin a duty.

mod checking;
mod due;
mod telephone;
mod web;

pub use due::Due;
pub use web::{Panel, names, routes};
