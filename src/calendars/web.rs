//! The page of calendars: the house's working time, its holidays and extra days, other calendars.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{delete, get, post};
use chrono::{NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::Calendar;
use super::spoken::{read_week, say_day};
use super::store::{self, Kept, KeptDay, NAME_TAKEN, STALE};
use super::week::{Day, WEEK, Weekly};
use crate::bus::News;
use crate::db;
use crate::kernel::{CalendarId, Language, Role};
use crate::web::live::Fragments;
use crate::web::{
    At, Frame, Input, OnDuty, Place, Problem, Reader, Want, doors, flag, maybe_text, number,
};

mod days;

/// Who may set working time.
const KEEPERS: &[Role] = doors::STAFF;
/// Who may look it up.
const READERS: &[Role] = &[Role::Admin, Role::Head, Role::Supervisor, Role::Manager, Role::Finance];
/// So many days ahead are shown.
const AHEAD: usize = 14;
/// A name has at most so many characters.
const NAME_MOST: usize = 60;

/// `/admin/calendars` and what is under it.
pub fn routes() -> Router {
    Router::new()
        .route("/admin/calendars", get(list).post(add))
        .route("/admin/calendars/{id}", get(show).post(edit))
        .route("/admin/calendars/{id}/days", post(days::put))
        .route("/admin/calendars/{id}/days/{date}", delete(days::drop_one))
}

/// The room's news on `/live`.
pub struct CalendarNews;

impl Fragments for CalendarNews {
    fn kinds(&self) -> &'static [&'static str] {
        &["calendar"]
    }

    fn may_see(&self, reader: &OnDuty, _: &News) -> bool {
        reader.roles.has_any(READERS)
    }
}

impl CalendarNews {
    /// Ready to be handed to [`crate::web::live::routes`].
    pub fn speaker() -> Arc<dyn Fragments> {
        Arc::new(Self)
    }
}

/// A calendar as lists and programs see it.
#[derive(Debug, Clone, Serialize)]
struct CalendarView {
    id: CalendarId,
    version: i64,
    name: String,
    /// One line for each window, as the configuration writes hours.
    weekly: Vec<String>,
    house: bool,
    house_days: bool,
    #[serde(skip)]
    said: Vec<String>,
}

impl CalendarView {
    fn of(kept: &Kept, language: Language) -> Self {
        Self {
            id: kept.id,
            version: kept.version,
            name: kept.name.clone(),
            weekly: kept.weekly.lines(Language::En),
            house: kept.house,
            house_days: kept.house_days,
            said: kept.weekly.lines(language),
        }
    }
}

/// A day that is not as its weekday.
#[derive(Debug, Clone, Serialize)]
struct DayView {
    date: NaiveDate,
    /// `closed` or `open`.
    kind: &'static str,
    /// The weekday it is worked like.
    like: Option<String>,
    windows: Vec<String>,
    name: String,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    past: bool,
}

/// One of the days ahead.
#[derive(Debug, Clone, Serialize)]
struct AheadView {
    date: NaiveDate,
    windows: Vec<String>,
    #[serde(skip)]
    said: String,
}

#[derive(Template, Serialize)]
#[template(path = "calendars/list.html")]
struct ListPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<CalendarView>,
    next: Option<String>,
    #[serde(skip)]
    form: Fields,
    #[serde(skip)]
    keeper: bool,
}

#[derive(Template, Serialize)]
#[template(path = "calendars/one.html")]
struct OnePage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    calendar: CalendarView,
    days: Vec<DayView>,
    ahead: Vec<AheadView>,
    #[serde(skip)]
    form: Fields,
    #[serde(skip)]
    asked: days::Asked,
    #[serde(skip)]
    keeper: bool,
}

/// What stands in the fields of a calendar's form.
#[derive(Default)]
struct Fields {
    name: String,
    weekly: String,
    house: bool,
    house_days: bool,
    errors: BTreeMap<&'static str, String>,
}

#[derive(Deserialize)]
struct Written {
    name: String,
    #[serde(default, deserialize_with = "maybe_text")]
    weekly: Option<String>,
    #[serde(default, deserialize_with = "flag")]
    house_days: bool,
}

#[derive(Deserialize)]
struct Rewritten {
    #[serde(deserialize_with = "number")]
    version: i64,
    #[serde(flatten)]
    written: Written,
}

impl Written {
    fn read(&self) -> Result<(String, Weekly), Problem> {
        let name = self.name.trim();
        let mut problem = Problem::rules();
        let length = name.chars().count();
        if length == 0 || length > NAME_MOST || name.chars().any(char::is_control) {
            problem = problem.field("name", |l| l.calendars_wrong_name().to_string());
        }
        let weekly = read_week(self.weekly.as_deref().unwrap_or_default());
        match weekly {
            Ok(weekly) if !problem.has_fields() => Ok((name.to_owned(), weekly)),
            Ok(_) => Err(problem),
            Err(wrong) => Err(problem
                .field("weekly", move |l| l.calendars_wrong_weekly(wrong.0.as_str()).to_string())),
        }
    }

    fn fields(self, want: &Want, problem: &Problem, house: bool) -> Fields {
        Fields {
            name: self.name,
            weekly: self.weekly.unwrap_or_default(),
            house,
            house_days: self.house_days,
            errors: problem.fields(&want.messages()),
        }
    }
}

fn refused(error: db::Error) -> Problem {
    if error.is_refusal(NAME_TAKEN) {
        Problem::rules().field("name", |l| l.calendars_wrong_taken().to_string())
    } else {
        error.into()
    }
}

