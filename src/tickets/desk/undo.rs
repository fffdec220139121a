//! Taking back what was done to a fault or its orders (operations.md §4.13): how things stood before is put back
//! as an act of its own, as long as nothing it touched was changed since.
//!
//! What cannot be taken back: what somebody outside the desk has said or signed (an order accepted or declined, a
//! customer's signature), what is filed, and what was told. Whoever was told of an order that is taken back, or
//! that stands again, is told so.

use serde::{Deserialize, Serialize};

use super::acts::kept_as_note;
use super::{Desk, Done, Trouble};
use crate::db::{self, Db, Stamp, Tx};
use crate::kernel::{Moment, StaffId};
use crate::tickets::neighbours::{Told, Whom};
use crate::tickets::order::{self, Details, Order, Pictures, Verb};
use crate::tickets::store;
use crate::tickets::store::clocks::{self, Kept, Promise};
use crate::tickets::store::orders::{self, NewEvent};
use crate::tickets::ticket::{self, Act, Ticket};
use crate::undo::store as ledger;
use crate::words::Said;

/// Whose acts these are in the ledger of the house.
pub(crate) const ROOM: &str = "faults";

/// The refusal of what was changed since.
const CHANGED: &str = "fault_changed_since";
/// The refusal of what is too long ago, was undone, or cannot be.
const TOO_LATE: &str = "fault_undo_too_late";

/// How a fault, its orders and its clocks stood before an act.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Before {
    /// `None`: the act reported it.
    ticket: Option<Ticket>,
    orders: Vec<Order>,
    /// Who was sent, by order.
    crews: Vec<(i64, Vec<StaffId>)>,
    clocks: Vec<Kept>,
}

/// The same, with what the act made of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Image {
    before: Before,
    /// The fault and its version after the act.
    ticket: (i64, i64),
    /// The orders the act touched, and their versions after it.
    pub(super) orders: Vec<(i64, i64)>,
}

impl Image {
    /// Nobody has changed what it touched.
    fn is_untouched(&self, ticket: &Ticket, all: &[Order]) -> bool {
        let same = |(id, version): &(i64, i64)| {
            all.iter().any(|order| order.id == *id && order.version == *version)
        };
        self.ticket == (ticket.id, ticket.version) && self.orders.iter().all(same)
    }
}

/// How a fault stands now, to be kept if something is done to it.
pub(super) async fn before(tx: &mut Tx, ticket: &Ticket) -> db::Result<Before> {
    let orders = orders::of_ticket_in(tx, ticket.id).await?;
    let mut crews = Vec::with_capacity(orders.len());
    for order in &orders {
        let crew = orders::crew_in(tx, order.id).await?;
        crews.push((order.id, crew.into_iter().map(|mate| mate.staff_id).collect()));
    }
    let clocks = clocks::kept_in(tx, ticket.id).await?;
    Ok(Before { ticket: Some(ticket.clone()), orders, crews, clocks })
}

/// Notes an act of a person with how things stood before it; `word` is its word in the journal, with the order's
/// number behind it where it is about one. What the house does by itself is not undone.
pub(super) async fn note(
    tx: &mut Tx,
    mut before: Before,
    word: &str,
    after: &Ticket,
) -> db::Result<()> {
    if tx.by().is_none() {
        return Ok(());
    }
    let mut touched = Vec::new();
    for order in orders::of_ticket_in(tx, after.id).await? {
        let was = before.orders.iter().find(|was| was.id == order.id);
        if was.is_none_or(|was| was.version != order.version) {
            touched.push((order.id, order.version));
        }
    }
    before.orders.retain(|was| touched.iter().any(|(id, _)| *id == was.id));
    before.crews.retain(|(order, _)| touched.iter().any(|(id, _)| id == order));
    let image = Image { before, ticket: (after.id, after.version), orders: touched };
    ledger::add_in(tx, ROOM, word, &format!("faults/{}", after.no), &image).await.map(drop)
}

