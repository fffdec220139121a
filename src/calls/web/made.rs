//! The calls we made to somebody: on the card of who calls us, for they may be calling back, and on a
//! customer's card.

use super::super::known::{Section, SectionLine, Tag};
use super::super::outgoing::{OutgoingCall, OutgoingState};
use super::super::store;
use super::sight;
use crate::contacts::{Past, PastLine};
use crate::db;
use crate::kernel::{Closed, Moment};
use crate::web::{OnDuty, Want};
use crate::words::minutes;

/// So far back, in milliseconds: a month.
const BACK_MS: i64 = 30 * DAY_MS;
/// Somebody who was called within this time is probably calling back.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// So many stand on the card of who calls.
const LATELY: i64 = 3;
/// And so many on a customer's card.
const SHOWN: i64 = 10;

/// One call we made, in words.
struct Made {
    at: Moment,
    when: String,
    by: String,
    /// What for; empty where nobody said.
    what: String,
    how: String,
    tint: &'static str,
}

async fn gather(
    want: &Want,
    reader: &OnDuty,
    numbers: &[String],
    most: i64,
) -> db::Result<Vec<Made>> {
    let (db, closed): (_, &Closed) = (&want.kit.db, &reader.closed);
    let since = want.now.plus_millis(-BACK_MS);
    let calls = store::outgoing_to(db, numbers, since, most).await?;
    if calls.is_empty() {
        return Ok(Vec::new());
    }
    let (l, spelling) = (want.messages(), want.spelling());
    let (mut plans, _) = store::purposes(db, &calls).await?;
    let owed = store::owed(db, &calls).await?;
    let made = |mut call: OutgoingCall| {
        drop(sight::close_made(&mut call, closed));
        let plan = plans.remove(&call.id).map(|plan| sight::plan(plan, reader, closed));
        let talked = call.answered_at.zip(call.ended_at).map(|(from, to)| to.millis_since(from));
        let (how, tint) = match talked {
            _ if call.state != OutgoingState::Ended => (l.calls_talking().to_string(), ""),
            Some(talked) => (minutes(talked), "t1"),
            None => (l.calls_end_no_answer().to_string(), "t2"),
        };
        Made {
            at: call.started_at,
            when: spelling.moment(call.started_at),
            what: match plan {
                Some(plan) => plan.purpose,
                None if owed.contains(&call.id) => l.calls_out_call_back().to_string(),
                None => String::new(),
            },
            by: call.staff.map_or_else(|| call.extension.to_string(), |one| one.name),
            how,
            tint,
        }
    };
    Ok(calls.into_iter().map(made).collect())
}

/// What stands on the card of who calls, and what is known before a word is said where we called them
/// within a day.
pub(super) async fn lately(
    want: &Want,
    reader: &OnDuty,
    numbers: &[String],
) -> db::Result<(Option<Section>, Option<String>)> {
    let made = gather(want, reader, numbers, LATELY).await?;
    let l = want.messages();
    let newest = made.first().filter(|one| want.now.millis_since(one.at) < DAY_MS);
    let hint = newest.map(|one| {
        let (by, when, how) = (one.by.as_str(), one.when.as_str(), one.how.as_str());
        if one.what.is_empty() {
            l.calls_made_lately(by, when, how).to_string()
        } else {
            l.calls_made_lately_for(by, when, how, one.what.as_str()).to_string()
        }
    });
    let line = |one: Made| SectionLine {
        id: one.when,
        text: one.by,
        aside: Some(one.what).filter(|what| !what.is_empty()),
        tag: Some(Tag { text: one.how, tint: one.tint }),
        ..SectionLine::default()
    };
    let section = (!made.is_empty()).then(|| Section {
        kind: "made",
        title: l.calls_made().to_string(),
        icon: "phone",
        count: made.len(),
        lines: made.into_iter().map(line).collect(),
        ..Section::default()
    });
    Ok((section, hint))
}

/// What stands on a customer's card; nothing where we never called.
pub(super) async fn past(
    want: &Want,
    reader: &OnDuty,
    numbers: &[String],
) -> db::Result<Vec<Past>> {
    if !sight::reads(reader) {
        return Ok(Vec::new());
    }
    let made = gather(want, reader, numbers, SHOWN).await?;
    if made.is_empty() {
        return Ok(Vec::new());
    }
    let line = |one: Made| PastLine {
        when: one.when,
        href: None,
        text: one.what,
        aside: one.by,
        tag: Some(one.how),
        tint: one.tint,
    };
    Ok(vec![Past {
        title: want.messages().calls_made().to_string(),
        icon: "phone",
        lines: made.into_iter().map(line).collect(),
        all: None,
    }])
}
