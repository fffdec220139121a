//! What is kept of message slips: each step in one transaction with its line in the journal.

pub mod erase;
pub mod settled;

use futures_util::future::BoxFuture;
use serde::Serialize;
use sqlx::FromRow;

use super::owed;
use super::slip::{Act, Reason, State, URGENT_MS, Via};
use crate::db::{Change, Db, Error, Query, Result, Stamp, Tx, statements};
use crate::kernel::{CallId, MessageId, Moment, Role, Roles, StaffId};
use crate::shifts::{self, Answer};
use crate::timers::{FallsDue, late_by};
use crate::words::Messages;

statements! {
    /// Slips with the names that go with them; a WHERE is to follow.
    SLIPS = "SELECT m.id, m.version, m.for_staff, f.name AS for_name, m.from_name, m.phone, m.body, m.urgent, m.callback_by,
                    m.readback_at, m.call_id, m.via, m.reason, m.state, m.taken_by, t.name AS taken_name, m.taken_at, m.sent_at, m.delivered_at,
                    m.read_at, m.handled_at, h.name AS handled_name, m.answer, m.escalate_at, m.escalated_at, m.deputy,
                    d.name AS deputy_name, m.withdrawn_at, m.why
             FROM messages m JOIN staff f ON f.id = m.for_staff LEFT JOIN staff t ON t.id = m.taken_by
                  LEFT JOIN staff h ON h.id = m.handled_by LEFT JOIN staff d ON d.id = m.deputy
             WHERE 1 = 1";
    /// A new slip; a second one of the same pick-up for the same person is none.
    ADD = "INSERT INTO messages (for_staff, from_name, phone, body, urgent, callback_by, call_id, via, reason, state, taken_by,
                                 taken_at, sent_at, escalate_at, readback_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'sent', $10, $11, $11, $12, $13)
           ON CONFLICT DO NOTHING RETURNING id";
    /// The next step: `$3` the state, and the moments of it where they are new.
    STEP = "UPDATE messages SET version = version + 1, state = $3,
                delivered_at = coalesce(delivered_at, $4), read_at = coalesce(read_at, $5),
                handled_at = $6, handled_by = $7, answer = $8, withdrawn_at = $9, why = $10,
                escalate_at = $11, escalated_at = $12, deputy = $13
            WHERE id = $1 AND version = $2";
    /// The earliest moment at which an unread one goes to a deputy.
    NEXT = "SELECT min(escalate_at) AS at FROM messages WHERE escalate_at IS NOT NULL";
    /// What is due.
    DUE = "SELECT id FROM messages WHERE escalate_at <= $1 ORDER BY escalate_at, id LIMIT 50";
    /// Who could stand in for somebody: everyone who may sign in, in the order they came.
    OTHERS = "SELECT id, roles FROM staff WHERE disabled_at IS NULL AND id <> $1 ORDER BY id";
    /// How many slips of a person wait to be read.
    UNREAD = "SELECT count(*) AS n FROM messages WHERE (for_staff = $1 OR deputy = $1) AND state IN ('sent', 'delivered', 'escalated')";
}

