//! The card of a caller: who it is, what is open for them, what to know before speaking, the last
//! calls and who handled them. Drawn for the call in hand, and for one that still rings and is only
//! looked at.

use super::super::call::{Call, Outcome, State};
use super::super::desk::may_talk;
use super::super::known::{Section, Tag};
use super::super::store::{self, Habit};
use super::hold::Held;
use super::row::Row;
use super::{Panel, caller, made, say, unheard};
use crate::db;
use crate::kernel::{Closed, ContactId, Moment};
use crate::web::{OnDuty, Want};
use crate::words::{Messages, Spelling, minutes, tenths};

/// One figure under the name.
pub(super) struct Fact {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) small: String,
    pub(super) tint: &'static str,
}

/// How a call ended; nothing is counted on from there.
pub(super) struct Over {
    /// The time of day; `–` when nobody saw it.
    pub(super) at: String,
    pub(super) how: String,
}

impl Over {
    /// `None` while it lives, and while the talk may go on after an answer whose end cannot be seen.
    fn of(l: &Messages, spelling: Spelling, call: &Call, now: Moment) -> Option<Self> {
        let outcome = call.outcome.filter(|_| call.state == State::Ended)?;
        if may_talk(call, now) {
            return None;
        }
        let how = say::outcome(l, outcome);
        let unseen = unseen(call);
        Some(Self {
            at: call.ended_at.map_or_else(|| "–".to_owned(), |at| spelling.second(at)),
            how: if unseen { l.calls_over_unseen(how) } else { l.calls_over_how(how) }.to_string(),
        })
    }
}

/// Whether it was answered, and nobody can see when the talk ended.
fn unseen(call: &Call) -> bool {
    let answered = matches!(call.outcome, Some(Outcome::Met | Outcome::Late));
    call.state == State::Ended && answered && call.ended_at.is_none()
}

/// The card.
#[expect(clippy::struct_excessive_bools, reason = "each shows or hides one thing")]
pub(super) struct Pop {
    pub(super) id: i64,
    /// It still rings; nobody has lifted.
    pub(super) waits: bool,
    pub(super) who: String,
    pub(super) initial: String,
    pub(super) vip: bool,
    pub(super) contact: Option<ContactId>,
    /// Company and what else stands under the name.
    pub(super) org: Vec<String>,
    pub(super) number: Option<String>,
    pub(super) dial: Option<String>,
    /// Where the number is at home.
    pub(super) place: Option<String>,
    pub(super) withheld: bool,
    pub(super) hotline: String,
    pub(super) tags: Vec<Tag>,
    pub(super) excluded: Option<String>,
    /// Where the count of the talk, or of the waiting, begins: epoch milliseconds.
    pub(super) since: i64,
    pub(super) lasted: String,
    /// It counts on.
    pub(super) counts: bool,
    /// What the figure above means: 2 响接听.
    pub(super) caption: String,
    pub(super) over: Option<Over>,
    /// The tint of the dot while it lives: `c2` waiting, `c1` talking, `mute` where nobody can see whether
    /// the talk goes on.
    pub(super) tint: &'static str,
    pub(super) held: Option<Held>,
    pub(super) warnings: Vec<String>,
    pub(super) hints: Vec<String>,
    pub(super) facts: Vec<Fact>,
    pub(super) sections: Vec<Section>,
    pub(super) past: Vec<Past>,
    /// How many earlier calls there are in all.
    pub(super) before: i64,
    /// Where all of them are.
    pub(super) all_past: Option<String>,
    /// What is known of the customer.
    pub(super) remarks: Vec<String>,
    pub(super) ground: String,
    pub(super) notes: String,
    pub(super) version: i64,
}

/// An earlier call, with what it was about.
pub(super) struct Past {
    pub(super) row: Row,
    pub(super) topic: String,
    pub(super) lasted: String,
}

impl Past {
    fn of(l: &Messages, spelling: Spelling, call: &Call) -> Self {
        let written = call.record.as_ref().map(|record| record.what.as_str());
        let written = written.filter(|what| !what.is_empty()).unwrap_or(&call.notes);
        let talked = call.answered_at.zip(call.ended_at).map(|(from, to)| to.millis_since(from));
        Self {
            row: Row::of(l, spelling, call, None),
            topic: written.lines().next().unwrap_or_default().to_owned(),
            lasted: talked.map_or_else(|| "–".to_owned(), minutes),
        }
    }
}

/// So many figures stand under the name.
const FACTS: usize = 4;

