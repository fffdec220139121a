//! Work orders: written, sent, done, photographed, signed, printed, filed and found.

use std::borrow::Borrow;

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::desk::Trouble;
use super::super::order;
use super::super::store;
use super::super::store::board::{self, Search};
use super::super::store::offers::{self, Offer, Picture};
use super::super::store::orders::{self, Event};
use super::changed;
use super::hidden;
use super::missing::{self, Missing};
use super::undo::{self, Undoing};
use super::views::{self, OrderView, TicketView};
use super::{Panel, READERS, ROAD, WRITERS, say};
use crate::editing::{self, Editor};
use crate::kernel::{Moment, Role, StaffId};
use crate::web::{
    At, Filter, Frame, OnDuty, Place, Problem, Reader, Want, maybe_number, maybe_text,
};

/// An event, ready to be shown.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Done {
    #[serde(flatten)]
    pub(super) event: Event,
    #[serde(skip)]
    pub(super) what: String,
    #[serde(skip)]
    pub(super) when: String,
    /// When it reached us, where that was later.
    #[serde(skip)]
    pub(super) came: String,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/order.html")]
struct OrderPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    order: OrderView,
    ticket: TicketView,
    pictures: Vec<Picture>,
    offers: Vec<Offer>,
    events: Vec<Done>,
    /// What the reader can take back now.
    undo: Option<Undoing>,
    /// Who else is changing it.
    editors: Vec<Editor>,
    #[serde(skip)]
    edits: String,
    /// How far it is: each step and when it was taken.
    #[serde(skip)]
    steps: Vec<(String, String)>,
    /// Its window as a form has it.
    #[serde(skip)]
    times: (String, String),
    #[serde(skip)]
    proposals: Vec<super::one::Proposal>,
    /// Why there is nobody left to ask; empty where there is.
    #[serde(skip)]
    nobody_said: String,
    /// The lead is to be telephoned: the number, empty where it is not shown here.
    #[serde(skip)]
    phone: Option<String>,
    /// What has to be written before anybody can be sent.
    #[serde(skip)]
    missing: Vec<Missing>,
    #[serde(skip)]
    writes: bool,
    #[serde(skip)]
    window: String,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/orders.html")]
struct OrdersPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<Found>,
    next: Option<i64>,
    #[serde(skip)]
    asked: Asked,
    #[serde(skip)]
    people: Vec<(i64, String)>,
    #[serde(skip)]
    states: Vec<(String, String)>,
}

/// An order in the list, with what it is about.
#[derive(Debug, Clone, Serialize)]
struct Found {
    #[serde(flatten)]
    order: OrderView,
    fault: String,
    company: String,
    symptom: String,
    serial: String,
    #[serde(skip)]
    when: String,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    q: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    engineer: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    from: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    after: Option<i64>,
}

impl Asked {
    fn is_engineer(&self, id: impl Borrow<i64>) -> bool {
        self.engineer == Some(*id.borrow())
    }

    /// The engineer, as an address has it.
    fn engineer(&self) -> String {
        self.engineer.map(|id| id.to_string()).unwrap_or_default()
    }

    fn word(&self, name: &str) -> &str {
        let text = match name {
            "q" => &self.q,
            "from" => &self.from,
            "to" => &self.to,
            _ => &self.state,
        };
        text.as_deref().unwrap_or_default()
    }
}

/// The order of a number, if the reader may see it: the desk, or an engineer of its crew.
pub(super) async fn seen(want: &Want, reader: &OnDuty, no: &str) -> Result<order::Order, Problem> {
    reader.may(ROAD)?;
    let found = orders::by_no(&want.kit.db, no).await?.ok_or_else(Problem::not_found)?;
    if reader.roles.has_any(READERS) {
        return Ok(found);
    }
    let crew = orders::crew(&want.kit.db, found.id).await?;
    let mine = reader.staff().is_some_and(|me| crew.iter().any(|mate| mate.staff_id == me));
    if mine { Ok(found) } else { Err(Problem::forbidden()) }
}

pub(super) async fn list(
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    let only_own = !reader.roles.has_any(READERS);
    if only_own {
        reader.may(&[Role::Engineer])?;
    }
    let db = &want.kit.db;
    let engineer = if only_own { reader.staff() } else { asked.engineer.map(StaffId) };
    let search = Search {
        q: asked.word("q").to_owned(),
        numbers: reader.sees_numbers(),
        state: asked.state.clone(),
        from: asked.from.clone(),
        to: asked.to.clone(),
        engineer,
        before: asked.after,
    };
    let mut found = board::orders_found(db, &search).await?;
    let more = found.len() > 50;
    found.truncate(50);
    let next = found.last().filter(|_| more).map(|order| order.id);
    let names = views::names(db).await?;
    let mut items = Vec::with_capacity(found.len());
    for one in found {
        let mut ticket = store::by_id(db, one.ticket_id).await?.ok_or_else(Problem::not_found)?;
        if !hidden::finds(db, &ticket, &search.q, &reader.closed).await? {
            continue;
        }
        hidden::clear(&mut ticket, &reader.closed);
        let when = want.spelling().moment(one.created_at);
        items.push(Found {
            order: views::order_now(&want, one, &names).await?,
            fault: ticket.no,
            company: ticket.company,
            symptom: ticket.symptom,
            serial: ticket.serial,
            when,
        });
    }
    let l = want.messages();
    let people = store::people::crewed(db).await?.into_iter().map(|(id, name)| (id.0, name));
    let states = order::State::ALL
        .iter()
        .map(|state| (state.name().to_owned(), say::order_state(&l, *state)));
    want.page(&OrdersPage {
        items,
        next,
        people: people.collect(),
        states: states.collect(),
        asked,
        frame: want.frame(Place::Faults),
    })
}

