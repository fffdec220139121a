//! The operator's page: who rings, the call in hand, its note.

use askama::Template;
use serde::Serialize;

use super::super::call::Call;
use super::super::store::{self, Figures};
use super::card::{Card, waits, waits_since};
use super::row::Row;
use super::{Desk, say, sight};
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
    volume: i64,
    #[serde(skip)]
    manual_clock: bool,
    #[serde(skip)]
    zone: String,
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
    rings: u32,
    answer: String,
    waited: String,
    offered: String,
    ground: String,
    notes: String,
    past: Vec<Row>,
}

impl Hand {
    fn of(l: &Messages, spelling: &Spelling, want: &Want, call: &Call, past: &[Call]) -> Self {
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
            rings: call.answer_rings.unwrap_or(call.rings),
            answer: call.answer_ms.map_or_else(dash, tenths),
            waited: call.caller_wait_ms.map_or_else(dash, tenths),
            offered: spelling.second(call.offered_at),
            ground: say::ground(l, call.evidence),
            notes: call.notes.clone(),
            past: past.iter().map(|call| Row::of(l, spelling, call, None)).collect(),
            who,
        }
    }
}

/// Which call in hand to open; the newest where the address does not say.
pub(super) type Chosen = Option<CallId>;

/// Gathers the console for one reader.
pub(super) async fn console(
    desk: &Desk,
    want: &Want,
    reader: &OnDuty,
    chosen: Chosen,
) -> db::Result<Console> {
    let frame = want.frame(Place::Console);
    let (l, spelling, kit) = (want.messages(), want.spelling(), &want.kit);
    let see = |call: Call| sight::seen(call, reader);
    let mut ringing: Vec<Call> = desk.live_calls().into_iter().filter(waits).collect();
    ringing.sort_by_key(|call| (waits_since(call), call.id));
    let cards = ringing.iter().map(|call| {
        let l = want.messages();
        Card::of(l, call.clone(), reader, want.now)
    });
    let cards = cards.collect();
    let in_hand = match reader.staff() {
        Some(staff) => store::in_hand(&kit.db, staff).await?,
        None => Vec::new(),
    };
    let in_hand: Vec<Call> = in_hand.into_iter().map(see).collect();
    let ended = store::just_ended(&kit.db, JUST_ENDED).await?;
    let just_ended: Vec<Call> = ended.into_iter().map(see).collect();
    let today = store::figures(&kit.db, kit.day.date(want.now)).await?;
    let open = in_hand.iter().find(|call| Some(call.id) == chosen).or(in_hand.first());
    let hand = match open {
        Some(call) => {
            let past = store::of_same_caller(&kit.db, call).await?;
            let past: Vec<Call> = past.into_iter().map(see).collect();
            Some(Hand::of(&l, &spelling, want, call, &past))
        }
        None => None,
    };
    let rows = |calls: &[Call]| {
        let row = |call| Row::of(&l, &spelling, call, reader.staff().filter(|_| sight::writes(reader)));
        calls.iter().map(row).collect::<Vec<_>>()
    };
    Ok(Console {
        volume: reader.volume,
        manual_clock: kit.clock.is_manual(),
        zone: kit.day.zone.name().to_owned(),
        cards,
        hands: rows(&in_hand),
        ended: rows(&just_ended),
        greeting: desk.greeting(open),
        share: today.share(),
        hand,
        frame,
        ringing: ringing.into_iter().map(see).collect(),
        in_hand,
        just_ended,
        today,
    })
}
