//! Tickets and orders as pages and programs see them: masked for those without need.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Serialize;

use super::super::clock::{Going, Metric};
use super::super::order::{self, Order};
use super::super::store::offers::Offer;
use super::super::store::orders::Mate;
use super::super::store::{self, clocks, places};
use super::super::ticket::{SolvedHow, State, Ticket};
use super::hidden;
use super::say::{self, Bar};
use crate::db::Db;
use crate::kernel::{CallId, HIDDEN, Moment, StaffId, masked};
use crate::web::{OnDuty, Want};
use crate::words::Messages;

/// Names of people by id.
pub(super) type Names = BTreeMap<StaffId, String>;

/// A person in a record.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Who {
    /// Which.
    pub(crate) id: StaffId,
    /// Their name.
    pub(crate) name: String,
}

pub(super) fn who(names: &Names, id: Option<StaffId>) -> Option<Who> {
    id.map(|id| Who { id, name: names.get(&id).cloned().unwrap_or_default() })
}

/// A ticket.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TicketView {
    pub(crate) no: String,
    pub(crate) version: i64,
    pub(crate) state: State,
    pub(crate) opened_at: Moment,
    pub(crate) business_date: String,
    pub(crate) call: Option<CallId>,
    pub(crate) contact: Option<i64>,
    pub(crate) caller_number: Option<String>,
    pub(crate) masked: bool,
    pub(crate) caller_name: String,
    pub(crate) company: String,
    pub(crate) site: Option<i64>,
    pub(crate) contract: Option<i64>,
    pub(crate) asset: Option<i64>,
    pub(crate) place: String,
    pub(crate) serial: String,
    pub(crate) need: String,
    pub(crate) purpose: String,
    pub(crate) symptom: String,
    pub(crate) category: String,
    pub(crate) skill: String,
    pub(crate) impact: i64,
    pub(crate) urgency: i64,
    pub(crate) priority: i64,
    pub(crate) tried: String,
    pub(crate) plan: String,
    pub(crate) promised_at: Option<Moment>,
    pub(crate) owner: Option<Who>,
    pub(crate) waiting_for: Option<String>,
    pub(crate) waiting_until: Option<Moment>,
    pub(crate) solution: String,
    pub(crate) cause: String,
    pub(crate) solved_how: Option<String>,
    pub(crate) resolved_at: Option<Moment>,
    pub(crate) closed_at: Option<Moment>,
    pub(crate) satisfaction: Option<i64>,
    pub(crate) reopened: i64,
    pub(crate) duplicate_of: Option<String>,
    pub(crate) reason: String,
    pub(crate) readback_at: Option<Moment>,
    pub(crate) clocks: Vec<Bar>,
    #[serde(skip)]
    pub(crate) state_name: String,
    #[serde(skip)]
    pub(crate) priority_name: String,
    #[serde(skip)]
    pub(crate) priority_tint: &'static str,
    /// The number as it may be shown.
    #[serde(skip)]
    pub(crate) shown_number: String,
}

impl TicketView {
    /// The clock one must look at.
    pub(crate) fn worst(&self) -> Option<&Bar> {
        say::worst(&self.clocks)
    }

    /// Whether a goal was missed that still counts.
    pub(crate) fn is_missed(&self) -> bool {
        self.worst().is_some_and(|bar| bar.reading.missed)
    }

    /// The customer's word, where there is one.
    pub(crate) fn rated(&self, l: &Messages) -> Option<String> {
        self.satisfaction.map(|word| say::stars(l, word))
    }

    /// The clocks that say something of it: nobody arrived where it was solved on the telephone, and nothing was
    /// solved where another stands for it or it is off.
    pub(crate) fn told_clocks(&self) -> Vec<&Bar> {
        let is_over = |bar: &Bar| bar.reading.state == Going::Stopped;
        let says = |bar: &&Bar| match bar.reading.metric {
            Metric::Respond => true,
            Metric::Arrive => {
                let solved_by_phone = self.is_by_phone() && is_over(bar);
                !(self.state.is_void() || solved_by_phone)
            }
            Metric::Resolve => !self.state.is_void(),
        };
        self.clocks.iter().filter(says).collect()
    }

    /// Whether it was solved on the telephone: nobody was there.
    pub(crate) fn is_by_phone(&self) -> bool {
        self.solved_how.as_deref() == Some(SolvedHow::Phone.name())
    }

    pub(crate) fn is(&self, state: &str) -> bool {
        self.state.name() == state
    }

    /// Whether it is in one of these states, with commas.
    pub(crate) fn is_any(&self, states: &str) -> bool {
        states.split(',').any(|state| state == self.state.name())
    }
}