pub(super) fn window(want: &Want, order: &order::Order) -> String {
    let spelling = want.spelling();
    window_as(want, order, |at| spelling.moment(at))
}

/// The same with its beginning spelled in another way.
pub(super) fn window_as(
    want: &Want,
    order: &order::Order,
    spelled: impl Fn(Moment) -> String,
) -> String {
    match (order.window_from, order.window_to) {
        (Some(from), Some(to)) => format!("{}–{}", spelled(from), want.spelling().minute(to)),
        (Some(at), None) | (None, Some(at)) => spelled(at),
        (None, None) => String::new(),
    }
}

/// The steps of an order on the road, and when each was taken.
pub(super) fn steps(want: &Want, one: &order::Order) -> Vec<(String, String)> {
    let (l, spelling) = (want.messages(), want.spelling());
    let at = |at: Option<Moment>| at.map_or_else(|| "–".to_owned(), |at| spelling.minute(at));
    let steps = [
        (order::State::Issued, one.issued_at),
        (order::State::Acked, one.acked_at),
        (order::State::EnRoute, one.departed_at),
        (order::State::OnSite, one.arrived_at),
        (order::State::Done, one.finished_at),
    ];
    steps.map(|(state, when)| (say::order_state(&l, state), at(when))).to_vec()
}

/// A moment as a form takes it.
fn in_form(want: &Want, at: Option<Moment>) -> String {
    let local = |at: Moment| at.utc().with_timezone(&want.kit.day.zone);
    at.map(|at| local(at).format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
}

/// The telephone of whoever is to be telephoned about an order, empty where it is not for this reader; `None` where
/// nobody is.
async fn to_phone(
    want: &Want,
    reader: &OnDuty,
    offers: &[Offer],
) -> Result<Option<String>, Problem> {
    let Some(offer) = offers.iter().find(|one| one.state == "open" && one.phone_by.is_some())
    else {
        return Ok(None);
    };
    let engineers = store::people::engineers(&want.kit.db).await?.into_iter();
    let number = engineers.filter(|one| one.id == offer.staff_id).find_map(|one| one.extension);
    Ok(Some(number.filter(|number| !reader.closed.hides(number)).unwrap_or_default()))
}

pub(super) async fn show(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    let db = &want.kit.db;
    let one = seen(&want, &reader, &no).await?;
    let l = want.messages();
    let names = views::names(db).await?;
    let ticket = store::by_id(db, one.ticket_id).await?.ok_or_else(Problem::not_found)?;
    let writes = reader.roles.has_any(WRITERS);
    let ranked = if writes && one.state == order::State::Draft {
        panel.desk.ranking(&ticket, Some(&one), want.now).await?
    } else {
        vec![]
    };
    let (proposals, nobody) = super::one::proposals(&l, ranked);
    let events = orders::events(db, one.id).await?.into_iter().map(|event| Done {
        what: say::did(&l, event.verb),
        when: want.spelling().moment(event.at_client),
        came: if event.at_server.millis_since(event.at_client) > 60_000 {
            want.spelling().moment(event.at_server)
        } else {
            String::new()
        },
        event: Event { text: reader.closed.text(&event.text), ..event },
    });
    let edits = format!("work-orders/{}", one.no);
    let offers = offers::offers(db, one.id).await?;
    want.page(&OrderPage {
        pictures: offers::pictures(db, one.id).await?,
        phone: to_phone(&want, &reader, &offers).await?,
        offers,
        events: events.collect(),
        proposals,
        nobody_said: nobody.unwrap_or_default(),
        missing: missing::missing(&want, &ticket),
        window: window(&want, &one),
        undo: undo::undoing(&want, &reader, &ticket).await?,
        editors: editing::store::others(db, &edits, reader.staff()).await?,
        edits,
        steps: steps(&want, &one),
        times: (in_form(&want, one.window_from), in_form(&want, one.window_to)),
        writes,
        order: views::order_now(&want, one, &names).await?,
        ticket: views::ticket(&want, &reader, ticket).await?,
        frame: want.frame(Place::Faults),
    })
}

/// Turns what was refused because somebody was faster into the order as it is now.
pub(super) async fn or_current<T>(
    want: &Want,
    no: &str,
    done: Result<T, Trouble>,
) -> Result<T, Problem> {
    let (stale, trouble) = match done {
        Ok(done) => return Ok(done),
        Err(Trouble::Stale) => (true, Trouble::Stale),
        Err(trouble) => (false, trouble),
    };
    let Some(now) = orders::by_no(&want.kit.db, no).await? else { return Err(trouble.into()) };
    let names = views::names(&want.kit.db).await?;
    let ticket = store::by_id(&want.kit.db, now.ticket_id).await?.ok_or_else(Problem::not_found)?;
    let (view, place) =
        (views::order_now(want, now.clone(), &names).await?, format!("/work-orders/{no}"));
    if stale {
        let problem = Problem::stale(&view).seen_at(place);
        return Err(changed::told(want, (&ticket, Some(&now)), problem).await?);
    }
    Err(Problem::from(trouble).current(&view).seen_at(place))
}

pub(super) async fn shown(
    want: &Want,
    reader: &OnDuty,
    place: &str,
    order: order::Order,
) -> Result<Response, Problem> {
    let names = views::names(&want.kit.db).await?;
    let ticket = store::by_id(&want.kit.db, order.ticket_id).await?;
    let response = want.done(place, &views::order_now(want, order, &names).await?)?;
    match ticket {
        Some(ticket) => undo::named(want, reader, &ticket, response).await,
        None => Ok(response),
    }
}
