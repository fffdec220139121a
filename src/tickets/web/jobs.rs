//! `/my/jobs`: the engineer's telephone. One page holds all that is needed on the road, so that it works without
//! a network; acts that were told later come in by `/my/jobs/acts` ([`super::road`]).

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::Serialize;

use super::super::clock::Going;
use super::super::desk::{offline, undoable};
use super::super::order::{self, Verb};
use super::super::store::offers::{self, Picture};
use super::super::store::orders;
use super::super::store::{self, people, places};
use super::super::ticket::Ticket;
use super::orders::steps;
use super::views::{self, OrderView};
use super::{Panel, say};
use crate::calls;
use crate::kernel::{HIDDEN, Moment, Role, StaffId};
use crate::web::{Frame, Place, Problem, Reader, Want};
use crate::words::Messages;

/// What runs out while one looks at it, in the words it is carried on with.
#[derive(Debug, Clone)]
struct Runs {
    at: i64,
    left: String,
    over: String,
}

impl Runs {
    fn offer(l: &Messages, order: &OrderView) -> Option<Self> {
        let offer = order.offer.as_ref()?;
        let left = l.tickets_hint_offer("{t}").to_string();
        Some(Self { at: offer.answer_by.millis(), left, over: String::new() })
    }

    /// A clock that runs without a break until it is due: how it goes on after working hours the house knows alone.
    fn clock(l: &Messages, bar: &say::Bar, now: Moment) -> Option<Self> {
        let (reading, name) = (&bar.reading, say::metric(l, bar.reading.metric));
        let due = reading.due_at.filter(|_| reading.state == Going::Running)?;
        let at_once = due.millis_since(now) == reading.left_ms();
        at_once.then(|| Self {
            at: due.millis(),
            left: l.tickets_clock_left(name.clone(), "{t}").to_string(),
            over: l.tickets_clock_over(name, "{t}").to_string(),
        })
    }
}

/// Somebody who goes along.
#[derive(Debug, Clone, Serialize)]
struct Along {
    id: StaffId,
    name: String,
    lead: bool,
    /// The reader.
    me: bool,
    /// There is a number to call.
    can_call: bool,
}

/// What an engineer has asked or noted on an order: it has arrived.
#[derive(Debug, Clone, Serialize)]
struct Spoken {
    what: String,
    text: String,
    when: String,
}

/// A job on the telephone.
#[derive(Debug, Clone, Serialize)]
struct Job {
    #[serde(flatten)]
    order: OrderView,
    fault: String,
    priority: i64,
    symptom: String,
    caller_name: String,
    company: String,
    place: String,
    serial: String,
    site_note: String,
    address: String,
    contract: String,
    tried: String,
    plan: String,
    can_dial: bool,
    pictures: Vec<Picture>,
    /// Those the reader took.
    #[serde(skip)]
    own_photos: Vec<i64>,
    /// How many of them are photographs.
    #[serde(skip)]
    photos: usize,
    mine: bool,
    /// The crew, where more than one goes.
    along: Vec<Along>,
    /// The newest calls for help and notes of the crew, oldest first.
    spoken: Vec<Spoken>,
    /// The words of the customer's rating, 5 first.
    #[serde(skip)]
    stars: Vec<(i64, String)>,
    #[serde(skip)]
    priority_name: String,
    #[serde(skip)]
    priority_tint: &'static str,
    #[serde(skip)]
    clock: Option<say::Bar>,
    #[serde(skip)]
    clock_runs: Option<Runs>,
    #[serde(skip)]
    offer_runs: Option<Runs>,
    #[serde(skip)]
    window: String,
    /// Local times of the steps that were taken.
    #[serde(skip)]
    times: Vec<(String, String)>,
    /// Whether the fault, or the call that reported it, was read back to the caller.
    read_back: bool,
    /// The engineer's own last act on it, in words, where it can be taken back.
    undo: Option<String>,
    /// How far it is again then, for a telephone without a network.
    #[serde(skip)]
    undo_to: Option<order::State>,
    /// The map, for a telephone.
    #[serde(skip)]
    map: String,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/jobs.html")]
struct JobsPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Job>,
    next: Option<String>,
    #[serde(skip)]
    version: String,
}

pub(super) fn engineer(reader: &Reader) -> Result<StaffId, Problem> {
    reader.may(&[Role::Engineer])?;
    reader.staff().ok_or_else(Problem::forbidden)
}

/// Who goes, where more than one does.
fn along(order: &OrderView, me: StaffId, numbers: &[(StaffId, String)]) -> Vec<Along> {
    if order.crew.len() < 2 {
        return Vec::new();
    }
    let one = |mate: &orders::Mate| Along {
        id: mate.staff_id,
        name: mate.name.clone(),
        lead: mate.lead,
        me: mate.staff_id == me,
        can_call: mate.staff_id != me && numbers.iter().any(|(id, _)| *id == mate.staff_id),
    };
    order.crew.iter().map(one).collect()
}