async fn list(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let form = Fields { house_days: true, ..Fields::default() };
    want.page(&list_page(&want, &reader, form).await?)
}

async fn list_page(want: &Want, reader: &Reader, form: Fields) -> Result<ListPage, Problem> {
    let all = store::all(&want.kit.db).await?;
    Ok(ListPage {
        frame: want.frame(Place::Calendars),
        items: all.iter().map(|kept| CalendarView::of(kept, want.language)).collect(),
        next: None,
        form,
        keeper: reader.roles.has_any(KEEPERS),
    })
}

async fn add(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let added = async {
        let (name, weekly) = written.read()?;
        let add = store::add(&want.kit.db, want.stamp(), name, weekly, written.house_days);
        add.await.map_err(refused)
    };
    match added.await {
        Ok(id) => {
            let kept = one(&want, id).await?;
            let view = CalendarView::of(&kept, want.language);
            if want.json {
                return want.json_with(StatusCode::CREATED, &view);
            }
            want.done(&format!("/admin/calendars/{id}"), &view)
        }
        Err(problem) if problem.has_fields() && !want.json => {
            let form = written.fields(&want, &problem, false);
            want.page_with(problem.status, &list_page(&want, &reader, form).await?)
        }
        Err(problem) => Err(problem),
    }
}

async fn one(want: &Want, id: CalendarId) -> Result<Kept, Problem> {
    store::by_id(&want.kit.db, id).await?.ok_or_else(Problem::not_found)
}

async fn show(want: Want, reader: Reader, At(id): At<CalendarId>) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let kept = one(&want, id).await?;
    let form = Fields {
        name: kept.name.clone(),
        weekly: kept.weekly.lines(want.language).join("\n"),
        house: kept.house,
        house_days: kept.house_days,
        errors: BTreeMap::new(),
    };
    want.page(&one_page(&want, &reader, &kept, form, days::Asked::default()).await?)
}

async fn one_page(
    want: &Want,
    reader: &Reader,
    kept: &Kept,
    form: Fields,
    asked: days::Asked,
) -> Result<OnePage, Problem> {
    let db = &want.kit.db;
    let zone = want.kit.day.zone;
    let days = store::days(db, kept.id).await?;
    let calendar = store::calendar(db, kept.id, zone).await?.ok_or_else(Problem::not_found)?;
    let today = calendar.date(want.now);
    Ok(OnePage {
        frame: want.frame(Place::Calendars),
        calendar: CalendarView::of(kept, want.language),
        days: days.iter().map(|day| DayView::of(want, day, today)).collect(),
        ahead: ahead(want, &calendar, today),
        form,
        asked,
        keeper: reader.roles.has_any(KEEPERS),
    })
}

fn ahead(want: &Want, calendar: &Calendar, today: NaiveDate) -> Vec<AheadView> {
    let spelling = want.spelling();
    let view = |date: NaiveDate| AheadView {
        date,
        windows: calendar.on(date).iter().map(ToString::to_string).collect(),
        said: spelling.day(date),
    };
    today.iter_days().take(AHEAD).map(view).collect()
}

impl OnePage {
    /// The weekdays a day may be worked like: the stored name and the reader's.
    fn weekdays(&self) -> Vec<(String, String)> {
        let names =
            |day: &Weekday| (say_day(*day, Language::En), say_day(*day, self.frame.language));
        WEEK.iter().map(names).collect()
    }
}

impl DayView {
    fn of(want: &Want, kept: &KeptDay, today: NaiveDate) -> Self {
        let l = want.messages();
        let (kind, like, windows, how) = match &kept.day {
            Day::Closed => ("closed", None, Vec::new(), l.calendars_closed().to_string()),
            Day::Like(day) => {
                let how = l.calendars_like(say_day(*day, want.language)).to_string();
                ("open", Some(say_day(*day, Language::En)), Vec::new(), how)
            }
            Day::Open(windows) => {
                let windows: Vec<String> = windows.iter().map(ToString::to_string).collect();
                let how = windows.join(" ");
                ("open", None, windows, how)
            }
        };
        Self {
            date: kept.date,
            kind,
            like,
            windows,
            name: kept.name.clone(),
            said: how,
            past: kept.date < today,
        }
    }
}

async fn edit(
    want: Want,
    reader: Reader,
    At(id): At<CalendarId>,
    Input(Rewritten { version, written }): Input<Rewritten>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let before = one(&want, id).await?;
    let edited = async {
        let (name, weekly) = written.read()?;
        let house_days = written.house_days;
        let edited = Kept { version, name, weekly, house_days, ..before.clone() };
        store::edit(&want.kit.db, want.stamp(), edited).await.map_err(|error| {
            if error.is_refusal(STALE) {
                Problem::stale(&CalendarView::of(&before, want.language))
            } else {
                refused(error)
            }
        })
    };
    match edited.await {
        Ok(()) => {
            let kept = one(&want, id).await?;
            let place = format!("/admin/calendars/{id}");
            want.done(&place, &CalendarView::of(&kept, want.language))
        }
        Err(problem) if problem.has_fields() && !want.json => {
            let form = written.fields(&want, &problem, before.house);
            let asked = days::Asked::default();
            let page = one_page(&want, &reader, &before, form, asked).await?;
            want.page_with(problem.status, &page)
        }
        Err(problem) => Err(problem),
    }
}