/// A slip as lists and programs see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow, utoipa::ToSchema)]
#[schema(as = Slip)]
pub struct Message {
    /// Which.
    pub id: MessageId,
    /// Rises with every step.
    pub version: i64,
    /// For whom.
    pub for_staff: StaffId,
    /// Their name.
    pub for_name: String,
    /// Who left it.
    pub from_name: String,
    /// Their telephone as written; empty where none was left.
    pub phone: String,
    /// What they said.
    pub body: String,
    /// It cannot wait.
    pub urgent: bool,
    /// By when they want to be called back; null where they do not.
    pub callback_by: Option<Moment>,
    /// When it was read back to whoever left it; null where it was not.
    pub readback_at: Option<Moment>,
    /// In which call it was taken.
    pub call_id: Option<CallId>,
    /// `call`, `desk`, `mail` or `pickup`.
    pub via: String,
    /// Why a colleague answered: `away`, `on_call`, `no_answer`, `off_duty`; null for other slips.
    pub reason: Option<String>,
    /// `taken`, `sent`, `delivered`, `read`, `handled`, `escalated` or `withdrawn`.
    pub state: String,
    /// Who took it.
    pub taken_by: Option<StaffId>,
    /// Their name.
    pub taken_name: Option<String>,
    /// When.
    pub taken_at: Moment,
    /// When it was in its owner's box.
    pub sent_at: Option<Moment>,
    /// When their list showed it.
    pub delivered_at: Option<Moment>,
    /// When it was opened.
    pub read_at: Option<Moment>,
    /// When it was handled.
    pub handled_at: Option<Moment>,
    /// By whom.
    pub handled_name: Option<String>,
    /// What they did, for the one who took it.
    pub answer: String,
    /// When an unread one goes to a deputy.
    pub escalate_at: Option<Moment>,
    /// When it did.
    pub escalated_at: Option<Moment>,
    /// To whom.
    pub deputy: Option<StaffId>,
    /// Their name.
    pub deputy_name: Option<String>,
    /// When it was taken back.
    pub withdrawn_at: Option<Moment>,
    /// Why.
    pub why: String,
}

impl Message {
    /// Where it is on its way.
    pub fn stands(&self) -> Result<State> {
        let unreadable = || Error::Unreadable(format!("the state of messages/{}", self.id));
        State::from_word(&self.state).ok_or_else(unreadable)
    }

    /// As a reader of this language reads it: what people wrote stays as it is.
    #[must_use]
    pub fn told(mut self, l: &Messages) -> Self {
        if let Some(told) = super::pickup::told(l, &self) {
            self.body = told;
        }
        self
    }

    /// Whether it is in this person's box.
    pub fn is_for(&self, staff: StaffId) -> bool {
        self.for_staff == staff || self.deputy == Some(staff)
    }
}

/// A slip to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// For whom.
    pub for_staff: StaffId,
    /// Who leaves it.
    pub from_name: String,
    /// Their telephone.
    pub phone: String,
    /// What they say.
    pub body: String,
    /// It cannot wait.
    pub urgent: bool,
    /// By when they want to be called back.
    pub callback_by: Option<Moment>,
    /// When it was read back to them.
    pub readback_at: Option<Moment>,
    /// In which call.
    pub call_id: Option<CallId>,
    /// How it came about.
    pub via: Via,
    /// Why a colleague answered, for [`Via::Pickup`].
    pub reason: Option<Reason>,
}

/// The subject of a slip: `messages/5`.
pub fn subject(id: MessageId) -> String {
    format!("messages/{id}")
}

/// Takes a slip and sends it, inside another change; `None` where this pick-up has one already. One
/// that asks for a call back opens a follow-up of its owner.
pub async fn take_in(tx: &mut Tx, new: &NewMessage) -> Result<Option<MessageId>> {
    let (now, by) = (tx.now(), tx.by());
    let escalate_at = new.urgent.then(|| now.plus_millis(URGENT_MS));
    let add = tx.q(ADD).bind(new.for_staff).bind(new.from_name.clone()).bind(new.phone.clone());
    let add = add.bind(new.body.clone()).bind(new.urgent).bind(new.callback_by).bind(new.call_id);
    let add = add.bind(new.via.word()).bind(new.reason.map(Reason::word)).bind(by).bind(now);
    let id: Option<(MessageId,)> = add.bind(escalate_at).bind(new.readback_at).maybe().await?;
    if let Some((id,)) = id {
        tx.record(Change::new("message", subject(id), "sent").version(1));
        if new.readback_at.is_some() && new.via != Via::Pickup {
            tx.record(Change::new("message", subject(id), "read_back").version(1));
        }
        if let Some(due) = new.callback_by {
            owed::open(tx, id, new.for_staff, due).await?;
        }
    }
    Ok(id.map(|row| row.0))
}

/// Takes a slip and sends it.
pub async fn take(db: &Db, stamp: Stamp, new: NewMessage) -> Result<Option<MessageId>> {
    db.write(stamp, move |tx| {
        let new = new.clone();
        Box::pin(async move { take_in(tx, &new).await })
    })
    .await
}