/// Whether an act is what made a fault, or an order of it, what it is now.
pub(in crate::tickets) fn explains(
    act: &ledger::Act,
    ticket: &Ticket,
    order: Option<&Order>,
    now: Moment,
) -> bool {
    let Some(image) = act.picture::<Image>(now) else { return false };
    match order {
        Some(order) => image.orders.contains(&(order.id, order.version)),
        None => image.ticket == (ticket.id, ticket.version),
    }
}

/// How the fault stood before an act, while that is kept.
pub(in crate::tickets) fn stood_before(act: &ledger::Act, now: Moment) -> Option<Ticket> {
    act.picture::<Image>(now)?.before.ticket
}

/// The newest act on a fault, where it can be undone now.
pub(in crate::tickets) async fn undoable(
    db: &Db,
    ticket: &Ticket,
    now: Moment,
) -> db::Result<Option<ledger::Act>> {
    let act = ledger::open(db, &format!("faults/{}", ticket.no), now).await?;
    let Some(act) = act.filter(|act| act.room == ROOM) else { return Ok(None) };
    let Some(image) = act.picture::<Image>(now) else { return Ok(None) };
    let all = orders::of_ticket(db, ticket.id).await?;
    Ok(image.is_untouched(ticket, &all).then_some(act))
}

impl Desk {
    /// Undoes an act; gives the fault as it is again.
    pub async fn undo(&self, stamp: Stamp, act: i64) -> Result<Ticket, Trouble> {
        self.undo_as(stamp, act, None).await
    }

    /// An engineer takes back their own last act on an order, perhaps told later: where that is not possible any
    /// more it is kept as a note that both sides see. The same `op_id` told twice is done once; `at` is when it was
    /// pressed.
    pub async fn undo_own(
        &self,
        stamp: Stamp,
        no: &str,
        (op_id, at): (&str, Moment),
    ) -> Result<Done, Trouble> {
        let order = orders::by_no(&self.db, no).await?.ok_or(Trouble::Gone)?;
        if let Some(applied) = orders::known_by(&self.db, op_id).await? {
            return Ok(Done { order, applied, why: None, noted: !applied });
        }
        let ticket = store::by_id(&self.db, order.ticket_id).await?.ok_or(Trouble::Gone)?;
        let act = undoable(&self.db, &ticket, stamp.now).await?;
        let mine = |act: &ledger::Act| act.by_staff == stamp.by && act.kind.ends_with(&order.no);
        let undone = match act.filter(mine) {
            Some(act) => self.undo_as(stamp, act.id, Some(op_id)).await,
            None => Err(Trouble::TooLate),
        };
        match undone {
            Ok(_) => {
                let order = orders::by_no(&self.db, no).await?.ok_or(Trouble::Gone)?;
                Ok(Done::counts(order))
            }
            Err(Trouble::TooLate | Trouble::Changed) => {
                let (op_id, kept) = (op_id.to_owned(), order.clone());
                let at = at.max(order.issued_at.unwrap_or(order.created_at)).min(stamp.now);
                let noted = self.db.write(stamp, move |tx| {
                    let (op_id, order, ticket) = (op_id.clone(), kept.clone(), ticket.clone());
                    Box::pin(async move {
                        drop(orders::in_tx(tx, &order.no).await?);
                        // told twice at once: the other was first
                        if let Some(applied) = orders::known(tx, &op_id).await? {
                            return Ok(applied);
                        }
                        let event = NewEvent {
                            op_id: Some(&op_id),
                            verb: Verb::Undo,
                            at,
                            applied: false,
                            text: "",
                        };
                        kept_as_note(tx, &ticket, &order, &event).await?;
                        Ok(false)
                    })
                });
                let applied = noted.await?;
                let order = orders::by_no(&self.db, no).await?.ok_or(Trouble::Gone)?;
                Ok(Done { order, applied, why: None, noted: !applied })
            }
            Err(other) => Err(other),
        }
    }

