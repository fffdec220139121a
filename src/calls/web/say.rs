//! How the words of a record are said on a screen, in the reader's language.

use super::super::call::{Call, Evidence, Excluded, LegEnd, Outcome, State};
use super::super::particulars::{Kind, Urgency};
use super::super::store::StoryLine;
use crate::kernel::Phone;
use crate::words::Messages;

/// How a call ended.
pub(super) fn outcome(l: &Messages, outcome: Outcome) -> String {
    match outcome {
        Outcome::Met => l.calls_outcome_met(),
        Outcome::Late => l.calls_outcome_late(),
        Outcome::AbandonedShort => l.calls_outcome_abandoned_short(),
        Outcome::Abandoned => l.calls_outcome_abandoned(),
        Outcome::NotOffered => l.calls_outcome_not_offered(),
        Outcome::MachineOnly => l.calls_outcome_machine_only(),
        Outcome::Unmeasured => l.calls_outcome_unmeasured(),
    }
    .to_string()
}

/// The tint that goes with an outcome; the word is always there too.
pub(super) fn outcome_tint(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Met => "t1",
        Outcome::MachineOnly => "t2",
        Outcome::Abandoned | Outcome::NotOffered => "t3",
        Outcome::Late => "t4",
        Outcome::AbandonedShort | Outcome::Unmeasured => "",
    }
}

/// What a call is about.
pub(super) fn kind(l: &Messages, kind: Kind) -> String {
    match kind {
        Kind::Fault => l.calls_kind_fault(),
        Kind::Booking => l.calls_kind_booking(),
        Kind::Enquiry => l.calls_kind_enquiry(),
        Kind::Complaint => l.calls_kind_complaint(),
        Kind::Message => l.calls_kind_message(),
    }
    .to_string()
}

/// How soon somebody must act.
pub(super) fn urgency(l: &Messages, urgency: Urgency) -> String {
    match urgency {
        Urgency::Normal => l.calls_urgency_normal(),
        Urgency::Urgent => l.calls_urgency_urgent(),
        Urgency::Critical => l.calls_urgency_critical(),
    }
    .to_string()
}

/// Where a call is in its life.
pub(super) fn state(l: &Messages, state: State) -> String {
    match state {
        State::Offered => l.calls_state_offered(),
        State::Ringing => l.calls_state_ringing(),
        State::Answered => l.calls_state_answered(),
        State::Ended => l.calls_state_ended(),
    }
    .to_string()
}

/// Why a call is not counted.
pub(super) fn excluded(l: &Messages, excluded: Excluded) -> String {
    match excluded {
        Excluded::AfterHours => l.calls_excluded_after_hours(),
        Excluded::Outage => l.calls_excluded_outage(),
        Excluded::Test => l.calls_excluded_test(),
    }
    .to_string()
}

/// What the clock of a call rests on, as a sentence that says how far to trust it.
pub(super) fn ground(l: &Messages, call: &Call) -> String {
    // what a member alone cannot see another source may have told
    let alone = call.answered_by.is_none() && !call.end_seen;
    let evidence = match call.evidence {
        Evidence::Position180 => l.calls_evidence_position(),
        Evidence::Dialog => l.calls_evidence_dialog(),
        Evidence::Trunk180 => l.calls_evidence_trunk(),
        Evidence::Member if alone => l.calls_evidence_member_alone(),
        Evidence::Member => l.calls_evidence_member(),
        Evidence::None => l.calls_evidence_none(),
    };
    l.calls_ground(evidence.to_string()).to_string()
}

/// How a leg ended.
pub(super) fn leg_end(l: &Messages, end: LegEnd) -> String {
    match end {
        LegEnd::Answered => l.calls_end_answered(),
        LegEnd::Elsewhere => l.calls_end_elsewhere(),
        LegEnd::Abandoned => l.calls_end_abandoned(),
        LegEnd::Busy => l.calls_end_busy(),
        LegEnd::Declined => l.calls_end_declined(),
        LegEnd::NoAnswer => l.calls_end_no_answer(),
        LegEnd::Unreachable => l.calls_end_unreachable(),
        LegEnd::Transferred => l.calls_end_transferred(),
    }
    .to_string()
}

/// Who calls, as one name: the contact, the display name, the number, or that it is withheld.
pub(super) fn who(l: &Messages, call: &Call) -> String {
    let caller = &call.caller;
    if caller.withheld {
        return l.calls_withheld().to_string();
    }
    let name = caller.contact.as_ref().map(|contact| contact.name.clone());
    let display = || caller.display.as_deref().filter(|display| !is_number(display)).map(shown);
    name.or_else(display)
        .or_else(|| number(call))
        .unwrap_or_else(|| l.calls_unknown_caller().to_string())
}

