//! The page of what is owed, and the form that gives somebody something to do.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDateTime;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};

use super::super::given::{Assignee, NewFollowUp};
use super::super::repeat::Repeat;
use super::super::store::{self, Filter, Listed, View as Which};
use super::view::View;
use super::{DESK, Room, seen};
use crate::db::{self, Tx};
use crate::kernel::{BusinessDay, FollowUpId, Moment, Role, StaffId};
use crate::notices::{self, NewNotice, Recipients};
use crate::staff;
use crate::web::{
    Frame, Input, OnDuty, Place, Problem, Reader, Subjects, Want, from_cursor, maybe_number,
    maybe_text, to_cursor,
};
use crate::words::Said;

const PAGE: usize = 50;
/// What is due later than this is reminded of a day before, in milliseconds (clause 5.4).
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `?view=overdue&after=…`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    #[serde(deserialize_with = "maybe_text")]
    view: Option<String>,
    #[serde(deserialize_with = "maybe_text")]
    after: Option<String>,
}

/// What stands in the form.
#[derive(Default)]
pub(super) struct Form {
    title: String,
    note: String,
    due: String,
    errors: BTreeMap<&'static str, String>,
}

/// Somebody who can be given something.
pub(super) struct Somebody {
    pub(super) id: i64,
    pub(super) name: String,
}

#[derive(Template, Serialize)]
#[template(path = "followups/list.html")]
pub(super) struct List {
    #[serde(skip)]
    frame: Frame,
    items: Vec<View>,
    next: Option<String>,
    #[serde(skip)]
    view: &'static str,
    #[serde(skip)]
    form: Form,
    /// Whether the reader gives others something to do.
    #[serde(skip)]
    desk: bool,
    #[serde(skip)]
    people: Vec<Somebody>,
    #[serde(skip)]
    roles: Vec<Role>,
    /// The usual due time, as the field takes it.
    #[serde(skip)]
    usual: String,
}

impl List {
    fn older(&self) -> String {
        format!("/follow-ups?view={}&after={}", self.view, self.next.as_deref().unwrap_or_default())
    }
}

/// Everybody who may sign in, but for screens on walls.
pub(super) async fn people(want: &Want) -> Result<Vec<Somebody>, Problem> {
    let everyone = staff::store::everyone(&want.kit.db).await?.into_iter();
    let here = everyone.filter(|person| person.disabled_at.is_none() && person.roles.is_a_person());
    Ok(here.map(|person| Somebody { id: person.id.0, name: person.name }).collect())
}

pub(super) fn roles() -> Vec<Role> {
    Role::ALL.into_iter().filter(|role| *role != Role::Wallboard).collect()
}

pub(super) async fn list(
    subjects: &Subjects,
    want: &Want,
    reader: &OnDuty,
    asked: Asked,
    form: Form,
) -> Result<List, Problem> {
    let (view, word) = match asked.view.as_deref() {
        None | Some("mine") => (Which::Mine, "mine"),
        Some("all") => (Which::All, "all"),
        Some("overdue") => (Which::Overdue, "overdue"),
        Some("closed") => (Which::Closed, "closed"),
        Some(_) => {
            return Err(Problem::syntax().field("view", |l| l.followups_wrong_view().to_string()));
        }
    };
    let after = asked.after.as_deref().map(from_cursor::<(i64, FollowUpId)>).transpose()?;
    let desk = reader.roles.has_any(DESK);
    let filter = Filter {
        view,
        staff: reader.staff(),
        roles: reader.roles.clone(),
        sees_all: desk,
        now: want.now,
        after: after.map(|(at, id)| (Moment::from_millis(at), id)),
    };
    let page = store::page(&want.kit.db, &filter, PAGE).await?;
    let about = page.items.iter().filter_map(|one| one.follow_up.about.as_deref());
    let names = subjects.names(want, reader, about).await?;
    let row = |listed: Listed| {
        let name = listed.follow_up.about.as_ref().and_then(|about| names.get(about)).cloned();
        View::of(want, reader, listed, name)
    };
    let zone = want.kit.day.zone;
    let usual = want.now.plus_millis(60 * 60 * 1000).utc().with_timezone(&zone);
    Ok(List {
        frame: want.frame(Place::FollowUps),
        items: page.items.into_iter().map(row).collect(),
        next: page.next.map(|(at, id)| to_cursor(&(at.millis(), id))),
        view: word,
        form,
        desk,
        people: if desk && !want.json { people(want).await? } else { Vec::new() },
        roles: roles(),
        usual: usual.format("%Y-%m-%dT%H:%M").to_string(),
    })
}

/// What somebody writes to give somebody something to do.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Written {
    #[serde(default)]
    title: String,
    #[serde(default)]
    note: String,
    /// An instant, or the site's local time as a form sends it.
    #[serde(default, deserialize_with = "maybe_text")]
    due_at: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    staff: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    role: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    repeat: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    about: Option<String>,
}

