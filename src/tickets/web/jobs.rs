//! `/my/jobs`: the engineer's telephone. One page holds all that is needed on the road, so that it works without
//! a network; acts that were told later come in by `/my/jobs/acts`.

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::clock::Going;
use super::super::desk::{Doing, Done, Trouble, offline, undoable};
use super::super::order::{self, Verb};
use super::super::store::offers::{self, Picture};
use super::super::store::orders;
use super::super::store::{self, people, places};
use super::super::ticket::Ticket;
use super::acts::Acted;
use super::views::{self, OrderView};
use super::{Panel, say};
use crate::calls;
use crate::kernel::{HIDDEN, Moment, Role, StaffId};
use crate::web::{Frame, Input, Place, Problem, Reader, Want, maybe_number};
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
    /// How many of them are photographs.
    #[serde(skip)]
    photos: usize,
    mine: bool,
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

fn engineer(reader: &Reader) -> Result<StaffId, Problem> {
    reader.may(&[Role::Engineer])?;
    reader.staff().ok_or_else(Problem::forbidden)
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    let me = engineer(&reader)?;
    let db = &want.kit.db;
    let l = want.messages();
    let names = views::names(db).await?;
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
        let at = |at: Option<Moment>| at.map_or_else(|| "–".to_owned(), |at| spelling.minute(at));
        let steps = [
            (order::State::Issued, one.issued_at),
            (order::State::Acked, one.acked_at),
            (order::State::EnRoute, one.departed_at),
            (order::State::OnSite, one.arrived_at),
            (order::State::Done, one.finished_at),
        ];
        let times = steps.map(|(state, when)| (say::order_state(&l, state), at(when))).to_vec();
        let window = match (one.window_from, one.window_to) {
            (Some(from), Some(to)) => format!("{}–{}", spelling.moment(from), spelling.minute(to)),
            (Some(at), None) | (None, Some(at)) => spelling.moment(at),
            (None, None) => String::new(),
        };
        let (undo, undo_to) = undoing(&want, &ticket, &one.no, me).await?.unzip();
        let order = views::order_now(&want, one, &names).await?;
        let address = site.as_ref().map(|site| site.address.clone()).unwrap_or_default();
        let view = views::ticket(&want, &reader, ticket).await?;
        let place = if view.place.is_empty() { address.clone() } else { view.place.clone() };
        items.push(Job {
            map: percent_encoding::utf8_percent_encode(&place, percent_encoding::NON_ALPHANUMERIC)
                .to_string(),
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

/// An act as a telephone tells it, perhaps later.
#[derive(Debug, Deserialize)]
pub(super) struct Told {
    /// Its number: told twice, done once.
    op_id: String,
    no: String,
    verb: String,
    /// When it was done, by the telephone's clock.
    at: Moment,
    #[serde(default)]
    details: Option<Acted>,
    /// Whose it is.
    #[serde(default, deserialize_with = "maybe_number")]
    by: Option<i64>,
}

/// What is told later is told by who did it: a telephone on which somebody else has signed in meanwhile keeps it.
pub(super) fn own(reader: &Reader, by: Option<i64>) -> Result<(), Problem> {
    let others = by.is_some_and(|by| reader.staff() != Some(StaffId(by)));
    if others { Err(Problem::unauthorized()) } else { Ok(()) }
}

/// What became of it.
#[derive(Debug, Serialize)]
struct Answer {
    op_id: String,
    applied: bool,
    state: order::State,
    said: Option<String>,
}

pub(super) async fn act(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Input(told): Input<Told>,
) -> Result<Response, Problem> {
    engineer(&reader)?;
    own(&reader, told.by)?;
    let verb: Verb = told.verb.parse().map_err(|_| Problem::syntax())?;
    if !(verb.is_engineers() || verb == Verb::Undo)
        || told.op_id.is_empty()
        || told.op_id.len() > 100
    {
        return Err(Problem::syntax());
    }
    if verb == Verb::Undo {
        let act = (told.op_id.as_str(), told.at);
        let done = panel.desk.undo_own(want.stamp(), &told.no, act).await?;
        return answer(&want, told.op_id, verb, &done);
    }
    let doing = Doing {
        no: told.no,
        verb,
        details: told.details.unwrap_or_default().details(),
        at: told.at,
        op_id: Some(told.op_id.clone()),
        late: true,
        for_others: false,
    };
    let done = match panel.desk.do_order(want.stamp(), doing.clone()).await {
        // somebody wrote in the same moment: what this is worth is decided against what is there now
        Err(Trouble::Stale) => panel.desk.do_order(want.stamp(), doing).await?,
        done => done?,
    };
    answer(&want, told.op_id, verb, &done)
}

/// Why an act was not applied, for whoever pressed it.
fn why(l: &Messages, verb: Verb, done: &Done) -> String {
    let no = done.order.no.as_str();
    let over = |state| l.tickets_not_applied(no, say::order_state(l, state)).to_string();
    let said = match done.why {
        Some(order::Refusal::NoSuchMove(state)) => over(state),
        Some(why) => {
            let (what, why) = (say::verb(l, verb), say::order_refusal(l, why));
            l.tickets_not_applied_why(no, what, why).to_string()
        }
        None if verb == Verb::Undo => over(done.order.state),
        None => l.tickets_not_applied_yours(no).to_string(),
    };
    if verb == Verb::Sign { format!("{said} {}", l.tickets_not_applied_sign()) } else { said }
}

fn answer(want: &Want, op_id: String, verb: Verb, done: &Done) -> Result<Response, Problem> {
    let l = want.messages();
    let said = (!done.applied).then(|| why(&l, verb, done));
    let answer = Answer { op_id, applied: done.applied, state: done.order.state, said };
    want.json_with(axum::http::StatusCode::OK, &answer)
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
