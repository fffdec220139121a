//! What has to be written on a fault before anybody can be sent: said where the sending would stand, with the way to it.

use serde::Serialize;

use super::say;
use crate::tickets::desk::sendable;
use crate::tickets::ticket::{Refusal, Ticket};
use crate::web::Want;

/// Something that has to be written first.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Missing {
    /// The field of the fault it is written in; empty where it is no field.
    pub(super) field: &'static str,
    /// In words.
    pub(super) said: String,
}

/// All that stands between this fault and somebody who is sent for it; empty where nothing does.
pub(super) fn missing(want: &Want, ticket: &Ticket) -> Vec<Missing> {
    let Err(why) = sendable(ticket, want.now) else { return vec![] };
    let l = want.messages();
    let one = |field, why| Missing { field, said: say::refusal(&l, why) };
    if !matches!(why, Refusal::NoPlan | Refusal::NoPromise) {
        return vec![one("", why)];
    }
    let plan = ticket.plan.trim().is_empty().then(|| one("plan", Refusal::NoPlan));
    let promise = ticket.promised_at.is_none().then(|| one("promised", Refusal::NoPromise));
    plan.into_iter().chain(promise).collect()
}
