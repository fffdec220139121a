//! The operator's page: who rings, who talks, the caller's card, the record.

use askama::Template;
use serde::Serialize;

use super::super::agenda::Agenda;
use super::super::call::{Call, State};
use super::super::caller::introduce;
use super::super::desk::JUST_ANSWERED_MS;
use super::super::known::Section;
use super::super::outgoing::OutgoingState;
use super::super::store::{self, Figures, Filter};
use super::card::{Card, waits, waits_since};
use super::mates::{Mates, absent_notes, mates};
use super::pop::Pop;
use super::row::Row;
use super::written::RecordForm;
use super::{Panel, say, sight, unheard};
use crate::db;
use crate::kernel::{CallId, Closed, Moment, Phone, StaffId};
use crate::shifts::{self, Talking as _};
use crate::web::{Frame, OnDuty, Place, Want};
use crate::words::{Messages, minutes};

/// How many calls that just ended are shown.
const JUST_ENDED: usize = 6;

/// The console; as JSON the calls it shows.
#[derive(Template, Serialize)]
#[template(path = "calls/console.html")]
pub(super) struct Console {
    #[serde(skip)]
    frame: Frame,
    ringing: Vec<Call>,
    talking: Vec<Call>,
    in_hand: Vec<Call>,
    just_ended: Vec<Call>,
    /// What the house knows of the caller on the card: open faults, coming bookings.
    known: Vec<Section>,
    today: Figures,
    /// What this reader has to do beside the calls that ring.
    agenda: Vec<Agenda>,
    #[serde(skip)]
    cards: Vec<Card>,
    #[serde(skip)]
    tabs: Vec<Tab>,
    #[serde(skip)]
    talkers: Vec<Talker>,
    #[serde(skip)]
    mates: Mates,
    /// Colleagues whose call is on the card and who are away, with where they are.
    #[serde(skip)]
    absent: Vec<(StaffId, String)>,
    #[serde(skip)]
    ended: Vec<Row>,
    /// Calls this reader made and has not said the purpose of.
    #[serde(skip)]
    asked: Vec<Made>,
    #[serde(skip)]
    pop: Option<Pop>,
    #[serde(skip)]
    form: Option<RecordForm>,
    /// The call in hand; empty while the card is only looked at.
    #[serde(skip)]
    hand: String,
    /// The newest call in hand, so that the script notices one that was just answered.
    #[serde(skip)]
    newest: String,
    /// The call that would be open if this one were not written about: its name.
    #[serde(skip)]
    waiting: Option<String>,
    /// Who else answered the call on the card, said as a sentence.
    #[serde(skip)]
    theirs: Option<String>,
    #[serde(skip)]
    busy: bool,
    /// The roster has this reader at work, whichever browser said so.
    #[serde(skip)]
    on_duty: bool,
    #[serde(skip)]
    greeting: String,
    #[serde(skip)]
    closing: String,
    #[serde(skip)]
    refusal: String,
    #[serde(skip)]
    share: Option<String>,
}

/// A call in hand among several.
pub(super) struct Tab {
    id: i64,
    who: String,
    /// When it came.
    when: String,
    /// It rings or is talked.
    lives: bool,
    open: bool,
}

/// So many calls in hand are shown side by side; the others are behind "more".
const TABS: usize = 5;

/// The calls in hand for the tabs: those that live first, and the open one always in sight.
fn in_sight(mut tabs: Vec<Tab>) -> Vec<Tab> {
    tabs.sort_by_key(|tab| !tab.lives);
    if let Some(open) = tabs.iter().position(|tab| tab.open).filter(|at| *at >= TABS) {
        let tab = tabs.remove(open);
        tabs.insert(TABS - 1, tab);
    }
    tabs
}

/// Somebody who talks just now.
pub(super) struct Talker {
    id: i64,
    who: String,
    initial: String,
    vip: bool,
    /// 我 · 400 热线
    by: String,
    mine: bool,
    since: i64,
    lasted: String,
    /// Nothing tells since then whether it goes on, in words.
    unheard: Option<String>,
}

/// A call somebody made and is asked about.
pub(super) struct Made {
    id: i64,
    number: String,
    when: String,
}

/// A call that was made longer ago is asked about on its own page alone, in milliseconds.
const ASKED_MS: i64 = 12 * 60 * 60 * 1000;

