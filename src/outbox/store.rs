//! All that the outbox asks of the store about messages.

pub mod erase;
pub mod people;

use super::message::{Channel, NewMessage, Row, State, Way};
use super::state::{Outcome, Settled};
use crate::db::{Change, Db, Error, Result, Stamp, Tx, statements};
use crate::kernel::{Moment, StaffId};

/// What a person may do with a message: one that did not arrive, or waits after it was tried in vain, as
/// `State::open_to_a_person` says it.
macro_rules! by_a_person {
    ($set:literal) => {
        concat!(
            "UPDATE outbox SET ",
            $set,
            " WHERE id = $1 AND (state IN ('dead', 'uncertain') OR (state = 'waiting' AND attempts > 0))"
        )
    };
}

statements! {
    /// Puts a message in.
    PUT = "INSERT INTO outbox (at, about, event, staff_id, channel, target, title, body, link, button, mention, urgent, instead, not_before, attempts, state)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0, 'waiting') RETURNING id";
    /// What is due, oldest first: of one record at one place only what nothing older stands before.
    DUE = "SELECT id, at, about, event, staff_id, channel, target, title, body, link, button, mention, urgent, instead, not_before, attempts, state, sent_at, trouble
           FROM outbox o WHERE state = 'waiting' AND not_before <= $1
           AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.about = o.about AND b.channel = o.channel AND b.target = o.target AND b.id < o.id AND b.state IN ('waiting', 'sending'))
           AND NOT EXISTS (SELECT 1 FROM outbox_pauses p WHERE p.target = o.target AND p.paused_until > $1)
           ORDER BY urgent DESC, id LIMIT 200";
    /// When something falls due after a moment, or a place may be spoken to again.
    NEXT = "SELECT min(CASE WHEN p.paused_until > o.not_before THEN p.paused_until ELSE o.not_before END) AS next
            FROM outbox o LEFT JOIN outbox_pauses p ON p.target = o.target WHERE o.state = 'waiting'
            AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.about = o.about AND b.channel = o.channel AND b.target = o.target AND b.id < o.id AND b.state IN ('waiting', 'sending'))";
    /// Takes a message in hand, if it still waits.
    CLAIM = "UPDATE outbox SET state = 'sending', lease_until = $2, attempts = attempts + 1 WHERE id = $1 AND state = 'waiting'";
    /// What was in hand when somebody died.
    EXPIRED = "UPDATE outbox SET state = 'uncertain', lease_until = NULL, trouble = 'interrupted' WHERE state = 'sending' AND lease_until <= $1 RETURNING id";
    /// Done, given up, or for a person; only while it is in hand.
    SETTLE = "UPDATE outbox SET state = $2, lease_until = NULL, sent_at = $3, reference = $4, trouble = $5 WHERE id = $1 AND state = 'sending'";
    /// To be tried again.
    AGAIN = "UPDATE outbox SET state = 'waiting', lease_until = NULL, not_before = $2, trouble = $3 WHERE id = $1 AND state = 'sending'";
    /// Went out inside another.
    CARRIED = "UPDATE outbox SET state = 'merged', carried_by = $2, lease_until = NULL, sent_at = NULL WHERE id = $1 AND state = 'sending'";
    /// A place that takes nothing for a while.
    PAUSE = "INSERT INTO outbox_pauses (target, paused_until) VALUES ($1, $2) ON CONFLICT (target) DO UPDATE SET paused_until = excluded.paused_until";
    /// What went to a place since a moment.
    LATELY = "SELECT count(*) AS number, min(sent_at) AS oldest FROM outbox WHERE channel = $1 AND target = $2 AND sent_at > $3";
    /// One message.
    ONE = "SELECT id, at, about, event, staff_id, channel, target, title, body, link, button, mention, urgent, instead, not_before, attempts, state, sent_at, trouble FROM outbox WHERE id = $1";
    /// The newest messages of a state before a number.
    LIST = "SELECT id, at, about, event, staff_id, channel, target, title, body, link, button, mention, urgent, instead, not_before, attempts, state, sent_at, trouble
            FROM outbox WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT 51";
    /// How many of each state.
    COUNTS = "SELECT state, count(*) AS number FROM outbox GROUP BY state";
    /// A person sends it again, or at once.
    REVIVE = of by_a_person!("state = 'waiting', not_before = $2, attempts = 0, trouble = NULL");
    /// A person lets it be.
    DISCARD = of by_a_person!("state = 'discarded'");
    /// What did not arrive and is no longer so: the same person was told something newer of the same record. Of a fault
    /// several things are said that stand beside each other.
    PAST = "SELECT DISTINCT o.id FROM outbox o JOIN outbox n ON n.about = o.about AND n.staff_id = o.staff_id AND n.id > o.id AND n.event <> o.event
            WHERE o.state IN ('dead', 'uncertain') AND o.about NOT LIKE 'faults/%'";
    /// Messages about a record that need not go out any more.
    WITHDRAW = "UPDATE outbox SET state = 'discarded' WHERE about = $1 AND event = $2 AND state = 'waiting'";
    /// The same of one person, or of everybody.
    WITHDRAW_FROM = "UPDATE outbox SET state = 'discarded' WHERE about = $1 AND state = 'waiting' AND (staff_id = $2 OR CAST($2 AS BIGINT) IS NULL) RETURNING id";
    /// What says this of a record to this person and still waits need not go out any more; when it was put in.
    OVERTAKEN = "UPDATE outbox SET state = 'discarded' WHERE about = $1 AND title = $2 AND staff_id = $3 AND state = 'waiting' RETURNING id, at";
    /// How many of those put in since then have gone out, or may have.
    WENT_OUT = "SELECT count(*) AS number FROM outbox WHERE about = $1 AND title = $2 AND staff_id = $3 AND at >= $4
                AND state IN ('sending', 'sent', 'uncertain', 'merged')";
    /// The last short message that went to a telephone and can be answered.
    LAST_TO = "SELECT id, at, about, event, staff_id, channel, target, title, body, link, button, mention, urgent, instead, not_before, attempts, state, sent_at, trouble
               FROM outbox WHERE channel = 'sip' AND target = $1 AND state IN ('sent', 'uncertain') AND link IS NOT NULL ORDER BY id DESC LIMIT 1";
}

