//! `/banquets`: who asks for a banquet, which manager has it, which hall is kept until when.

mod step;

use std::borrow::Borrow;
use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{NaiveDate, Timelike as _};
use serde::{Deserialize, Serialize};

use super::super::banquet::{Banquet, Stage, celebrated, choices};
use super::super::refusal::Wrong;
use super::super::store::{self, asks, banquets};
use super::super::when::when;
use super::super::{asking, lunar};
use super::act::money;
use super::view::{people, phone as phone_seen};
use super::{READERS, WRITERS};
use crate::kernel::{CallId, Moment, Phone, Role, RoomId, StaffId};
use crate::rooms::{House, RoomKind, minute_of};
use crate::web::{
    At, Frame, Input, OnDuty, Place, Problem, Reader, Want, maybe_number, maybe_text, typed_number,
    whole_number,
};

pub(super) use step::step;

/// A banquet as this reader sees it.
#[derive(Serialize, Clone, utoipa::ToSchema)]
#[schema(as = Banquet)]
pub(crate) struct BanquetView {
    id: i64,
    version: i64,
    #[schema(value_type = String)]
    state: Stage,
    name: String,
    phone: Option<String>,
    masked: bool,
    occasion: String,
    /// The occasion in the reader's language.
    #[serde(skip)]
    celebrated: String,
    solar_date: NaiveDate,
    /// `农历九月初六`.
    lunar_date: Option<String>,
    tables: Option<i64>,
    party: Option<i64>,
    budget_fen: Option<i64>,
    hall: Option<String>,
    note: String,
    owner: Option<StaffId>,
    owner_name: Option<String>,
    /// Who is asked to take it up; empty: the head.
    asked: Option<String>,
    /// Until when, before the next is asked.
    asked_until: Option<Moment>,
    option_until: Option<Moment>,
    reason: Option<String>,
    /// The booking it is, or came from.
    booking: Option<String>,
    /// How that booking comes again: `daily`, `weekly`, `monthly`; null where it does not.
    every: Option<String>,
    /// So many of them stand.
    times: Option<i64>,
    /// The day of the last.
    last_date: Option<String>,
    created_at: Moment,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    tint: &'static str,
    #[serde(skip)]
    day: String,
    #[serde(skip)]
    phone_said: String,
    #[serde(skip)]
    dial: Option<String>,
    #[serde(skip)]
    until: String,
    /// Its hall, or the rooms of its booking.
    #[serde(skip)]
    place: String,
    #[serde(skip)]
    asking: String,
    #[serde(skip)]
    series_said: String,
}

impl BanquetView {
    fn is(&self, names: &str) -> bool {
        names.split(' ').any(|name| self.state.name() == name)
    }
}

