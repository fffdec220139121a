//! What people do to tickets and orders: each act is one change of the books, with its clocks, its journal and
//! whoever must be told.

mod acts;
mod again;
mod answer;
mod crew;
mod ladder;
mod phone;
mod send;
mod twice;
mod undo;
mod written;

use std::sync::Arc;

use chrono::NaiveDate;

use super::neighbours::Neighbours;
use super::order::{self, Order};
use super::store::clocks::{self, Promise};
use super::store::{self, NewTicket, places};
use super::ticket::{self, Act, Tick, Ticket};
use crate::db::{self, Db, Stamp, Tx};
use crate::kernel::{BusinessDay, Language, Moment};

pub use acts::{Doing, Done};
pub(crate) use answer::{Answered, seen_in};
pub(super) use crew::{Ground, offline};
pub(super) use ladder::{fault_said, reason};
pub(crate) use phone::unattended;
pub(super) use send::sendable;
pub(super) use twice::done_before;
pub(crate) use undo::ROOM as ACTS;
pub(super) use undo::{explains, stood_before, undoable};

/// After so long the caller of a solved fault is called back.
const CALL_BACK_MS: i64 = 4 * 3_600_000;

/// Does what is done to tickets. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    pub(super) db: Db,
    pub(super) day: BusinessDay,
    /// The language of what the house tells by itself.
    pub(super) language: Language,
    pub(super) neighbours: Arc<dyn Neighbours>,
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The ticket's rules do not allow it.
    #[error("refused: {0:?}")]
    Ticket(ticket::Refusal, Box<Ticket>),
    /// The order's rules do not allow it.
    #[error("refused: {0:?}")]
    Order(order::Refusal, Box<Order>),
    /// Whoever was chosen cannot be sent; nothing was written.
    #[error("nobody to send: {0:?}")]
    Nobody(order::Refusal),
    /// Somebody changed it meanwhile.
    #[error("changed meanwhile")]
    Stale,
    /// What was to be undone was changed since.
    #[error("changed since")]
    Changed,
    /// What was to be undone is too long ago, was undone before, or cannot be.
    #[error("too late to undo")]
    TooLate,
    /// There is no such thing.
    #[error("gone")]
    Gone,
    /// It is somebody else's.
    #[error("not theirs")]
    NotYours,
    /// The store.
    #[error(transparent)]
    Store(db::Error),
}

impl From<db::Error> for Trouble {
    fn from(error: db::Error) -> Self {
        if error.is_refusal(store::STALE) || error.is_refusal(store::orders::STALE) {
            return Self::Stale;
        }
        match error {
            db::Error::NotFound => Self::Gone,
            error @ (db::Error::Refused(_)
            | db::Error::Retry(_)
            | db::Error::Broken(_)
            | db::Error::Unreadable(_)) => Self::Store(error),
        }
    }
}

/// What may be changed of a ticket by hand.
pub type Edit = NewTicket;

impl Desk {
    /// A desk over the store; `neighbours` know who is there and how people are told.
    pub fn new(
        db: &Db,
        day: BusinessDay,
        language: Language,
        neighbours: Arc<dyn Neighbours>,
    ) -> Self {
        Self { db: db.clone(), day, language, neighbours }
    }

    fn local(&self, at: Moment) -> NaiveDate {
        at.utc().with_timezone(&self.day.zone).date_naive()
    }

    async fn promise(&self, contract: Option<i64>, priority: i64) -> db::Result<Promise> {
        places::promise(&self.db, contract, priority, self.day.zone).await
    }

    /// Opens a ticket: its clocks run from now.
    pub async fn open(&self, stamp: Stamp, new: NewTicket) -> Result<Ticket, Trouble> {
        let priority = ticket::priority(new.impact, new.urgency);
        let promise = self.promise(new.contract_id, priority).await?;
        let (local, business) = (self.local(stamp.now), self.day.date(stamp.now));
        let desk = self.clone();
        let opened = self.db.write(stamp, move |tx| {
            let (new, promise, desk) = (new.clone(), promise.clone(), desk.clone());
            Box::pin(async move {
                let ticket = store::open(tx, &new, local, business).await?;
                for metric in super::clock::Metric::ALL {
                    clocks::start(tx, ticket.id, 0, *metric, &promise, stamp.now).await?;
                }
                undo::note(tx, undo::Before::default(), "opened", &ticket).await?;
                desk.again(tx, &ticket).await?;
                Ok(ticket)
            })
        });
        Ok(opened.await?)
    }

