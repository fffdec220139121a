//! One call: what happened, its figures with what they mean, its telephones, its note.

use askama::Template;
use serde::{Serialize, Serializer};

use super::super::call::{Call, Leg};
use super::super::store::{self, StoryLine};
use super::{say, sight};
use crate::db;
use crate::kernel::{CallId, StaffId};
use crate::web::{Frame, OnDuty, Place, Want};
use crate::words::{Messages, Spelling, tenths};

/// One call; as JSON the call alone.
#[derive(Template)]
#[template(path = "calls/one.html")]
pub(super) struct One {
    frame: Frame,
    call: Call,
    who: String,
    number: Option<String>,
    dial: Option<String>,
    hotline: String,
    tag: String,
    tint: &'static str,
    excluded: Option<String>,
    is_test: bool,
    may_judge: bool,
    may_write: bool,
    rings: u32,
    answer: String,
    waited: String,
    offered: String,
    cycle: String,
    promise: String,
    ground: String,
    story: Vec<Line>,
    legs: Vec<LegLine>,
    zone: String,
}

/// The address has one resource and two faces: a program gets the contract's call.
impl Serialize for One {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.call.serialize(serializer)
    }
}

/// A line of the story.
pub(super) struct Line {
    at: String,
    time: String,
    tint: &'static str,
    said: String,
}

/// A telephone that rang.
pub(super) struct LegLine {
    name: String,
    rang: String,
    ended: String,
    end: String,
}

fn leg_line(l: &Messages, spelling: Spelling, leg: &Leg) -> LegLine {
    let at = |at: Option<_>| at.map_or_else(|| "–".to_owned(), |at| spelling.millisecond(at));
    LegLine {
        name: leg
            .extension
            .as_ref()
            .map_or_else(|| l.calls_leg_member().to_string(), ToString::to_string),
        rang: at(leg.rang_at),
        ended: at(leg.answered_at.or(leg.ended_at)),
        end: leg.end.map(|end| say::leg_end(l, end)).unwrap_or_default(),
    }
}

fn person(line: &StoryLine) -> Option<StaffId> {
    line.data.as_ref()?.get("staff")?.as_i64().map(StaffId)
}

/// Gathers one call for a reader.
pub(super) async fn one(want: &Want, reader: &OnDuty, id: CallId) -> db::Result<One> {
    let db = &want.kit.db;
    let call = sight::seen(store::call(db, id).await?, reader, want.now);
    let story = store::story(db, id).await?;
    let people = store::people(db).await?;
    let frame = want.frame(Place::Calls);
    let (l, spelling) = (&frame.l, frame.spelling);
    let who = say::who(l, &call);
    let dash = || "–".to_owned();
    let line = |line: &StoryLine| {
        let id = person(line);
        let name = people.iter().find(|who| Some(who.id) == id).map(|who| who.name.as_str());
        Line {
            at: line.at.to_string(),
            time: spelling.millisecond(line.at),
            tint: say::event_tint(&line.kind),
            said: say::event(l, &call, line, name),
        }
    };
    Ok(One {
        number: say::number(&call).filter(|number| *number != who),
        dial: call.caller.number.clone().filter(|_| !call.caller.masked),
        hotline: say::hotline(l, &call),
        tag: call.outcome.map_or_else(|| say::state(l, call.state), |o| say::outcome(l, o)),
        tint: call.outcome.map_or("ta", say::outcome_tint),
        excluded: call.excluded.map(|why| say::excluded(l, why)),
        is_test: call.excluded == Some(super::super::call::Excluded::Test),
        may_judge: reader.roles.has_any(sight::JUDGES),
        may_write: sight::writes(reader) && reader.in_browser(),
        rings: call.rings,
        answer: call.answer_ms.map_or_else(dash, tenths),
        waited: call.caller_wait_ms.map_or_else(dash, tenths),
        offered: spelling.exact(call.offered_at),
        cycle: tenths(call.promise.cycle_ms),
        promise: tenths(call.promise.target_ms),
        ground: say::ground(l, call.evidence),
        story: story.iter().map(line).collect(),
        legs: call.legs.iter().map(|leg| leg_line(l, spelling, leg)).collect(),
        zone: want.kit.day.zone.name().to_owned(),
        who,
        call,
        frame,
    })
}
