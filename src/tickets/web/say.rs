//! States, clocks and reasons in the reader's words.

use chrono::{NaiveDateTime, TimeZone as _};

use super::super::clock::{Going, Metric, Reading};
use super::super::order;
use super::super::ticket::{Refusal, State, WaitingFor};
use crate::kernel::Moment;
use crate::web::Want;
use crate::words::Messages;

/// The name of a ticket's state.
pub(crate) fn state(l: &Messages, state: State) -> String {
    match state {
        State::New => l.tickets_state_new(),
        State::Accepted => l.tickets_state_accepted(),
        State::Dispatched => l.tickets_state_dispatched(),
        State::InProgress => l.tickets_state_in_progress(),
        State::Waiting => l.tickets_state_waiting(),
        State::Resolved => l.tickets_state_resolved(),
        State::Closed => l.tickets_state_closed(),
        State::Reopened => l.tickets_state_reopened(),
        State::Duplicate => l.tickets_state_duplicate(),
        State::Cancelled => l.tickets_state_cancelled(),
    }
    .to_string()
}

/// The name of a ticket's state by its word in the store; the word itself where it is none of ours.
pub fn state_by_name(l: &Messages, word: &str) -> String {
    word.parse().map_or_else(|_| word.to_owned(), |known| state(l, known))
}

/// The name of an order's state.
pub(crate) fn order_state(l: &Messages, state: order::State) -> String {
    match state {
        order::State::Draft => l.tickets_order_draft(),
        order::State::Issued => l.tickets_order_issued(),
        order::State::Acked => l.tickets_order_acked(),
        order::State::EnRoute => l.tickets_order_en_route(),
        order::State::OnSite => l.tickets_order_on_site(),
        order::State::Paused => l.tickets_order_paused(),
        order::State::Done => l.tickets_order_done(),
        order::State::Signed => l.tickets_order_signed(),
        order::State::Archived => l.tickets_order_archived(),
        order::State::Recalled => l.tickets_order_recalled(),
    }
    .to_string()
}

/// What was done to an order.
pub(crate) fn verb(l: &Messages, verb: order::Verb) -> String {
    match verb {
        order::Verb::Issue => l.tickets_verb_issue(),
        order::Verb::Accept => l.tickets_verb_accept(),
        order::Verb::Decline => l.tickets_verb_decline(),
        order::Verb::Silence => l.tickets_verb_silence(),
        order::Verb::Depart => l.tickets_verb_depart(),
        order::Verb::Arrive => l.tickets_verb_arrive(),
        order::Verb::Pause => l.tickets_verb_pause(),
        order::Verb::Resume => l.tickets_verb_resume(),
        order::Verb::Finish => l.tickets_verb_finish(),
        order::Verb::Sign => l.tickets_verb_sign(),
        order::Verb::Archive => l.tickets_verb_archive(),
        order::Verb::Recall => l.tickets_verb_recall(),
        order::Verb::Help => l.tickets_verb_help(),
        order::Verb::Note => l.tickets_verb_note(),
        order::Verb::Undo => l.bookings_undo(),
    }
    .to_string()
}

/// What was done to an order, as a history says it.
pub(crate) fn did(l: &Messages, verb: order::Verb) -> String {
    match verb {
        order::Verb::Issue => l.tickets_did_issue(),
        order::Verb::Accept => l.tickets_did_accept(),
        order::Verb::Decline => l.tickets_did_decline(),
        order::Verb::Silence => l.tickets_verb_silence(),
        order::Verb::Depart => l.tickets_did_depart(),
        order::Verb::Arrive => l.tickets_did_arrive(),
        order::Verb::Pause => l.tickets_did_pause(),
        order::Verb::Resume => l.tickets_did_resume(),
        order::Verb::Finish => l.tickets_did_finish(),
        order::Verb::Sign => l.tickets_did_sign(),
        order::Verb::Archive => l.tickets_did_archive(),
        order::Verb::Recall => l.tickets_did_recall(),
        order::Verb::Help => l.tickets_did_ask_for_help(),
        order::Verb::Note => l.tickets_verb_note(),
        order::Verb::Undo => l.bookings_undone(),
    }
    .to_string()
}