#[derive(sqlx::FromRow)]
struct Kept {
    id: i64,
    at: Moment,
    about: String,
    event: String,
    staff_id: Option<StaffId>,
    channel: String,
    target: String,
    title: String,
    body: String,
    link: Option<String>,
    button: Option<String>,
    mention: Option<String>,
    urgent: bool,
    instead: String,
    not_before: Moment,
    attempts: i64,
    state: String,
    sent_at: Option<Moment>,
    trouble: Option<String>,
}

impl TryFrom<Kept> for Row {
    type Error = Error;

    fn try_from(kept: Kept) -> Result<Self> {
        let unreadable = |what: &str| Error::Unreadable(format!("a message of {what}"));
        let channel: Channel = kept.channel.parse().map_err(|_| unreadable(&kept.channel))?;
        Ok(Self {
            id: kept.id,
            at: kept.at,
            about: kept.about,
            event: kept.event,
            to: kept.staff_id,
            way: Way { channel, target: kept.target },
            instead: serde_json::from_str(&kept.instead).map_err(|_| unreadable("ways"))?,
            title: kept.title,
            body: kept.body,
            link: kept.link,
            button: kept.button,
            mention: kept.mention,
            urgent: kept.urgent,
            not_before: kept.not_before,
            attempts: kept.attempts,
            state: State::from_name(&kept.state).ok_or_else(|| unreadable(&kept.state))?,
            sent_at: kept.sent_at,
            trouble: kept.trouble,
        })
    }
}

fn rows(kept: Vec<Kept>) -> Result<Vec<Row>> {
    kept.into_iter().map(Row::try_from).collect()
}

fn record(tx: &mut Tx, id: i64, change: &'static str) {
    tx.record(Change::new("outbox", format!("outbox/{id}"), change));
}

/// Puts a message into the outbox as part of this change; it is sent after the commit.
pub async fn put(tx: &mut Tx, new: &NewMessage) -> Result<i64> {
    let now = tx.now();
    let instead = serde_json::to_string(&new.instead).unwrap_or_else(|_| "[]".to_owned());
    let id = tx
        .q(PUT)
        .bind(now)
        .bind(&new.about)
        .bind(&new.event)
        .bind(new.to)
        .bind(new.way.channel.name())
        .bind(&new.way.target)
        .bind(&new.title)
        .bind(&new.body)
        .bind(&new.link)
        .bind(&new.button)
        .bind(&new.mention)
        .bind(new.urgent)
        .bind(instead)
        .bind(new.not_before)
        .value()
        .await?;
    record(tx, id, "queued");
    Ok(id)
}

