//! One ticket: what is known of it, what may be done, what was done.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State as Given;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::super::desk::{Trouble, reason};
use super::super::dispatch::{self, Candidate};
use super::super::store::{self, Note, orders, places};
use super::super::ticket::{Act, Ticket, WaitingFor};
use super::intake::Fields;
use super::say::local;
use super::views::{self, OrderView, TicketView};
use super::{Panel, READERS, WRITERS, say};
use crate::kernel::{Moment, Role, StaffId};
use crate::web::{At, Frame, Input, Place, Problem, Reader, Want, maybe_number, maybe_text};

/// An engineer who could go.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Proposal {
    #[serde(flatten)]
    pub(super) candidate: Candidate,
    pub(super) eligible: bool,
    /// Why, in words.
    pub(super) reason: String,
}

/// Something that happened.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Entry {
    pub(super) at: Moment,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) text: String,
    /// Told later, and not legal any more.
    pub(super) unapplied: bool,
    #[serde(skip)]
    pub(super) when: String,
}

#[derive(Template, Serialize)]
#[template(path = "tickets/one.html")]
struct OnePage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    ticket: TicketView,
    orders: Vec<OrderView>,
    alike: Vec<TicketView>,
    proposals: Vec<Proposal>,
    /// Nobody is there who could go.
    nobody: bool,
    history: Vec<Entry>,
    site_named: Option<places::Site>,
    contract_named: Option<places::Contract>,
    #[serde(skip)]
    form: Fields,
    /// What the form shows, for who saves second.
    #[serde(skip)]
    base: String,
    #[serde(skip)]
    sites: Vec<places::Site>,
    #[serde(skip)]
    contracts: Vec<places::Contract>,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
    #[serde(skip)]
    writes: bool,
    #[serde(skip)]
    promised: String,
    #[serde(skip)]
    waits: String,
    #[serde(skip)]
    default_until: String,
}

pub(super) async fn show(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let db = &want.kit.db;
    let ticket = store::by_no(db, &no).await?.ok_or_else(Problem::not_found)?;
    let names = views::names(db).await?;
    let l = want.messages();
    let own = orders::of_ticket(db, ticket.id).await?;
    let mut order_views = Vec::new();
    let mut history = Vec::new();
    for one in own {
        for event in orders::events(db, one.id).await? {
            history.push(Entry {
                at: event.at_client,
                when: want.spelling().moment(event.at_client),
                who: event.name,
                what: format!("{} {}", one.no, say::verb(&l, event.verb)),
                text: event.text,
                unapplied: !event.applied,
            });
        }
        order_views.push(views::order_now(&want, one, &names).await?);
    }
    for note in store::notes(db, ticket.id).await? {
        let Note { at, name, kind, text, .. } = note;
        let when = want.spelling().moment(at);
        history.push(Entry {
            at,
            when,
            who: name,
            what: say::note_kind(&l, &kind),
            text,
            unapplied: kind == "offline",
        });
    }
    history.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    let numbers = [ticket.caller_number.clone()];
    let alike = store::alike(db, &numbers, ticket.site_id, &ticket.serial, ticket.id).await?;
    let writes = reader.roles.has_any(WRITERS);
    let ranked = if writes && ticket.state.is_active() {
        panel.desk.ranking(&ticket, None, want.now).await?
    } else {
        vec![]
    };
    let nobody =
        !ranked.is_empty() && dispatch::first(&ranked).is_none() || ranked.is_empty() && writes;
    let proposals = ranked.into_iter().map(|one| Proposal {
        eligible: one.is_eligible(),
        reason: reason(&l, &one),
        candidate: one,
    });
    let site_named = match ticket.site_id {
        Some(id) => places::site(db, id).await?,
        None => None,
    };
    let contract_named = match ticket.contract_id {
        Some(id) => places::contract(db, id).await?,
        None => None,
    };
    let tomorrow = want.now.plus_millis(24 * 3_600_000).utc().with_timezone(&want.kit.day.zone);
    let page = OnePage {
        base: serde_json::to_string(&Fields::of(&want, &ticket)).map_err(Problem::broken)?,
        form: Fields::of(&want, &ticket),
        promised: ticket.promised_at.map(|at| want.spelling().moment(at)).unwrap_or_default(),
        waits: ticket.waits_for().map(|why| say::waiting(&l, why)).unwrap_or_default(),
        default_until: tomorrow.format("%Y-%m-%dT09:00").to_string(),
        alike: views::tickets(&want, &reader, alike, &names).await?,
        proposals: proposals.collect(),
        nobody,
        history,
        orders: order_views,
        site_named,
        contract_named,
        sites: super::board::sites(&want).await?,
        contracts: places::contracts(db).await?,
        errors: BTreeMap::new(),
        writes,
        ticket: views::ticket(&want, &reader, ticket).await?,
        frame: want.frame(Place::Faults),
    };
    want.page(&page)
}