/// The calls this reader made and has not said the purpose of, once they are over.
async fn unsaid(want: &Want, reader: &OnDuty, closed: &Closed) -> db::Result<Vec<Made>> {
    let Some(staff) = reader.staff() else { return Ok(Vec::new()) };
    let db = &want.kit.db;
    let since = want.now.plus_millis(-ASKED_MS);
    let mut made = Vec::new();
    for id in store::untied_of(db, staff, since).await?.into_iter().take(2) {
        let mut call = store::outgoing_call(db, id).await?;
        let whose = sight::close_made(&mut call, closed);
        if call.state == OutgoingState::Ended {
            let phone = call.number.as_deref().and_then(Phone::read);
            made.push(Made {
                id: id.0,
                number: whose
                    .or_else(|| phone.map(|phone| phone.for_people()))
                    .unwrap_or(call.dialled),
                when: want.spelling().minute(call.started_at),
            });
        }
    }
    Ok(made)
}

/// What the address asks to see: a call in hand, or one that rings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Asked {
    /// Which call in hand to open; the newest where the address does not say.
    pub(super) call: Option<CallId>,
    /// Which ringing call to look at; passed over once it rings no more.
    pub(super) look: Option<CallId>,
    /// The call that is being written about: it stays open, also when it is in hand no more.
    pub(super) kept: Option<CallId>,
}

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

    /// Whether something must not be told to this caller: what is said then stands open.
    fn guards(&self) -> bool {
        self.pop.as_ref().is_some_and(|pop| !pop.warnings.is_empty())
    }

    fn presented(&self) -> i64 {
        self.today.seen - self.today.excluded
    }
}

/// Whether this reader is signed on.
async fn signed_on(want: &Want, reader: &OnDuty) -> db::Result<bool> {
    let everyone = shifts::store::everyone(&want.kit.db, want.now).await?;
    let mut mine = everyone.iter().filter(|duty| Some(duty.staff) == reader.staff());
    Ok(mine.any(|duty| duty.since.is_some()))
}

