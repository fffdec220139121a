//! `/devices`: one's own check of telephone and radios, and for those who keep the roster everybody's of today.

mod report;

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use chrono::NaiveDate;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{checking, telephone};
use crate::db;
use crate::kernel::{Moment, Role, StaffId};
use crate::notices::{self, Receipt};
use crate::shifts;
use crate::shifts::devices::{DeviceCheck, Rang, Registered, Verdict};
use crate::shifts::store::devices as kept;
use crate::tickets;
use crate::web::{
    At, Frame, Input, KnowsSubjects, Named, OnDuty, Place, Problem, Reader, Want, flag, id_in,
};
use crate::words::{Messages, Spelling};

/// Who checks: whoever may answer calls and report a fault.
const CHECKERS: &[Role] = &[Role::Operator, Role::Supervisor, Role::Head, Role::Admin];
/// Who sees how everybody's devices are.
const KEEPERS: &[Role] = &[Role::Supervisor, Role::Head, Role::Admin];

/// What the page stands on. Cheap to clone.
#[derive(Clone)]
pub struct Panel {
    desk: tickets::Desk,
}

impl Panel {
    /// The page; faults are reported at this desk.
    pub fn new(desk: &tickets::Desk) -> Self {
        Self { desk: desk.clone() }
    }
}

/// `/devices` and what is under it.
pub fn routes(panel: Panel) -> Router {
    Router::new()
        .route("/devices", get(show))
        .route("/devices/checks", post(begin))
        .route("/devices/checks/{id}/trial", post(tried))
        .route("/devices/checks/{id}/radios/{staff}", post(heard))
        .route("/devices/checks/{id}/faults", post(report::report))
        .with_state(panel)
}

/// Names checks for the journal and for notices about them.
struct Names;

/// What checks are called.
pub fn names() -> Arc<dyn KnowsSubjects> {
    Arc::new(Names)
}

impl KnowsSubjects for Names {
    fn rooms(&self) -> &'static [&'static str] {
        &["devices"]
    }

    fn names<'a>(
        &'a self,
        want: &'a Want,
        reader: &'a OnDuty,
        asked: &'a [&'a str],
    ) -> BoxFuture<'a, db::Result<BTreeMap<String, Named>>> {
        let text = want.messages().devices_title().to_string();
        let href = reader.roles.has_any(CHECKERS).then(|| "/devices".to_owned());
        let checks = asked.iter().filter(|subject| id_in::<i64>(subject, "devices").is_some());
        let named = |subject: &&str| {
            ((*subject).to_owned(), Named { text: text.clone(), href: href.clone() })
        };
        let named: BTreeMap<String, Named> = checks.map(named).collect();
        Box::pin(async move { Ok(named) })
    }
}

/// A greeter who was asked by radio.
#[derive(Debug, Clone, Serialize)]
struct GreeterView {
    id: StaffId,
    name: String,
    acked_at: Option<Moment>,
}

/// One's own check.
#[derive(Debug, Clone, Serialize)]
struct CheckView {
    id: i64,
    at: Moment,
    /// Empty for those who have no telephone.
    extension: String,
    registered: Registered,
    rang: Rang,
    rang_at: Option<Moment>,
    telephone: Verdict,
    telephone_fault: Option<String>,
    radio: Verdict,
    /// How many greeters were asked, and how many answered.
    asked: i64,
    answered: i64,
    greeters: Vec<GreeterView>,
    /// Who did not answer in time.
    silent: Vec<String>,
    /// Until when the radios are waited for; null once that is over.
    due_at: Option<Moment>,
    radio_fault: Option<String>,
    #[serde(skip)]
    radio_said: String,
    #[serde(skip)]
    telephone_symptom: String,
    #[serde(skip)]
    radio_symptom: String,
}

impl CheckView {
    fn registration(&self, l: &Messages) -> String {
        let said = match self.registered {
            Registered::Yes => l.devices_registered_yes(),
            Registered::No => l.devices_registered_no(),
            Registered::Unknown => l.devices_registered_unknown(),
        };
        said.to_string()
    }

    fn trial(&self, l: &Messages, spelling: impl Borrow<Spelling>) -> String {
        let at = self.rang_at.map(|at| spelling.borrow().minute(at)).unwrap_or_default();
        let said = match self.rang {
            Rang::Open if self.extension.is_empty() => return String::new(),
            Rang::Open => l.devices_trial_open(self.extension.as_str()),
            Rang::Seen => l.devices_trial_seen(at),
            Rang::Heard => l.devices_trial_heard(at),
            Rang::Failed => l.devices_trial_failed(at),
        };
        said.to_string()
    }
}

/// Anybody's check in short.
#[derive(Debug, Clone, Serialize)]
struct LineView {
    at: Moment,
    name: String,
    extension: String,
    telephone: Verdict,
    radio: Verdict,
    asked: i64,
    answered: i64,
    silent: Vec<String>,
    #[serde(skip)]
    radio_said: String,
}

#[derive(Template, Serialize)]
#[template(path = "devices/check.html")]
struct DevicesPage {
    #[serde(skip)]
    frame: Frame,
    /// The business date.
    date: NaiveDate,
    /// One's own last of this date.
    check: Option<CheckView>,
    /// Everybody's of this date, the newest first; for those who keep the roster.
    checks: Vec<LineView>,
    #[serde(skip)]
    keeper: bool,
}

/// What a fault of the telephone is called in the language of the site.
fn telephone_symptom(l: &Messages, registered: Registered) -> String {
    match registered {
        Registered::No => l.devices_fault_registered().to_string(),
        Registered::Yes | Registered::Unknown => l.devices_fault_trial().to_string(),
    }
}

