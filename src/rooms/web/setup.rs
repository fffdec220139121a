//! `/admin/rooms`: setting the house up, and the rooms themselves.

mod particulars;

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::store::{self, setup};
use super::super::{Area, Draft, House, Period, Price, Room, RoomClass, RoomKind, Wrong, yuan};
use super::KEEPERS;
use crate::db;
use crate::kernel::{AreaId, RoomClassId, RoomId};
use crate::web::{
    At, Frame, Input, Place, Problem, Reader, Want, flag, fresh_secret, maybe_number, number,
};

pub(super) use particulars::{
    add_price, drop_price, link, put_area, put_class, put_period, unlink,
};

/// All that is set up, as page and JSON.
#[derive(Template, Serialize)]
#[template(path = "rooms/setup.html")]
struct SetupPage {
    #[serde(skip)]
    frame: Frame,
    areas: Vec<Area>,
    classes: Vec<RoomClass>,
    periods: Vec<Period>,
    rooms: Vec<Room>,
    links: Vec<super::super::Link>,
    prices: Vec<Price>,
    #[serde(skip)]
    house: House,
    #[serde(skip)]
    today: NaiveDate,
}

impl SetupPage {
    fn area_of(&self, room: &Room) -> String {
        self.house.area(room.area_id).map(|area| area.name.clone()).unwrap_or_default()
    }

    fn class_of(&self, room: &Room) -> String {
        self.house.class(room.class_id).map(|class| class.name.clone()).unwrap_or_default()
    }

    fn price_of(&self, price: &Price) -> String {
        let room = price.room_id.map(|id| self.house.name(id));
        let class = price.class_id.and_then(|id| self.house.class(id));
        room.or_else(|| class.map(|class| class.name.clone())).unwrap_or_default()
    }

    fn period_of(&self, price: &Price) -> String {
        let period = self.periods.iter().find(|period| Some(period.id) == price.period_id);
        period.map_or_else(|| self.frame.l.rooms_any_time().to_string(), |one| one.name.clone())
    }

    #[expect(clippy::unused_self, reason = "templates know the page, not this crate's functions")]
    fn money(&self, fen: impl std::borrow::Borrow<i64>) -> String {
        yuan(*fen.borrow())
    }

    fn room_name(&self, id: impl std::borrow::Borrow<RoomId>) -> String {
        self.house.name(*id.borrow())
    }
}

/// One room's form.
#[derive(Template, Serialize)]
#[template(path = "rooms/room.html")]
struct RoomPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    room: Room,
    #[serde(skip)]
    areas: Vec<Area>,
    #[serde(skip)]
    classes: Vec<RoomClass>,
}

fn page(want: &Want, house: House) -> SetupPage {
    SetupPage {
        frame: want.frame(Place::Rooms),
        areas: house.areas.clone(),
        classes: house.classes.clone(),
        periods: house.periods.clone(),
        rooms: house.rooms.clone(),
        links: house.links.clone(),
        prices: house.prices.clone(),
        today: want.kit.day.date(want.now),
        house,
    }
}

pub(super) async fn show(want: Want, reader: Reader) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let house = store::house(&want.kit.db).await?;
    want.page(&page(&want, house))
}

async fn done(want: &Want) -> Result<Response, Problem> {
    let house = store::house(&want.kit.db).await?;
    want.done("/admin/rooms", &page(want, house))
}

pub(super) async fn show_room(
    want: Want,
    reader: Reader,
    At(id): At<RoomId>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    want.page(&room_page(&want, id).await?)
}

async fn room_page(want: &Want, id: RoomId) -> Result<RoomPage, Problem> {
    let house = store::house(&want.kit.db).await?;
    let room = house.room(id).ok_or_else(Problem::not_found)?.clone();
    let frame = want.frame(Place::Rooms);
    Ok(RoomPage { frame, room, areas: house.areas, classes: house.classes })
}