/// A call that somebody writes about; nothing where it is not there any more.
async fn written_about(want: &Want, id: CallId) -> db::Result<Option<Call>> {
    match store::call(&want.kit.db, id).await {
        Ok(call) => Ok(Some(call)),
        Err(db::Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// That a colleague answered the call this reader has on the card.
fn theirs(l: &Messages, reader: &OnDuty, call: &Call) -> Option<String> {
    let by = call.answered_by.as_ref()?.staff.as_ref()?;
    (reader.staff() != Some(by.id)).then(|| l.calls_hand_theirs(by.name.as_str()).to_string())
}

/// Gathers the console for one reader.
pub(super) async fn console(
    panel: &Panel,
    want: &Want,
    reader: &OnDuty,
    asked: Asked,
) -> db::Result<Console> {
    let kit = &want.kit;
    let closed = reader.closed.clone();
    let see = |call: Call| sight::seen(call, reader, &closed, want.now);
    let mut waiting = panel.live.ringing();
    waiting.retain(|call| sight::concerns(call, reader, want.now));
    waiting.sort_by_key(|call| (waits_since(call), call.id));
    let mut ringing: Vec<Call> = waiting.iter().map(|call| Call::clone(call)).collect();
    introduce(&kit.db, &mut ringing).await?;
    let ringing: Vec<Call> = ringing.into_iter().map(see).collect();
    let mut talking = panel.live.all();
    talking.retain(|call| call.state == State::Answered);
    let mut talking: Vec<Call> = talking.iter().map(|call| Call::clone(call)).collect();
    introduce(&kit.db, &mut talking).await?;
    let silent = unheard::all(want, &talking).await?;
    let talking: Vec<Call> = talking.into_iter().map(see).collect();
    let in_hand = match reader.staff() {
        Some(staff) => store::in_hand(&kit.db, staff, want.now).await?,
        None => Vec::new(),
    };
    let in_hand: Vec<Call> = in_hand.into_iter().map(see).collect();
    let over = Filter { state: Some(State::Ended), ..Filter::default() };
    let ended = store::page(&kit.db, &over, JUST_ENDED, None).await?;
    let just_ended: Vec<Call> = ended.items.into_iter().map(see).collect();
    let today = store::figures(&kit.db, kit.day.date(want.now)).await?;

    let kept = match asked.kept {
        Some(id) if sight::writes(reader) => written_about(want, id).await?.map(see),
        Some(_) | None => None,
    };
    let looked = asked.look.and_then(|id| ringing.iter().find(|call| call.id == id));
    let chosen = in_hand.iter().find(|call| Some(call.id) == asked.call).or(in_hand.first());
    let open = kept.as_ref().or(looked).or(chosen).or(ringing.first());
    let mut held = in_hand.iter().chain(&kept);
    let hand = open.filter(|open| held.any(|call| call.id == open.id));
    let pop = match open {
        Some(call) => Some(Pop::of(panel, want, reader, &closed, call).await?),
        None => None,
    };
    let absent = match open {
        Some(call) => absent_notes(want, reader, call, &panel.live.talking()).await?,
        None => Vec::new(),
    };
    let form = match hand {
        Some(call) if sight::writes(reader) => Some(RecordForm::of(want, reader, call).await?),
        Some(_) | None => None,
    };
    let (l, spelling) = (want.messages(), want.spelling());
    let card = |call: &Call| Card::of(want.messages(), call, reader, want.now);
    let tab = |call: &Call| Tab {
        id: call.id.0,
        who: say::who(&l, call),
        when: spelling.minute(call.offered_at),
        lives: call.state != State::Ended,
        open: open.is_some_and(|open| open.id == call.id),
    };
    let talker = |call: &Call| Talker::of(want, reader, call, silent.get(&call.id).copied());
    let may_take = reader.in_browser() && sight::writes(reader);
    let since = may_take.then(|| want.now.plus_millis(-JUST_ANSWERED_MS));
    let row = |call: &Call| {
        let row = Row::of(&l, spelling, call, since);
        if kit.day.date(call.offered_at) != kit.day.date(want.now) {
            return row;
        }
        Row { when: spelling.minute(call.offered_at), ..row }
    };
    Ok(Console {
        frame: want.frame(Place::Console),
        cards: ringing.iter().map(card).collect(),
        tabs: in_sight(in_hand.iter().map(tab).collect()),
        talkers: talking.iter().map(talker).collect(),
        mates: mates(want, reader, &panel.live.talking()).await?,
        absent,
        ended: just_ended.iter().map(row).collect(),
        asked: unsaid(want, reader, &closed).await?,
        greeting: panel.greeting(want, reader, open).await?,
        closing: super::closing(want, reader, open).await?,
        refusal: super::refusal(want, reader).await?,
        agenda: super::dock::dock(panel, want, reader, &closed).await?,
        share: share(&today),
        waiting: kept
            .as_ref()
            .and_then(|kept| chosen.filter(|chosen| chosen.id != kept.id))
            .map(|call| say::who(&l, call)),
        theirs: hand.and_then(|call| theirs(&l, reader, call)),
        hand: hand.map(|call| call.id.to_string()).unwrap_or_default(),
        newest: in_hand.first().map(|call| call.id.to_string()).unwrap_or_default(),
        on_duty: signed_on(want, reader).await?,
        busy: in_hand.iter().any(|call| waits(call) || call.state == State::Answered),
        known: pop.as_ref().map(|pop| pop.sections.clone()).unwrap_or_default(),
        pop,
        form,
        ringing,
        talking,
        in_hand,
        just_ended,
        today,
    })
}

impl Talker {
    fn of(want: &Want, reader: &OnDuty, call: &Call, silent: Option<Moment>) -> Self {
        let (l, spelling) = (want.messages(), want.spelling());
        let who = say::who(&l, call);
        let by = call.answered_by.as_ref();
        let staff = by.and_then(|by| by.staff.as_ref()).or(call.taken_by.as_ref());
        let mine = staff.is_some_and(|staff| reader.staff() == Some(staff.id));
        let phone = by.and_then(|by| by.extension.as_ref()).map(ToString::to_string);
        let name = match staff {
            Some(_) if mine => l.calls_me().to_string(),
            Some(staff) => staff.name.clone(),
            None => String::new(),
        };
        let phone = phone.filter(|_| !mine);
        let parts = [Some(name).filter(|name| !name.is_empty()), phone];
        let by: Vec<String> = parts.into_iter().flatten().collect();
        let line = say::hotline(&l, call);
        let since = call.answered_at.unwrap_or(call.offered_at);
        Self {
            id: call.id.0,
            initial: who.chars().next().map(String::from).unwrap_or_default(),
            vip: call.caller.contact.as_ref().is_some_and(|contact| contact.vip),
            by: if by.is_empty() {
                line
            } else {
                format!("{}{}{line}", by.join(" "), l.layout_dot())
            },
            mine,
            since: since.millis(),
            lasted: minutes(want.now.millis_since(since)),
            unheard: silent.map(|at| l.calls_unheard(spelling.minute(at)).to_string()),
            who,
        }
    }
}