/// One slip.
pub async fn one(db: &Db, id: MessageId) -> Result<Message> {
    db.read(SLIPS).push(" AND m.id = ").push_bind(id).one().await
}

/// One slip, inside another change.
pub async fn one_in(tx: &mut Tx, id: MessageId) -> Result<Message> {
    tx.q(SLIPS).push(" AND m.id = ").push_bind(id).one().await
}

/// Which slips a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// For this person, or to their deputy's hand.
    For(StaffId),
    /// Taken by this person.
    By(StaffId),
    /// Of this call.
    Of(CallId),
    /// Everyone's.
    All,
}

/// A page of slips, newest first; `after` is the cursor of the page before.
pub async fn list(
    db: &Db,
    which: Which,
    open_only: bool,
    after: Option<(Moment, MessageId)>,
    limit: i64,
) -> Result<Vec<Message>> {
    let mut query: Query<'_> = db.read(SLIPS);
    query = match which {
        Which::For(staff) => {
            let query = query.push(" AND (m.for_staff = ").push_bind(staff);
            query.push(" OR m.deputy = ").push_bind(staff).push(")")
        }
        Which::By(staff) => query.push(" AND m.taken_by = ").push_bind(staff),
        Which::Of(call) => query.push(" AND m.call_id = ").push_bind(call),
        Which::All => query,
    };
    if open_only {
        query = query.push(" AND m.state NOT IN ('handled', 'withdrawn')");
    }
    if let Some((at, id)) = after {
        query = query.push(" AND (m.taken_at, m.id) < (").push_bind(at);
        query = query.push(", ").push_bind(id).push(")");
    }
    query.push(" ORDER BY m.taken_at DESC, m.id DESC LIMIT ").push_bind(limit).all().await
}

/// How many slips of a person wait to be read.
pub async fn unread(db: &Db, staff: StaffId) -> Result<i64> {
    db.read(UNREAD).bind(staff).value().await
}

/// What came of an act: the slip as it now stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// It is so.
    Now(Message),
    /// The slip is over; as it stands.
    Over(Message),
    /// Somebody changed it meanwhile; as it stands.
    Stale(Message),
}

/// Does an act to a slip. A receipt that changes nothing writes nothing. `version` is asked of acts
/// that people choose; receipts come without. `words` is the answer, or the reason of a withdrawal.
pub async fn act(
    db: &Db,
    stamp: Stamp,
    id: MessageId,
    act: Act,
    version: Option<i64>,
    words: String,
) -> Result<Done> {
    done(db, stamp, id, Wanted { act, version, words, stand_in: None }).await
}

/// An act with what comes with it.
#[derive(Clone)]
pub(super) struct Wanted {
    pub(super) act: Act,
    pub(super) version: Option<i64>,
    pub(super) words: String,
    /// Who is asked when nobody reads it.
    pub(super) stand_in: Option<StaffId>,
}

async fn done(db: &Db, stamp: Stamp, id: MessageId, wanted: Wanted) -> Result<Done> {
    db.write(stamp, move |tx| {
        let wanted = wanted.clone();
        Box::pin(async move {
            let slip = one_in(tx, id).await?;
            if wanted.version.is_some_and(|version| version != slip.version) {
                return Ok(Done::Stale(slip));
            }
            let Ok(state) = slip.stands()?.after(wanted.act) else { return Ok(Done::Over(slip)) };
            if state == slip.stands()? {
                return Ok(Done::Now(slip));
            }
            step(tx, slip, state, wanted).await?;
            Ok(Done::Now(one_in(tx, id).await?))
        })
    })
    .await
}

