//! `/shifts/opening`: what is laid out and tidied before a desk opens, ticked at each desk once a business
//! date, and who has not done it by the time the house opens (clauses 1-2a, 1-2c).

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use chrono::{NaiveDate, NaiveTime, Timelike as _};
use serde::{Deserialize, Serialize};

use super::super::presence::Duty;
use super::super::store::{self, opening};
use super::{KEEPERS, READERS, may_know, when};
use crate::db;
use crate::kernel::{BusinessDay, Moment, Role, StaffId};
use crate::web::{self, At, Frame, Input, OnDuty, Place, Problem, Reader, Want};

/// The largest photo, in bytes: a browser shrinks it before it is sent.
const LARGEST: usize = 1024 * 1024;

/// How it went at one desk.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DeskView {
    /// Its extension; empty for those who have none.
    pub(super) desk: String,
    pub(super) done: usize,
    pub(super) of: usize,
    /// When the last of it was ticked; null while something is left.
    pub(super) at: Option<Moment>,
    /// By whom.
    pub(super) by: String,
    /// Whether the house is open and something is left.
    pub(super) late: bool,
    /// The photos that were taken: `/shifts/opening/photos/{id}`.
    pub(super) photos: Vec<i64>,
}

#[derive(Debug, Clone, Serialize)]
struct TickView {
    at: Moment,
    by: String,
    note: String,
    /// `/shifts/opening/photos/{id}`; null where none was taken.
    photo: Option<i64>,
}

#[derive(Debug, Clone, Serialize)]
struct ItemView {
    id: i64,
    name: String,
    tick: Option<TickView>,
}

#[derive(Template, Serialize)]
#[template(path = "shifts/opening.html")]
struct OpeningPage {
    #[serde(skip)]
    frame: Frame,
    /// The business date.
    date: NaiveDate,
    /// One's own desk; null for a program.
    mine: Option<DeskView>,
    /// What is to be done, and what is done of it at one's own desk.
    items: Vec<ItemView>,
    /// By when, such as `10:00`.
    opens: String,
    /// Every desk where somebody answers calls, for those who keep the roster.
    desks: Vec<DeskView>,
    #[serde(skip)]
    keeper: bool,
}

/// What is known of a day.
struct Day {
    date: NaiveDate,
    items: Vec<opening::Item>,
    ticks: Vec<opening::Ticked>,
    photos: Vec<opening::Photo>,
    opens: NaiveTime,
    everyone: Vec<Duty>,
    is_open: bool,
}

impl Day {
    async fn read(want: &Want) -> Result<Self, Problem> {
        let (db, day) = (&want.kit.db, &want.kit.day);
        let date = day.date(want.now);
        let seconds = u32::try_from(opening::minute(db).await? * 60).unwrap_or(0);
        let opens = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0);
        let opens = opens.unwrap_or(NaiveTime::MIN);
        let at = opens_on(day, date, opens);
        Ok(Self {
            date,
            items: opening::items(db).await?,
            ticks: opening::ticks(db, date).await?,
            photos: opening::photos(db, date).await?,
            opens,
            everyone: store::everyone(db, want.now).await?,
            is_open: at.is_some_and(|at| at <= want.now),
        })
    }

    fn own(&self, reader: &OnDuty) -> Option<&Duty> {
        let me = reader.staff()?;
        self.everyone.iter().find(|duty| duty.staff == me)
    }

    /// The names this reader may know.
    fn names(&self, reader: &OnDuty) -> BTreeMap<StaffId, &str> {
        let known = self.everyone.iter().filter(|duty| may_know(reader, duty));
        known.map(|duty| (duty.staff, duty.name.as_str())).collect()
    }

    /// What is ticked at a desk of what stands on the list.
    fn at<'a>(&'a self, desk: &'a str) -> impl Iterator<Item = &'a opening::Ticked> {
        let asked =
            move |tick: &&opening::Ticked| self.items.iter().any(|one| one.id == tick.item_id);
        self.ticks.iter().filter(move |tick| tick.desk == desk).filter(asked)
    }

    fn photos_at<'a>(&'a self, desk: &'a str) -> impl Iterator<Item = &'a opening::Photo> {
        self.photos.iter().filter(move |photo| photo.desk == desk)
    }

    fn desk(&self, reader: &OnDuty, desk: &str) -> DeskView {
        let (done, of) = (self.at(desk).count(), self.items.len());
        let last = self.at(desk).max_by_key(|tick| tick.at).filter(|_| done == of);
        let names = self.names(reader);
        let by = last.and_then(|tick| names.get(&tick.by_staff)).copied().unwrap_or_default();
        DeskView {
            desk: desk.to_owned(),
            done,
            of,
            at: last.map(|tick| tick.at),
            by: by.to_owned(),
            late: self.is_open && done < of,
            photos: self.photos_at(desk).map(|photo| photo.id).collect(),
        }
    }
}

