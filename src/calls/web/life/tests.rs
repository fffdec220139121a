//! Stories of the picture of a call.

use super::super::story;
use super::*;
use crate::calls::call::{Caller, Evidence, Excluded, LegEnd, Links, Outcome, Promise, Transfer};
use crate::kernel::{CallId, Language};
use crate::words;

fn at(millis: i64) -> Moment {
    Moment::from_millis(1_795_406_400_000 + millis)
}

fn call(answered: Option<i64>, ended: Option<i64>) -> Call {
    Call {
        id: CallId(1),
        version: 1,
        hotline: None,
        caller: Caller {
            number: None,
            as_sent: None,
            display: None,
            withheld: true,
            contact: None,
            masked: false,
        },
        state: State::Ended,
        offered_at: at(0),
        rang_at: Some(at(70)),
        answered_at: answered.map(at),
        ended_at: ended.map(at),
        rings: 2,
        answer_rings: None,
        answer_ms: None,
        caller_wait_ms: None,
        within_target: None,
        answered_by: None,
        outcome: Some(Outcome::Met),
        excluded: None,
        ended_by: EndedBy::Caller,
        end_seen: ended.is_some(),
        evidence: Evidence::Position180,
        legs: Vec::new(),
        transfers: Vec::new(),
        notes: String::new(),
        record: None,
        readback_at: None,
        links: Links::default(),
        taken_by: None,
        taken_at: None,
        promise: Promise {
            cycle_ms: 5_000,
            target_rings: 3,
            target_ms: 15_000,
            colleague_rings: 2,
        },
        alarm: 0,
    }
}

fn leg(kind: LegKind, extension: Option<&str>, times: [Option<i64>; 3]) -> LegLife {
    LegLife {
        name: "main x y".into(),
        kind,
        service: false,
        extension: extension.map(|text| text.parse().unwrap()),
        offered_at: at(30),
        rang_at: times[0].map(at),
        answered_at: times[1].map(at),
        ended_at: times[2].map(at),
        end: None,
    }
}

fn english() -> Spelling {
    Spelling { language: Language::En, zone: chrono_tz::Asia::Shanghai }
}

fn life(call: &Call, legs: &[LegLife], story: &[StoryLine]) -> Life {
    Life::of(&words::of(Language::En), english(), call, legs, story, (at(500_000), None))
}

fn classes(bar: &Bar) -> Vec<&'static str> {
    bar.strokes.iter().map(|stroke| stroke.class).collect()
}

fn event(kind: &str, millis: i64) -> StoryLine {
    StoryLine { seq: 1, at: at(millis), kind: kind.into(), data: None }
}

#[test]
fn the_delay_of_the_pbx_the_wait_for_an_operator_and_the_talk_are_three_figures() {
    let life = life(&call(Some(7_491), Some(200_000)), &[], &[]);
    let lengths: Vec<_> = life.parts.iter().map(|part| part.length.as_str()).collect();
    assert_eq!(lengths, ["70 ms", "7.4 s", "3:12"]);
    assert_eq!(life.hung_up.as_deref(), Some("The caller hung up first 12:03:20.000"));
}

#[test]
fn what_was_not_seen_is_no_figure() {
    let life = life(&call(Some(7_491), None), &[], &[]);
    assert_eq!(life.parts[2].length, "–");
    assert_eq!(life.parts[2].about, "the end of the talk cannot be seen");
    assert_eq!(life.hung_up.as_deref(), Some("How it ended was not seen"));
}

#[test]
fn a_talk_that_goes_on_is_told_until_now() {
    let live = Call { state: State::Answered, outcome: None, ..call(Some(7_491), None) };
    let found = life(&live, &[], &[]);
    let talk = &found.parts[2];
    assert_eq!((&*talk.length, &*talk.about), ("8:12", "from the answer until now"));
    // where nothing tells of it any more, until then
    let (spelling, l) = (english(), words::of(Language::En));
    let found = Life::of(&l, spelling, &live, &[], &[], (at(500_000), Some(at(67_491))));
    let talk = &found.parts[2];
    assert_eq!(&*talk.length, "1:00");
    assert!(talk.about.starts_with("from the answer until 12:01:07; nothing was heard"));
}