pub(super) async fn step(tx: &mut Tx, slip: Message, state: State, wanted: Wanted) -> Result<()> {
    let Wanted { act, words, stand_in, .. } = wanted;
    let (now, by) = (tx.now(), tx.by());
    let handled = act == Act::Handle;
    let deputy = match act {
        Act::Escalate => Some(match stand_in.filter(|one| *one != slip.for_staff) {
            Some(stand_in) => stand_in,
            None => deputy(tx, &slip).await?,
        }),
        Act::Deliver | Act::Read | Act::Handle | Act::Withdraw => slip.deputy,
    };
    // nobody else is there: it stays with its owner, and is asked no more
    let state = if deputy == Some(slip.for_staff) { slip.stands()? } else { state };
    let escalated = act == Act::Escalate && state == State::Escalated;
    let deputy = deputy.filter(|deputy| *deputy != slip.for_staff);
    let waits = matches!(state, State::Sent | State::Delivered) && act != Act::Escalate;
    owed::settle(tx, slip.id, act, &words).await?;
    let query = tx.q(STEP).bind(slip.id).bind(slip.version).bind(state.word());
    let query = query.bind((act != Act::Withdraw && act != Act::Escalate).then_some(now));
    let query = query.bind(matches!(act, Act::Read | Act::Handle).then_some(now));
    let query = query.bind(handled.then_some(now)).bind(by.filter(|_| handled));
    let query = query.bind(if handled { words.clone() } else { slip.answer });
    let query = query.bind((act == Act::Withdraw).then_some(now));
    let query = query.bind(if act == Act::Withdraw { words } else { slip.why });
    let query = query.bind(slip.escalate_at.filter(|_| waits));
    let query = query.bind(if escalated { Some(now) } else { slip.escalated_at });
    query.bind(deputy).run().await?;
    let word = match act {
        Act::Deliver => "delivered",
        Act::Read => "read",
        Act::Handle => "handled",
        Act::Escalate => "escalated",
        Act::Withdraw => "withdrawn",
    };
    let late = slip.escalate_at.filter(|_| escalated).and_then(|due| late_by(due, now));
    let mut change = Change::new("message", format!("messages/{}", slip.id), word);
    change.why = late.map(|late_ms| format!("late by {late_ms} ms"));
    tx.record(change.version(slip.version + 1));
    Ok(())
}

/// Who is asked instead: a supervisor, else the head, else whoever took the slip, else its owner.
async fn deputy(tx: &mut Tx, slip: &Message) -> Result<StaffId> {
    let others: Vec<(StaffId, String)> = tx.q(OTHERS).bind(slip.for_staff).all().await?;
    let having = |role: Role| {
        let has = |roles: &str| roles.parse::<Roles>().is_ok_and(|roles| roles.has(role));
        others.iter().find(|(_, roles)| has(roles)).map(|(id, _)| *id)
    };
    let found = having(Role::Supervisor).or_else(|| having(Role::Head));
    Ok(found.or(slip.taken_by).unwrap_or(slip.for_staff))
}

/// Who stands in for the owner of a slip: the colleague who agreed to, else a supervisor on duty.
async fn stand_in(db: &Db, id: MessageId, now: Moment) -> Result<Option<StaffId>> {
    let slip = one(db, id).await?;
    let owner = shifts::store::person(db, slip.for_staff, now).await?;
    let absence = owner.and_then(|owner| owner.absence);
    let agreed = absence.filter(|absence| absence.answer == Answer::Accepted);
    let agreed = agreed.and_then(|absence| absence.stand_in).map(|(id, _)| id);
    if agreed.is_some() {
        return Ok(agreed);
    }
    let there = shifts::store::at_hand(db, Role::Supervisor, now).await?;
    Ok(there.into_iter().find(|one| *one != slip.for_staff))
}

/// Urgent slips that nobody reads in time.
pub struct Overdue;

impl FallsDue for Overdue {
    fn name(&self) -> &'static str {
        "unread messages"
    }

    fn next_due<'a>(&'a self, db: &'a Db) -> BoxFuture<'a, Result<Option<Moment>>> {
        Box::pin(async move { db.read(NEXT).value::<Option<Moment>>().await })
    }

    fn fall_due<'a>(&'a self, db: &'a Db, now: Moment, due: Moment) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let ids: Vec<MessageId> = db.read(DUE).bind(due).values().await?;
            for id in ids {
                let stamp = Stamp { now, by: None };
                let stand_in = stand_in(db, id, now).await?;
                let (act, words) = (Act::Escalate, String::new());
                done(db, stamp, id, Wanted { act, version: None, words, stand_in }).await?;
            }
            Ok(())
        })
    }
}