/// When the house opens on a business date: before its day turns, it is the calendar's next. `None` where a
/// clock change skips that time.
fn opens_on(day: &BusinessDay, date: NaiveDate, opens: NaiveTime) -> Option<Moment> {
    let date = if opens < day.cutoff { date.succ_opt()? } else { date };
    when::local(day.zone, date, opens)
}

fn desk_of(duty: &Duty) -> String {
    duty.extension.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// The reader's own desk today, where they answer calls and something is to be done.
pub(super) async fn own(want: &Want, reader: &OnDuty) -> Result<Option<DeskView>, Problem> {
    let day = Day::read(want).await?;
    let own = day.own(reader).filter(|duty| duty.roles.has(Role::Operator));
    Ok(own.filter(|_| !day.items.is_empty()).map(|duty| day.desk(reader, &desk_of(duty))))
}

async fn page(want: &Want, reader: &OnDuty) -> Result<OpeningPage, Problem> {
    let day = Day::read(want).await?;
    let mine = day.own(reader).map(desk_of);
    let names = day.names(reader);
    let items = day.items.iter().map(|item| {
        let tick = mine.as_deref().and_then(|desk| day.at(desk).find(|one| one.item_id == item.id));
        let tick = tick.map(|tick| TickView {
            at: tick.at,
            by: names.get(&tick.by_staff).copied().unwrap_or_default().to_owned(),
            note: tick.note.clone(),
            photo: day
                .photos_at(&tick.desk)
                .find(|photo| photo.item_id == item.id)
                .map(|photo| photo.id),
        });
        ItemView { id: item.id, name: item.name.clone(), tick }
    });
    let keeper = reader.roles.has_any(KEEPERS);
    let there = day.everyone.iter().filter(|duty| {
        keeper && duty.since.is_some() && duty.roles.has(Role::Operator) && may_know(reader, duty)
    });
    let desks: BTreeSet<String> = there.map(desk_of).collect();
    Ok(OpeningPage {
        frame: want.frame(Place::Shifts),
        date: day.date,
        items: items.collect(),
        mine: mine.as_deref().map(|desk| day.desk(reader, desk)),
        opens: day.opens.format("%H:%M").to_string(),
        desks: desks.iter().map(|desk| day.desk(reader, desk)).collect(),
        keeper,
    })
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(READERS)?;
    want.page(&page(&want, &reader).await?)
}

async fn done(want: &Want, reader: &OnDuty) -> Result<Response, Problem> {
    want.done("/shifts/opening", &page(want, reader).await?)
}

/// The reader's desk today; a program has none.
async fn here(want: &Want, reader: &OnDuty) -> Result<(StaffId, opening::Place), Problem> {
    let nobody = || Problem::rule(|l| l.shifts_person_only().to_string());
    let me = reader.staff().ok_or_else(nobody)?;
    let duty = store::person(&want.kit.db, me, want.now).await?.ok_or_else(nobody)?;
    Ok((me, opening::Place { date: want.kit.day.date(want.now), desk: desk_of(&duty) }))
}

/// What is to be said of a tick.
#[derive(Deserialize)]
pub(super) struct Noted {
    #[serde(default)]
    note: String,
}

pub(super) async fn tick(
    want: Want,
    reader: Reader,
    At(item): At<i64>,
    Input(Noted { note }): Input<Noted>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (me, place) = here(&want, &reader).await?;
    let note: String = note.trim().chars().take(200).collect();
    if opening::tick(&want.kit.db, want.stamp(), (item, place), me, note).await? {
        done(&want, &reader).await
    } else {
        Err(Problem::not_found())
    }
}

pub(super) async fn untick(
    want: Want,
    reader: Reader,
    At(item): At<i64>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (_, place) = here(&want, &reader).await?;
    if opening::untick(&want.kit.db, want.stamp(), (item, place)).await? {
        done(&want, &reader).await
    } else {
        Err(Problem::not_found())
    }
}

/// A photo of what was ticked at one's own desk.
pub(super) async fn add_photo(
    want: Want,
    reader: Reader,
    At(item): At<i64>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let (me, place) = here(&want, &reader).await?;
    let (_, bytes) = web::file(&headers, body).await?.ok_or_else(Problem::syntax)?;
    // what a file says of itself does not count: its first bytes do
    let mime = match bytes.get(..4) {
        Some([0xff, 0xd8, 0xff, _]) => "image/jpeg",
        Some([0x89, b'P', b'N', b'G']) => "image/png",
        _ => return Err(Problem::status(StatusCode::UNSUPPORTED_MEDIA_TYPE)),
    };
    if bytes.len() > LARGEST {
        return Err(Problem::status(StatusCode::PAYLOAD_TOO_LARGE));
    }
    let picture = opening::Picture { mime, bytes: bytes.to_vec() };
    if opening::add_photo(&want.kit.db, want.stamp(), (item, place), me, picture).await? {
        done(&want, &reader).await
    } else {
        Err(Problem::not_found())
    }
}

pub(super) async fn photo(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let kept = opening::photo(&want.kit.db, id).await?;
    let (mime, bytes) = kept.ok_or_else(Problem::not_found)?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, mime.parse().map_err(Problem::broken)?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok((headers, bytes).into_response())
}

/// Something to be done before a desk opens.
#[derive(Deserialize)]
pub(super) struct Named {
    name: String,
}

pub(super) async fn add(
    want: Want,
    reader: Reader,
    Input(Named { name }): Input<Named>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let name = name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(Problem::rules().field("name", |l| l.shifts_opening_wrong_name().to_string()));
    }
    match opening::add(&want.kit.db, want.stamp(), name).await {
        Ok(_) if want.json => want.json_with(StatusCode::CREATED, &page(&want, &reader).await?),
        Ok(_) => done(&want, &reader).await,
        Err(error) => Err(refused(error)),
    }
}

fn refused(error: db::Error) -> Problem {
    if error.is_refusal(opening::TWICE) {
        Problem::rules().field("name", |l| l.shifts_opening_twice().to_string())
    } else {
        error.into()
    }
}

pub(super) async fn remove(
    want: Want,
    reader: Reader,
    At(item): At<i64>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    if opening::retire(&want.kit.db, want.stamp(), item).await? {
        done(&want, &reader).await
    } else {
        Err(Problem::not_found())
    }
}

/// By when it is to be done.
#[derive(Deserialize)]
pub(super) struct Timed {
    at: String,
}

pub(super) async fn set_time(
    want: Want,
    reader: Reader,
    Input(Timed { at }): Input<Timed>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let Some(time) = when::time(&at) else {
        return Err(Problem::rules().field("at", |l| l.shifts_wrong_time().to_string()));
    };
    let minute = i64::from(time.hour() * 60 + time.minute());
    opening::put_minute(&want.kit.db, want.stamp(), minute).await?;
    done(&want, &reader).await
}
