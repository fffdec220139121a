//! What happened to a call, line by line, in the reader's words and with the telephones' names.

use super::super::call::{Call, LegEnd, StaffRef, Transfer};
use super::super::record::LegKind;
use super::super::store::{LegLife, StoryLine};
use super::{life, say};
use crate::kernel::{Moment, StaffId};
use crate::words::{Messages, Spelling};

/// How the event of a transfer is called.
const MOVED: &str = "transferred";

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

/// The transfer of an event: the one at that very moment, else, where there are as many of both, the one in
/// its place. Who has the caller may be seen before it is told that this was asked for, and when.
fn transfer<'c>(call: &'c Call, story: &[StoryLine], nth: usize) -> Option<&'c Transfer> {
    let line = story.get(nth).filter(|line| line.kind == MOVED)?;
    let told = |lines: &[StoryLine]| lines.iter().filter(|line| line.kind == MOVED).count();
    let place = told(story.get(..nth).unwrap_or_default());
    let in_place = || call.transfers.get(place).filter(|_| told(story) == call.transfers.len());
    call.transfers.iter().find(|one| one.at == line.at).or_else(in_place)
}

/// What an event of a leg or a transfer says; `None` for one that names no telephone.
fn of_telephone(
    l: &Messages,
    leg: Option<&LegLife>,
    by: Option<String>,
    moved: Option<&Transfer>,
    line: &StoryLine,
) -> Option<String> {
    // the caller's line is answered because somebody picked up
    let phone = |leg: &&LegLife| line.kind != "answered" || leg.kind != LegKind::Trunk;
    let name = leg.filter(phone).map(|leg| life::name(l, leg));
    let said = match (line.kind.as_str(), name) {
        ("leg_began", Some(name)) => l.calls_event_leg_began_at(name).to_string(),
        ("leg_rang", Some(name)) => l.calls_event_leg_rang_at(name).to_string(),
        ("leg_ended", Some(name)) => {
            // "answered" is how the ringing ended; this is the end of the talk
            let end = leg.and_then(|leg| leg.end).filter(|end| *end != LegEnd::Answered);
            let end = end.map(|end| say::leg_end(l, end));
            match end {
                Some(end) => l.calls_event_leg_ended_how(name, end).to_string(),
                None => l.calls_event_leg_ended_at(name).to_string(),
            }
        }
        ("answered", name) => l.calls_event_answered_at(name.or(by)?).to_string(),
        (MOVED, _) => {
            let one = moved?;
            let (from, to) = (one.from.clone()?, one.to.clone()?);
            l.calls_event_transferred_to(life::transfer(l, one.kind), from, to).to_string()
        }
        _ => return None,
    };
    Some(said)
}

/// The story of a call for a reader, in order of time. A transfer happened when it was asked for, however much
/// later it was seen who has the caller.
pub(super) fn lines(
    l: &Messages,
    spelling: Spelling,
    call: &Call,
    legs: &[LegLife],
    story: &[StoryLine],
    people: &[StaffRef],
) -> Vec<Line> {
    let by = call.answered_by.as_ref().and_then(|by| by.extension.as_ref());
    let by = by.map(ToString::to_string);
    let tell = |(nth, line): (usize, &StoryLine)| {
        let id = person(line);
        let name = people.iter().find(|who| Some(who.id) == id).map(|who| who.name.as_str());
        let leg = telephone(legs, story, nth);
        let moved = transfer(call, story, nth);
        let at = moved.map_or(line.at, |one| one.at.min(line.at));
        let line = Line {
            at: at.to_string(),
            time: spelling.millisecond(at),
            tint: say::event_tint(&line.kind),
            said: of_telephone(l, leg, by.clone(), moved, line)
                .unwrap_or_else(|| say::event(l, call, line, name)),
        };
        (at, line)
    };
    let mut told: Vec<_> = story.iter().enumerate().map(tell).collect();
    told.sort_by_key(|(at, _)| *at);
    told.into_iter().map(|(_, line)| line).collect()
}
