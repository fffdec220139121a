//! What was alive when the service stopped: calls, their legs, and the last sign of life.

use std::collections::BTreeMap;
use std::sync::Arc;

use sqlx::FromRow;

use super::super::call::{EndedBy, Evidence, Excluded, LegEnd, Outcome, Promise, State};
use super::super::record::{LegKind, LegRecord, Party, Record};
use super::{count, extension, rows, word};
use crate::config::Config;
use crate::db::{Change, Db, Error, Result, Tx, statements};
use crate::kernel::{CallId, Moment, PbxId, Phone};
use crate::sip::{LegKey, PartyId};

statements! {
    /// The calls that were not over.
    CALLS = "SELECT id, uid, pbx, hotline_number, caller_number, caller_as_sent, caller_display, withheld, state, offered_at,
                    rang_at, answered_at, ended_at, rings, answer_rings, answer_ms, caller_wait_ms, outcome, excluded, ended_by,
                    end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, alarm
             FROM calls WHERE state <> 'ended' ORDER BY id";
    /// Their legs.
    LEGS = "SELECT call_id, leg, kind, extension, offered_at, rang_at, answered_at, ended_at, ending
            FROM call_legs WHERE call_id IN (SELECT id FROM calls WHERE state <> 'ended') ORDER BY call_id, id";
    /// Legs of calls that were over, offered since `$1`.
    RECENT = "SELECT c.pbx, l.leg, coalesce(l.ended_at, l.offered_at) AS over_at
              FROM calls c JOIN call_legs l ON l.call_id = c.id WHERE c.offered_at >= $1 AND c.state = 'ended'";
    /// The last sign of life.
    ALIVE_AT = "SELECT value FROM site WHERE name = 'alive_at'";
    /// Closes a call that nobody can follow any more.
    CLOSE = "UPDATE calls SET state = 'ended', outcome = 'unmeasured', within_target = NULL, end_seen = $2, version = version + 1
             WHERE id = $1 AND state <> 'ended' RETURNING version";
}

#[derive(FromRow)]
struct Row {
    id: CallId,
    uid: String,
    pbx: String,
    hotline_number: Option<String>,
    caller_number: Option<String>,
    caller_as_sent: Option<String>,
    caller_display: Option<String>,
    withheld: bool,
    state: String,
    offered_at: Moment,
    rang_at: Option<Moment>,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    rings: i64,
    answer_rings: Option<i64>,
    answer_ms: Option<i64>,
    caller_wait_ms: Option<i64>,
    outcome: Option<String>,
    excluded: Option<String>,
    ended_by: String,
    end_seen: bool,
    evidence: String,
    cycle_ms: i64,
    target_rings: i64,
    target_ms: i64,
    colleague_rings: i64,
    alarm: i64,
}

#[derive(FromRow)]
struct LegRow {
    call_id: CallId,
    leg: String,
    kind: String,
    extension: Option<String>,
    offered_at: Moment,
    rang_at: Option<Moment>,
    answered_at: Option<Moment>,
    ended_at: Option<Moment>,
    ending: Option<String>,
}

/// The repeats of a leg that was over can come so long after it was offered.
const ECHO_MS: i64 = 400_000;

/// What the store held of the living.
#[derive(Debug, Default)]
pub(in crate::calls) struct Kept {
    /// The live calls with all their legs, oldest first.
    pub(in crate::calls) records: Vec<(CallId, Record)>,
    /// Live calls of a PBX that is no longer configured.
    pub(in crate::calls) orphans: Vec<CallId>,
    /// Legs that were over a short while before the last sign of life, and when.
    pub(in crate::calls) over: Vec<(LegKey, Moment)>,
    /// The last sign of life; `None` before the first start.
    pub(in crate::calls) alive_at: Option<Moment>,
}

