//! The operator's page: who rings, the call in hand, its note.

use askama::Template;
use serde::Serialize;

use super::super::call::{Call, Outcome, State};
use super::super::desk::JUST_ANSWERED_MS;
use super::super::store::{self, Figures, Filter};
use super::card::{Card, waits_since};
use super::row::Row;
use super::{Panel, say, sight};
use crate::db;
use crate::kernel::CallId;
use crate::web::{Frame, OnDuty, Place, Want};
use crate::words::{Messages, Spelling, tenths};

/// How many calls that just ended are shown.
const JUST_ENDED: usize = 6;

/// The console; as JSON the calls it shows.
#[derive(Template, Serialize)]
#[template(path = "calls/console.html")]
pub(super) struct Console {
    #[serde(skip)]
    frame: Frame,
    ringing: Vec<Call>,
    in_hand: Vec<Call>,
    just_ended: Vec<Call>,
    today: Figures,
    #[serde(skip)]
    cards: Vec<Card>,
    #[serde(skip)]
    hands: Vec<Row>,
    #[serde(skip)]
    ended: Vec<Row>,
    #[serde(skip)]
    hand: Option<Hand>,
    #[serde(skip)]
    greeting: String,
    #[serde(skip)]
    share: Option<String>,
}

/// The call in hand.
pub(super) struct Hand {
    id: i64,
    version: i64,
    who: String,
    initial: String,
    number: Option<String>,
    dial: Option<String>,
    withheld: bool,
    hotline: String,
    tag: String,
    tint: &'static str,
    excluded: Option<String>,
    taken_at: i64,
    talk: String,
    /// Once it has ended as far as can be seen.
    over: Option<Over>,
    rings: u32,
    answer: String,
    waited: String,
    offered: String,
    ground: String,
    notes: String,
    past: Vec<Row>,
}

/// How a call in hand ended; nothing is counted on from there.
struct Over {
    /// The time of day; `–` when nobody saw it.
    at: String,
    how: String,
}

impl Over {
    /// `None` while it lives, and after an answer whose end cannot be seen.
    fn of(l: &Messages, spelling: Spelling, call: &Call) -> Option<Self> {
        let outcome = call.outcome.filter(|_| call.state == State::Ended)?;
        let talks_on = matches!(outcome, Outcome::Met | Outcome::Late) && call.ended_at.is_none();
        (!talks_on).then(|| Self {
            at: call.ended_at.map_or_else(|| "–".to_owned(), |at| spelling.second(at)),
            how: l.calls_over_how(say::outcome(l, outcome)).to_string(),
        })
    }
}

impl Hand {
    fn of(l: &Messages, spelling: Spelling, want: &Want, call: &Call, past: &[Call]) -> Self {
        let who = say::who(l, call);
        let dash = || "–".to_owned();
        let taken_at = call.taken_at.unwrap_or(call.offered_at);
        Self {
            id: call.id.0,
            version: call.version,
            initial: who.chars().next().map(String::from).unwrap_or_default(),
            number: say::number(call).filter(|number| *number != who),
            dial: call.caller.number.clone().filter(|_| !call.caller.masked),
            withheld: call.caller.withheld,
            hotline: say::hotline(l, call),
            tag: call.outcome.map_or_else(|| say::state(l, call.state), |o| say::outcome(l, o)),
            tint: call.outcome.map_or("ta", say::outcome_tint),
            excluded: call.excluded.map(|why| say::excluded(l, why)),
            taken_at: taken_at.millis(),
            talk: crate::words::minutes(want.now.millis_since(taken_at)),
            over: Over::of(l, spelling, call),
            rings: call.answer_rings.unwrap_or(call.rings),
            answer: call.answer_ms.map_or_else(dash, tenths),
            waited: call.caller_wait_ms.map_or_else(dash, tenths),
            offered: spelling.second(call.offered_at),
            ground: say::ground(l, call),
            notes: call.notes.clone(),
            past: past.iter().map(|call| Row::of(l, spelling, call, None)).collect(),
            who,
        }
    }
}

/// Which call in hand to open; the newest where the address does not say.
pub(super) type Chosen = Option<CallId>;

/// Answered within the promise, in percent with one decimal, cut; nothing over nothing.
fn share(today: &Figures) -> Option<String> {
    let tenths = today.met.saturating_mul(1000).checked_div(today.counted)?;
    Some(format!("{}.{}", tenths / 10, tenths % 10))
}

impl Console {
    fn answered(&self) -> i64 {
        self.today.met + self.today.late
    }

    fn lost(&self) -> i64 {
        self.today.abandoned + self.today.abandoned_short + self.today.unserved
    }

    fn presented(&self) -> i64 {
        self.today.seen - self.today.excluded
    }
}

/// Gathers the console for one reader.
pub(super) async fn console(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    chosen: Chosen,
) -> db::Result<Console> {
    let frame = want.frame(Place::Console);
    let (l, spelling, kit) = (want.messages(), want.spelling(), &want.kit);
    let see = |call: Call| sight::seen(call, reader, want.now);
    let mut waiting = panel.live.ringing();
    waiting.sort_by_key(|call| (waits_since(call), call.id));
    let ringing: Vec<Call> = waiting.iter().map(|call| see(Call::clone(call))).collect();
    let card = |call: &Call| Card::of(want.messages(), call, reader, want.now);
    let cards = ringing.iter().map(card).collect();
    let in_hand = match reader.staff() {
        Some(staff) => store::in_hand(&kit.db, staff).await?,
        None => Vec::new(),
    };
    let in_hand: Vec<Call> = in_hand.into_iter().map(see).collect();
    let over = Filter { state: Some(State::Ended), ..Filter::default() };
    let ended = store::page(&kit.db, &over, JUST_ENDED, None).await?;
    let just_ended: Vec<Call> = ended.items.into_iter().map(see).collect();
    let today = store::figures(&kit.db, kit.day.date(want.now)).await?;
    let open = in_hand.iter().find(|call| Some(call.id) == chosen).or(in_hand.first());
    let hand = match open {
        Some(call) => {
            let past = store::of_same_caller(&kit.db, call).await?;
            let past: Vec<Call> = past.into_iter().map(see).collect();
            Some(Hand::of(&l, spelling, want, call, &past))
        }
        None => None,
    };
    let rows = |calls: &[Call]| {
        let may_take = reader.in_browser() && sight::writes(reader);
        let since = may_take.then(|| want.now.plus_millis(-JUST_ANSWERED_MS));
        let today = kit.day.date(want.now);
        let row = |call: &Call| {
            let row = Row::of(&l, spelling, call, since);
            if kit.day.date(call.offered_at) != today {
                return row;
            }
            Row { when: spelling.minute(call.offered_at), ..row }
        };
        calls.iter().map(row).collect::<Vec<_>>()
    };
    Ok(Console {
        cards,
        hands: rows(&in_hand),
        ended: rows(&just_ended),
        greeting: panel.greeting(open),
        share: share(&today),
        hand,
        frame,
        ringing,
        in_hand,
        just_ended,
        today,
    })
}
