//! `/faults`: the board by state, with clocks, and the list behind it.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::desk::{Ground, offline};
use super::super::order;
use super::super::store::board::{self, Search};
use super::super::store::offers::{self, Offer};
use super::super::store::orders::{self, Mate};
use super::super::store::places;
use super::super::ticket::{State, Ticket};
use super::hand::{self, Hand};
use super::helps::{self, Waits};
use super::hidden;
use super::views::{self, TicketView};
use super::{Panel, READERS, WRITERS};
use crate::kernel::{Moment, StaffId};
use crate::web::{Filter, Frame, Place, Problem, Reader, Want, maybe_text};

/// A ticket on the board.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Card {
    #[serde(flatten)]
    pub(super) ticket: TicketView,
    /// The order it is about, where one was written.
    pub(super) order: Option<String>,
    /// Who leads it.
    pub(super) lead: Option<Mate>,
    /// To whom it can be handed from here, where it waits for somebody to be sent.
    pub(super) hand: Option<Hand>,
    /// Somebody on the road waits for help with it.
    pub(super) help: bool,
    /// What is happening.
    #[serde(skip)]
    pub(super) hint: String,
    /// It asks the desk to telephone somebody.
    #[serde(skip)]
    pub(super) phones: bool,
    /// When it came, as the card says it.
    #[serde(skip)]
    pub(super) when: String,
    #[serde(skip)]
    pub(super) lead_initial: String,
}

/// A column.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Column {
    pub(super) name: &'static str,
    #[serde(skip)]
    pub(super) title: String,
    pub(super) items: Vec<Card>,
}

/// An engineer in the row above the board.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Chip {
    pub(super) staff_id: StaffId,
    pub(super) name: String,
    pub(super) on_duty: bool,
    pub(super) on_call: Option<i64>,
    pub(super) orders: i64,
    pub(super) offline_ms: Option<i64>,
    #[serde(skip)]
    pub(super) initial: String,
    #[serde(skip)]
    pub(super) offline: String,
    #[serde(skip)]
    pub(super) lamps: Vec<bool>,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/board.html")]
pub(super) struct BoardPage {
    #[serde(skip)]
    pub(super) frame: Frame,
    pub(super) columns: Vec<Column>,
    /// Who on the road waits for help.
    pub(super) helps: Vec<Waits>,
    pub(super) engineers: Vec<Chip>,
    pub(super) missed: i64,
    pub(super) soon: i64,
    #[serde(skip)]
    pub(super) q: String,
    #[serde(skip)]
    pub(super) writes: bool,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/list.html")]
struct ListPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<TicketView>,
    next: Option<i64>,
    #[serde(skip)]
    asked: Asked,
    #[serde(skip)]
    states: Vec<(String, String)>,
}

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default, deserialize_with = "maybe_text")]
    q: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    state: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    from: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    to: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    view: Option<String>,
    #[serde(default, deserialize_with = "crate::web::maybe_number")]
    after: Option<i64>,
}

impl Asked {
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

/// Which column a ticket stands in.
fn column(ticket: State, orders: &[order::Order]) -> &'static str {
    let any = |states: &[order::State]| orders.iter().any(|one| states.contains(&one.state));
    match ticket {
        State::New | State::Reopened | State::Accepted => "new",
        State::Waiting => "waiting",
        State::Resolved | State::Closed | State::Duplicate | State::Cancelled => "resolved",
        State::Dispatched | State::InProgress => {
            if any(&[order::State::OnSite, order::State::Paused]) {
                "on_site"
            } else if any(&[order::State::Acked, order::State::EnRoute]) {
                "acked"
            } else if any(&[order::State::Issued]) {
                "issued"
            } else {
                // it came back to the desk: nobody is on the way, and somebody has to be sent
                "new"
            }
        }
    }
}

pub(super) async fn show(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Filter(asked): Filter<Asked>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let listed =
        asked.view.as_deref() == Some("list") || asked.state.is_some() || asked.from.is_some();
    if listed || asked.after.is_some() {
        return list(&want, &reader, asked).await;
    }
    let page = board(&panel, &want, &reader, asked.word("q")).await?;
    want.page(&page)
}

