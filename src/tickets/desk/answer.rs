//! A yes to what a message told: by its link, or a "1" from a telephone.

use super::{Desk, Doing, Trouble};
use crate::db::{self, Stamp, Tx};
use crate::kernel::{Moment, StaffId};
use crate::tickets::order::{Details, Refusal, State, Verb};
use crate::tickets::store::{self, helps, links};
use crate::tickets::ticket::Ticket;

/// What became of a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It counts.
    Taken,
    /// It is over: somebody else goes, it was taken back, or it was answered before.
    Over,
    /// No record of ours.
    Elsewhere,
}

impl Desk {
    /// Asks an engineer about a ticket (clause 3.6): by their ways, with an answer; what was asked stays beside it.
    pub async fn consult(
        &self,
        stamp: Stamp,
        no: &str,
        whom: StaffId,
        question: String,
    ) -> Result<Ticket, Trouble> {
        let engineers = store::people::engineers(&self.db).await?;
        let Some(asked) = engineers.into_iter().find(|one| one.id == whom) else {
            return Err(Trouble::Nobody(Refusal::NoCrew));
        };
        let (no, desk) = (no.to_owned(), self.clone());
        let done = self.db.write(stamp, move |tx| {
            let (no, desk, question) = (no.clone(), desk.clone(), question.clone());
            let name = asked.name.clone();
            Box::pin(async move {
                let ticket = store::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                let said = format!("{name}：{}", question.trim());
                store::note(tx, ticket.id, "consult", &said).await?;
                store::record(tx, &no, "consulted", ticket.version);
                desk.ask(tx, &ticket, whom, question.trim()).await?;
                Ok(ticket)
            })
        });
        Ok(done.await?)
    }

    /// Somebody at the desk takes a call for help from the road: it waits for nobody any more.
    pub async fn help_taken(&self, stamp: Stamp, no: &str) -> Result<Ticket, Trouble> {
        let (no, desk) = (no.to_owned(), self.clone());
        let taken = self.db.write(stamp, move |tx| {
            let (no, desk) = (no.clone(), desk.clone());
            Box::pin(async move {
                let ticket = store::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                desk.take(tx, &ticket).await?;
                Ok(ticket)
            })
        });
        Ok(taken.await?)
    }

    /// A person says yes to what they were told of a record: takes the order that was offered, or has seen what
    /// became of a fault.
    pub(crate) async fn answered(
        &self,
        now: Moment,
        about: &str,
        by: StaffId,
    ) -> db::Result<Answered> {
        let stamp = Stamp { now, by: Some(by) };
        if let Some(no) = about.strip_prefix("work-orders/") {
            let asked = store::orders::by_no(&self.db, no).await?;
            if asked.is_none_or(|order| order.state != State::Issued) {
                return Ok(Answered::Over);
            }
            let doing = Doing {
                no: no.to_owned(),
                verb: Verb::Accept,
                details: Details::default(),
                at: now,
                op_id: None,
                late: false,
                for_others: false,
            };
            return match self.do_order(stamp, doing).await {
                Ok(_) => Ok(Answered::Taken),
                Err(Trouble::Store(error)) => Err(error),
                Err(_) => Ok(Answered::Over),
            };
        }
        let Some(no) = about.strip_prefix("faults/") else { return Ok(Answered::Elsewhere) };
        let (no, about, desk) = (no.to_owned(), about.to_owned(), self.clone());
        let seen = self.db.write(stamp, move |tx| {
            let (no, about, desk) = (no.clone(), about.clone(), desk.clone());
            Box::pin(async move {
                let Some(ticket) = store::in_tx(tx, &no).await? else { return Ok(false) };
                let for_help = links::is_asked_for_help(tx, &about, by).await?;
                if !links::answered(tx, &about, by).await? {
                    return Ok(false);
                }
                desk.neighbours.seen(tx, about, by).await?;
                if for_help && desk.take(tx, &ticket).await? {
                    return Ok(true);
                }
                noted_seen(tx, &ticket).await?;
                Ok(true)
            })
        });
        Ok(if seen.await? { Answered::Taken } else { Answered::Over })
    }
}

impl Desk {
    /// Takes what is asked for on a fault, and tells whoever asked; `false` where nobody waits for help, or somebody
    /// took it before.
    async fn take(&self, tx: &mut Tx, ticket: &Ticket) -> db::Result<bool> {
        let asked = helps::asked(tx, ticket.id).await?;
        if asked.is_empty() {
            return Ok(false);
        }
        store::note(tx, ticket.id, "helping", "").await?;
        store::record(tx, &ticket.no, "helping", ticket.version);
        let asked: Vec<StaffId> = asked.into_iter().flatten().collect();
        self.tell_helped(tx, ticket, &asked).await?;
        Ok(true)
    }
}

/// A person has put away, on their page, what they were told of a fault: they have seen it.
pub(crate) async fn seen_in(tx: &mut Tx, about: &str, by: StaffId) -> db::Result<()> {
    let Some(no) = about.strip_prefix("faults/") else { return Ok(()) };
    // answered by a link before, it is noted already
    if !links::answered(tx, about, by).await? {
        return Ok(());
    }
    match store::in_tx(tx, no).await? {
        Some(ticket) => noted_seen(tx, &ticket).await,
        None => Ok(()),
    }
}

async fn noted_seen(tx: &mut Tx, ticket: &Ticket) -> db::Result<()> {
    store::note(tx, ticket.id, "seen", "").await?;
    store::record(tx, &ticket.no, "seen", ticket.version);
    Ok(())
}