/// What a constraint of the database says about a form.
fn refused(error: db::Error) -> Problem {
    let db::Error::Refused(name) = &error else { return error.into() };
    match name.as_str() {
        "rooms_name_key" => Problem::rules().field("name", |l| Wrong::NameTaken.say(l)),
        "areas_name_key" | "room_classes_name_key" | "periods_name_key" | "areas_name_key1" => {
            Problem::rules().field("name", |l| l.rooms_wrong_name_taken().to_string())
        }
        "area_name" | "room_class_name" | "period_name" | "room_name" => {
            Problem::rules().field("name", |l| l.rooms_wrong_name().to_string())
        }
        "period_span" | "period_stay" => {
            Problem::rules().field("to_minute", |l| l.rooms_wrong_period().to_string())
        }
        "room_capacity" => Problem::rules().field("cap_max", |l| Wrong::Capacity.say(l)),
        setup::PROMISED_ROOM => Problem::rule(|l| l.rooms_wrong_promised().to_string()),
        setup::STALE => Problem::stale(&serde_json::json!({})),
        name if name.starts_with("room_class_") => {
            Problem::rules().field("stay_medium", |l| l.rooms_wrong_stay().to_string())
        }
        _ => Problem::rule(|l| l.rooms_wrong_reference().to_string()),
    }
}

/// A room's form.
#[derive(Deserialize)]
pub(super) struct Written {
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    name: String,
    #[serde(default)]
    alias: String,
    #[serde(default = "plain")]
    kind: RoomKind,
    #[serde(deserialize_with = "number")]
    area_id: i64,
    #[serde(deserialize_with = "number")]
    class_id: i64,
    #[serde(default, deserialize_with = "maybe_number")]
    cap_min: Option<i64>,
    #[serde(deserialize_with = "number")]
    cap_max: i64,
    #[serde(default, deserialize_with = "maybe_number")]
    cap_extra: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    tables: Option<i64>,
    #[serde(default, deserialize_with = "flag")]
    shareable: bool,
    #[serde(default, deserialize_with = "maybe_number")]
    priority: Option<i64>,
    #[serde(default)]
    features: String,
    #[serde(default)]
    equipment: String,
    #[serde(default)]
    notes: String,
    #[serde(default, deserialize_with = "maybe_number")]
    sort: Option<i64>,
}

const fn plain() -> RoomKind {
    RoomKind::Room
}

impl Written {
    fn draft(self) -> Result<Draft, Problem> {
        let draft = Draft {
            name: self.name,
            alias: self.alias,
            kind: self.kind,
            area_id: AreaId(self.area_id),
            class_id: RoomClassId(self.class_id),
            cap_min: self.cap_min.unwrap_or(1),
            cap_max: self.cap_max,
            cap_extra: self.cap_extra.unwrap_or(0),
            tables: self.tables,
            shareable: self.shareable,
            priority: self.priority.unwrap_or(0),
            features: self.features,
            equipment: self.equipment,
            notes: self.notes,
            sort: self.sort.unwrap_or(0),
        };
        draft.checked().map_err(|wrong| {
            wrong.into_iter().fold(Problem::rules(), |problem, one| {
                problem.field(one.field(), move |l| one.say(l))
            })
        })
    }
}

pub(super) async fn add_room(
    want: Want,
    reader: Reader,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let key = fresh_secret(&mut rand::rng());
    let added = setup::add_room(&want.kit.db, want.stamp(), written.draft()?, key).await;
    let id = added.map_err(refused)?;
    if want.json {
        return want.json_with(StatusCode::CREATED, &room_page(&want, id).await?);
    }
    done(&want).await
}

pub(super) async fn edit_room(
    want: Want,
    reader: Reader,
    At(id): At<RoomId>,
    Input(written): Input<Written>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let version = written.version.ok_or_else(Problem::syntax)?;
    let draft = written.draft()?;
    match setup::edit_room(&want.kit.db, want.stamp(), id, version, draft).await {
        Err(error) if error.is_refusal(setup::STALE) => {
            Err(Problem::stale(&room_page(&want, id).await?))
        }
        Err(error) => Err(refused(error)),
        Ok(()) => want.done("/admin/rooms", &room_page(&want, id).await?),
    }
}

pub(super) async fn retire(
    want: Want,
    reader: Reader,
    At(id): At<RoomId>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    setup::retire(&want.kit.db, want.stamp(), id).await.map_err(refused)?;
    done(&want).await
}
