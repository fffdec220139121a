//! Areas, kinds, periods, walls and prices: what rooms are made of.

use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;

use super::super::super::store::setup;
use super::super::super::{Area, Period, Price, RoomClass, fen};
use super::super::KEEPERS;
use super::{done, refused};
use crate::kernel::{AreaId, RoomClassId, RoomId, narrow};
use crate::web::{At, Input, Problem, Reader, Want, maybe_number, maybe_text, number};

#[derive(Deserialize)]
pub(in crate::rooms::web) struct AreaWritten {
    #[serde(default, deserialize_with = "maybe_number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    name: String,
    #[serde(default, deserialize_with = "maybe_number")]
    sort: Option<i64>,
}

pub(in crate::rooms::web) async fn put_area(
    want: Want,
    reader: Reader,
    Input(written): Input<AreaWritten>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let area = Area {
        id: AreaId(written.id.unwrap_or(0)),
        version: written.version.unwrap_or(0),
        name: written.name.trim().to_owned(),
        sort: written.sort.unwrap_or(0),
    };
    setup::put_area(&want.kit.db, want.stamp(), area).await.map_err(refused)?;
    done(&want).await
}

#[derive(Deserialize)]
pub(in crate::rooms::web) struct ClassWritten {
    #[serde(default, deserialize_with = "maybe_number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    name: String,
    #[serde(default, deserialize_with = "maybe_number")]
    sort: Option<i64>,
    #[serde(deserialize_with = "number")]
    stay_small: i64,
    #[serde(deserialize_with = "number")]
    stay_medium: i64,
    #[serde(deserialize_with = "number")]
    stay_large: i64,
    #[serde(deserialize_with = "number")]
    buffer_minutes: i64,
}

pub(in crate::rooms::web) async fn put_class(
    want: Want,
    reader: Reader,
    Input(written): Input<ClassWritten>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let class = RoomClass {
        id: RoomClassId(written.id.unwrap_or(0)),
        version: written.version.unwrap_or(0),
        name: written.name.trim().to_owned(),
        sort: written.sort.unwrap_or(0),
        stay_small: written.stay_small,
        stay_medium: written.stay_medium,
        stay_large: written.stay_large,
        buffer_minutes: written.buffer_minutes,
    };
    setup::put_class(&want.kit.db, want.stamp(), class).await.map_err(refused)?;
    done(&want).await
}

#[derive(Deserialize)]
pub(in crate::rooms::web) struct PeriodWritten {
    #[serde(default, deserialize_with = "maybe_number")]
    id: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    version: Option<i64>,
    name: String,
    /// `17:00`.
    from: String,
    /// `22:00`, `26:00`.
    to: String,
    #[serde(default, deserialize_with = "maybe_number")]
    stay_minutes: Option<i64>,
}

/// `25:30` as minutes.
fn clock(text: &str) -> Option<i64> {
    let plain: String = text.trim().chars().map(narrow).collect();
    let (hours, minutes) = plain.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=48).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 60 + minutes)
}

pub(in crate::rooms::web) async fn put_period(
    want: Want,
    reader: Reader,
    Input(written): Input<PeriodWritten>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let wrong = |field| Problem::rules().field(field, |l| l.rooms_wrong_period().to_string());
    let period = Period {
        id: written.id.unwrap_or(0),
        version: written.version.unwrap_or(0),
        name: written.name.trim().to_owned(),
        from_minute: clock(&written.from).ok_or_else(|| wrong("from"))?,
        to_minute: clock(&written.to).ok_or_else(|| wrong("to"))?,
        stay_minutes: written.stay_minutes,
    };
    setup::put_period(&want.kit.db, want.stamp(), period).await.map_err(refused)?;
    done(&want).await
}

#[derive(Deserialize)]
pub(in crate::rooms::web) struct Wall {
    #[serde(deserialize_with = "number")]
    a: i64,
    #[serde(deserialize_with = "number")]
    b: i64,
    #[serde(default, deserialize_with = "maybe_number")]
    seats_lost: Option<i64>,
}

pub(in crate::rooms::web) async fn link(
    want: Want,
    reader: Reader,
    Input(Wall { a, b, seats_lost }): Input<Wall>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let lost = seats_lost.unwrap_or(0);
    if a == b || lost < 0 {
        return Err(Problem::rules().field("b", |l| l.rooms_wrong_wall().to_string()));
    }
    let (a, b) = (RoomId(a), RoomId(b));
    setup::link(&want.kit.db, want.stamp(), a, b, lost).await.map_err(refused)?;
    done(&want).await
}

pub(in crate::rooms::web) async fn unlink(
    want: Want,
    reader: Reader,
    Input(Wall { a, b, .. }): Input<Wall>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    setup::unlink(&want.kit.db, want.stamp(), RoomId(a), RoomId(b)).await.map_err(refused)?;
    done(&want).await
}

#[derive(Deserialize)]
pub(in crate::rooms::web) struct PriceWritten {
    #[serde(default, deserialize_with = "maybe_number")]
    room_id: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    class_id: Option<i64>,
    #[serde(default, deserialize_with = "maybe_number")]
    period_id: Option<i64>,
    valid_from: NaiveDate,
    /// In yuan, as people type it.
    #[serde(default, deserialize_with = "maybe_text")]
    min_spend: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    per_hour: Option<String>,
    #[serde(default, deserialize_with = "maybe_text")]
    deposit: Option<String>,
}

pub(in crate::rooms::web) async fn add_price(
    want: Want,
    reader: Reader,
    Input(written): Input<PriceWritten>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    let money = |text: Option<&str>, field| match text {
        None => Ok(0),
        Some(text) => fen(text)
            .ok_or_else(|| Problem::rules().field(field, |l| l.rooms_wrong_money().to_string())),
    };
    if written.room_id.is_some() == written.class_id.is_some() {
        return Err(Problem::rules().field("class_id", |l| l.rooms_wrong_price_of().to_string()));
    }
    let price = Price {
        id: 0,
        room_id: written.room_id.map(RoomId),
        class_id: written.class_id.map(RoomClassId),
        period_id: written.period_id,
        valid_from: written.valid_from,
        min_spend_fen: money(written.min_spend.as_deref(), "min_spend")?,
        per_hour_fen: money(written.per_hour.as_deref(), "per_hour")?,
        deposit_fen: money(written.deposit.as_deref(), "deposit")?,
    };
    setup::add_price(&want.kit.db, want.stamp(), price).await.map_err(refused)?;
    done(&want).await
}

pub(in crate::rooms::web) async fn drop_price(
    want: Want,
    reader: Reader,
    At(id): At<i64>,
) -> Result<Response, Problem> {
    reader.may(KEEPERS)?;
    setup::drop_price(&want.kit.db, want.stamp(), id).await.map_err(refused)?;
    done(&want).await
}
