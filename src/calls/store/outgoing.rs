//! Outgoing calls in the log: written as they go on, read by number, day and telephone.

use std::sync::Arc;

use serde::Serialize;
use sqlx::FromRow;
use sqlx::types::Json;

use super::super::call::LegEnd;
use super::super::outgoing::{
    OutgoingCall, OutgoingEndedBy, OutgoingEvent, OutgoingEvidence, OutgoingRecord, OutgoingState,
};
use super::super::shown::storable;
use super::load::{staff_ref, word};
use super::plans;
use super::rows::{leg_key, leg_name};
use crate::config::Config;
use crate::db::{Change, Db, Error, Query, Result, Tx, statements};
use crate::kernel::{Extension, Moment, OutgoingId, PbxId, Phone, StaffId};

statements! {
    /// Outgoing calls from the JSON list `$1`: new ones, and what became of those in the log.
    PUT_OUTGOING = sqlite "INSERT INTO outgoing_calls (uid, version, pbx, leg, extension, staff_id, dialled, number, state, started_at,
                      rang_at, answered_at, ended_at, ending, ended_by, evidence, business_date)
                  SELECT e.value->>'uid', 1, e.value->>'pbx', e.value->>'leg', e.value->>'extension',
                      (SELECT s.id FROM staff s WHERE s.extension = e.value->>'extension' AND s.disabled_at IS NULL),
                      e.value->>'dialled', e.value->>'number', e.value->>'state', e.value->>'started_at', e.value->>'rang_at',
                      e.value->>'answered_at', e.value->>'ended_at', e.value->>'ending', e.value->>'ended_by',
                      e.value->>'evidence', e.value->>'business_date'
                  FROM json_each($1) e WHERE true
                  ON CONFLICT (uid) DO UPDATE SET version = outgoing_calls.version + 1, leg = excluded.leg, number = excluded.number,
                      state = excluded.state, started_at = excluded.started_at, rang_at = excluded.rang_at,
                      answered_at = excluded.answered_at, ended_at = excluded.ended_at, ending = excluded.ending,
                      ended_by = excluded.ended_by, evidence = excluded.evidence
                  RETURNING id, uid, version",
          postgres "INSERT INTO outgoing_calls (uid, version, pbx, leg, extension, staff_id, dialled, number, state, started_at,
                        rang_at, answered_at, ended_at, ending, ended_by, evidence, business_date)
                    SELECT e.uid, 1, e.pbx, e.leg, e.extension,
                        (SELECT s.id FROM staff s WHERE s.extension = e.extension AND s.disabled_at IS NULL),
                        e.dialled, e.number, e.state, e.started_at, e.rang_at, e.answered_at, e.ended_at, e.ending, e.ended_by,
                        e.evidence, e.business_date
                    FROM jsonb_to_recordset($1) AS e(uid text, pbx text, leg text, extension text, dialled text, number text,
                        state text, started_at bigint, rang_at bigint, answered_at bigint, ended_at bigint, ending text,
                        ended_by text, evidence text, business_date text)
                    ON CONFLICT (uid) DO UPDATE SET version = outgoing_calls.version + 1, leg = excluded.leg, number = excluded.number,
                        state = excluded.state, started_at = excluded.started_at, rang_at = excluded.rang_at,
                        answered_at = excluded.answered_at, ended_at = excluded.ended_at, ending = excluded.ending,
                        ended_by = excluded.ended_by, evidence = excluded.evidence
                    RETURNING id, uid, version";
    /// The outgoing call of a name.
    OUTGOING_OF_UID = "SELECT id, uid, version FROM outgoing_calls WHERE uid = $1";
    /// Outgoing calls with the names of who made them; a WHERE is to follow.
    OUTGOING = "SELECT o.id, o.uid, o.version, o.pbx, o.leg, o.extension, o.staff_id, s.name AS staff_name, o.dialled, o.number,
                    o.state, o.started_at, o.rang_at, o.answered_at, o.ended_at, o.ending, o.ended_by, o.evidence
                FROM outgoing_calls o LEFT JOIN staff s ON s.id = o.staff_id WHERE 1 = 1";
    /// How many outgoing calls; a WHERE is to follow.
    COUNT = "SELECT count(*) AS n FROM outgoing_calls o WHERE 1 = 1";
}

/// What happened to one outgoing call since it was last stored.
#[derive(Debug, Clone)]
pub(in crate::calls) struct OutgoingEntry {
    pub(in crate::calls) record: Arc<OutgoingRecord>,
    /// With their places in the order in which everything in the house happened.
    pub(in crate::calls) events: Vec<(u64, Moment, OutgoingEvent)>,
}

impl OutgoingEntry {
    /// When the oldest of it happened, in the order of the house.
    pub(in crate::calls) fn oldest(&self) -> u64 {
        self.events.first().map_or(0, |&(n, ..)| n)
    }
}