impl Pop {
    /// Gathers the card of a call, already as its reader may see it.
    pub(super) async fn of(
        panel: &Panel,
        want: &Want,
        reader: &OnDuty,
        closed: &Closed,
        call: &Call,
    ) -> db::Result<Self> {
        let (l, spelling, db) = (want.messages(), want.spelling(), &want.kit.db);
        let mut profile = caller::profile(want, reader, call).await?;
        let mut sections = Vec::new();
        for room in &*panel.rooms {
            sections.extend(room.about(want, reader, &profile.key).await?);
        }
        let habit = store::habit(db, &profile.key.numbers, call.id, want.now).await?;
        let past = store::of_numbers(db, &profile.key.numbers, call.id).await?;
        let see = |call| super::sight::seen(call, reader, closed, want.now);
        let past: Vec<Call> = past.into_iter().map(see).collect();
        let who = say::who(&l, call);
        let waits = super::card::waits(call);
        let since = if waits {
            super::card::waits_since(call)
        } else {
            call.answered_at.or(call.taken_at).unwrap_or(call.offered_at)
        };
        let mut warnings = profile.warnings;
        warnings.extend(sections.iter().flat_map(|section| section.warnings.iter().cloned()));
        let facts = facts(&l, want, call, &sections, &habit);
        let (made, lately) = made::lately(want, reader, &profile.key.numbers).await?;
        sections.extend(made);
        profile.hints.extend(lately);
        let number = call.caller.number.as_ref().filter(|_| !call.caller.masked);
        let silent = unheard::since(want, call).await?;
        Ok(Self {
            id: call.id.0,
            waits,
            initial: who.chars().next().map(String::from).unwrap_or_default(),
            vip: call.caller.contact.as_ref().is_some_and(|contact| contact.vip),
            contact: call.caller.contact.as_ref().map(|contact| contact.id),
            org: profile.org,
            number: say::number(call).filter(|number| *number != who),
            dial: number.cloned(),
            place: profile.place,
            withheld: call.caller.withheld,
            hotline: say::hotline(&l, call),
            tags: profile.tags,
            excluded: call.excluded.map(|why| say::excluded(&l, why)),
            since: since.millis(),
            lasted: minutes(silent.unwrap_or(want.now).millis_since(since)),
            counts: silent.is_none(),
            caption: match silent {
                Some(at) => l.calls_pop_unheard(spelling.minute(at)).to_string(),
                None => caption(&l, call),
            },
            over: Over::of(&l, spelling, call, want.now),
            tint: if waits {
                "c2"
            } else if unseen(call) || silent.is_some() {
                "mute"
            } else {
                "c1"
            },
            // whether they are still on hold is known as little as whether they are there
            held: match silent {
                Some(_) => None,
                None => Held::of(want, call).await?,
            },
            warnings,
            hints: profile.hints,
            facts,
            sections,
            before: habit.calls,
            all_past: number.map(|number| all_calls_of(number)),
            past: past.iter().map(|call| Past::of(&l, spelling, call)).collect(),
            remarks: profile.remarks,
            ground: say::ground(&l, call),
            notes: call.notes.clone(),
            version: call.version,
            who,
        })
    }
}

fn all_calls_of(number: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    format!("/calls?caller={}", utf8_percent_encode(number, NON_ALPHANUMERIC))
}

/// What the running figure of the card counts: 2 响接听.
fn caption(l: &Messages, call: &Call) -> String {
    let hotline = say::hotline(l, call);
    match (call.answered_at, call.answer_rings) {
        _ if unseen(call) => l.calls_pop_unseen(hotline).to_string(),
        (Some(_), Some(rings)) if rings > 0 => l.calls_pop_answered(rings, hotline).to_string(),
        (Some(_), _) => l.calls_pop_talk(hotline).to_string(),
        (None, _) if super::card::waits(call) => l.calls_pop_waiting(hotline).to_string(),
        (None, _) => hotline,
    }
}

/// What other rooms count comes first, then the caller's own habit, then the figures of the call.
fn facts(l: &Messages, want: &Want, call: &Call, sections: &[Section], habit: &Habit) -> Vec<Fact> {
    let fact =
        |label: String, value: String, small: String, tint| Fact { label, value, small, tint };
    let known = sections.iter().map(|section| {
        fact(section.title.clone(), section.count.to_string(), String::new(), section.tint)
    });
    let recent = l.calls_fact_recent(habit.recent).to_string();
    let calls = fact(l.calls_fact_calls().to_string(), habit.calls.to_string(), recent, "");
    let last = habit.last_at.map(|at| {
        let (value, unit) = ago(l, want.now.millis_since(at));
        fact(l.calls_fact_last().to_string(), value, unit, "")
    });
    let seconds = || l.calls_seconds().to_string();
    let rings = call.answer_rings.unwrap_or(call.rings).to_string();
    // while it rings its card beside counts on, and a number that stands still would contradict it
    let rings = Some(fact(l.calls_fact_rings().to_string(), rings, String::new(), ""))
        .filter(|_| !super::card::waits(call));
    let answer =
        call.answer_ms.map(|ms| fact(l.calls_fact_answer().to_string(), tenths(ms), seconds(), ""));
    let waited = call
        .caller_wait_ms
        .map(|ms| fact(l.calls_fact_wait().to_string(), tenths(ms), seconds(), ""));
    let own = [Some(calls).filter(|_| !call.caller.withheld), last, rings, answer, waited];
    known.take(2).chain(own.into_iter().flatten()).take(FACTS).collect()
}

/// How long ago, in the largest unit that fits.
fn ago(l: &Messages, millis: i64) -> (String, String) {
    let minutes = (millis / 60_000).max(0);
    let (value, unit) = match minutes {
        0..60 => (minutes, l.calls_ago_minutes()),
        60..1_440 => (minutes / 60, l.calls_ago_hours()),
        _ => (minutes / 1_440, l.calls_ago_days()),
    };
    (value.to_string(), unit.to_string())
}