#[derive(Template, Serialize)]
#[template(path = "bookings/banquets.html")]
struct BanquetsPage {
    #[serde(skip)]
    frame: Frame,
    items: Vec<BanquetView>,
    next: Option<String>,
    #[serde(skip)]
    halls: Vec<(RoomId, String)>,
    #[serde(skip)]
    occasions: Vec<(&'static str, String)>,
    #[serde(skip)]
    manager: bool,
    #[serde(skip)]
    writer: bool,
    #[serde(skip)]
    form: Written,
    #[serde(skip)]
    errors: BTreeMap<&'static str, String>,
}

fn stage(want: &Want, stage: Stage) -> String {
    let l = want.messages();
    match stage {
        Stage::New => l.bookings_banquet_new(),
        Stage::HandedOver => l.bookings_banquet_handed_over(),
        Stage::Contacted => l.bookings_banquet_contacted(),
        Stage::Option => l.bookings_banquet_option(),
        Stage::Won => l.bookings_banquet_won(),
        Stage::Lost => l.bookings_banquet_lost(),
    }
    .to_string()
}

async fn view(
    want: &Want,
    reader: &OnDuty,
    house: &House,
    banquet: Banquet,
) -> Result<BanquetView, Problem> {
    let people = people(want).await?;
    let asks = asks::open(&want.kit.db).await?;
    let ask = asks.into_iter().find(|ask| ask.banquet_id == banquet.id);
    let booking = match banquet.booking_id {
        Some(id) => store::by_id(&want.kit.db, id).await?,
        None => None,
    };
    let segments = match booking.as_ref().filter(|booking| booking.series_id.is_none()) {
        Some(booking) => store::segments_of(&want.kit.db, &[booking.id]).await?,
        None => Vec::new(),
    };
    // where they sit, all of it, and not only the first of their rooms
    let place = segments.iter().filter(|one| one.is_live()).map(|one| house.name(one.room_id));
    let place: Vec<String> = place.collect();
    let series = match booking.as_ref().and_then(|booking| booking.series_id) {
        Some(series) => banquets::recurring(&want.kit.db, series).await?,
        None => None,
    };
    let series = series.as_ref();
    let (phone, masked, dial, phone_said) = phone_seen(reader, Some(&banquet.phone));
    Ok(BanquetView {
        said: stage(want, banquet.state),
        tint: match banquet.state {
            Stage::New => "t3",
            Stage::HandedOver | Stage::Contacted => "t2",
            Stage::Option => "ti",
            Stage::Won => "t1",
            Stage::Lost => "",
        },
        day: want.spelling().day_from(banquet.solar_date, want.now),
        until: banquet.option_until.map(|at| until_said(want, at)).unwrap_or_default(),
        place: if place.is_empty() {
            banquet.hall_id.map(|id| house.name(id)).unwrap_or_default()
        } else {
            place.join("+")
        },
        lunar_date: lunar::of((&want.messages(), want.language), banquet.solar_date),
        hall: banquet.hall_id.map(|id| house.name(id)),
        owner_name: banquet.owner_staff.and_then(|id| people.get(&id).cloned()),
        asking: ask.as_ref().map(|ask| asked_said(want, ask)).unwrap_or_default(),
        asked_until: ask.as_ref().and_then(|ask| ask.due_at),
        asked: ask.map(|ask| ask.name),
        id: banquet.id,
        version: banquet.version,
        state: banquet.state,
        name: reader.closed.text(&banquet.name),
        phone,
        masked,
        celebrated: celebrated(&want.messages(), &banquet.occasion),
        occasion: banquet.occasion,
        solar_date: banquet.solar_date,
        tables: banquet.tables,
        party: banquet.party,
        budget_fen: banquet.budget_fen,
        note: reader.closed.text(&banquet.note),
        owner: banquet.owner_staff,
        option_until: banquet.option_until,
        reason: banquet.reason.map(|reason| reader.closed.text(&reason)),
        booking: booking.map(|booking| booking.no),
        every: series.map(|series| series.every.clone()),
        times: series.map(|series| series.times),
        last_date: series.map(|series| series.until.clone()),
        series_said: series.map(|series| series_said(want, series)).unwrap_or_default(),
        created_at: banquet.created_at,
        phone_said,
        dial,
    })
}

/// Until when a hall is kept: the end of a day is that day.
fn until_said(want: &Want, at: Moment) -> String {
    let (spelling, zone) = (want.spelling(), want.kit.day.zone);
    let local = at.utc().with_timezone(&zone);
    if local.num_seconds_from_midnight() == 0 {
        let last = at.plus_millis(-1).utc().with_timezone(&zone).date_naive();
        return spelling.day_from(last, want.now);
    }
    spelling.moment_from(at, want.now)
}

/// How it comes again: `每周·共 8 场·至 1月23日`.
fn series_said(want: &Want, series: &banquets::Recurring) -> String {
    let l = want.messages();
    let spelt = |date: NaiveDate| want.spelling().day_from(date, want.now);
    let until = series.until.parse().map(spelt).unwrap_or_default();
    let every = super::series::every_said(&l, &series.every);
    l.bookings_banquet_series(every, series.times, until).to_string()
}

/// Who is asked, and until when.
fn asked_said(want: &Want, ask: &asks::Ask) -> String {
    let l = want.messages();
    match ask.due_at {
        Some(at) => {
            let until = want.spelling().minute(at);
            l.bookings_banquet_asked(ask.name.as_str(), until).to_string()
        }
        None => l.bookings_banquet_asked_head().to_string(),
    }
}

/// Who takes banquets up.
const MANAGERS: &[Role] = &[Role::Manager, Role::Head, Role::Supervisor];

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(READERS)?;
    want.page(&page(&want, &reader, Written::default(), &Problem::rules()).await?)
}

/// The page with what stands in its form, and what is wrong with that.
async fn page(
    want: &Want,
    reader: &OnDuty,
    form: Written,
    problem: &Problem,
) -> Result<BanquetsPage, Problem> {
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let mut items = Vec::new();
    for banquet in banquets::all(db).await? {
        items.push(view(want, reader, &house, banquet).await?);
    }
    let halls = house.rooms.iter().filter(|room| room.kind == RoomKind::Hall);
    Ok(BanquetsPage {
        frame: want.frame(Place::Bookings),
        items,
        next: None,
        halls: halls.map(|room| (room.id, room.full_name())).collect(),
        occasions: choices(&want.messages()),
        manager: reader.roles.has_any(MANAGERS),
        writer: reader.roles.has_any(WRITERS),
        errors: problem.fields(&want.messages()),
        form,
    })
}