    async fn undo_as(
        &self,
        stamp: Stamp,
        act: i64,
        op_id: Option<&str>,
    ) -> Result<Ticket, Trouble> {
        let found = ledger::one(&self.db, act).await?.filter(|act| act.room == ROOM);
        let image = found.and_then(|act| act.picture::<Image>(stamp.now));
        let image = image.ok_or(Trouble::TooLate)?;
        let known = store::by_id(&self.db, image.ticket.0).await?.ok_or(Trouble::Gone)?;
        let was = image.before.ticket.as_ref().unwrap_or(&known);
        let promise = self.promise(was.contract_id, was.priority).await?;
        let (desk, op_id) = (self.clone(), op_id.map(str::to_owned));
        let undone = self.db.write(stamp, move |tx| {
            let (desk, promise, op_id) = (desk.clone(), promise.clone(), op_id.clone());
            Box::pin(async move { desk.undo_in(tx, act, op_id.as_deref(), &promise).await })
        });
        undone.await.map_err(|error| {
            if error.is_refusal(CHANGED) {
                Trouble::Changed
            } else if error.is_refusal(TOO_LATE) {
                Trouble::TooLate
            } else {
                error.into()
            }
        })
    }

    async fn undo_in(
        &self,
        tx: &mut Tx,
        act: i64,
        op_id: Option<&str>,
        promise: &Promise,
    ) -> db::Result<Ticket> {
        let refused = |why: &str| Err(db::Error::Refused(why.to_owned()));
        if let Some(op_id) = op_id
            && orders::known(tx, op_id).await?.is_some()
        {
            // it was done meanwhile: the step before it is not what was meant
            return refused(TOO_LATE);
        }
        let found = ledger::one_in(tx, act).await?.filter(|act| act.room == ROOM);
        let Some(found) = found else { return refused(TOO_LATE) };
        let Some(image) = found.picture::<Image>(tx.now()) else { return refused(TOO_LATE) };
        let mut ticket = store::in_tx_by_id(tx, image.ticket.0).await?;
        let all = orders::of_ticket_in(tx, ticket.id).await?;
        if !image.is_untouched(&ticket, &all) {
            return refused(CHANGED);
        }
        if !ledger::begin_in(tx, act).await? {
            return refused(TOO_LATE);
        }
        for (id, _) in &image.orders {
            let Some(now) = all.iter().find(|order| order.id == *id) else { continue };
            match image.before.orders.iter().find(|order| order.id == *id) {
                Some(was) => {
                    let mut again = was.clone();
                    again.version = now.version;
                    // what was ticked is not what was pressed
                    again.ticked.clone_from(&now.ticked);
                    orders::save(tx, &mut again, "undone").await?;
                    undone(tx, &again, now.state, Verb::Undo, op_id).await?;
                    self.order_back(tx, &ticket, &again, now.state, &image.before).await?;
                }
                None => self.order_gone(tx, &ticket, now.clone()).await?,
            }
        }
        if let Some(was) = &image.before.ticket {
            self.ticket_back(tx, &mut ticket, was, &image.before, promise).await?;
        } else {
            let why = crate::words::of(self.language).bookings_undone().to_string();
            // whatever was reported can be cancelled
            drop(self.act_in(tx, &mut ticket, &Act::Cancel(why), promise).await?);
        }
        ledger::undone_in(tx, act).await?;
        restamp(tx, &image, &ticket).await?;
        Ok(ticket)
    }

    /// The fault as it was, its clocks as they ran, and whoever had to call back.
    async fn ticket_back(
        &self,
        tx: &mut Tx,
        ticket: &mut Ticket,
        was: &Ticket,
        before: &Before,
        promise: &Promise,
    ) -> db::Result<()> {
        if was.version == ticket.version {
            store::record(tx, &ticket.no, "undone", ticket.version);
        } else {
            let mut again = was.clone();
            again.version = ticket.version;
            store::save(tx, &mut again, "undone").await?;
            *ticket = again;
        }
        clocks::put_back(tx, ticket.id, &before.clocks).await?;
        clocks::remeasure(tx, ticket.id, promise).await?;
        let about = format!("faults/{}", ticket.no);
        self.neighbours.called_back(tx, about.clone()).await?;
        if ticket.state == ticket::State::Resolved {
            let due = tx.now().plus_millis(super::CALL_BACK_MS);
            self.neighbours.call_back(tx, about, ticket.owner, due).await?;
        }
        Ok(())
    }

