//! Who does not answer an offer is telephoned before the next is asked.
//!
//! operations.md §4.11: "Offer with ack window (P1 3 min, P2 10, P3 30): page push + robot message + SIP MESSAGE; on
//! silence → phone call ☎ → next on ladder → head", and "offers to an offline engineer go by phone call first". The
//! house does not dial by itself; so it puts the call before the desk, with the number and the time it has, and the
//! next on the ladder is asked when that time is over too. §4.11 names no time for the call: it has as long as the
//! offer had, five minutes at most. Whoever has no number is not telephoned, and the next is asked at once; so they are
//! while nobody is at the desk who could make the call, or once the last who could has left.

use super::Desk;
use crate::db::{self, Stamp, Tx};
use crate::kernel::{Moment, StaffId};
use crate::tickets::dispatch::answer_within_ms;
use crate::tickets::neighbours::ToPhone;
use crate::tickets::order::{Order, State};
use crate::tickets::store;
use crate::tickets::store::{offers, orders};
use crate::tickets::ticket::Ticket;
use crate::words;

/// A call that was not made in so long is not made in time, in milliseconds.
const LONGEST_MS: i64 = 5 * 60_000;

/// How long the desk has to telephone an engineer, in milliseconds, by priority.
const fn phone_within_ms(priority: i64) -> i64 {
    let offered = answer_within_ms(priority);
    if offered < LONGEST_MS { offered } else { LONGEST_MS }
}

/// Nobody is at the desk any more who could telephone: whoever has had the time of their offer is waited for no
/// longer.
pub(crate) async fn unattended(tx: &mut Tx) -> db::Result<()> {
    let now = tx.now();
    for (offer, offered_at, priority) in offers::to_phone(tx).await? {
        // whose telephone was offline has the time of the offer all the same: a message may reach them
        let until = offered_at.plus_millis(answer_within_ms(priority)).max(now);
        offers::shorten(tx, offer, until).await?;
    }
    Ok(())
}

impl Desk {
    /// An offer ran out: whoever was silent is telephoned first. `false` where they were, or cannot be: the next
    /// is to be asked.
    pub(crate) async fn phone_first(&self, stamp: Stamp, no: &str) -> db::Result<bool> {
        let (desk, no) = (self.clone(), no.to_owned());
        let done = self.db.write(stamp, move |tx| {
            let (desk, no) = (desk.clone(), no.clone());
            Box::pin(async move {
                let order = orders::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                if order.state != State::Issued {
                    return Ok(false);
                }
                let Some(whom) = offers::unphoned(tx, order.id).await? else { return Ok(false) };
                let ticket = store::in_tx_by_id(tx, order.ticket_id).await?;
                let due = tx.now().plus_millis(phone_within_ms(ticket.priority));
                desk.to_be_phoned(tx, &ticket, &order, whom, due).await
            })
        });
        done.await
    }

    /// Puts a call to an engineer before the desk, and lets the offer stand until it is due; `false` where there
    /// is no number to call, or nobody at the desk to call it.
    pub(super) async fn to_be_phoned(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        order: &Order,
        whom: StaffId,
        due: Moment,
    ) -> db::Result<bool> {
        let l = words::of(self.language);
        let matter = l.tickets_phone_matter(order.no.as_str()).to_string();
        let crew = orders::crew_in(tx, order.id).await?;
        let name = crew.into_iter().find(|mate| mate.staff_id == whom).map(|mate| mate.name);
        let about = format!("work-orders/{}", order.no);
        let call = ToPhone { about, whom, name: name.unwrap_or_default(), matter, due };
        if !self.neighbours.phone(tx, call).await? {
            return Ok(false);
        }
        offers::phone(tx, order.id, due).await?;
        store::note(tx, ticket.id, "phone", &order.no).await?;
        orders::record(tx, &order.no, "to_be_phoned", order.version);
        Ok(true)
    }

    /// Ends the open offer of an order, and with it the call that was to be made about it.
    pub(super) async fn end_offer(
        &self,
        tx: &mut Tx,
        order: &Order,
        how: &'static str,
    ) -> db::Result<()> {
        if offers::answer(tx, order.id, how).await? == 0 {
            if how == "declined" {
                offers::unaccept(tx, order.id).await?;
            }
            return Ok(());
        }
        let l = words::of(self.language);
        let why = match how {
            "accepted" => l.tickets_verb_accept(),
            "declined" => l.tickets_verb_decline(),
            "silent" => l.change_silent(),
            _ => l.tickets_verb_recall(),
        };
        self.neighbours.phoned(tx, format!("work-orders/{}", order.no), why.to_string()).await
    }
}