/// Reads what was alive, by the indexes of live and of recent calls alone.
pub(in crate::calls) async fn kept(db: &Db, config: &Config) -> Result<Kept> {
    let alive: Option<(String,)> = db.read(ALIVE_AT).maybe().await?;
    let alive_at = alive.and_then(|(text,)| text.parse().ok()).map(Moment::from_millis);
    let calls: Vec<Row> = db.read(CALLS).all().await?;
    let legs: Vec<LegRow> = db.read(LEGS).all().await?;
    let mut of: BTreeMap<CallId, Vec<LegRow>> = BTreeMap::new();
    for leg in legs {
        of.entry(leg.call_id).or_default().push(leg);
    }
    let mut kept = Kept { alive_at, ..Kept::default() };
    if let Some(alive_at) = alive_at {
        let since = alive_at.plus_millis(-ECHO_MS);
        let recent: Vec<(String, String, Moment)> = db.read(RECENT).bind(since).all().await?;
        let key = |(pbx, leg, at): (String, String, Moment)| Some((rows::leg_key(&pbx, &leg)?, at));
        kept.over = recent.into_iter().filter_map(key).collect();
    }
    for row in calls {
        let place = config.pbx.iter().position(|pbx| pbx.name == row.pbx);
        match place.and_then(|place| u16::try_from(place).ok()) {
            Some(pbx) => {
                let legs = of.remove(&row.id).unwrap_or_default();
                kept.records.push((row.id, record(row, PbxId(pbx), legs, config)?));
            }
            None => kept.orphans.push(row.id),
        }
    }
    Ok(kept)
}

/// Closes the calls of PBXes that are gone from the configuration, and says so.
pub(in crate::calls) async fn close_orphans(tx: &mut Tx, orphans: &[CallId]) -> Result<()> {
    for &id in orphans {
        let version: Option<(i64,)> = tx.q(CLOSE).bind(id).bind(false).maybe().await?;
        if let Some((version,)) = version {
            super::desk::put_event(tx, id, "ended", None).await?;
            tx.record(Change::new("call", format!("calls/{id}"), "ended").version(version));
        }
    }
    Ok(())
}

fn record(row: Row, pbx: PbxId, legs: Vec<LegRow>, config: &Config) -> Result<Record> {
    let leg = |leg: LegRow| {
        let key = rows::leg_key(&row.pbx, &leg.leg)
            .ok_or_else(|| Error::Unreadable(format!("a leg of call {}", row.id)))?;
        Ok(LegRecord {
            key,
            kind: word(&leg.kind, LegKind::from_word)?,
            extension: extension(leg.extension)?,
            offered_at: leg.offered_at,
            rang_at: leg.rang_at,
            answered_at: leg.answered_at,
            ended_at: leg.ended_at,
            end: leg.ending.map(|text| word(&text, LegEnd::from_word)).transpose()?,
            account: 0,
        })
    };
    let hotline = row.hotline_number.as_deref();
    let named = |number: &str| config.hotlines.iter().position(|of| of.number == number);
    Ok(Record {
        uid: row.uid.as_str().into(),
        pbx,
        hotline: hotline.and_then(named),
        caller: Arc::new(Party {
            phone: row.caller_number.as_deref().and_then(Phone::read),
            id: PartyId {
                user: row.caller_as_sent,
                display: row.caller_display,
                withheld: row.withheld,
            },
        }),
        state: word(&row.state, State::from_word)?,
        offered_at: row.offered_at,
        rang_at: row.rang_at,
        answered_at: row.answered_at,
        ended_at: row.ended_at,
        rings: count(row.rings)?,
        answer_rings: row.answer_rings.map(count).transpose()?,
        answer_ms: row.answer_ms,
        caller_wait_ms: row.caller_wait_ms,
        outcome: row.outcome.map(|text| word(&text, Outcome::from_word)).transpose()?,
        excluded: row.excluded.map(|text| word(&text, Excluded::from_word)).transpose()?,
        ended_by: word(&row.ended_by, EndedBy::from_word)?,
        end_seen: row.end_seen,
        evidence: word(&row.evidence, Evidence::from_word)?,
        promise: Promise {
            cycle_ms: row.cycle_ms,
            target_rings: count(row.target_rings)?,
            target_ms: row.target_ms,
            colleague_rings: count(row.colleague_rings)?,
        },
        alarm: count(row.alarm)?,
        answered_by: None,
        transfers: Vec::new(),
        trunk: None,
        legs: legs.into_iter().map(leg).collect::<Result<_>>()?,
    })
}