/// What was done to a fault, by its word in the journal, as a history says it.
pub(crate) fn did_act(l: &Messages, word: &str) -> String {
    let said = match word {
        "accepted" => l.tickets_did_take().to_string(),
        "returned" => l.tickets_did_go_on().to_string(),
        other => act(l, other),
    };
    let mut letters = said.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What was done to a fault or an order, by its word in the journal.
pub(crate) fn act(l: &Messages, word: &str) -> String {
    match word {
        "issued" => l.tickets_verb_issue().to_string(),
        "departed" => l.tickets_verb_depart().to_string(),
        "arrived" => l.tickets_verb_arrive().to_string(),
        "accepted" => l.tickets_accept().to_string(),
        "returned" => l.tickets_go_on().to_string(),
        "waiting" => l.tickets_state_waiting().to_string(),
        "opened" => l.tickets_opened_act().to_string(),
        "closed" => l.tickets_state_closed().to_string(),
        other => crate::words::change(l, other),
    }
}

/// What a clock measures.
pub(crate) fn metric(l: &Messages, metric: Metric) -> String {
    match metric {
        Metric::Respond => l.tickets_metric_respond(),
        Metric::Arrive => l.tickets_metric_arrive(),
        Metric::Resolve => l.tickets_metric_resolve(),
    }
    .to_string()
}

/// The customer's word, 1 to 5.
pub(crate) fn stars(l: &Messages, word: i64) -> String {
    match word {
        5.. => l.tickets_stars_five(),
        4 => l.tickets_stars_four(),
        3 => l.tickets_stars_three(),
        2 => l.tickets_stars_two(),
        _ => l.tickets_stars_one(),
    }
    .to_string()
}

/// For whom a ticket waits.
pub(crate) fn waiting(l: &Messages, why: WaitingFor) -> String {
    match why {
        WaitingFor::Customer => l.tickets_wait_customer(),
        WaitingFor::Parts => l.tickets_wait_parts(),
        WaitingFor::ThirdParty => l.tickets_wait_third_party(),
    }
    .to_string()
}

/// The name of a priority.
pub(crate) fn priority(l: &Messages, priority: i64) -> String {
    match priority {
        ..=1 => l.tickets_priority_1(),
        2 => l.tickets_priority_2(),
        3 => l.tickets_priority_3(),
        _ => l.tickets_priority_4(),
    }
    .to_string()
}

/// Its tint.
pub(crate) const fn priority_tint(priority: i64) -> &'static str {
    match priority {
        ..=1 => "t4",
        2 => "t2",
        _ => "",
    }
}

/// What sort of note.
pub(crate) fn note_kind(l: &Messages, kind: &str) -> String {
    match kind {
        "offline" => l.tickets_note_offline().to_string(),
        "waiting" => l.tickets_state_waiting().to_string(),
        "declined" => l.tickets_verb_decline().to_string(),
        "recalled" => l.tickets_verb_recall().to_string(),
        "nobody" => l.tickets_nobody().to_string(),
        "again" => l.tickets_again().to_string(),
        "help" => l.tickets_verb_help().to_string(),
        "helping" => l.tickets_helping().to_string(),
        "seen" => l.tickets_note_seen().to_string(),
        "phone" => l.tickets_note_phone().to_string(),
        "consult" => l.tickets_consult().to_string(),
        "next_step" => l.tickets_next_step().to_string(),
        "closed" => l.tickets_call_back().to_string(),
        "edited" => did_act(l, kind),
        "reopened" => l.tickets_state_reopened().to_string(),
        "cancelled" => l.tickets_state_cancelled().to_string(),
        "duplicate" => l.tickets_state_duplicate().to_string(),
        _ => l.tickets_note().to_string(),
    }
}