/// What was asked and noted on the road, as far as a card shows it.
async fn spoken(want: &Want, reader: &Reader, order: i64) -> Result<Vec<Spoken>, Problem> {
    const MOST: usize = 5;
    let l = want.messages();
    let all = orders::events(&want.kit.db, order).await?.into_iter();
    let said = all.filter(|one| one.applied && matches!(one.verb, Verb::Help | Verb::Note));
    let mut said: Vec<Spoken> = said
        .map(|one| Spoken {
            what: say::verb(&l, one.verb),
            text: reader.closed.text(&one.text),
            when: want.spelling().minute(one.at_client),
        })
        .collect();
    Ok(said.split_off(said.len().saturating_sub(MOST)))
}

pub(super) async fn show(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
) -> Result<Response, Problem> {
    let me = engineer(&reader)?;
    let db = &want.kit.db;
    let l = want.messages();
    let names = views::names(db).await?;
    let numbers = panel.desk.neighbours.numbers(db).await?;
    let mut items = Vec::new();
    for one in orders::of_engineer(db, me).await? {
        let Some(ticket) = store::by_id(db, one.ticket_id).await? else { continue };
        let (site, contract) = places::of_ticket(db, &ticket).await?;
        let read_back = match ticket.call_id {
            _ if ticket.readback_at.is_some() => true,
            Some(id) => calls::store::call(db, id).await?.readback_at.is_some(),
            None => false,
        };
        let pictures = offers::pictures(db, one.id).await?;
        let spelling = want.spelling();
        let times = steps(&want, &one);
        let window = match (one.window_from, one.window_to) {
            (Some(from), Some(to)) => format!("{}–{}", spelling.moment(from), spelling.minute(to)),
            (Some(at), None) | (None, Some(at)) => spelling.moment(at),
            (None, None) => String::new(),
        };
        let (undo, undo_to) = undoing(&want, &ticket, &one.no, me).await?.unzip();
        let spoken = spoken(&want, &reader, one.id).await?;
        let order = views::order_now(&want, one, &names).await?;
        let stars = order.stars(&l).into_iter().map(|(said, _)| said);
        let address = site.as_ref().map(|site| site.address.clone()).unwrap_or_default();
        let view = views::ticket(&want, &reader, ticket).await?;
        let place = if view.place.is_empty() { address.clone() } else { view.place.clone() };
        items.push(Job {
            map: percent_encoding::utf8_percent_encode(&place, percent_encoding::NON_ALPHANUMERIC)
                .to_string(),
            along: along(&order, me, &numbers),
            spoken,
            stars: (1..=5).rev().zip(stars).collect(),
            mine: order.lead().is_some_and(|lead| lead.staff_id == me),
            clock_runs: view.worst().and_then(|bar| Runs::clock(&l, bar, want.now)),
            offer_runs: Runs::offer(&l, &order),
            clock: view.worst().cloned(),
            can_dial: view.caller_number.is_some_and(|number| number != HIDDEN),
            priority: view.priority,
            priority_name: view.priority_name,
            priority_tint: view.priority_tint,
            fault: view.no,
            symptom: view.symptom,
            caller_name: view.caller_name,
            company: view.company,
            serial: view.serial,
            tried: view.tried,
            plan: view.plan,
            site_note: site.map(|site| site.note).unwrap_or_default(),
            contract: contract.map(|one| one.name).unwrap_or_default(),
            address,
            place,
            own_photos: pictures
                .iter()
                .filter(|one| one.is_photo() && one.by_staff == Some(me))
                .map(|one| one.id)
                .collect(),
            photos: pictures.iter().filter(|one| one.is_photo()).count(),
            pictures,
            read_back,
            window,
            times,
            undo,
            undo_to: undo_to.flatten(),
            order,
        });
    }
    // what waits for a yes first, then what is under way
    items.sort_by_key(|job| {
        (job.order.state != order::State::Issued, job.order.state.step() < 3, job.priority)
    });
    let version = want.seq.map(|seq| seq.to_string()).unwrap_or_default();
    want.page(&JobsPage { items, next: None, version, frame: want.frame(Place::Jobs) })
}

/// The engineer's own last act on an order, in words, where it can be taken back, and how far the order is then.
async fn undoing(
    want: &Want,
    ticket: &Ticket,
    no: &str,
    me: StaffId,
) -> crate::db::Result<Option<(String, Option<order::State>)>> {
    let act = undoable(&want.kit.db, ticket, want.now).await?;
    let own = act.filter(|act| act.by_staff == Some(me) && act.kind.ends_with(no));
    let word = own.and_then(|act| act.kind.split(' ').next().map(str::to_owned));
    let l = want.messages();
    let said = |word: String| {
        let before = match word.as_str() {
            "departed" => Some(order::State::Acked),
            "arrived" => Some(order::State::EnRoute),
            "paused" | "finished" => Some(order::State::OnSite),
            "resumed" => Some(order::State::Paused),
            _ => None,
        };
        (l.tickets_undo_own(say::act(&l, &word)).to_string(), before)
    };
    Ok(word.map(said))
}

pub(super) async fn beat(want: Want, reader: Reader) -> Result<Response, Problem> {
    let me = engineer(&reader)?;
    let db = &want.kit.db;
    let known = people::engineers(db).await?.into_iter().find(|one| one.id == me);
    let seen = known.and_then(|one| one.seen_at);
    let told = seen.is_none() || offline(seen, want.now).is_some();
    people::seen(db, want.stamp(), me, told).await?;
    want.json_with(axum::http::StatusCode::OK, &serde_json::json!({ "at": want.now }))
}