#[derive(Serialize)]
struct Line<'a> {
    uid: &'a str,
    pbx: &'a str,
    leg: Option<String>,
    extension: &'a str,
    dialled: String,
    number: Option<&'a str>,
    state: &'static str,
    started_at: i64,
    rang_at: Option<i64>,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    ending: Option<&'static str>,
    ended_by: &'static str,
    evidence: &'static str,
    business_date: String,
}

impl<'a> Line<'a> {
    fn new(record: &'a OutgoingRecord, config: &'a Config) -> Self {
        let pbx = config.pbx.get(usize::from(record.pbx.0)).map_or("", |pbx| pbx.name.as_str());
        Self {
            uid: &record.uid,
            pbx,
            leg: record.leg.as_ref().map(|leg| leg_name(pbx, leg)),
            extension: record.extension.as_str(),
            dialled: storable(&record.dialled),
            number: record.phone.as_ref().map(Phone::as_str),
            state: record.state.word(),
            started_at: record.started_at.millis(),
            rang_at: record.rang_at.map(Moment::millis),
            answered_at: record.answered_at.map(Moment::millis),
            ended_at: record.ended_at.map(Moment::millis),
            ending: record.ending.map(LegEnd::word),
            ended_by: record.ended_by.word(),
            evidence: record.evidence.word(),
            business_date: config.site.day.date(record.started_at).to_string(),
        }
    }
}

#[derive(FromRow)]
struct Written {
    id: OutgoingId,
    uid: String,
    version: i64,
}

/// Writes outgoing calls with their journal rows.
pub(super) async fn put(tx: &mut Tx, entries: &[OutgoingEntry], config: &Config) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let lines: Vec<_> = entries.iter().map(|entry| Line::new(&entry.record, config)).collect();
    let written: Vec<Written> = tx.q(PUT_OUTGOING).bind(Json(&lines)).all().await?;
    let mut events = Vec::new();
    for entry in entries {
        let Some(at) = written.iter().find(|one| *one.uid == *entry.record.uid) else { continue };
        events.extend(entry.events.iter().map(|&(n, moment, what)| (n, at, moment, what)));
    }
    events.sort_by_key(|&(n, ..)| n);
    for (_, written, at, what) in events {
        tell(tx, written, at, what, None);
    }
    Ok(())
}

/// Tells again of what was stored when its commit was not confirmed.
pub(super) async fn tell_again(tx: &mut Tx, entries: &[OutgoingEntry]) -> Result<()> {
    for entry in entries {
        let uid = entry.record.uid.to_string();
        let written: Option<Written> = tx.q(OUTGOING_OF_UID).bind(uid).maybe().await?;
        let (Some(written), Some(&(_, at, what))) = (written, entry.events.last()) else {
            continue;
        };
        tell(tx, &written, at, what, Some("the commit was not confirmed"));
    }
    Ok(())
}

fn tell(tx: &mut Tx, at: &Written, moment: Moment, what: OutgoingEvent, why: Option<&str>) {
    let change = Change::new("outgoing_call", format!("outgoing_calls/{}", at.id), what.word());
    let why = why.map(str::to_owned);
    tx.record(Change { why, ..change.version(at.version).at(moment) });
}

#[derive(FromRow)]
struct Row {
    id: OutgoingId,
    uid: String,
    version: i64,
    pbx: String,
    leg: Option<String>,
    extension: String,
    staff_id: Option<StaffId>,
    staff_name: Option<String>,
    dialled: String,
    number: Option<String>,
    state: String,
    started_at: Moment,
    rang_at: Option<Moment>,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    ending: Option<String>,
    ended_by: String,
    evidence: String,
}

impl Row {
    fn extension(&self) -> Result<Extension> {
        let unreadable = |_| Error::Unreadable(format!("the extension of call {}", self.id));
        self.extension.parse().map_err(unreadable)
    }

    fn call(self) -> Result<OutgoingCall> {
        let extension = self.extension()?;
        let state = word(&self.state, OutgoingState::from_word)?;
        Ok(OutgoingCall {
            id: self.id,
            version: self.version,
            pbx: self.pbx,
            extension,
            staff: staff_ref(self.staff_id, self.staff_name),
            dialled: self.dialled,
            number: self.number,
            state,
            started_at: self.started_at,
            rang_at: self.rang_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            ending: self.ending.map(|text| word(&text, LegEnd::from_word)).transpose()?,
            ended_by: word(&self.ended_by, OutgoingEndedBy::from_word)?,
            end_seen: state == OutgoingState::Ended && self.ended_at.is_some(),
            evidence: word(&self.evidence, OutgoingEvidence::from_word)?,
        })
    }

