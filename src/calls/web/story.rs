//! What happened to a call, line by line, in the reader's words and with the telephones' names.

use super::super::call::{Call, StaffRef};
use super::super::store::{LegLife, StoryLine};
use super::{life, say};
use crate::kernel::{Moment, StaffId};
use crate::words::{Messages, Spelling};

/// A line of the story.
pub(super) struct Line {
    pub(super) at: String,
    pub(super) time: String,
    pub(super) tint: &'static str,
    pub(super) said: String,
}

fn person(line: &StoryLine) -> Option<StaffId> {
    line.data.as_ref()?.get("staff")?.as_i64().map(StaffId)
}

/// When a leg did what an event of this kind tells.
fn moment_of(leg: &LegLife, kind: &str) -> Option<Moment> {
    match kind {
        "leg_began" => Some(leg.offered_at),
        "leg_rang" => leg.rang_at,
        "answered" => leg.answered_at,
        "leg_ended" => leg.ended_at,
        _ => None,
    }
}

/// The telephone of an event: the one that did this at that very moment; of several, each once.
fn telephone<'l>(legs: &'l [LegLife], story: &[StoryLine], nth: usize) -> Option<&'l LegLife> {
    let line = story.get(nth)?;
    let same = |other: &&StoryLine| other.kind == line.kind && other.at == line.at;
    let before = story.iter().take(nth).filter(same).count();
    legs.iter().filter(|leg| moment_of(leg, &line.kind) == Some(line.at)).nth(before)
}

/// What an event of a leg or a transfer says; `None` for one that names no telephone.
fn of_telephone(
    l: &Messages,
    call: &Call,
    leg: Option<&LegLife>,
    line: &StoryLine,
) -> Option<String> {
    let name = leg.map(|leg| life::name(l, leg));
    let said = match (line.kind.as_str(), name) {
        ("leg_began", Some(name)) => l.calls_event_leg_began_at(name).to_string(),
        ("leg_rang", Some(name)) => l.calls_event_leg_rang_at(name).to_string(),
        ("leg_ended", Some(name)) => {
            let end = leg.and_then(|leg| leg.end).map(|end| say::leg_end(l, end));
            match end {
                Some(end) => l.calls_event_leg_ended_how(name, end).to_string(),
                None => l.calls_event_leg_ended_at(name).to_string(),
            }
        }
        ("answered", Some(name)) => l.calls_event_answered_at(name).to_string(),
        ("transferred", _) => {
            let one = call.transfers.iter().find(|one| one.at == line.at)?;
            let (from, to) = (one.from.clone()?, one.to.clone()?);
            l.calls_event_transferred_to(life::transfer(l, one.kind), from, to).to_string()
        }
        _ => return None,
    };
    Some(said)
}

/// The story of a call for a reader.
pub(super) fn lines(
    l: &Messages,
    spelling: Spelling,
    call: &Call,
    legs: &[LegLife],
    story: &[StoryLine],
    people: &[StaffRef],
) -> Vec<Line> {
    let tell = |(nth, line): (usize, &StoryLine)| {
        let id = person(line);
        let name = people.iter().find(|who| Some(who.id) == id).map(|who| who.name.as_str());
        let leg = telephone(legs, story, nth);
        Line {
            at: line.at.to_string(),
            time: spelling.millisecond(line.at),
            tint: say::event_tint(&line.kind),
            said: of_telephone(l, call, leg, line)
                .unwrap_or_else(|| say::event(l, call, line, name)),
        }
    };
    story.iter().enumerate().map(tell).collect()
}