/// What was pressed without a network and is kept as a note, in the words of the machine.
pub(crate) struct Pressed<'t> {
    no: &'t str,
    verb: order::Verb,
    /// When; older notes do not say it.
    pub(crate) at: Option<Moment>,
    /// What was said with it.
    pub(crate) text: &'t str,
}

/// Reads `W26-0001 sign 2026-11-23T02:00:00.000Z …`; `None` where it is no such note.
pub(crate) fn pressed(note: &str) -> Option<Pressed<'_>> {
    let (no, rest) = note.split_once(' ')?;
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let verb = verb.parse().ok()?;
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let at = Moment::parse_rfc3339(first);
    Some(Pressed { no, verb, at, text: if at.is_some() { more } else { rest } })
}

impl Pressed<'_> {
    /// In the reader's words.
    pub(crate) fn said(&self, l: &Messages, at: Option<String>, text: &str) -> String {
        let what = verb(l, self.verb);
        let pressed = match at {
            Some(at) => l.tickets_pressed(self.no, what, at).to_string(),
            None => format!("{} {what}", self.no),
        };
        if text.is_empty() { pressed } else { format!("{pressed} · {text}") }
    }
}

/// A clock as a bar and a sentence.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Bar {
    /// The clock.
    #[serde(flatten)]
    pub(crate) reading: Reading,
    /// `响应剩 0:26`, `超时 0:25`.
    #[serde(skip)]
    pub(crate) said: String,
    /// `c1` to `c4`.
    #[serde(skip)]
    pub(crate) tint: &'static str,
    /// 0 to 100.
    #[serde(skip)]
    pub(crate) used: i64,
}

/// Hours and minutes: `1:48`.
pub(crate) fn hours(millis: i64) -> String {
    let minutes = millis.max(0) / 60_000;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// Says a clock.
pub(crate) fn bar(l: &Messages, reading: Reading) -> Bar {
    let name = metric(l, reading.metric);
    let (left, used) = (reading.left_ms(), reading.used());
    let said = match reading.state {
        Going::Stopped if reading.missed => {
            l.tickets_clock_missed_by(name, hours(-left)).to_string()
        }
        Going::Stopped => l.tickets_clock_met(name, hours(reading.elapsed_ms)).to_string(),
        Going::Paused => l.tickets_clock_paused(name, hours(left)).to_string(),
        Going::Running if left < 0 => l.tickets_clock_over(name, hours(-left)).to_string(),
        Going::Running => l.tickets_clock_left(name, hours(left)).to_string(),
    };
    // half of the goal is seen, three quarters are told, all of it is missed (operations.md §2.7)
    let tint = match (reading.missed, reading.state) {
        (true, _) => "c4",
        (false, Going::Running) if used >= 75 => "c3",
        (false, Going::Running) if used >= 50 => "c2",
        (false, _) => "c1",
    };
    // a bar of nothing looks like a field
    Bar { reading, said, tint, used: used.max(2) }
}

/// The clock of several that one must look at: missed, then what runs out first.
pub(crate) fn worst(bars: &[Bar]) -> Option<&Bar> {
    let running = bars.iter().filter(|bar| bar.reading.state != Going::Stopped);
    running.min_by_key(|bar| bar.reading.left_ms())
}

/// Why a ticket's rules say no.
pub(crate) fn refusal(l: &Messages, why: Refusal) -> String {
    match why {
        Refusal::NoSuchMove(from) => l.tickets_refused_move(state(l, from)).to_string(),
        Refusal::NoSolution => l.tickets_refused_solution().to_string(),
        Refusal::NoPlan => l.tickets_refused_plan().to_string(),
        Refusal::NoPromise => l.tickets_refused_promise().to_string(),
        Refusal::NoOrder => l.tickets_refused_order().to_string(),
        Refusal::OrdersOpen => l.tickets_refused_orders_open().to_string(),
        Refusal::UntilPast => l.tickets_refused_until().to_string(),
        Refusal::TooLate => l.tickets_refused_too_late().to_string(),
        Refusal::Itself => l.tickets_refused_itself().to_string(),
        Refusal::Void => l.tickets_refused_void().to_string(),
        Refusal::NoReason => l.tickets_refused_reason().to_string(),
        Refusal::Satisfaction => l.tickets_refused_satisfaction().to_string(),
    }
}

/// The field a refusal is about.
pub(crate) const fn field(why: Refusal) -> Option<&'static str> {
    match why {
        Refusal::NoSolution => Some("solution"),
        Refusal::NoPlan => Some("plan"),
        Refusal::NoPromise => Some("promised_at"),
        Refusal::UntilPast => Some("until"),
        Refusal::NoReason => Some("reason"),
        Refusal::Satisfaction => Some("satisfaction"),
        Refusal::Itself | Refusal::Void => Some("of"),
        Refusal::NoSuchMove(_) | Refusal::NoOrder | Refusal::OrdersOpen | Refusal::TooLate => None,
    }
}

