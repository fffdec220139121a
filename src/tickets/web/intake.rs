//! Reporting a fault: the form, filled from the call, and what is written with it.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State as Given;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::desk::Trouble;
use super::super::store::{self, NewTicket, places};
use super::super::ticket::Ticket;
use super::filled::{Begun, complete, known};
use super::say::local;
use super::views::{self, TicketView};
use super::{Panel, WRITERS, conflict, hidden};
use crate::kernel::{CallId, Moment, Phone};
use crate::web::{
    Aloud, At, Filter, Frame, GivenNumber, Input, Place, Problem, Reader, Want, flag, given_text,
    maybe_number, maybe_text,
};
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
    /// Open tickets of the same number, site or thing.
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
    page(&want, &reader, form, BTreeMap::new(), StatusCode::OK).await
}

async fn page(
    want: &Want,
    reader: &Reader,
    form: Fields,
    errors: BTreeMap<&'static str, String>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let db = &want.kit.db;
    let typed = Some(form.caller_number.clone());
    let numbers: Vec<String> =
        typed.into_iter().filter(|number| !reader.closed.hides(number)).collect();
    let alike = store::alike(db, &numbers, form.site, &form.serial, 0).await?;
    let names = views::names(db).await?;
    want.page_with(
        status,
        &NewPage {
            alike: views::tickets(want, reader, alike, &names).await?,
            sites: super::board::sites(want).await?,
            contracts: places::contracts(db).await?,
            form,
            errors,
            frame: want.frame(Place::Faults),
        },
    )
}

/// What was written.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Written {
    #[serde(default, deserialize_with = "maybe_number")]
    call: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    contact: Option<i64>,
    #[serde(default, deserialize_with = "given_text")]
    caller_number: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    caller_name: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    company: Option<String>,
    #[serde(default)]
    site: GivenNumber,
    #[serde(default)]
    contract: GivenNumber,
    #[serde(default, deserialize_with = "given_text")]
    place: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    serial: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    need: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    purpose: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    symptom: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    category: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    skill: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    impact: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    urgency: Option<i64>,
    #[serde(default, deserialize_with = "given_text")]
    tried: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    plan: Option<String>,
    #[serde(default, deserialize_with = "given_text")]
    promised: Option<String>,
    /// An instant, for programs.
    #[serde(default)]
    promised_at: Option<Moment>,
    /// The one who writes takes it at once.
    #[serde(default, deserialize_with = "flag")]
    accept: bool,
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    /// What the page showed, as JSON, for who saves second.
    #[serde(default, deserialize_with = "maybe_text")]
    base: Option<String>,
    /// The words that were read back, as [`Aloud::words`] puts them.
    #[serde(default, deserialize_with = "maybe_text")]
    read: Option<String>,
}

/// So many characters a field holds.
const LONGEST: usize = 4_000;

impl Written {
    /// What a new fault says.
    fn fields(&self) -> Fields {
        self.over(Fields { impact: 2, urgency: 2, ..Fields::default() })
    }

    /// What was given, over what is there: what is absent stays (operations.md §4.14).
    fn over(&self, now: Fields) -> Fields {
        let text = |field: &Option<String>, now: String| match field {
            Some(text) => text.replace("\r\n", "\n").chars().take(LONGEST).collect(),
            None => now,
        };
        Fields {
            call: self.call.or(now.call),
            contact: self.contact.or(now.contact),
            caller_number: text(&self.caller_number, now.caller_number),
            caller_name: text(&self.caller_name, now.caller_name),
            company: text(&self.company, now.company),
            site: self.site.over(now.site),
            contract: self.contract.over(now.contract),
            asset: None,
            place: text(&self.place, now.place),
            serial: text(&self.serial, now.serial),
            need: text(&self.need, now.need),
            purpose: text(&self.purpose, now.purpose),
            symptom: text(&self.symptom, now.symptom),
            category: text(&self.category, now.category),
            skill: text(&self.skill, now.skill),
            impact: self.impact.unwrap_or(now.impact),
            urgency: self.urgency.unwrap_or(now.urgency),
            tried: text(&self.tried, now.tried),
            plan: text(&self.plan, now.plan),
            promised: text(&self.promised, now.promised),
            read: self.read.clone(),
        }
    }

    /// Checked; the errors by field.
    fn read(&self, want: &Want, form: &Fields) -> Result<NewTicket, Problem> {
        let mut problem = Problem::rules();
        if form.symptom.trim().is_empty() {
            problem = problem.field("symptom", |l| l.tickets_wrong_symptom().to_string());
        }
        if !(1..=3).contains(&form.impact) || !(1..=3).contains(&form.urgency) {
            problem = problem.field("impact", |l| l.tickets_wrong_impact().to_string());
        }
        let promised = match (self.promised_at, form.promised.as_str()) {
            (Some(at), _) => Some(at),
            (None, "") => None,
            (None, text) => {
                let at = local(want, text);
                if at.is_none() {
                    problem = problem.field("promised_at", |l| l.tickets_wrong_time().to_string());
                }
                at
            }
        };
        if problem.has_fields() {
            return Err(problem);
        }
        let number = Phone::read(&form.caller_number).map(|phone| phone.to_string());
        Ok(NewTicket {
            call_id: form.call.map(CallId),
            contact_id: form.contact,
            caller_number: number.unwrap_or_else(|| form.caller_number.clone()),
            caller_name: form.caller_name.clone(),
            company: form.company.clone(),
            site_id: form.site,
            contract_id: form.contract,
            asset_id: form.asset,
            place: form.place.clone(),
            serial: form.serial.clone(),
            need: form.need.clone(),
            purpose: form.purpose.clone(),
            symptom: form.symptom.trim().to_owned(),
            category: form.category.clone(),
            skill: form.skill.clone(),
            impact: form.impact,
            urgency: form.urgency,
            tried: form.tried.clone(),
            plan: form.plan.trim().to_owned(),
            promised_at: promised,
            read_back: self.fields().aloud(&want.messages()).was_read(),
        })
    }
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
    if form.call.is_some() && form.caller_number.is_empty() {
        let from = Begun { call: form.call, ..Begun::default() };
        let told = known(&want, &from).await?;
        form.caller_number = told.caller_number;
        form.contact = form.contact.or(told.contact);
    }
    let new = match written.read(&want, &form) {
        Ok(new) => new,
        Err(problem) if !want.json => {
            let errors = problem.fields(&want.messages());
            return page(&want, &reader, form, errors, problem.status).await;
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
    let mut new = written.read(&want, &form)?;
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
            let mut new = Written { promised_at: None, ..written }.read(&want, &merged.result)?;
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