/// Tickets as the reader may see them, with their clocks.
pub(super) async fn tickets(
    want: &Want,
    reader: &OnDuty,
    all: Vec<Ticket>,
    names: &Names,
) -> crate::db::Result<Vec<TicketView>> {
    let db = &want.kit.db;
    let ids: Vec<i64> = all.iter().map(|ticket| ticket.id).collect();
    let mut clocks: BTreeMap<i64, Vec<clocks::Clock>> = BTreeMap::new();
    for clock in clocks::of(db, &ids).await? {
        clocks.entry(clock.ticket_id).or_default().push(clock);
    }
    let mut calendars = BTreeMap::new();
    for id in clocks.values().flatten().map(|clock| clock.calendar_id) {
        if let Entry::Vacant(place) = calendars.entry(id) {
            place.insert(places::calendar(db, id, want.kit.day.zone).await?);
        }
    }
    let l = want.messages();
    let mut views = Vec::with_capacity(all.len());
    for mut ticket in all {
        hidden::clear(&mut ticket, &reader.closed);
        let own = clocks.remove(&ticket.id).unwrap_or_default();
        let bars = own.iter().filter_map(|clock| {
            let calendar = calendars.get(&clock.calendar_id)?;
            Some(say::bar(&l, clock.read(calendar, want.now)))
        });
        let duplicate_of = match ticket.duplicate_of {
            Some(id) => store::by_id(db, id).await?.map(|other| other.no),
            None => None,
        };
        let (state_name, priority_name) =
            (say::state(&l, ticket.state), say::priority(&l, ticket.priority));
        let closed = ticket.caller_number == HIDDEN;
        let whole = reader.sees_numbers() && !closed;
        let number = Some(ticket.caller_number.clone()).filter(|number| !number.is_empty());
        let number = number.map(|number| if whole || closed { number } else { masked(&number) });
        views.push(TicketView {
            clocks: bars.collect(),
            duplicate_of,
            state_name,
            priority_name,
            priority_tint: say::priority_tint(ticket.priority),
            shown_number: number.clone().map(|number| spoken(&number)).unwrap_or_default(),
            caller_number: number,
            masked: !whole,
            owner: who(names, ticket.owner),
            no: ticket.no,
            version: ticket.version,
            state: ticket.state,
            opened_at: ticket.opened_at,
            business_date: ticket.business_date,
            call: ticket.call_id,
            contact: ticket.contact_id,
            caller_name: ticket.caller_name,
            company: ticket.company,
            site: ticket.site_id,
            contract: ticket.contract_id,
            asset: ticket.asset_id,
            place: ticket.place,
            serial: ticket.serial,
            need: ticket.need,
            purpose: ticket.purpose,
            symptom: ticket.symptom,
            category: ticket.category,
            skill: ticket.skill,
            impact: ticket.impact,
            urgency: ticket.urgency,
            priority: ticket.priority,
            tried: ticket.tried,
            plan: ticket.plan,
            promised_at: ticket.promised_at,
            waiting_for: ticket.waiting_for,
            waiting_until: ticket.waiting_until,
            solution: ticket.solution,
            cause: ticket.cause,
            solved_how: ticket.solved_how,
            resolved_at: ticket.resolved_at,
            closed_at: ticket.closed_at,
            satisfaction: ticket.satisfaction,
            reopened: ticket.reopened,
            reason: ticket.reason,
            readback_at: ticket.readback_at,
        });
    }
    Ok(views)
}

/// A number as people write it, where it is one.
fn spoken(number: &str) -> String {
    crate::kernel::Phone::read(number).map_or_else(|| number.to_owned(), |phone| phone.for_people())
}

/// One ticket.
pub(super) async fn ticket(
    want: &Want,
    reader: &OnDuty,
    one: Ticket,
) -> crate::db::Result<TicketView> {
    let names = names(&want.kit.db).await?;
    let mut views = tickets(want, reader, vec![one], &names).await?;
    views.pop().ok_or(crate::db::Error::NotFound)
}

/// Everybody's name.
pub(super) async fn names(db: &Db) -> crate::db::Result<Names> {
    Ok(store::board::names(db).await?.into_iter().collect())
}

