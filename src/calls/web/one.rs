//! One call: what happened, its figures with what they mean, its telephones, its note.

use askama::Template;
use serde::{Serialize, Serializer};

use super::super::call::{Call, CallAlone, Excluded, Hold};
use super::super::known::{Beside, Way};
use super::super::missed::web::{View as Debt, of_call, outcomes};
use super::super::store;
use super::hold::hold;
use super::life::Life;
use super::row::Row;
use super::story::{self, Line};
use super::written::RecordForm;
use super::{Panel, grown, outages, say, sight, unheard};
use crate::db;
use crate::kernel::{CallId, Moment};
use crate::web::{Frame, OnDuty, Place, Want};
use crate::words::tenths;

/// One call; as JSON the call alone.
#[derive(Template)]
#[template(path = "calls/one.html")]
pub(super) struct One {
    frame: Frame,
    call: Call,
    hold: Option<Hold>,
    /// Nothing tells of the talk since then.
    unheard: Option<Moment>,
    who: String,
    number: Option<String>,
    dial: Option<String>,
    hotline: String,
    /// Who answered; who said that they took it, where that is not known.
    by: String,
    tag: String,
    tint: &'static str,
    excluded: Option<String>,
    imported: Option<String>,
    is_test: bool,
    may_judge: bool,
    may_write: bool,
    form: Option<RecordForm>,
    lacks: Option<String>,
    rings: String,
    answer: String,
    waited: String,
    offered: String,
    cycle: String,
    promise: String,
    ground: String,
    story: Vec<Line>,
    life: Life,
    /// The house was deaf while it lived: when, and why.
    deaf: Vec<outages::Period>,
    zone: String,
    /// The call back that is owed for it, and how that may end.
    debt: Option<Debt>,
    outcomes: Vec<(&'static str, String)>,
    /// Records of it in other rooms.
    beside: Vec<Beside>,
}

/// The address has one resource and two faces: a program gets the contract's call.
impl Serialize for One {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (call, imported) = (self.call.clone(), self.imported.clone());
        let (hold, unheard_since) = (self.hold, self.unheard);
        CallAlone { call, hold, unheard_since, imported }.serialize(serializer)
    }
}

/// Gathers one call for a reader.
pub(super) async fn one(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    id: CallId,
) -> db::Result<One> {
    let db = &want.kit.db;
    let closed = reader.closed.clone();
    let mut call = sight::seen(store::call(db, id).await?, reader, &closed, want.now);
    grown::link(panel, db, std::slice::from_mut(&mut call)).await?;
    let mut story = store::story(db, id).await?;
    let hold = hold(&call, &story);
    let unheard = unheard::since(want, &call).await?;
    // what was mirrored to us may be learnt of late
    story.sort_by_key(|line| line.at);
    let legs = sight::legs(store::legs_of(db, id).await?, &closed);
    let people = store::people(db).await?;
    let frame = want.frame(Place::Calls);
    let (l, spelling) = (&frame.l, frame.spelling);
    let who = say::who(l, &call);
    let dash = || "–".to_owned();
    let deaf = if call.excluded == Some(Excluded::Outage) {
        let closed_at = || story.iter().find(|line| line.kind == "ended").map(|line| line.at);
        let to = call.ended_at.or(call.answered_at).or_else(closed_at).unwrap_or(want.now);
        outages::during(want, l, call.offered_at, to).await?
    } else {
        Vec::new()
    };
    let mut beside = Vec::new();
    for room in panel.records.iter() {
        beside.extend(room.beside(want, reader, &call).await?);
    }
    let row = Row::of(l, spelling, &call, None);
    Ok(One {
        beside,
        hold,
        number: say::number(&call).filter(|number| *number != who),
        dial: call.caller.number.clone().filter(|_| !call.caller.masked),
        hotline: say::hotline(l, &call),
        tag: match (call.outcome, unheard) {
            (Some(outcome), _) => say::outcome(l, outcome),
            (None, Some(at)) => l.calls_unheard(spelling.minute(at)).to_string(),
            (None, None) => say::state(l, call.state),
        },
        tint: match unheard {
            Some(_) => "t2",
            None => call.outcome.map_or("ta", say::outcome_tint),
        },
        excluded: call.excluded.map(|why| say::excluded(l, why)),
        imported: store::imported::source(db, id).await?,
        is_test: call.excluded == Some(Excluded::Test),
        may_judge: reader.roles.has_any(sight::JUDGES),
        may_write: sight::writes(reader) && reader.in_browser(),
        form: Some(RecordForm::of(want, reader, &call).await?),
        lacks: row.lacks,
        by: row.by,
        rings: say::rings(&call),
        answer: call.answer_ms.map_or_else(dash, tenths),
        waited: call.caller_wait_ms.map_or_else(dash, tenths),
        offered: spelling.exact(call.offered_at),
        cycle: tenths(call.promise.cycle_ms),
        promise: tenths(call.promise.target_ms),
        ground: say::ground(l, &call),
        story: story::lines(l, spelling, &call, &legs, &story, &people),
        life: Life::of(l, spelling, &call, &legs, &story, (want.now, unheard)),
        deaf,
        unheard,
        debt: of_call(want, reader, id).await?,
        outcomes: outcomes(l),
        zone: want.kit.day.zone.name().to_owned(),
        who,
        call,
        frame,
    })
}