    /// Changes what was written; the priority follows, and the clocks with it.
    pub async fn edit(
        &self,
        stamp: Stamp,
        no: &str,
        version: i64,
        edit: Edit,
    ) -> Result<Ticket, Trouble> {
        let priority = ticket::priority(edit.impact, edit.urgency);
        let promise = self.promise(edit.contract_id, priority).await?;
        let no = no.to_owned();
        let edited = self.db.write(stamp, move |tx| {
            let (no, edit, promise) = (no.clone(), edit.clone(), promise.clone());
            Box::pin(async move {
                let mut ticket = store::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                if ticket.version != version || !ticket.state.is_open() {
                    return Err(db::Error::Refused(store::STALE.to_owned()));
                }
                let stood = undo::before(tx, &ticket).await?;
                let moved = ticket.priority != priority || ticket.contract_id != edit.contract_id;
                let before = ticket.clone();
                let unread = store::promise_unread(tx, &ticket).await?;
                written::put(&mut ticket, edit, stamp.now, unread);
                store::save(tx, &mut ticket, "edited").await?;
                let fields = written::changed(&before, &ticket);
                if !fields.is_empty() {
                    // their names alone: the words of a fault stand in its own row
                    store::note(tx, ticket.id, "edited", &fields.join(" ")).await?;
                }
                if ticket.readback_at.is_some() && ticket.readback_at != before.readback_at {
                    store::record(tx, &no, "read_back", ticket.version);
                }
                if moved {
                    clocks::remeasure(tx, ticket.id, &promise).await?;
                }
                undo::note(tx, stood, "edited", &ticket).await?;
                Ok(ticket)
            })
        });
        Ok(edited.await?)
    }