/// An order.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OrderView {
    pub(crate) no: String,
    pub(crate) version: i64,
    pub(crate) state: order::State,
    pub(crate) created_at: Moment,
    pub(crate) issued_at: Option<Moment>,
    pub(crate) issued_by: Option<Who>,
    pub(crate) crew: Vec<Mate>,
    pub(crate) skills: String,
    pub(crate) window_from: Option<Moment>,
    pub(crate) window_to: Option<Moment>,
    pub(crate) tasks: String,
    /// Which of them are ticked.
    pub(crate) ticked: Vec<String>,
    pub(crate) tools: String,
    pub(crate) instructions: String,
    pub(crate) acked_at: Option<Moment>,
    pub(crate) departed_at: Option<Moment>,
    pub(crate) arrived_at: Option<Moment>,
    pub(crate) finished_at: Option<Moment>,
    pub(crate) signed_at: Option<Moment>,
    pub(crate) archived_at: Option<Moment>,
    pub(crate) cause: String,
    pub(crate) work_done: String,
    pub(crate) parts: String,
    pub(crate) readings: String,
    pub(crate) next_step: String,
    pub(crate) fee_fen: i64,
    pub(crate) customer: String,
    pub(crate) satisfaction: Option<i64>,
    pub(crate) unsigned_why: String,
    pub(crate) prints: i64,
    pub(crate) offer: Option<Offer>,
    #[serde(skip)]
    pub(crate) state_name: String,
    #[serde(skip)]
    pub(crate) step: usize,
    /// Minutes left to say yes; negative where it is overdue.
    #[serde(skip)]
    pub(crate) answer_left: Option<String>,
}

impl OrderView {
    pub(crate) fn is_any(&self, states: &str) -> bool {
        states.split(',').any(|state| state == self.state.name())
    }

    /// Who leads.
    pub(crate) fn lead(&self) -> Option<&Mate> {
        self.crew.iter().find(|mate| mate.lead)
    }

    /// The customer's word, as boxes to tick on paper: 非常满意 first.
    pub(crate) fn stars(&self, l: &Messages) -> Vec<(String, bool)> {
        let boxes = (1..=5).rev();
        boxes.map(|word| (say::stars(l, word), self.satisfaction == Some(word))).collect()
    }

    /// The customer's word, where there is one.
    pub(crate) fn rated(&self, l: &Messages) -> Option<String> {
        self.satisfaction.map(|word| say::stars(l, word))
    }

    pub(crate) fn fee(&self) -> String {
        say::money(self.fee_fen)
    }

    /// Whether a line of what is to do is ticked.
    pub(crate) fn has_ticked(&self, task: &str) -> bool {
        self.ticked.iter().any(|ticked| ticked == task)
    }

    /// The lines of a text.
    #[expect(clippy::unused_self, reason = "templates know the order, not this crate's functions")]
    pub(crate) fn lines<'t>(&self, text: &'t str) -> Vec<&'t str> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect()
    }
}

/// An order with its crew and open offer.
pub(super) fn order(
    want: &Want,
    mut one: Order,
    crew: Vec<Mate>,
    offer: Option<Offer>,
    names: &Names,
) -> OrderView {
    if let Some(reader) = &want.reader {
        hidden::clear_order(&mut one, &reader.closed);
    }
    let l = want.messages();
    let left = offer.as_ref().map(|offer| offer.answer_by.millis_since(want.now));
    OrderView {
        state_name: say::order_state(&l, one.state),
        step: one.state.step(),
        answer_left: left.map(crate::words::minutes),
        issued_by: who(names, one.issued_by),
        crew,
        offer,
        no: one.no,
        version: one.version,
        state: one.state,
        created_at: one.created_at,
        issued_at: one.issued_at,
        skills: one.skills,
        window_from: one.window_from,
        window_to: one.window_to,
        tasks: one.tasks,
        ticked: one.ticked.lines().map(str::to_owned).collect(),
        tools: one.tools,
        instructions: one.instructions,
        acked_at: one.acked_at,
        departed_at: one.departed_at,
        arrived_at: one.arrived_at,
        finished_at: one.finished_at,
        signed_at: one.signed_at,
        archived_at: one.archived_at,
        cause: one.cause,
        work_done: one.work_done,
        parts: one.parts,
        readings: one.readings,
        next_step: one.next_step,
        fee_fen: one.fee_fen,
        customer: one.customer,
        satisfaction: one.satisfaction,
        unsigned_why: one.unsigned_why,
        prints: one.prints,
    }
}

/// An order as it is now.
pub(super) async fn order_now(
    want: &Want,
    one: Order,
    names: &Names,
) -> crate::db::Result<OrderView> {
    let db = &want.kit.db;
    let crew = store::orders::crew(db, one.id).await?;
    let offers = store::offers::offers(db, one.id).await?;
    let open = offers.into_iter().find(|offer| offer.state == "open");
    Ok(order(want, one, crew, open, names))
}