pub(super) async fn board(
    panel: &Panel,
    want: &Want,
    reader: &Reader,
    q: &str,
) -> Result<BoardPage, Problem> {
    let db = &want.kit.db;
    let l = want.messages();
    let names = views::names(db).await?;
    let tickets: Vec<Ticket> =
        hidden::found(db, board::open(db, q, reader.sees_numbers()).await?, q, &reader.closed)
            .await?;
    let mut of: BTreeMap<i64, Vec<order::Order>> = BTreeMap::new();
    for one in orders::open(db).await? {
        of.entry(one.ticket_id).or_default().push(one);
    }
    let mut crews: BTreeMap<i64, Vec<Mate>> = BTreeMap::new();
    for mate in orders::crews(db).await? {
        crews.entry(mate.order_id).or_default().push(mate);
    }
    let offers: BTreeMap<i64, Offer> =
        offers::open_offers(db).await?.into_iter().map(|offer| (offer.order_id, offer)).collect();
    let ground = panel.desk.ground(want.now).await?;
    let helps = helps::waiting(want, reader).await?;
    let writes = reader.roles.has_any(WRITERS);
    let mut hands: BTreeMap<String, Hand> = BTreeMap::new();
    let mut orders_of: BTreeMap<String, Vec<order::Order>> = BTreeMap::new();
    for ticket in &tickets {
        let mut own = of.remove(&ticket.id).unwrap_or_default();
        // who was there before it came back is not there now
        own.retain(|one| one.round == ticket.reopened || one.state == order::State::Draft);
        let hand = hand::propose(want, &ground, ticket, &own).filter(|_| writes);
        if let Some(mut hand) = hand {
            hand.tasks = hand.tasks.map(|tasks| reader.closed.text(&tasks));
            hands.insert(ticket.no.clone(), hand);
        }
        orders_of.insert(ticket.no.clone(), own);
    }
    let views = views::tickets(want, reader, tickets, &names).await?;
    let is_soon = |one: &TicketView| one.worst().is_some_and(|bar| bar.tint == "c3");
    let missed = views.iter().map(|one| i64::from(one.is_missed())).sum();
    let soon = views.iter().map(|one| i64::from(is_soon(one))).sum();
    let mut columns: Vec<Column> = [
        ("new", l.tickets_column_new().to_string()),
        ("issued", l.tickets_column_issued().to_string()),
        ("acked", l.tickets_column_acked().to_string()),
        ("on_site", l.tickets_column_on_site().to_string()),
        ("waiting", l.tickets_column_waiting().to_string()),
        ("resolved", l.tickets_column_resolved().to_string()),
    ]
    .into_iter()
    .map(|(name, title)| Column { name, title, items: vec![] })
    .collect();
    for ticket in views {
        let orders = orders_of.remove(&ticket.no).unwrap_or_default();
        let place = column(ticket.state, &orders);
        // the order that is furthest along, of those under way where there are any
        let under_way =
            |one: &order::Order| !one.state.is_over() && one.state != order::State::Draft;
        let order = orders.iter().max_by_key(|one| (under_way(one), one.state.step()));
        let lead = order.and_then(|one| crews.get(&one.id)).and_then(|crew| crew.first()).cloned();
        let offer = order.and_then(|one| offers.get(&one.id));
        let hint = hint(want, &ticket, order, offer);
        let card = Card {
            when: came(want, ticket.opened_at),
            lead_initial: lead
                .as_ref()
                .and_then(|mate| mate.name.chars().next())
                .map(String::from)
                .unwrap_or_default(),
            order: order.map(|one| one.no.clone()),
            phones: offer.is_some_and(|offer| offer.phone_by.is_some()),
            lead,
            hint,
            hand: hands.remove(&ticket.no),
            help: helps.iter().any(|one| one.no == ticket.no),
            ticket,
        };
        if let Some(column) = columns.iter_mut().find(|column| column.name == place) {
            column.items.push(card);
        }
    }
    Ok(BoardPage {
        frame: want.frame(Place::Faults),
        columns,
        helps,
        engineers: chips(want, ground),
        missed,
        soon,
        q: q.to_owned(),
        writes,
    })
}