/// Lets what still waits about a record and an event be: it is no longer true.
pub async fn withdraw(tx: &mut Tx, about: &str, event: &str) -> Result<u64> {
    tx.q(WITHDRAW).bind(about).bind(event).run().await
}

/// Lets what still waits about a record be: for this person, or for everybody.
pub async fn withdraw_from(tx: &mut Tx, about: &str, from: Option<StaffId>) -> Result<()> {
    let ids: Vec<i64> = tx.q(WITHDRAW_FROM).bind(about).bind(from).values().await?;
    for id in ids {
        record(tx, id, "discarded");
    }
    Ok(())
}

/// Lets what this person was to be told of a record be, where it still waits: it is over already. True where nothing
/// of it has reached them: then they need not hear that it is over either.
pub async fn overtaken(tx: &mut Tx, about: &str, title: &str, to: StaffId) -> Result<bool> {
    let waited: Vec<(i64, Moment)> = tx.q(OVERTAKEN).bind(about).bind(title).bind(to).all().await?;
    let Some(since) = waited.iter().map(|(_, at)| *at).min() else { return Ok(false) };
    for (id, _) in waited {
        record(tx, id, "discarded");
    }
    let out: i64 = tx.q(WENT_OUT).bind(about).bind(title).bind(to).bind(since).value().await?;
    Ok(out == 0)
}

/// What is due now, what must be sent first first.
pub async fn due(db: &Db, now: Moment) -> Result<Vec<Row>> {
    rows(db.read(DUE).bind(now).all().await?)
}

/// When something falls due next; may be past.
pub async fn next_due(db: &Db) -> Result<Option<Moment>> {
    db.read(NEXT).value().await
}

/// Takes messages in hand until `lease_until`; gives the numbers of those that still waited.
pub async fn claim(db: &Db, now: Moment, ids: Vec<i64>, lease_until: Moment) -> Result<Vec<i64>> {
    db.write(Stamp { now, by: None }, move |tx| {
        let ids = ids.clone();
        Box::pin(async move {
            let mut mine = Vec::with_capacity(ids.len());
            for id in ids {
                if tx.q(CLAIM).bind(id).bind(lease_until).run().await? == 1 {
                    mine.push(id);
                }
            }
            Ok(mine)
        })
    })
    .await
}

/// Marks what was in hand of a process that died; gives how many.
pub async fn expire(db: &Db, now: Moment) -> Result<usize> {
    db.write(Stamp { now, by: None }, move |tx| {
        Box::pin(async move {
            let ids: Vec<i64> = tx.q(EXPIRED).bind(now).values().await?;
            for &id in &ids {
                record(tx, id, "uncertain");
            }
            Ok(ids.len())
        })
    })
    .await
}

/// Writes down what an attempt came to. Messages that went out together share it; the first carries them.
pub async fn settled(
    db: &Db,
    now: Moment,
    sent: Vec<Row>,
    outcome: Outcome,
    settled: Settled,
) -> Result<()> {
    db.write(Stamp { now, by: None }, move |tx| {
        let (sent, outcome) = (sent.clone(), outcome.clone());
        Box::pin(async move { settle_in(tx, &sent, &outcome, settled).await })
    })
    .await
}

