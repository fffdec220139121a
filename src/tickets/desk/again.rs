//! Who reports the same fault within a week is not put off again: the head hears of it without anybody
//! asking (telephony.md §4 item 14).

use super::ladder::fault_said;
use super::{Desk, Ticket};
use crate::db::{self, Tx};
use crate::kernel::Role;
use crate::tickets::neighbours::{Told, Whom};
use crate::tickets::store::{self, again};
use crate::words::Said;

impl Desk {
    /// Tells the head of a fault that was just reported and is the same number's once more.
    pub(super) async fn again(&self, tx: &mut Tx, ticket: &Ticket) -> db::Result<()> {
        let all = again::lately_in(tx, &ticket.caller_number).await?;
        let Some(new) = all.iter().find(|one| one.id == ticket.id) else { return Ok(()) };
        let before = all.iter().filter(|one| one.id != ticket.id && one.is_like(new));
        let before: Vec<&str> = before.map(|one| one.no.as_str()).collect();
        let Some(last) = before.first().copied() else { return Ok(()) };
        store::note(tx, ticket.id, "again", &before.join(" ")).await?;
        store::record(tx, &ticket.no, "repeated", ticket.version);
        let (no, times) = (ticket.no.clone(), before.len() + 1);
        let last = last.to_owned();
        let told = Told {
            about: format!("faults/{no}"),
            event: "again",
            title: Said::of(|l| {
                l.tickets_tell_again(no.as_str(), times, last.as_str()).to_string()
            }),
            text: fault_said(ticket),
            whom: Whom::Role(Role::Head),
            answer: false,
            urgent: false,
        };
        self.neighbours.tell(tx, told).await
    }
}