    /// Does something to a ticket. `version` is what the person saw; `None` takes it as it is. `said` is kept
    /// beside it, with its sort.
    pub async fn act(
        &self,
        stamp: Stamp,
        no: &str,
        version: Option<i64>,
        act: Act,
        said: Option<(&'static str, String)>,
    ) -> Result<Ticket, Trouble> {
        let now = store::by_no(&self.db, no).await?.ok_or(Trouble::Gone)?;
        let promise = self.promise(now.contract_id, now.priority).await?;
        let (no, desk) = (no.to_owned(), self.clone());
        let done = self.db.write(stamp, move |tx| {
            let (no, act, said) = (no.clone(), act.clone(), said.clone());
            let (promise, desk) = (promise.clone(), desk.clone());
            Box::pin(async move {
                let mut ticket = store::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                if twice::is_done(tx, &ticket, &act).await? {
                    return Ok(Ok(ticket));
                }
                if version.is_some_and(|version| version != ticket.version) {
                    return Err(db::Error::Refused(store::STALE.to_owned()));
                }
                let stood = undo::before(tx, &ticket).await?;
                let done = desk.act_in(tx, &mut ticket, &act, &promise).await?;
                if done.is_ok() {
                    if let Some((kind, text)) = &said
                        && !text.trim().is_empty()
                    {
                        store::note(tx, ticket.id, kind, text.trim()).await?;
                    }
                    undo::note(tx, stood, change(&act), &ticket).await?;
                }
                Ok(done.map(|()| ticket))
            })
        });
        let refused = |(why, ticket)| Trouble::Ticket(why, ticket);
        done.await?.map_err(refused)
    }

    /// The same inside a change under way; a refusal has changed nothing.
    pub(super) async fn act_in(
        &self,
        tx: &mut Tx,
        ticket: &mut Ticket,
        act: &Act,
        promise: &Promise,
    ) -> db::Result<Result<(), (ticket::Refusal, Box<Ticket>)>> {
        let orders = store::orders::counts(tx, ticket.id).await?;
        let now = tx.now();
        let before = ticket.clone();
        if let Act::DuplicateOf(other) = act
            && *other != ticket.id
            && store::in_tx_by_id(tx, *other).await?.state.is_void()
        {
            return Ok(Err((ticket::Refusal::Void, Box::new(before))));
        }
        let ticks = match ticket.act(act, now, orders) {
            Ok(ticks) => ticks,
            Err(why) => return Ok(Err((why, Box::new(before)))),
        };
        store::save(tx, ticket, change(act)).await?;
        for tick in ticks {
            self.tick(tx, ticket, tick, promise, now).await?;
        }
        let about = format!("faults/{}", ticket.no);
        if !ticket.state.is_active() {
            self.neighbours.found(tx, about.clone()).await?;
        }
        match act {
            Act::ResolveByPhone { .. } | Act::ResolveOnSite { .. } => {
                let due = now.plus_millis(CALL_BACK_MS);
                self.neighbours.call_back(tx, about, ticket.owner, due).await?;
            }
            Act::Close(_) | Act::Reopen => self.neighbours.called_back(tx, about).await?,
            Act::DuplicateOf(other) => {
                self.neighbours.called_back(tx, about).await?;
                let other = store::in_tx_by_id(tx, *other).await?.no;
                let l = crate::words::of(self.language);
                let why = l.tickets_recalled_duplicate(other.as_str()).to_string();
                self.recall_all(tx, ticket, &why).await?;
            }
            Act::Cancel(reason) => {
                self.neighbours.called_back(tx, about).await?;
                self.recall_all(tx, ticket, reason.trim()).await?;
            }
            Act::Accept(_)
            | Act::Dispatch
            | Act::Begin
            | Act::Unsend
            | Act::Wait { .. }
            | Act::Return => {}
        }
        Ok(Ok(()))
    }

    async fn tick(
        &self,
        tx: &mut Tx,
        ticket: &Ticket,
        tick: Tick,
        promise: &Promise,
        now: Moment,
    ) -> db::Result<()> {
        use super::clock::Going;
        match tick {
            Tick::Start(metric) => {
                clocks::start(tx, ticket.id, ticket.reopened, metric, promise, now).await
            }
            Tick::Pause(metric) => {
                clocks::turn(tx, ticket.id, metric, Going::Paused, promise, now).await
            }
            Tick::Resume(metric) => {
                clocks::turn(tx, ticket.id, metric, Going::Running, promise, now).await
            }
            Tick::Stop(metric) => {
                clocks::turn(tx, ticket.id, metric, Going::Stopped, promise, now).await
            }
        }
    }

    /// Says something about a ticket.
    pub async fn note(&self, stamp: Stamp, no: &str, text: String) -> Result<Ticket, Trouble> {
        let no = no.to_owned();
        let noted = self.db.write(stamp, move |tx| {
            let (no, text) = (no.clone(), text.clone());
            Box::pin(async move {
                let ticket = store::in_tx(tx, &no).await?.ok_or(db::Error::NotFound)?;
                store::note(tx, ticket.id, "note", text.trim()).await?;
                store::index(tx, ticket.id, &text).await?;
                store::record(tx, &no, "noted", ticket.version);
                Ok(ticket)
            })
        });
        Ok(noted.await?)
    }

    /// Measures every clock that still counts anew: a calendar or a goal has changed.
    pub async fn remeasure(&self, now: Moment) -> Result<(), Trouble> {
        let running = self.db.write(Stamp { now, by: None }, |tx| Box::pin(clocks::running_in(tx)));
        let mut tickets: Vec<i64> = running.await?.iter().map(|clock| clock.ticket_id).collect();
        tickets.sort_unstable();
        tickets.dedup();
        for id in tickets {
            let Some(ticket) = store::by_id(&self.db, id).await? else { continue };
            let promise = self.promise(ticket.contract_id, ticket.priority).await?;
            let done = self.db.write(Stamp { now, by: None }, move |tx| {
                let promise = promise.clone();
                let no = ticket.no.clone();
                Box::pin(async move {
                    if clocks::remeasure(tx, id, &promise).await? {
                        store::record(tx, &no, "remeasured", ticket.version);
                    }
                    Ok(())
                })
            });
            done.await?;
        }
        Ok(())
    }
}

const fn change(act: &Act) -> &'static str {
    match act {
        Act::Accept(_) => "accepted",
        Act::ResolveByPhone { .. } | Act::ResolveOnSite { .. } => "resolved",
        Act::Dispatch => "dispatched",
        Act::Begin => "in_progress",
        Act::Unsend => "recalled",
        Act::Wait { .. } => "waiting",
        Act::Return => "returned",
        Act::Close(_) => "closed",
        Act::Reopen => "reopened",
        Act::DuplicateOf(_) => "duplicate",
        Act::Cancel(_) => "cancelled",
    }
}