/// An instant, or a local time of the site such as `2026-11-27T17:00`.
pub(super) fn instant(text: &str, day: &BusinessDay) -> Option<Moment> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok();
    let local = local.and_then(|local| local.and_local_timezone(day.zone).earliest());
    local.map(|at| at.to_utc().into()).or_else(|| Moment::parse_rfc3339(text))
}

/// Whose it is to be; without a word the reader's own.
pub(super) fn assignee(
    reader: &OnDuty,
    staff: Option<i64>,
    role: Option<&str>,
) -> Result<Assignee, &'static str> {
    match (staff.map(StaffId), role.map(str::parse::<Role>)) {
        (Some(staff), None) => Ok(Assignee::Staff(staff)),
        (None, Some(Ok(role))) if role != Role::Wallboard => Ok(Assignee::Role(role)),
        (None, None) => reader.staff().map(Assignee::Staff).ok_or("staff"),
        (_, Some(_)) => Err("role"),
    }
}

impl Written {
    fn read(&self, want: &Want, reader: &OnDuty) -> Result<NewFollowUp, Problem> {
        let mut wrong = Problem::rules();
        let length = self.title.trim().chars().count();
        if !(1..=store::TITLE_MOST).contains(&length) {
            wrong = wrong.field("title", |l| l.followups_wrong_title().to_string());
        }
        if self.note.chars().count() > store::NOTE_MOST {
            wrong = wrong.field("note", |l| l.followups_wrong_note().to_string());
        }
        let day = &want.kit.day;
        let due = self.due_at.as_deref().and_then(|text| instant(text, day));
        let year = want.now.plus_millis(366 * DAY_MS);
        let due = due.filter(|due| *due > want.now && *due <= year);
        if due.is_none() {
            wrong = wrong.field("due_at", |l| l.followups_wrong_due().to_string());
        }
        let to = assignee(reader, self.staff, self.role.as_deref());
        if let Err(field) = to {
            wrong = wrong.field(field, |l| l.followups_wrong_assignee().to_string());
        }
        let repeat = self.repeat.as_deref().map(str::parse::<Repeat>);
        if matches!(repeat, Some(Err(_))) {
            wrong = wrong.field("repeat", |l| l.followups_wrong_repeat().to_string());
        }
        let (Some(due), Ok(to), false) = (due, to, wrong.has_fields()) else { return Err(wrong) };
        if to != Assignee::Staff(reader.staff().unwrap_or(StaffId(0))) {
            reader.may(DESK)?;
        }
        let remind = due.plus_millis(-DAY_MS);
        let repeat = repeat.and_then(Result::ok).map(|repeat| repeat.settled(due, day.zone));
        Ok(NewFollowUp {
            about: self.about.clone(),
            title: self.title.trim().to_owned(),
            note: self.note.replace("\r\n", "\n").trim().to_owned(),
            remind_at: (remind > want.now).then_some(remind),
            repeat,
            ..NewFollowUp::new("task", to, due)
        })
    }
}

/// Gives somebody something to do, and tells them.
async fn give(tx: &mut Tx, new: NewFollowUp, said: Said) -> db::Result<FollowUpId> {
    let to = new.assignee;
    let id = store::open(tx, new).await?;
    if let Assignee::Staff(staff) = to
        && tx.by() != Some(staff)
    {
        let notice = NewNotice::to_be_known("follow_up", said, Recipients::People(vec![staff]));
        notices::store::send(tx, notice.about(store::subject(id)).superseding()).await?;
    }
    Ok(id)
}

pub(super) async fn open(
    State(room): State<Room>,
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    let new = match written.read(&want, &reader) {
        Ok(new) => new,
        Err(problem) if problem.has_fields() && !want.json => {
            let form = Form {
                errors: problem.fields(&want.messages()),
                due: written.due_at.clone().unwrap_or_default(),
                title: written.title,
                note: written.note,
            };
            let page = list(&room.subjects, &want, &reader, Asked::default(), form).await?;
            return want.page_with(problem.status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let said = Said::with(|l, own| {
        let due = want.kit.spelling(own).moment(new.due_at);
        l.followups_tell_given(due, new.title.as_str()).to_string()
    })
    .cut(500);
    let opened = want.kit.db.write(want.stamp(), move |tx| {
        let (new, said) = (new.clone(), said.clone());
        async move { give(tx, new, said).await }.boxed()
    });
    let id = opened.await.map_err(refused)?;
    let listed = seen(&want.kit.db, &reader, id).await?;
    if want.json {
        let view = View::of(&want, &reader, listed, None);
        return want.json_with(StatusCode::CREATED, &view);
    }
    Ok(crate::web::go("/follow-ups"))
}

/// A person that is not there is a wrong field, not our failure.
fn refused(error: db::Error) -> Problem {
    if matches!(&error, db::Error::Refused(name) if name.contains("foreign_key") || name.contains("fkey"))
    {
        return Problem::rules().field("staff", |l| l.followups_wrong_assignee().to_string());
    }
    error.into()
}