/// Why an order's rules say no.
pub(crate) fn order_refusal(l: &Messages, why: order::Refusal) -> String {
    match why {
        order::Refusal::NoSuchMove(from) => {
            l.tickets_refused_move(order_state(l, from)).to_string()
        }
        order::Refusal::NoReason => l.tickets_refused_reason().to_string(),
        order::Refusal::NoWork => l.tickets_refused_work().to_string(),
        order::Refusal::NoSignature => l.tickets_refused_signature().to_string(),
        order::Refusal::NoPhoto => l.tickets_refused_photo().to_string(),
        order::Refusal::NoCrew => l.tickets_refused_crew().to_string(),
        order::Refusal::NotThere => l.tickets_refused_not_there().to_string(),
        order::Refusal::Figures => l.tickets_refused_figures().to_string(),
    }
}

/// Money as people write it.
pub(crate) fn money(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

/// A local time of the site as a moment.
pub(crate) fn local(want: &Want, text: &str) -> Option<Moment> {
    let at = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
    let at = want.kit.day.zone.from_local_datetime(&at).latest()?;
    Some(Moment::from_millis(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Language;

    #[test]
    fn a_note_of_the_machine_is_said_in_words_with_the_time_it_was_pressed() {
        let l = crate::words::of(Language::ZhCn);
        let said = |note: &str| {
            let one = pressed(note).unwrap();
            one.said(&l, one.at.map(|at| at.to_string()), one.text)
        };
        let whole = said("W26-0001 finish 2026-11-23T02:00:00.000Z 换了 2 节");
        assert!(whole.starts_with("W26-0001 完工") && whole.ends_with("· 换了 2 节"), "{whole}");
        assert!(whole.contains("2026-11-23T02:00:00.000Z"), "{whole}");
        assert_eq!(said("W26-0001 finish 换了 2 节"), "W26-0001 完工 · 换了 2 节", "an older one");
        assert_eq!(said("W26-0001 sign"), "W26-0001 签字");
        assert!(pressed("").is_none() && pressed("客户 说不来").is_none());
    }

    #[test]
    fn the_colour_of_a_clock_says_how_much_of_its_goal_is_used() {
        let l = crate::words::of(Language::ZhCn);
        let tint = |elapsed_ms: i64, state: Going| {
            let missed = elapsed_ms > 100_000;
            let metric = Metric::Respond;
            let reading =
                Reading { metric, state, goal_ms: 100_000, elapsed_ms, due_at: None, missed };
            bar(&l, reading).tint
        };
        let running =
            [0, 49_999, 50_000, 74_999, 75_000, 100_001].map(|ms| tint(ms, Going::Running));
        assert_eq!(running, ["c1", "c1", "c2", "c2", "c3", "c4"]);
        assert_eq!(tint(80_000, Going::Paused), "c1", "nothing runs out while it stands");
    }
}
