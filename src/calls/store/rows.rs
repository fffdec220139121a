//! A record of the book as rows of the log, and as the call everybody is shown.

use serde::Serialize;

use super::super::call::{AnsweredBy, Call, Excluded, LegEnd, Outcome, TransferKind};
use super::super::record::{Event, LegRecord, Record};
use super::super::shown::storable;
use super::load::{staff_ref, word};
use super::news::Kept;
use super::write::Entry;
use crate::config::{Config, Hotline};
use crate::db::Result;
use crate::kernel::{CallId, Extension, Moment};
use crate::sip::{LegKey, Way, Wire};

/// A line of `calls`, as the engines read it from JSON.
#[derive(Serialize)]
pub(super) struct CallRow<'a> {
    pub(super) id: Option<CallId>,
    pub(super) uid: &'a str,
    pub(super) pbx: &'a str,
    pub(super) hotline_number: Option<&'a str>,
    pub(super) hotline_name: Option<&'a str>,
    pub(super) caller_number: Option<String>,
    pub(super) caller_reversed: Option<String>,
    pub(super) caller_as_sent: Option<String>,
    pub(super) caller_display: Option<String>,
    pub(super) withheld: bool,
    pub(super) state: &'static str,
    pub(super) offered_at: i64,
    pub(super) rang_at: Option<i64>,
    pub(super) answered_at: Option<i64>,
    pub(super) ended_at: Option<i64>,
    pub(super) rings: u32,
    pub(super) answer_rings: Option<u32>,
    pub(super) answer_ms: Option<i64>,
    pub(super) caller_wait_ms: Option<i64>,
    pub(super) within_target: Option<bool>,
    pub(super) answered_extension: Option<&'a str>,
    pub(super) outcome: Option<&'static str>,
    pub(super) excluded: Option<&'static str>,
    pub(super) ended_by: &'static str,
    pub(super) end_seen: bool,
    pub(super) evidence: &'static str,
    pub(super) cycle_ms: i64,
    pub(super) target_rings: u32,
    pub(super) target_ms: i64,
    pub(super) colleague_rings: u32,
    pub(super) alarm: u8,
    pub(super) trunk_call_id: Option<String>,
    pub(super) business_date: String,
    pub(super) local_hour: i64,
    pub(super) legs: Vec<LegRow<'a>>,
    pub(super) events: Vec<EventRow>,
    pub(super) pieces: Vec<String>,
}

impl<'a> CallRow<'a> {
    /// The call with what else is new of it: those legs, all that happened, and the pieces under
    /// which it is found, unless they are in the log already.
    pub(super) fn whole(entry: &'a Entry, legs: Vec<LegRow<'a>>, config: &'a Config) -> Self {
        let event = |(n, &(place, at, event)): (i64, &(u64, Moment, Event))| EventRow {
            n,
            at: at.millis(),
            kind: event.word(),
            data: event.data(),
            place,
        };
        let record = &entry.record;
        let named = entry.before().is_some_and(|before| before.caller.id == record.caller.id);
        Self {
            legs,
            events: (1..).zip(&entry.events).map(event).collect(),
            pieces: if named { Vec::new() } else { pieces(record) },
            ..Self::new(entry, config)
        }
    }

    /// The call alone.
    pub(super) fn new(entry: &'a Entry, config: &'a Config) -> Self {
        let record = &*entry.record;
        let hotline = hotline(record, config);
        let number = record.number();
        let day = &config.site.day;
        Self {
            id: entry.place.as_ref().map(|place| place.id),
            uid: &record.uid,
            pbx: pbx(record, config),
            hotline_number: hotline.map(|hotline| hotline.number.as_str()),
            hotline_name: hotline.map(|hotline| hotline.name.as_str()),
            caller_reversed: number.as_deref().map(reversed),
            caller_number: number,
            caller_as_sent: record.as_sent(),
            caller_display: record.display(),
            withheld: record.caller.id.withheld,
            state: record.state.word(),
            offered_at: record.offered_at.millis(),
            rang_at: record.rang_at.map(Moment::millis),
            answered_at: record.answered_at.map(Moment::millis),
            ended_at: record.ended_at.map(Moment::millis),
            rings: record.rings,
            answer_rings: record.answer_rings,
            answer_ms: record.answer_ms,
            caller_wait_ms: record.caller_wait_ms,
            within_target: record.outcome.and_then(Outcome::within_target),
            answered_extension: record.answered_by.as_ref().map(Extension::as_str),
            outcome: record.outcome.map(Outcome::word),
            excluded: record.excluded.map(Excluded::word),
            ended_by: record.ended_by.word(),
            end_seen: record.end_seen,
            evidence: record.evidence.word(),
            cycle_ms: record.promise.cycle_ms,
            target_rings: record.promise.target_rings,
            target_ms: record.promise.target_ms,
            colleague_rings: record.promise.colleague_rings,
            alarm: record.alarm,
            trunk_call_id: record.trunk.as_deref().map(storable),
            business_date: day.date(record.offered_at).to_string(),
            local_hour: day.local_hour(record.offered_at),
            legs: Vec::new(),
            events: Vec::new(),
            pieces: Vec::new(),
        }
    }
}