/// How many rings began; `–` where that was not seen.
pub(super) fn rings(call: &Call) -> String {
    if call.is_lost_sight_of() { "–".to_owned() } else { call.rings.to_string() }
}

/// The number as people write it; `None` when withheld or none was sent.
pub(super) fn number(call: &Call) -> Option<String> {
    let caller = &call.caller;
    if caller.masked {
        return caller.number.clone().or_else(|| caller.as_sent.clone());
    }
    let written = |number: &String| Phone::read(number).map_or(number.clone(), |p| p.for_people());
    caller.number.as_ref().map(written).or_else(|| caller.as_sent.clone())
}

/// A name from the wire as a screen may show it: what turns the direction of writing would turn the
/// words around it too, in titles and notifications.
pub(super) fn shown(display: &str) -> String {
    let turns = |c: &char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    display.chars().filter(|c| !turns(c) && !c.is_control()).collect()
}

/// PBXes like to send the number as the name.
pub(super) fn is_number(display: &str) -> bool {
    display.chars().all(|c| c.is_ascii_digit() || "+*- ".contains(c))
}

/// The hotline's name.
pub(super) fn hotline(l: &Messages, call: &Call) -> String {
    call.hotline.as_ref().map_or_else(|| l.calls_no_hotline().to_string(), |h| h.name.clone())
}

/// One line of a call's story; `name` is the person of the line, where there is one.
pub(super) fn event(l: &Messages, call: &Call, line: &StoryLine, name: Option<&str>) -> String {
    let someone = l.calls_event_someone().to_string();
    let name = name.unwrap_or(&someone);
    let ring = line.data.as_ref().and_then(|data| data.get("ring")?.as_i64()).unwrap_or(1);
    let end = || call.outcome.map(|ended| outcome(l, ended)).unwrap_or_default();
    match line.kind.as_str() {
        "offered" => l.calls_event_offered().to_string(),
        "ringing" => l.calls_event_ringing().to_string(),
        "ring2" => l.calls_event_ring_2(ring).to_string(),
        "ring3" => l.calls_event_ring_3(ring).to_string(),
        "colleagues" => l.calls_event_colleagues(ring).to_string(),
        "breach" => l.calls_event_breach(ring).to_string(),
        "round_ended" => l.calls_event_round_ended().to_string(),
        "round_began" => l.calls_event_round_began().to_string(),
        "leg_began" => l.calls_event_leg_began().to_string(),
        "leg_rang" => l.calls_event_leg_rang().to_string(),
        "leg_ended" => l.calls_event_leg_ended().to_string(),
        "held" => l.calls_event_held().to_string(),
        "hold_agreed" => l.calls_event_hold_agreed(name).to_string(),
        "resumed" => l.calls_event_resumed().to_string(),
        "transferred" => l.calls_event_transferred().to_string(),
        "machine" => l.calls_event_machine().to_string(),
        "answered" => l.calls_event_answered().to_string(),
        "ended" => l.calls_event_ended(end()).to_string(),
        "completed" => l.calls_event_completed().to_string(),
        "amended" => l.calls_event_amended(end()).to_string(),
        "doubtful" => l.calls_event_doubtful().to_string(),
        "taken" => l.calls_event_taken(name).to_string(),
        "released" => l.calls_event_released(name).to_string(),
        "noted" => l.calls_event_noted(name).to_string(),
        "picked_up" => l.calls_event_picked_up(name, why_colleague(l, line)).to_string(),
        "recorded" => l.calls_event_recorded(name).to_string(),
        "read_back" => l.calls_event_read_back(name).to_string(),
        "marked_test" => l.calls_event_test(name).to_string(),
        "unmarked_test" => l.calls_event_untest(name).to_string(),
        "put_away" => l.calls_event_put_away(name).to_string(),
        other => l.calls_event_other(other).to_string(),
    }
}

/// Why it was a colleague who answered.
fn why_colleague(l: &Messages, line: &StoryLine) -> String {
    let why = line.data.as_ref().and_then(|data| data.get("why")?.as_str());
    match why {
        Some("away") => l.messages_reason_away(),
        Some("on_call") => l.messages_reason_on_call(),
        Some("off_duty") => l.messages_reason_off_duty(),
        _ => l.messages_reason_no_answer(),
    }
    .to_string()
}

/// The colour of a line of the story: the ring state it stands for.
pub(super) fn event_tint(kind: &str) -> &'static str {
    match kind {
        "ringing" | "answered" | "picked_up" | "resumed" => "s1",
        "ring2" | "colleagues" | "held" => "s2",
        "ring3" => "s3",
        "breach" => "s4",
        _ => "",
    }
}
