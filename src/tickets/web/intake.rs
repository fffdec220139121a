//! Reporting a fault: the form, filled from the call, and what is written with it.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::clock::Metric;
use super::super::desk::Trouble;
use super::super::store::{self, board, places};
use super::super::ticket::{Ticket, priority};
use super::filled::{Begun, complete, known};
use super::views::{self, TicketView};
use super::written::{Stood, Written, is_number};
use super::{Panel, WRITERS, conflict, hidden};
use crate::kernel::Moment;
use crate::web::{Aloud, At, Filter, Frame, Input, Place, Problem, Reader, Want};
use crate::words::Messages;

/// What stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fields {
    pub(super) call: Option<i64>,
    pub(super) contact: Option<i64>,
    pub(super) caller_number: String,
    pub(super) caller_name: String,
    pub(super) company: String,
    pub(super) site: Option<i64>,
    pub(super) contract: Option<i64>,
    pub(super) asset: Option<i64>,
    pub(super) place: String,
    pub(super) serial: String,
    pub(super) need: String,
    pub(super) purpose: String,
    pub(super) symptom: String,
    pub(super) category: String,
    pub(super) skill: String,
    pub(super) impact: i64,
    pub(super) urgency: i64,
    pub(super) tried: String,
    pub(super) plan: String,
    /// Local time, as `<input type="datetime-local">` has it.
    pub(super) promised: String,
    /// The words that were read back, as [`Aloud::words`] puts them; no part of what is written.
    #[serde(skip)]
    pub(super) read: Option<String>,
    /// What could be promised, for who presses it: in a form, and in words.
    #[serde(skip)]
    pub(super) proposed: Option<(String, String)>,
}

impl Fields {
    pub(super) fn is_site(&self, id: impl Borrow<i64>) -> bool {
        self.site == Some(*id.borrow())
    }

    pub(super) fn is_contract(&self, id: impl Borrow<i64>) -> bool {
        self.contract == Some(*id.borrow())
    }

    /// What is said of it to who reports it, in this order: who, their telephone, whose fault it is,
    /// where, which thing, what is seen, what they were promised.
    pub(super) fn aloud(&self, l: &Messages) -> Aloud {
        let fault = Aloud::of(self.read.as_deref()).says(&self.caller_name, str::to_owned);
        let fault = fault.says_number(l, &self.caller_number);
        let fault = fault.says(&self.company, str::to_owned).says(&self.place, str::to_owned);
        let fault = fault.says(&self.serial, |t| l.tickets_aloud_serial(t).to_string());
        let fault = fault.says(&self.symptom, str::to_owned);
        fault.says_when(l, &self.promised, |t| l.tickets_aloud_promised(t).to_string())
    }

    /// Proposes the moment until which it is to be solved, where nothing is promised yet and it has not passed.
    pub(super) fn propose(&mut self, want: &Want, due: Option<Moment>) {
        let due = due.filter(|due| self.promised.is_empty() && *due > want.now.plus_millis(60_000));
        self.proposed = due.map(|due| {
            let local = due.utc().with_timezone(&want.kit.day.zone);
            (local.format("%Y-%m-%dT%H:%M").to_string(), want.spelling().moment(due))
        });
    }

    /// The promise was written after the rest was read back: the tick holds the words that were read.
    pub(super) fn promise_unread(&mut self, l: &Messages) {
        let without = Self { promised: String::new(), ..self.clone() };
        self.read = Some(without.aloud(l).words());
    }

    pub(super) fn of(want: &Want, ticket: &Ticket) -> Self {
        let zone = want.kit.day.zone;
        let local = |at: Moment| at.utc().with_timezone(&zone).format("%Y-%m-%dT%H:%M").to_string();
        let mut fields = Self {
            call: ticket.call_id.map(|call| call.0),
            contact: ticket.contact_id,
            caller_number: ticket.caller_number.clone(),
            caller_name: ticket.caller_name.clone(),
            company: ticket.company.clone(),
            site: ticket.site_id,
            contract: ticket.contract_id,
            asset: ticket.asset_id,
            place: ticket.place.clone(),
            serial: ticket.serial.clone(),
            need: ticket.need.clone(),
            purpose: ticket.purpose.clone(),
            symptom: ticket.symptom.clone(),
            category: ticket.category.clone(),
            skill: ticket.skill.clone(),
            impact: ticket.impact,
            urgency: ticket.urgency,
            tried: ticket.tried.clone(),
            plan: ticket.plan.clone(),
            promised: ticket.promised_at.map(local).unwrap_or_default(),
            read: None,
            proposed: None,
        };
        let words = fields.aloud(&want.messages()).words();
        fields.read = ticket.readback_at.map(|_| words);
        fields
    }
}

#[derive(Template, Serialize)]
#[template(path = "tickets/new.html")]
struct NewPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    form: Fields,
    /// The call is put away once the fault is reported.
    #[serde(skip)]
    done: bool,
    /// Open tickets of the same number, site or thing, and then of the same customer.
    alike: Vec<TicketView>,
    #[serde(skip)]
    sites: Vec<places::Site>,
    #[serde(skip)]
    contracts: Vec<places::Contract>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