/// A line of `call_legs`.
#[derive(Serialize)]
pub(super) struct LegRow<'a> {
    pub(super) leg: String,
    kind: &'static str,
    extension: Option<&'a str>,
    pub(super) offered_at: i64,
    rang_at: Option<i64>,
    answered_at: Option<i64>,
    ended_at: Option<i64>,
    ending: Option<&'static str>,
}

impl<'a> LegRow<'a> {
    pub(super) fn new(pbx: &str, leg: &'a LegRecord) -> Self {
        Self {
            leg: leg_name(pbx, &leg.key),
            kind: leg.kind.word(),
            extension: leg.extension.as_ref().map(Extension::as_str),
            offered_at: leg.offered_at.millis(),
            rang_at: leg.rang_at.map(Moment::millis),
            answered_at: leg.answered_at.map(Moment::millis),
            ended_at: leg.ended_at.map(Moment::millis),
            ending: leg.end.map(LegEnd::word),
        }
    }
}

/// A line of `call_events`, numbered within what is new of the call.
#[derive(Serialize)]
pub(super) struct EventRow {
    n: i64,
    at: i64,
    kind: &'static str,
    data: Option<String>,
    /// In the order in which everything in the house happened.
    place: u64,
}

/// A line of `call_transfers`.
#[derive(Serialize)]
pub(super) struct TransferRow<'a> {
    call_id: CallId,
    seq: usize,
    at: i64,
    kind: &'static str,
    from_extension: Option<&'a str>,
    to_extension: Option<&'a str>,
}

impl<'a> TransferRow<'a> {
    /// The rows of a call's transfers.
    pub(super) fn of(call_id: CallId, record: &'a Record) -> impl Iterator<Item = Self> {
        (1..).zip(&record.transfers).map(move |(seq, transfer)| Self {
            call_id,
            seq,
            at: transfer.at.millis(),
            kind: TransferKind::word(transfer.kind),
            from_extension: transfer.from.as_ref().map(Extension::as_str),
            to_extension: transfer.to.as_ref().map(Extension::as_str),
        })
    }
}

/// A line of `call_messages`.
#[derive(Serialize)]
pub(super) struct MessageRow {
    call_id: CallId,
    at: i64,
    way: &'static str,
    transport: &'static str,
    local: String,
    peer: String,
    leg: String,
    text: String,
}

impl MessageRow {
    pub(super) fn new(call_id: CallId, wire: &Wire) -> Self {
        Self {
            call_id,
            at: wire.at.millis(),
            way: match wire.way {
                Way::In => "in",
                Way::Out => "out",
            },
            transport: wire.transport.name(),
            local: wire.local.to_string(),
            peer: wire.peer.to_string(),
            leg: storable(&format!("{} {}", wire.leg.call_id, wire.leg.branch)),
            text: storable(&wire.text),
        }
    }
}

/// The name of a leg for all time: which PBX, Call-ID, branch.
pub(super) fn leg_name(pbx: &str, key: &LegKey) -> String {
    storable(&format!("{pbx} {} {}", key.call_id, key.branch))
}

/// The leg of a name, at the PBX it belongs to.
pub(super) fn leg_key(pbx: &str, name: &str) -> Option<LegKey> {
    let (call_id, branch) = name.strip_prefix(pbx)?.strip_prefix(' ')?.split_once(' ')?;
    Some(LegKey { call_id: call_id.into(), branch: branch.into() })
}

pub(super) fn pbx<'a>(record: &Record, config: &'a Config) -> &'a str {
    config.pbx.get(usize::from(record.pbx.0)).map_or("", |pbx| pbx.name.as_str())
}

fn hotline<'a>(record: &Record, config: &'a Config) -> Option<&'a Hotline> {
    record.hotline.and_then(|place| config.hotlines.get(place))
}

/// The digits, last first, so that the end of a number is a range of an index.
fn reversed(number: &str) -> String {
    number.chars().rev().filter(char::is_ascii_digit).collect()
}

/// Under which pieces the call is found.
fn pieces(record: &Record) -> Vec<String> {
    super::grams::pieces(record.display().as_deref()).into_iter().collect()
}

/// The call as it stands after it was stored, the same as reading it back.
pub(super) fn call(record: &Record, config: &Config, kept: Kept) -> Result<Call> {
    let staff = staff_ref(kept.answered_staff, kept.answered_name);
    let extension = record.answered_by.clone();
    let answered_by =
        (extension.is_some() || staff.is_some()).then_some(AnsweredBy { extension, staff });
    let excluded = kept.excluded.map(|text| word(&text, Excluded::from_word)).transpose()?;
    Ok(Call {
        answered_by,
        excluded,
        notes: kept.notes,
        readback_at: kept.readback_at,
        taken_by: staff_ref(kept.taken_by, kept.taken_name),
        taken_at: kept.taken_at,
        ..record.shown(kept.id, kept.version, &config.hotlines)
    })
}