    fn record(self, pbx: PbxId) -> Result<OutgoingRecord> {
        Ok(OutgoingRecord {
            extension: self.extension()?,
            uid: self.uid.into(),
            pbx,
            leg: self.leg.as_deref().and_then(|name| leg_key(&self.pbx, name)),
            phone: self.number.as_deref().and_then(Phone::read),
            dialled: self.dialled.into(),
            state: word(&self.state, OutgoingState::from_word)?,
            started_at: self.started_at,
            rang_at: self.rang_at,
            answered_at: self.answered_at,
            ended_at: self.ended_at,
            ending: self.ending.map(|text| word(&text, LegEnd::from_word)).transpose()?,
            ended_by: word(&self.ended_by, OutgoingEndedBy::from_word)?,
            evidence: word(&self.evidence, OutgoingEvidence::from_word)?,
        })
    }
}

fn calls(rows: Vec<Row>) -> Result<Vec<OutgoingCall>> {
    rows.into_iter().map(Row::call).collect()
}

/// The outgoing calls that were not over, of PBXes that are still configured; oldest first. What is
/// left of the others stays as it was last seen.
pub(in crate::calls) async fn kept(db: &Db, config: &Config) -> Result<Vec<OutgoingRecord>> {
    let query = db.read(OUTGOING).push(" AND o.state <> 'ended' ORDER BY o.id");
    let rows: Vec<Row> = query.all().await?;
    let place = |name: &str| config.pbx.iter().position(|pbx| pbx.name == name);
    let of_pbx = |row: Row| {
        let place = u16::try_from(place(&row.pbx)?).ok()?;
        Some(row.record(PbxId(place)))
    };
    rows.into_iter().filter_map(of_pbx).collect()
}

/// One outgoing call. [`Error::NotFound`] where there is none.
pub async fn outgoing_call(db: &Db, id: OutgoingId) -> Result<OutgoingCall> {
    let row: Option<Row> = db.read(OUTGOING).push(" AND o.id = ").push_bind(id).maybe().await?;
    row.ok_or(Error::NotFound)?.call()
}

/// The outgoing calls that are not over, oldest first.
pub async fn outgoing_live(db: &Db) -> Result<Vec<OutgoingCall>> {
    calls(db.read(OUTGOING).push(" AND o.state <> 'ended' ORDER BY o.id").all().await?)
}

/// The outgoing calls that began in a time, newest first, at most `limit`.
pub async fn outgoing_between(
    db: &Db,
    from: Moment,
    to: Moment,
    limit: i64,
) -> Result<Vec<OutgoingCall>> {
    let query = db.read(OUTGOING).push(" AND o.started_at >= ").push_bind(from);
    let query = query.push(" AND o.started_at < ").push_bind(to);
    let query = query.push(" ORDER BY o.started_at DESC, o.id DESC LIMIT ").push_bind(limit);
    calls(query.all().await?)
}

/// Which outgoing calls a list is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialled {
    /// Those that began since then.
    pub from: Moment,
    /// Of one person alone.
    pub staff: Option<StaffId>,
    /// Those alone that nobody said the purpose of.
    pub untied: bool,
}

impl Dialled {
    fn narrow(self, query: Query<'_>) -> Query<'_> {
        let query = query.push(" AND o.started_at >= ").push_bind(self.from);
        let query = query.when(" AND o.staff_id = ", self.staff);
        if self.untied { plans::unsaid(query) } else { query }
    }
}

/// A place in the list of outgoing calls.
pub type DialledPlace = (Moment, OutgoingId);

/// A page of outgoing calls, newest first, and where the next begins; `after` is where the last ended.
pub async fn outgoing_page(
    db: &Db,
    asked: Dialled,
    limit: usize,
    after: Option<DialledPlace>,
) -> Result<(Vec<OutgoingCall>, Option<DialledPlace>)> {
    let mut query = asked.narrow(db.read(OUTGOING));
    if let Some((at, id)) = after {
        query = query.push(" AND (o.started_at, o.id) < (").push_bind(at);
        query = query.push(", ").push_bind(id).push(")");
    }
    // one more than asked tells whether there is a next page
    let most = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let query = query.push(" ORDER BY o.started_at DESC, o.id DESC LIMIT ").push_bind(most);
    let mut found = calls(query.all().await?)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().map(|call| (call.started_at, call.id));
    Ok((found, last.filter(|_| more)))
}

/// How many outgoing calls.
pub async fn outgoing_count(db: &Db, asked: Dialled) -> Result<i64> {
    asked.narrow(db.read(COUNT)).value().await
}

/// The outgoing calls to any of these numbers (E.164) since a moment, newest first, at most `most`.
pub async fn outgoing_to(
    db: &Db,
    numbers: &[String],
    since: Moment,
    most: i64,
) -> Result<Vec<OutgoingCall>> {
    let Some((first, others)) = numbers.split_first() else { return Ok(Vec::new()) };
    let mut query = db.read(OUTGOING).push(" AND o.number IN (").push_bind(first.clone());
    for other in others {
        query = query.push(", ").push_bind(other.clone());
    }
    let query = query.push(") AND o.started_at >= ").push_bind(since);
    calls(query.push(" ORDER BY o.started_at DESC, o.id DESC LIMIT ").push_bind(most).all().await?)
}