#[test]
fn ringing_past_the_promise_has_another_colour_and_a_hold_lies_on_the_talk() {
    let legs = [
        leg(LegKind::Member, None, [Some(70), None, Some(18_000)]),
        leg(LegKind::Position, Some("801"), [Some(90), Some(18_000), Some(90_000)]),
        leg(LegKind::Trunk, None, [None, Some(18_010), Some(90_000)]),
    ];
    let story = [event("held", 30_000), event("resumed", 40_000)];
    let life = life(&call(Some(18_000), Some(90_000)), &legs, &story);
    let names: Vec<_> = life.bars.iter().map(|bar| bar.name.as_str()).collect();
    assert_eq!(names, ["The whole call", "the caller's line", "801", "this system, as a member"]);
    assert_eq!(classes(&life.bars[2]), ["w-pbx", "w-ring", "w-over", "w-talk", "w-hold"]);
    assert_eq!(classes(&life.bars[3]), ["w-pbx", "w-ring", "w-over"]);
    assert!(life.bars[2].won && life.bars[1].won && !life.bars[3].won);
}

#[test]
fn who_lost_the_race_rang_no_longer_than_until_the_answer() {
    let lost = leg(LegKind::Position, Some("803"), [Some(90), None, Some(200_000)]);
    let life = life(&call(Some(7_491), Some(200_000)), &[lost], &[]);
    assert_eq!(life.times[0].ended, "12:00:07.491");
    assert_eq!(classes(&life.bars[1]), ["w-pbx", "w-ring"]);
}

#[test]
fn what_rings_after_the_answer_breaks_no_promise() {
    let second = leg(LegKind::Position, Some("804"), [Some(90_000), Some(94_000), None]);
    let life = life(&call(Some(7_491), Some(200_000)), &[second], &[]);
    assert!(!classes(&life.bars[1]).contains(&"w-over"), "{:?}", classes(&life.bars[1]));
}

#[test]
fn a_transfer_says_from_whom_to_whom_and_how() {
    let mut call = call(Some(7_491), Some(200_000));
    call.transfers = vec![Transfer {
        at: at(96_400),
        kind: TransferKind::Attended,
        from: Some("801".into()),
        to: None,
    }];
    let life = life(&call, &[], &[event("transferred", 96_400)]);
    let one = &life.moves[0];
    let said = (one.kind.as_str(), one.from.as_str(), one.to.as_str());
    assert_eq!(said, ("transferred after asking", "801", "unknown telephone"));
    assert_eq!(life.transfers.len(), 1);
}

fn moved(after: i64, kind: TransferKind, from: &str, to: &str) -> Transfer {
    Transfer { at: at(after), kind, from: Some(from.into()), to: Some(to.into()) }
}

#[test]
fn who_is_handed_on_after_a_hold_waits_no_longer_and_talks_to_whoever_was_asked() {
    let mut call = call(Some(3_000), Some(14_200));
    call.transfers = vec![moved(9_200, TransferKind::Attended, "801", "804")];
    let mut legs = vec![
        leg(LegKind::Trunk, None, [Some(80), Some(3_010), Some(14_200)]),
        leg(LegKind::Position, Some("801"), [Some(70), Some(3_000), Some(9_200)]),
        leg(LegKind::Position, Some("804"), [Some(70), None, Some(3_000)]),
    ];
    let story = [event("held", 5_000), event("transferred", 9_200)];
    let found = life(&call, &legs, &story);
    let (held, transferred) = (&found.bars[0].strokes[3], &found.transfers[0]);
    assert_eq!(held.class, "w-hold");
    let number = |text: &str| text.replace(['.', '%'], "").parse::<i64>().unwrap();
    let end = number(&held.x) + number(&held.width);
    assert!((end - number(transferred)).abs() <= 2, "{end} {transferred}");
    let last = found.bars.last().unwrap();
    assert_eq!((last.name.as_str(), last.said.as_str()), ("804", "talked 5.0 s"));
    assert_eq!(classes(last), ["w-talk"]);
    // they were called for 801, and when is not known of this call
    let times = found.times.last().unwrap();
    assert_eq!((&*times.name, &*times.offered, &*times.rang), ("804", "–", "–"));
    assert_ne!(times.answered, "–");
    // who rang, answered and has the caller needs no second bar
    legs[2] = leg(LegKind::Extension, Some("804"), [Some(9_300), Some(9_900), Some(14_200)]);
    assert_eq!(life(&call, &legs, &story).bars.len(), 4);
    // and handed on once more it is theirs until then
    call.transfers.push(moved(11_200, TransferKind::Attended, "804", "805"));
    legs.pop();
    let found = life(&call, &legs, &story);
    let said: Vec<_> = found.bars.iter().skip(3).map(|bar| (&*bar.name, &*bar.said)).collect();
    assert_eq!(said, [("804", "talked 2.0 s"), ("805", "talked 3.0 s")]);
}

