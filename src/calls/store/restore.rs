//! What was alive when the service stopped: calls, their legs, and the last sign of life.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::call::{HotlineRef, Leg, Transfer};
use super::super::outgoing::OutgoingRecord;
use super::super::record::{LegKind, LegRecord, Party, Record, TransferRecord};
use super::load::{self, Ask, LegRow, Row, extension, word};
use super::{CALLS, detours, rows};
use crate::config::Config;
use crate::db::{Change, Db, Error, Result, Tx, statements};
use crate::kernel::{CallId, Moment, PbxId, Phone};
use crate::sip::{LegKey, PartyId};

statements! {
    /// Legs of calls that were over, offered since `$1`.
    RECENT = "SELECT c.pbx, l.leg, coalesce(l.ended_at, l.offered_at) AS over_at
              FROM calls c JOIN call_legs l ON l.call_id = c.id WHERE c.offered_at >= $1 AND c.state = 'ended'
              UNION ALL
              SELECT c.pbx, d.leg, coalesce(c.ended_at, c.offered_at) AS over_at
              FROM calls c JOIN call_detours d ON d.call_id = c.id WHERE c.offered_at >= $1 AND c.state = 'ended'";
    /// The last sign of life.
    ALIVE_AT = "SELECT value FROM site WHERE name = 'alive_at'";
    /// Closes a call that nobody can follow any more.
    CLOSE = "UPDATE calls SET state = 'ended', outcome = 'unmeasured', within_target = NULL, end_seen = $2, version = version + 1
             WHERE id = $1 AND state <> 'ended' RETURNING version";
}

/// The repeats of a leg that was over can come so long after it was offered.
const ECHO_MS: i64 = 400_000;

/// What the store held of the living.
#[derive(Debug, Default)]
pub(in crate::calls) struct Kept {
    /// The live calls with all their legs, oldest first.
    pub(in crate::calls) records: Vec<(CallId, Record)>,
    /// Outgoing calls that were not over, and the PBX is still there.
    pub(in crate::calls) outgoing: Vec<OutgoingRecord>,
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
    let query = db.read(CALLS).push(" AND c.state <> 'ended' ORDER BY c.id");
    let calls: Vec<Row> = query.all().await?;
    let ids: Vec<_> = calls.iter().map(|row| row.id).collect();
    let (mut legs, mut transfers) = if ids.is_empty() {
        (BTreeMap::new(), BTreeMap::new())
    } else {
        (load::legs(&mut Ask::Db(db), &ids).await?, load::transfers(&mut Ask::Db(db), &ids).await?)
    };
    let mut detours = if ids.is_empty() { BTreeMap::new() } else { detours::of(db, &ids).await? };
    let outgoing = super::kept_outgoing(db, config).await?;
    let mut kept = Kept { outgoing, alive_at, ..Kept::default() };
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
                let legs = legs.remove(&row.id).unwrap_or_default();
                let transfers = transfers.remove(&row.id).unwrap_or_default();
                let detours = detours.remove(&row.id).unwrap_or_default();
                let of = |leg: &String| rows::leg_key(&row.pbx, leg);
                let detours = detours.iter().filter_map(of).collect();
                let id = row.id;
                let record = record(row, PbxId(pbx), legs, transfers, config)?;
                kept.records.push((id, Record { detours, ..record }));
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

fn record(
    mut row: Row,
    pbx: PbxId,
    legs: Vec<LegRow>,
    transfers: Vec<Transfer>,
    config: &Config,
) -> Result<Record> {
    let (uid, name) = (std::mem::take(&mut row.uid), std::mem::take(&mut row.pbx));
    let trunk = row.trunk_call_id.take().map(String::into_boxed_str);
    let call = row.call()?;
    let hotline = call.hotline.as_ref();
    let named =
        |of: &HotlineRef| config.hotlines.iter().position(|known| known.number == of.number);
    Ok(Record {
        uid: uid.into(),
        pbx,
        hotline: hotline.and_then(named),
        caller: Arc::new(Party {
            phone: call.caller.number.as_deref().and_then(Phone::read),
            id: PartyId {
                user: call.caller.as_sent,
                display: call.caller.display,
                withheld: call.caller.withheld,
            },
        }),
        state: call.state,
        offered_at: call.offered_at,
        rang_at: call.rang_at,
        answered_at: call.answered_at,
        ended_at: call.ended_at,
        rings: call.rings,
        answer_rings: call.answer_rings,
        answer_ms: call.answer_ms,
        caller_wait_ms: call.caller_wait_ms,
        outcome: call.outcome,
        excluded: call.excluded,
        ended_by: call.ended_by,
        end_seen: call.end_seen,
        evidence: call.evidence,
        promise: call.promise,
        alarm: call.alarm,
        answered_by: call.answered_by.and_then(|by| by.extension),
        transfers: transfers.into_iter().map(transfer).collect::<Result<_>>()?,
        trunk,
        legs: legs.into_iter().map(|row| leg(&name, row)).collect::<Result<_>>()?,
        detours: Vec::new(),
    })
}

fn leg(pbx: &str, row: LegRow) -> Result<LegRecord> {
    let unreadable = || Error::Unreadable(format!("a leg of call {}", row.call_id));
    let key = rows::leg_key(pbx, &row.leg).ok_or_else(unreadable)?;
    let (kind, offered_at) = (word(&row.kind, LegKind::from_word)?, row.offered_at);
    let Leg { extension, rang_at, answered_at, ended_at, end } = row.leg()?;
    let account = 0;
    Ok(LegRecord { key, kind, extension, offered_at, rang_at, answered_at, ended_at, end, account })
}

fn transfer(told: Transfer) -> Result<TransferRecord> {
    let Transfer { at, kind, from, to } = told;
    Ok(TransferRecord { at, kind, from: extension(from)?, to: extension(to)? })
}