async fn settle_in(tx: &mut Tx, sent: &[Row], outcome: &Outcome, settled: Settled) -> Result<()> {
    let now = tx.now();
    let (reference, why) = match outcome {
        Outcome::Sent { reference } => (reference.clone(), None),
        Outcome::Later { why, .. } | Outcome::Never { why } | Outcome::Unclear { why } => {
            (None, Some(why.clone()))
        }
    };
    let Some(first) = sent.first() else { return Ok(()) };
    if let Outcome::Later { pause_ms: Some(pause), everything: true, .. } = outcome {
        tx.q(PAUSE).bind(&first.way.target).bind(now.plus_millis(*pause)).run().await?;
    }
    for row in sent {
        let (done, change) = match settled {
            Settled::Sent if row.id != first.id => {
                (tx.q(CARRIED).bind(row.id).bind(first.id).run().await?, "merged")
            }
            Settled::Sent => (
                settle_one(tx, row.id, State::Sent, Some(now), reference.clone(), None).await?,
                "sent",
            ),
            Settled::Again(at) => {
                (tx.q(AGAIN).bind(row.id).bind(at).bind(why.clone()).run().await?, "later")
            }
            Settled::Uncertain => (
                settle_one(tx, row.id, State::Uncertain, None, None, why.clone()).await?,
                "uncertain",
            ),
            Settled::Dead => {
                (settle_one(tx, row.id, State::Dead, None, None, why.clone()).await?, "dead")
            }
        };
        if done == 0 {
            // the lease ran out and somebody else has said what became of it
            continue;
        }
        record(tx, row.id, change);
        if settled == Settled::Dead {
            put_instead(tx, row).await?;
        }
    }
    Ok(())
}

async fn settle_one(
    tx: &mut Tx,
    id: i64,
    state: State,
    sent_at: Option<Moment>,
    reference: Option<String>,
    why: Option<String>,
) -> Result<u64> {
    tx.q(SETTLE).bind(id).bind(state.name()).bind(sent_at).bind(reference).bind(why).run().await
}

/// The next way, where one is left.
async fn put_instead(tx: &mut Tx, row: &Row) -> Result<()> {
    let Some((way, rest)) = row.instead.split_first() else { return Ok(()) };
    let next = NewMessage {
        about: row.about.clone(),
        event: row.event.clone(),
        to: row.to,
        way: way.clone(),
        instead: rest.to_vec(),
        title: row.title.clone(),
        body: row.body.clone(),
        link: row.link.clone(),
        button: row.button.clone(),
        mention: row.mention.clone(),
        urgent: row.urgent,
        not_before: tx.now(),
    };
    put(tx, &next).await.map(drop)
}

/// How many messages went to a place since a moment, and when the first of them did.
pub async fn lately(db: &Db, way: &Way, since: Moment) -> Result<(i64, Option<Moment>)> {
    db.read(LATELY).bind(way.channel.name()).bind(&way.target).bind(since).one().await
}

/// One message.
pub async fn one(db: &Db, id: i64) -> Result<Option<Row>> {
    let kept: Option<Kept> = db.read(ONE).bind(id).maybe().await?;
    kept.map(Row::try_from).transpose()
}

/// At most 51 messages of a state with smaller numbers, newest first.
pub async fn list(db: &Db, state: State, before: i64) -> Result<Vec<Row>> {
    rows(db.read(LIST).bind(state.name()).bind(before).all().await?)
}

/// How many messages there are of each state.
pub async fn counts(db: &Db) -> Result<Vec<(String, i64)>> {
    db.read(COUNTS).all().await
}

/// Those that did not arrive and are no longer so.
pub async fn past(db: &Db) -> Result<Vec<i64>> {
    db.read(PAST).values().await
}

/// Sends a message again that is dead, uncertain or was tried in vain; `false` where it is none of them, or no longer so.
pub async fn revive(db: &Db, stamp: Stamp, id: i64) -> Result<bool> {
    by_a_person(db, stamp, id, true).await
}

/// Lets a message be that is dead, uncertain or was tried in vain; `false` where it is none of them.
pub async fn discard(db: &Db, stamp: Stamp, id: i64) -> Result<bool> {
    by_a_person(db, stamp, id, false).await
}

async fn by_a_person(db: &Db, stamp: Stamp, id: i64, again: bool) -> Result<bool> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let gone: Vec<i64> = if again { tx.q(PAST).values().await? } else { Vec::new() };
            if gone.contains(&id) {
                return Ok(false);
            }
            let done = if again {
                tx.q(REVIVE).bind(id).bind(stamp.now).run().await?
            } else {
                tx.q(DISCARD).bind(id).run().await?
            };
            if done == 1 {
                record(tx, id, if again { "queued" } else { "discarded" });
            }
            Ok(done == 1)
        })
    })
    .await
}

/// The last answerable short message to a telephone.
pub async fn last_to(db: &Db, extension: &str) -> Result<Option<Row>> {
    let kept: Option<Kept> = db.read(LAST_TO).bind(extension).maybe().await?;
    kept.map(Row::try_from).transpose()
}