#[test]
fn the_story_names_who_handed_on_to_whom_and_says_over_of_a_talk() {
    let mut call = call(Some(3_000), Some(14_200));
    call.transfers = vec![moved(9_200, TransferKind::Blind, "801", "804")];
    let mut first = leg(LegKind::Position, Some("801"), [Some(70), Some(3_000), Some(9_300)]);
    first.end = Some(LegEnd::Answered);
    // that 804 has the caller was seen before what 801 had asked for was known
    let story = [event("leg_ended", 9_300), event("transferred", 12_300)];
    let spelling = Spelling { language: Language::En, zone: chrono_tz::Asia::Shanghai };
    let l = words::of(Language::En);
    let lines = story::lines(&l, spelling, &call, &[first], &story, &[]);
    let said: Vec<_> = lines.iter().map(|line| line.said.as_str()).collect();
    assert_eq!(said, ["Transfer (transferred at once): 801 → 804.", "801: over."]);
    let times: Vec<_> = lines.iter().map(|line| line.time.as_str()).collect();
    assert_eq!(times, ["12:00:09.200", "12:00:09.300"], "when it was asked for");
}

#[test]
fn of_a_call_that_was_lost_sight_of_nothing_is_told_that_was_not_seen() {
    let mut call = call(None, None);
    call.outcome = Some(Outcome::Unmeasured);
    call.rings = 60;
    let legs = [
        leg(LegKind::Trunk, None, [Some(80), None, None]),
        leg(LegKind::Position, Some("801"), [Some(70), None, None]),
    ];
    let found = life(&call, &legs, &[]);
    let about: Vec<_> = found.parts.iter().map(|part| part.about.as_str()).collect();
    assert_eq!(about[1..], ["how it went on was not seen", "whether there was one was not seen"]);
    assert!(found.bars.iter().all(|bar| bar.said.is_empty()), "nobody knows how long it rang");
    assert_eq!(say::rings(&call), "–");
    // our own telephone knows how long it rang
    call.evidence = Evidence::Member;
    assert_eq!(say::rings(&call), "60");
    // while it heard nothing it may have been taken back
    call.excluded = Some(Excluded::Outage);
    assert_eq!(say::rings(&call), "–");
}

#[test]
fn the_line_that_is_answered_is_answered_by_whoever_picked_up() {
    let mut call = call(Some(3_000), Some(14_200));
    call.answered_by = Some(crate::calls::call::AnsweredBy {
        extension: Some("801".parse().unwrap()),
        staff: None,
    });
    let trunk = leg(LegKind::Trunk, None, [Some(80), Some(3_010), Some(14_200)]);
    let spelling = Spelling { language: Language::En, zone: chrono_tz::Asia::Shanghai };
    let l = words::of(Language::En);
    let lines = story::lines(&l, spelling, &call, &[trunk], &[event("answered", 3_010)], &[]);
    assert_eq!(lines[0].said, "801: answered.");
}

#[test]
fn what_a_machine_answers_is_no_talk() {
    let trunk = |rang| {
        let mut leg = leg(LegKind::Trunk, None, [rang, Some(8_000), Some(11_000)]);
        leg.end = Some(LegEnd::Answered);
        leg
    };
    let mut only = call(None, Some(11_000));
    only.outcome = Some(Outcome::MachineOnly);
    let found = life(&only, &[trunk(Some(70))], &[]);
    let bar = &found.bars[1];
    assert_eq!(
        (bar.said.as_str(), bar.end.as_str()),
        ("rang 7.9 s · a machine for 3.0 s", "machine only")
    );
    assert_eq!(classes(bar), ["w-pbx", "w-ring", "w-pbx"]);
    assert!(!bar.won && bar.lifted.is_none());
    // a menu first, then a person
    let found = life(&call(Some(10_000), Some(11_000)), &[trunk(None)], &[]);
    let bar = &found.bars[1];
    assert_eq!(
        (bar.said.as_str(), bar.end.as_str()),
        ("a machine for 2.0 s · talked 1.0 s", "answered")
    );
    assert_eq!(classes(bar), ["w-pbx", "w-pbx", "w-talk"]);
}
