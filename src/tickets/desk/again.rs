//! Who reports the same fault within a week is not put off again: the head is asked to answer that they
//! know, without anybody asking (telephony.md §4 item 14).

use super::ladder::fault_said;
use super::{Desk, Ticket};
use crate::db::{self, Tx};
use crate::kernel::Role;
use crate::tickets::store::{self, again};
use crate::words::Said;

impl Desk {
    /// Asks the head about a fault that was just reported and is the same number's once more; of one fault
    /// only the newest report waits for their answer.
    pub(super) async fn again(&self, tx: &mut Tx, ticket: &Ticket) -> db::Result<()> {
        let all = again::lately_in(tx, &ticket.caller_number).await?;
        let Some(new) = all.iter().find(|one| one.id == ticket.id) else { return Ok(()) };
        let before = all.iter().filter(|one| one.id != ticket.id && one.is_like(new));
        let before: Vec<&str> = before.map(|one| one.no.as_str()).collect();
        let Some(last) = before.first().copied() else { return Ok(()) };
        store::note(tx, ticket.id, "again", &before.join(" ")).await?;
        store::record(tx, &ticket.no, "repeated", ticket.version);
        let (no, times) = (ticket.no.clone(), before.len() + 1);
        let fault = fault_said(ticket);
        let said = Said::with(|l, language| {
            l.tickets_ask_again(no.as_str(), times, last, fault.to(language)).to_string()
        });
        let before = before.iter().map(|no| format!("faults/{no}")).collect();
        self.neighbours.ask(tx, format!("faults/{no}"), before, said, Role::Head).await
    }
}