/// What the sources show now of what was not looked at yet.
fn as_it_is(want: &Want, mut check: DeviceCheck) -> DeviceCheck {
    if check.rang == Rang::Open {
        let sources = want.kit.sources.borrow();
        if check.due_at.is_some() {
            check.registered = telephone::registered(&sources, &check.extension, want.now);
        }
        (check.rang, check.rang_at) = telephone::rang(&sources, &check.extension, check.begun_at);
    }
    check
}

async fn view(want: &Want, check: DeviceCheck) -> Result<CheckView, Problem> {
    let db = &want.kit.db;
    let mut check = as_it_is(want, check);
    let receipts: Vec<Receipt> = match kept::notice_of(db, check.id).await? {
        Some(notice) => notices::store::notice(db, notice).await?.receipts,
        None => Vec::new(),
    };
    let mut radio = check.radio();
    if check.due_at.is_some() {
        let acked = receipts.iter().filter(|one| one.acked_at.is_some()).count();
        check.answered = i64::try_from(acked).unwrap_or(i64::MAX);
        if check.answered >= check.asked {
            radio = Verdict::Ok;
        }
    }
    let silent = receipts.iter().filter(|one| check.silent.contains(&one.staff));
    let silent: Vec<String> = silent.map(|one| one.name.clone()).collect();
    let site = crate::words::of(want.kit.language);
    Ok(CheckView {
        id: check.id,
        at: check.begun_at,
        registered: check.registered,
        rang: check.rang,
        rang_at: check.rang_at,
        telephone: check.telephone(),
        radio,
        asked: check.asked,
        answered: check.answered,
        radio_said: shifts::radio_said(&want.messages(), want.language, &check, &silent),
        telephone_symptom: telephone_symptom(&site, check.registered),
        radio_symptom: site
            .devices_fault_radio(shifts::names_said(want.kit.language, &silent))
            .to_string(),
        greeters: receipts
            .iter()
            .map(|one| GreeterView {
                id: one.staff,
                name: one.name.clone(),
                acked_at: one.acked_at,
            })
            .collect(),
        silent,
        due_at: check.due_at,
        extension: check.extension,
        telephone_fault: check.telephone_fault,
        radio_fault: check.radio_fault,
    })
}

async fn page(want: &Want, reader: &OnDuty) -> Result<DevicesPage, Problem> {
    let (db, l) = (&want.kit.db, want.messages());
    let date = want.kit.day.date(want.now);
    let all = kept::of_date(db, date).await?;
    let own = all.iter().find(|check| reader.staff() == Some(check.staff)).cloned();
    let check = match own {
        Some(own) => Some(view(want, own).await?),
        None => None,
    };
    let keeper = reader.roles.has_any(KEEPERS);
    let everyone = shifts::store::everyone(db, want.now).await?;
    let known = everyone.iter().filter(|duty| shifts::may_know(reader, duty));
    let known: BTreeMap<StaffId, &str> =
        known.map(|duty| (duty.staff, duty.name.as_str())).collect();
    let line = |check: DeviceCheck| {
        let name = (*known.get(&check.staff)?).to_owned();
        let silent = check.silent.iter().filter_map(|staff| known.get(staff));
        let silent: Vec<String> = silent.map(|name| (*name).to_owned()).collect();
        Some(LineView {
            at: check.begun_at,
            name,
            telephone: check.telephone(),
            radio: check.radio(),
            asked: check.asked,
            answered: check.answered,
            radio_said: shifts::radio_said(&l, want.language, &check, &silent),
            silent,
            extension: check.extension,
        })
    };
    let checks = all.into_iter().filter(|_| keeper).filter_map(line).collect();
    Ok(DevicesPage { frame: want.frame(Place::Shifts), date, check, checks, keeper })
}

async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(CHECKERS)?;
    want.page(&page(&want, &reader).await?)
}

async fn done(want: &Want, reader: &OnDuty) -> Result<Response, Problem> {
    want.done("/devices", &page(want, reader).await?)
}

/// The person behind a request; a program has no desk.
fn person(reader: &OnDuty) -> Result<StaffId, Problem> {
    reader.may(CHECKERS)?;
    reader.staff().ok_or_else(nobody)
}

fn nobody() -> Problem {
    Problem::rule(|l| l.shifts_person_only().to_string())
}

/// One's own check.
async fn own(want: &Want, me: StaffId, id: i64) -> Result<DeviceCheck, Problem> {
    let check = kept::one(&want.kit.db, id).await?;
    if check.staff == me { Ok(check) } else { Err(Problem::forbidden()) }
}

async fn begin(want: Want, reader: Reader) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let me = shifts::store::person(&want.kit.db, me, want.now).await?.ok_or_else(nobody)?;
    checking::begin(&want, &me).await?;
    done(&want, &reader).await
}

/// Whether the trial call was heard.
#[derive(Deserialize)]
struct Tried {
    #[serde(default, deserialize_with = "flag")]
    heard: bool,
}

async fn tried(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
    Input(Tried { heard }): Input<Tried>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let check = own(&want, me, id).await?;
    checking::tried(&want, &check, heard).await?;
    done(&want, &reader).await
}

async fn heard(
    want: Want,
    reader: Reader,
    At((id, greeter)): At<(i64, StaffId)>,
) -> Result<Response, Problem> {
    let me = person(&reader)?;
    let check = own(&want, me, id).await?;
    if check.due_at.is_none() {
        let title = |l: &Messages| l.shifts_not_now().to_string();
        let said = |l: &Messages| l.devices_over().to_string();
        return Err(Problem::new(StatusCode::CONFLICT, "over", title, said));
    }
    checking::heard(&want, id, greeter, me).await.map_err(|error| {
        if error.is_refusal(notices::store::NOT_ASKED) {
            Problem::not_found()
        } else {
            error.into()
        }
    })?;
    done(&want, &reader).await
}