/// Turns what was refused because it is over into the ticket as it is now.
pub(super) async fn or_current<T>(
    want: &Want,
    reader: &Reader,
    no: &str,
    done: Result<T, Trouble>,
) -> Result<T, Problem> {
    let (stale, trouble) = match done {
        Ok(done) => return Ok(done),
        Err(Trouble::Stale) => (true, Trouble::Stale),
        Err(trouble) => (false, trouble),
    };
    let Some(now) = store::by_no(&want.kit.db, no).await? else { return Err(trouble.into()) };
    let view = views::ticket(want, reader, now).await?;
    if stale { Err(Problem::stale(&view)) } else { Err(Problem::from(trouble).current(&view)) }
}

async fn acted(
    panel: &Panel,
    want: &Want,
    reader: &Reader,
    no: &str,
    version: Option<i64>,
    (act, said): (Act, Option<(&'static str, String)>),
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let done = panel.desk.act(want.stamp(), no, version, act, said).await;
    let ticket: Ticket = or_current(want, reader, no, done).await?;
    want.done(&format!("/faults/{no}"), &views::ticket(want, reader, ticket).await?)
}

/// What comes with an act.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Said {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    owner: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    solution: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    cause: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    why: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    until: Option<String>,
    #[serde(default)]
    until_at: Option<Moment>,
    #[serde(default, deserialize_with = "maybe_text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    of: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    satisfaction: Option<i64>,
}

pub(super) async fn accept(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let owner = said.owner.map(StaffId).or_else(|| reader.staff());
    let owner = owner
        .ok_or_else(|| Problem::rules().field("owner", |l| l.tickets_wrong_owner().to_string()))?;
    acted(&panel, &want, &reader, &no, said.version, (Act::Accept(owner), None)).await
}

pub(super) async fn solve(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let (solution, cause) = (said.solution.unwrap_or_default(), said.cause.unwrap_or_default());
    let current = store::by_no(&want.kit.db, &no).await?.ok_or_else(Problem::not_found)?;
    let on_site = current.state == super::super::ticket::State::InProgress;
    let act = if on_site {
        Act::ResolveOnSite { solution, cause }
    } else {
        Act::ResolveByPhone { solution, cause }
    };
    acted(&panel, &want, &reader, &no, said.version, (act, None)).await
}

pub(super) async fn wait(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let why: Option<WaitingFor> = said.why.as_deref().and_then(|name| name.parse().ok());
    let until = said.until_at.or_else(|| local(&want, said.until.as_deref()?));
    let wrong = Problem::rules();
    let (why, until) = match (why, until) {
        (Some(why), Some(until)) => (why, until),
        (None, _) => return Err(wrong.field("why", |l| l.tickets_wrong_why().to_string())),
        (_, None) => return Err(wrong.field("until", |l| l.tickets_wrong_time().to_string())),
    };
    let note = said.text.map(|text| ("waiting", text));
    acted(&panel, &want, &reader, &no, said.version, (Act::Wait { why, until }, note)).await
}

pub(super) async fn go_on(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
) -> Result<Response, Problem> {
    acted(&panel, &want, &reader, &no, None, (Act::Return, None)).await
}

pub(super) async fn close(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    let note = said.text.map(|text| ("closed", text));
    acted(&panel, &want, &reader, &no, said.version, (Act::Close(said.satisfaction), note)).await
}

pub(super) async fn reopen(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    let note = said.text.or(said.reason).map(|text| ("reopened", text));
    acted(&panel, &want, &reader, &no, said.version, (Act::Reopen, note)).await
}

pub(super) async fn duplicate(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let of = said.of.unwrap_or_default();
    let other = store::by_no(&want.kit.db, of.trim()).await?;
    let other =
        other.ok_or_else(|| Problem::rules().field("of", |l| l.tickets_wrong_of().to_string()))?;
    let note = Some(("duplicate", other.no.clone()));
    acted(&panel, &want, &reader, &no, said.version, (Act::DuplicateOf(other.id), note)).await
}

pub(super) async fn cancel(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    let reason = said.reason.or(said.text).unwrap_or_default();
    let note = Some(("cancelled", reason.clone()));
    acted(&panel, &want, &reader, &no, said.version, (Act::Cancel(reason), note)).await
}

pub(super) async fn note(
    Given(panel): Given<Panel>,
    want: Want,
    reader: Reader,
    At(no): At<String>,
    Input(said): Input<Said>,
) -> Result<Response, Problem> {
    reader.may(&[Role::Operator, Role::Supervisor, Role::Head, Role::Manager, Role::Admin])?;
    let text = said.text.unwrap_or_default();
    if text.trim().is_empty() {
        return Err(Problem::rules().field("text", |l| l.tickets_refused_reason().to_string()));
    }
    let ticket = panel.desk.note(want.stamp(), &no, text).await?;
    want.done(&format!("/faults/{no}"), &views::ticket(&want, &reader, ticket).await?)
}