pub(super) async fn form(
    want: Want,
    reader: Reader,
    Filter(from): Filter<Begun>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let form = known(&want, &from).await?;
    page(&want, &reader, (form, from.done), BTreeMap::new(), StatusCode::OK).await
}

async fn page(
    want: &Want,
    reader: &Reader,
    (mut form, done): (Fields, bool),
    errors: BTreeMap<&'static str, String>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let db = &want.kit.db;
    let weight = priority(form.impact, form.urgency);
    let promise = places::promise(db, form.contract, weight, want.kit.day.zone).await?;
    let goal = promise.goals.get(&Metric::Resolve);
    form.propose(want, goal.and_then(|goal| promise.calendar.add_working(want.now, *goal)));
    let typed = Some(form.caller_number.clone());
    let numbers: Vec<String> =
        typed.into_iter().filter(|number| !reader.closed.hides(number)).collect();
    let mut alike = store::alike(db, &numbers, form.site, &form.serial, 0).await?;
    let nearer: Vec<i64> = alike.iter().map(|one| one.id).collect();
    let others = board::of_company(db, &form.company).await?.into_iter();
    alike.extend(others.filter(|one| !nearer.contains(&one.id)));
    let names = views::names(db).await?;
    want.page_with(
        status,
        &NewPage {
            alike: views::tickets(want, reader, alike, &names).await?,
            sites: super::board::sites(want).await?,
            contracts: places::contracts(db).await?,
            form,
            done,
            errors,
            frame: want.frame(Place::Faults),
        },
    )
}

pub(super) async fn open(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let mut form = written.fields();
    complete(&want, &mut form).await?;
    let mut stood = Stood::default();
    if form.call.is_some() && (form.caller_number.is_empty() || !is_number(&form.caller_number)) {
        let from = Begun { call: form.call, ..Begun::default() };
        let told = known(&want, &from).await?;
        if form.caller_number.is_empty() {
            form.caller_number.clone_from(&told.caller_number);
            form.contact = form.contact.or(told.contact);
        }
        stood.number = told.caller_number;
    }
    let new = match written.read(&want, &form, &stood) {
        Ok(new) => new,
        Err(problem) if !want.json => {
            let errors = problem.fields(&want.messages());
            return page(&want, &reader, (form, written.done), errors, problem.status).await;
        }
        Err(problem) => return Err(problem),
    };
    let mut ticket = panel.desk.open(want.stamp(), new).await?;
    if written.accept
        && let Some(owner) = reader.staff()
    {
        let act = super::super::ticket::Act::Accept(owner);
        ticket = panel.desk.act(want.stamp(), &ticket.no, None, act, None).await?;
    }
    if written.done
        && let Some(call) = ticket.call_id
    {
        crate::calls::put_away(&want, call).await?;
    }
    let (place, after) = (format!("/faults/{}", ticket.no), ticket.clone());
    let response = want.done(&place, &views::ticket(&want, &reader, ticket).await?)?;
    super::undo::named(&want, &reader, &after, response).await
}

pub(super) async fn edit(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let version = written.version.ok_or_else(Problem::syntax)?;
    let before = store::by_no(&want.kit.db, &no).await?.ok_or_else(Problem::not_found)?;
    let stood = Fields::of(&want, &before);
    let mut form = written.over(stood.clone());
    hidden::put_back(&mut form, &stood, &reader)?;
    form.asset = before.asset_id.filter(|_| before.serial == form.serial);
    complete(&want, &mut form).await?;
    let mut new = match written.read(&want, &form, &Stood::of(&before)) {
        Ok(new) => new,
        Err(problem) if !want.json => {
            let said = (written.base, &problem);
            return conflict::again(&want, &reader, (&no, version), form, said).await;
        }
        Err(problem) => return Err(problem),
    };
    if written.promised.is_none() && written.promised_at.is_none() {
        // a form has minutes, a program may have promised to the second
        new.promised_at = before.promised_at;
    }
    let mut done = panel.desk.edit(want.stamp(), &no, version, new).await;
    let base: Option<Fields> =
        written.base.as_deref().and_then(|base| serde_json::from_str(base).ok());
    let stale = matches!(done, Err(Trouble::Stale));
    if let Some(base) = base.filter(|_| stale) {
        let now = store::by_no(&want.kit.db, &no).await?.ok_or_else(Problem::not_found)?;
        let theirs = Fields::of(&want, &now);
        let base = hidden::whole(base, &theirs, &reader);
        let merged = conflict::merged(&base, &form, &theirs);
        if merged.is_settled() {
            let words = form.aloud(&want.messages()).words();
            let mut new = Written { promised_at: None, ..written }.read(
                &want,
                &merged.result,
                &Stood::of(&now),
            )?;
            // what somebody else wrote meanwhile was not read back
            new.read_back &= merged.result.aloud(&want.messages()).words() == words;
            done = panel.desk.edit(want.stamp(), &no, now.version, new).await;
        } else if !want.json {
            return conflict::page(&want, &reader, (&no, now.version), merged, theirs).await;
        }
    }
    let ticket = super::one::or_current(&want, &reader, &no, done).await?;
    let (place, after) = (format!("/faults/{no}"), ticket.clone());
    let response = want.done(&place, &views::ticket(&want, &reader, ticket).await?)?;
    super::undo::named(&want, &reader, &after, response).await
}