/// What is happening, in a few words.
fn hint(
    want: &Want,
    ticket: &TicketView,
    order: Option<&order::Order>,
    offer: Option<&Offer>,
) -> String {
    let l = want.messages();
    let spelling = want.spelling();
    if let Some(until) = ticket.waiting_until {
        let why = ticket.waiting_for.as_deref().and_then(|name| name.parse().ok());
        let why = why.map(|why| super::say::waiting(&l, why)).unwrap_or_default();
        return l.tickets_hint_waiting(why, spelling.moment(until)).to_string();
    }
    if let Some(offer) = offer {
        let left = crate::words::minutes(offer.answer_by.millis_since(want.now));
        return match offer.phone_by {
            Some(_) => l.tickets_hint_phone(offer.name.as_str(), left).to_string(),
            None => l.tickets_hint_offer(left).to_string(),
        };
    }
    let filed = order.is_none_or(|order| order.state == order::State::Archived);
    if filed && ticket.state == State::Resolved {
        let owner = ticket.owner.as_ref().map(|who| who.name.clone()).unwrap_or_default();
        return l.tickets_hint_call_back(owner).to_string();
    }
    let sent = matches!(ticket.state, State::Dispatched | State::InProgress);
    match order {
        Some(order) if sent && order.state == order::State::Draft => {
            l.tickets_hint_again().to_string()
        }
        Some(order) => match (order.state, order.arrived_at) {
            (order::State::OnSite, Some(at)) => {
                l.tickets_hint_arrived(spelling.minute(at)).to_string()
            }
            (state, _) => super::say::order_state(&l, state),
        },
        // it came back to the desk
        None if sent => l.tickets_hint_again().to_string(),
        None => ticket.state_name.clone(),
    }
}

fn chips(want: &Want, ground: Ground) -> Vec<Chip> {
    let l = want.messages();
    let Ground { there, load, engineers, .. } = ground;
    let chips = engineers.into_iter().map(|one| {
        let orders = load.iter().map(|load| i64::from(load.staff_id == one.id)).sum();
        let silent = offline(one.seen_at, want.now);
        let at = there.get(&one.id);
        Chip {
            staff_id: one.id,
            initial: one.name.chars().next().map(String::from).unwrap_or_default(),
            on_duty: at.is_some_and(|there| there.on_duty),
            on_call: at.and_then(|there| there.on_call),
            orders,
            offline: silent
                .map(|silent| l.tickets_offline(silent / 60_000).to_string())
                .unwrap_or_default(),
            offline_ms: silent,
            lamps: (0..4).map(|lamp: i64| lamp < orders).collect(),
            name: one.name,
        }
    });
    chips.collect()
}

async fn list(want: &Want, reader: &Reader, asked: Asked) -> Result<Response, Problem> {
    let db = &want.kit.db;
    let search = Search {
        q: asked.word("q").to_owned(),
        numbers: reader.sees_numbers(),
        state: asked.state.clone(),
        from: asked.from.clone(),
        to: asked.to.clone(),
        engineer: None,
        before: asked.after,
    };
    let mut found = board::found(db, &search).await?;
    let more = found.len() > 50;
    found.truncate(50);
    let next = found.last().filter(|_| more).map(|ticket| ticket.id);
    let found = hidden::found(db, found, &search.q, &reader.closed).await?;
    let names = views::names(db).await?;
    let l = want.messages();
    let states =
        State::ALL.iter().map(|state| (state.name().to_owned(), super::say::state(&l, *state)));
    want.page(&ListPage {
        items: views::tickets(want, reader, found, &names).await?,
        next,
        states: states.collect(),
        asked,
        frame: want.frame(Place::Faults),
    })
}

/// The sites of the house, for the choice in a form.
pub(super) async fn sites(want: &Want) -> Result<Vec<places::Site>, Problem> {
    Ok(places::sites(&want.kit.db).await?)
}

/// When a fault came, for a card: the time of day, or the day as short as it goes.
fn came(want: &Want, at: Moment) -> String {
    let (day, spelling) = (&want.kit.day, want.spelling());
    let date = day.date(at);
    if date == day.date(want.now) { spelling.minute(at) } else { spelling.short_day(date) }
}

/// The time of day, for what was reported today; else the day.
pub(super) fn when(want: &Want, at: Moment) -> String {
    let (day, spelling) = (&want.kit.day, want.spelling());
    let date = day.date(at);
    if date == day.date(want.now) { spelling.minute(at) } else { spelling.day(date) }
}