    /// An order stands as it did before it came to `left`: its crew hears that it is off, or that it is on again.
    async fn order_back(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        again: &Order,
        left: order::State,
        before: &Before,
    ) -> db::Result<()> {
        let crew = before.crews.iter().find(|(id, _)| *id == again.id);
        let crew = crew.map(|(_, crew)| crew.as_slice()).unwrap_or_default();
        match (again.state, left) {
            (order::State::Draft, order::State::Issued) => {
                self.end_offer(tx, again, "withdrawn").await?;
                self.tell_off(tx, ticket, again).await?;
                orders::set_crew(tx, again.id, crew).await
            }
            (order::State::Issued, order::State::Recalled) => match crew.first() {
                Some(lead) => self.offer_to(tx, ticket, again, *lead, ("", true)).await,
                None => Ok(()),
            },
            (_, order::State::Recalled) if !crew.is_empty() => {
                let told = Told {
                    about: format!("work-orders/{}", again.no),
                    event: "reinstated",
                    title: Said::of(|l| l.tickets_tell_reinstated(again.no.as_str()).to_string()),
                    text: super::fault_said(ticket),
                    whom: Whom::People(crew.to_vec()),
                    answer: false,
                    urgent: true,
                    stands: true,
                };
                self.neighbours.tell(tx, told).await
            }
            _ => Ok(()),
        }
    }

    /// An order that the act wrote: recalled, for its number stays; its crew hears it.
    async fn order_gone(&self, tx: &mut Tx, ticket: &Ticket, mut order: Order) -> db::Result<()> {
        let l = crate::words::of(self.language);
        let details = Details { reason: l.tickets_undone_why().to_string(), ..Details::default() };
        let (before, now) = (order.state, tx.now());
        if order.act(Verb::Recall, &details, now, Pictures::default()).is_err() {
            return Err(db::Error::Refused(CHANGED.to_owned()));
        }
        orders::save(tx, &mut order, "recalled").await?;
        undone(tx, &order, before, Verb::Recall, None).await?;
        self.end_offer(tx, &order, "withdrawn").await?;
        self.tell_off(tx, ticket, &order).await
    }

    async fn tell_off(&self, tx: &mut Tx, ticket: &Ticket, order: &Order) -> db::Result<()> {
        let l = crate::words::of(self.language);
        self.tell_crew(tx, ticket, order, l.tickets_undone_why().to_string().as_str()).await
    }
}

async fn undone(
    tx: &mut Tx,
    order: &Order,
    before: order::State,
    verb: Verb,
    op_id: Option<&str>,
) -> db::Result<()> {
    let event = NewEvent { op_id, verb, at: tx.now(), applied: true, text: "" };
    orders::event(tx, order, before, &event).await
}

/// The newest act on a fault that can still be taken back, and how things stood before it.
pub(super) async fn newest(tx: &mut Tx, ticket: &Ticket) -> db::Result<Option<(i64, Image)>> {
    let now = tx.now();
    let act = ledger::open_in(tx, &format!("faults/{}", ticket.no), now).await?;
    Ok(act.filter(|act| act.room == ROOM).and_then(|act| Some((act.id, act.picture(now)?))))
}

/// What was done before the undone act can be undone next: things stand again as that act left them.
async fn restamp(tx: &mut Tx, undone: &Image, ticket: &Ticket) -> db::Result<()> {
    let Some((older, mut image)) = newest(tx, ticket).await? else { return Ok(()) };
    let was = undone.before.ticket.as_ref().map(|was| was.version);
    if was == Some(image.ticket.1) {
        image.ticket.1 = ticket.version;
    }
    for order in orders::of_ticket_in(tx, ticket.id).await? {
        let was = undone.before.orders.iter().find(|was| was.id == order.id);
        for (id, version) in &mut image.orders {
            if was.is_some_and(|was| was.id == *id && was.version == *version) {
                *version = order.version;
            }
        }
    }
    ledger::reimage_in(tx, older, &image).await
}