pub(super) async fn one(want: Want, reader: Reader, At(id): At<i64>) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let banquet = banquets::one(db, id).await?.ok_or_else(Problem::not_found)?;
    let view = view(&want, &reader, &house, banquet).await?;
    want.done("/banquets", &view)
}

/// A banquet that is asked for, as it is typed; also what stands in the fields.
#[derive(Default, Deserialize)]
pub(super) struct Written {
    name: String,
    phone: String,
    occasion: String,
    /// A date, by the sun or by the moon: `2026-12-26`, `农历九月初六`.
    date: String,
    #[serde(default, deserialize_with = "typed_number")]
    tables: String,
    #[serde(default, deserialize_with = "maybe_number")]
    party: Option<i64>,
    #[serde(default, deserialize_with = "maybe_text")]
    budget: Option<String>,
    #[serde(default, deserialize_with = "maybe_number")]
    hall: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    period: Option<i64>,
    #[serde(default)]
    note: String,
    #[serde(default, deserialize_with = "maybe_number")]
    call_id: Option<i64>,
}

impl Written {
    pub(super) fn is_hall(&self, id: impl Borrow<RoomId>) -> bool {
        self.hall == Some(id.borrow().0)
    }

    /// Checked: what is asked for.
    fn banquet(&self, want: &Want, house: &House) -> Result<Banquet, Problem> {
        let wrong = |field, wrong: Wrong| Problem::rules().field(field, move |l| wrong.say(l));
        let name = self.name.trim().to_owned();
        if name.is_empty() || name.chars().count() > 40 {
            return Err(wrong("name", Wrong::Name));
        }
        // the telephone is always asked for (clause 1-7a)
        let phone = Phone::read(&self.phone).ok_or_else(|| wrong("phone", Wrong::Phone))?;
        let day = &want.kit.day;
        let today = day.date(want.now);
        let said = when(&self.date, today, minute_of(day, want.now));
        let date =
            said.date.filter(|date| *date >= today).ok_or_else(|| wrong("date", Wrong::Date))?;
        let hall_id = self.hall.map(RoomId);
        if hall_id.is_some_and(|id| house.room(id).is_none()) {
            return Err(wrong("hall", Wrong::Room));
        }
        Ok(Banquet {
            id: 0,
            version: 1,
            contact_id: None,
            name,
            phone: phone.as_str().to_owned(),
            occasion: self.occasion.trim().chars().take(40).collect(),
            solar_date: date,
            lunar_asked: said.lunar,
            period_id: self.period,
            tables: whole_number("tables", &self.tables)?
                .filter(|tables| (1..=500).contains(tables)),
            party: self.party.filter(|party| (1..=5_000).contains(party)),
            budget_fen: money("budget", self.budget.as_deref())?,
            hall_id,
            note: self.note.trim().chars().take(500).collect(),
            owner_staff: None,
            state: Stage::New,
            option_claim: None,
            option_until: None,
            reason: None,
            booking_id: None,
            call_id: self.call_id.map(CallId),
            by_staff: want.stamp().by,
            created_at: want.now,
        })
    }
}

pub(super) async fn add(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(WRITERS)?;
    let db = &want.kit.db;
    let house = crate::rooms::store::house(db).await?;
    let banquet = match written.banquet(&want, &house) {
        Ok(banquet) => banquet,
        Err(problem) if problem.has_fields() && !want.json => {
            let page = page(&want, &reader, written, &problem).await?;
            return want.page_with(problem.status, &page);
        }
        Err(problem) => return Err(problem),
    };
    let rules = super::new::rules(&want).await?;
    let add = db.write(want.stamp(), move |tx| {
        let (mut banquet, rules) = (banquet.clone(), rules.clone());
        Box::pin(async move {
            banquet.id = banquets::add_in(tx, &banquet).await?;
            asking::begin(tx, &rules, &banquet).await?;
            Ok(banquet.id)
        })
    });
    let id = add.await?;
    let made = banquets::one(db, id).await?.ok_or_else(Problem::not_found)?;
    let made = view(&want, &reader, &house, made).await?;
    if want.json {
        return want.json_with(StatusCode::CREATED, &made);
    }
    want.done("/banquets", &made)
}
