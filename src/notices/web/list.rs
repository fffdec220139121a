//! All notices, the form that sends one, and how people answer.

use std::collections::BTreeMap;

use askama::Template;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::figures::Answers;
use super::super::notice::Notice;
use super::super::store::{self, Filter};
use super::view::{self, View};
use super::{SENDERS, WATCHERS};
use crate::kernel::{NoticeId, Role};
use crate::staff;
use crate::web::{
    Frame, OnDuty, Place, Problem, Subjects, Want, from_cursor, maybe_text, to_cursor,
};
use crate::words::tenths;

const PAGE: usize = 30;

/// `?state=open&after=…`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    state: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    after: Option<String>,
}

/// What stands in the form.
#[derive(Default)]
pub(super) struct Form {
    text: String,
    errors: BTreeMap<&'static str, String>,
}

impl Form {
    pub(super) fn again(text: &str, problem: &Problem, want: &Want) -> Self {
        Self { text: text.to_owned(), errors: problem.fields(&want.messages()) }
    }
}

/// Somebody to whom a notice may go.
struct Somebody {
    id: i64,
    name: String,
    roles: String,
}

#[derive(Template, Serialize)]
#[template(path = "notices/list.html")]
pub(super) struct List {
    #[serde(skip)]
    frame: Frame,
    items: Vec<View>,
    next: Option<String>,
    #[serde(skip)]
    open: bool,
    #[serde(skip)]
    form: Form,
    #[serde(skip)]
    may_send: bool,
    #[serde(skip)]
    may_count: bool,
    #[serde(skip)]
    people: Vec<Somebody>,
    #[serde(skip)]
    roles: Vec<Role>,
}

impl List {
    fn older(&self) -> String {
        let state = if self.open { "open" } else { "" };
        format!("/notices?state={state}&after={}", self.next.as_deref().unwrap_or_default())
    }
}

pub(super) async fn list(
    subjects: &Subjects,
    want: &Want,
    reader: &OnDuty,
    asked: Asked,
    form: Form,
) -> Result<List, Problem> {
    let open = match asked.state.as_deref() {
        None | Some("all") => false,
        Some("open") => true,
        Some(_) => {
            return Err(Problem::syntax().field("state", |l| l.notices_wrong_state().to_string()));
        }
    };
    let before = asked.after.as_deref().map(from_cursor::<NoticeId>).transpose()?;
    let may_send = reader.roles.has_any(SENDERS);
    let all = reader.roles.has_any(WATCHERS);
    let db = &want.kit.db;
    let filter = Filter {
        open,
        of: if all { None } else { Some(reader.staff().unwrap_or(crate::kernel::StaffId(0))) },
        and_broadcasts: may_send,
        before,
    };
    let (found, older) = store::page(db, filter, PAGE).await?;
    let next = found.last().filter(|_| older).map(|last: &Notice| to_cursor(&last.id));
    let items = view::many(subjects, want, reader, found).await?;
    let l = want.messages();
    let people = if may_send && !want.json {
        let active = staff::store::everyone(db).await?.into_iter();
        let active =
            active.filter(|person| person.disabled_at.is_none() && person.roles.is_a_person());
        let somebody = |person: staff::Person| {
            let roles: Vec<String> =
                person.roles.iter().map(|role| crate::words::role(&l, role)).collect();
            Somebody { id: person.id.0, name: person.name, roles: roles.join("·") }
        };
        active.map(somebody).collect()
    } else {
        Vec::new()
    };
    Ok(List {
        frame: want.frame(Place::Notices),
        items,
        next,
        open,
        form,
        may_send,
        may_count: all,
        people,
        roles: Role::ALL.into_iter().filter(|role| *role != Role::Wallboard).collect(),
    })
}

/// `?from=2026-11-23&to=2026-11-24`: business days, both included.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Period {
    #[serde(deserialize_with = "maybe_text")]
    from: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    to: Option<String>,
}

#[derive(Template, Serialize)]
#[template(path = "notices/answers.html")]
pub(super) struct AnswersPage {
    #[serde(skip)]
    frame: Frame,
    from: NaiveDate,
    to: NaiveDate,
    items: Vec<Answers>,
    next: Option<String>,
}

impl AnswersPage {
    #[expect(clippy::unused_self, reason = "templates know the page, not this crate's functions")]
    fn median(&self, one: &Answers) -> String {
        one.median_ms.map_or_else(|| "–".to_owned(), tenths)
    }
}

pub(super) async fn answers(want: &Want, asked: Period) -> Result<AnswersPage, Problem> {
    let day = &want.kit.day;
    let today = day.date(want.now);
    let mut wrong = Problem::syntax();
    let mut date = |name, text: Option<String>, usual: NaiveDate| {
        let Some(text) = text else { return usual };
        text.parse().unwrap_or_else(|_| {
            wrong = wrong.clone().field(name, |l| l.notices_wrong_day().to_string());
            usual
        })
    };
    let week = today - chrono::TimeDelta::days(6);
    let (from, to) = (date("from", asked.from, week), date("to", asked.to, today));
    if wrong.has_fields() {
        return Err(wrong);
    }
    let end = to.succ_opt().unwrap_or(to);
    let items = store::answers(&want.kit.db, day.begin(from), day.begin(end)).await?;
    Ok(AnswersPage { frame: want.frame(Place::Notices), from, to, items, next: None })
}
