//! What stands around the rows of the board: which part of the day it is, the periods to choose from, the
//! hours, how many rooms show what, how many come when.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;

use super::super::booking::State;
use super::super::web::face_said;
use super::bars::{COLUMN_MS, Window};
use super::draw::{Day, Part};
use super::face::Face;
use crate::rooms::{House, at_minute, minute_of, minutes_between};
use crate::web::Want;
use crate::words::Messages;

/// A period to choose.
#[derive(Serialize)]
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) chosen: bool,
}

/// How many rooms show a face.
#[derive(Serialize)]
pub(super) struct Count {
    pub(super) face: Face,
    pub(super) rooms: usize,
    #[serde(skip)]
    pub(super) said: String,
}

/// Which part of the day is shown: a period with an hour around it, or all of it.
pub(super) fn window(
    want: &Want,
    house: &House,
    date: NaiveDate,
    period: &str,
) -> (Window, String) {
    let day = &want.kit.day;
    let now = minute_of(day, want.now);
    let named = house.periods.iter().find(|one| one.id.to_string() == period);
    // without a word: the period it is in now, or the next one; of another day the same
    let current = || {
        let coming = house.periods.iter().find(|one| now < one.to_minute);
        coming.or(house.periods.last())
    };
    let chosen = match (period, named) {
        ("all", _) => None,
        (_, Some(named)) => Some(named),
        _ => current(),
    };
    if let Some(period) = chosen {
        let from = (period.from_minute - 60).div_euclid(60) * 60;
        let to = (period.to_minute + 119).div_euclid(60) * 60;
        let to = to.min(from + 24 * 60);
        let window = Window { from: at_minute(day, date, from), to: at_minute(day, date, to) };
        (window, period.id.to_string())
    } else {
        let from = day.begin(date);
        (Window { from, to: from.plus_millis(24 * 3_600_000) }, "all".to_owned())
    }
}

pub(super) fn choices(l: &Messages, house: &House, period: &str) -> Vec<Choice> {
    let periods = house.periods.iter().map(|one| Choice {
        value: one.id.to_string(),
        label: one.name.clone(),
        chosen: one.id.to_string() == period,
    });
    let all = Choice {
        value: "all".to_owned(),
        label: l.bookings_whole_day().to_string(),
        chosen: period == "all",
    };
    periods.chain([all]).collect()
}

/// Past midnight the hours go on: 25:00. Column, label, and whether the label of now lies over it.
pub(super) fn hours(
    want: &Want,
    window: Window,
    date: NaiveDate,
    now: Option<i64>,
) -> Vec<(i64, String, bool)> {
    let day = &want.kit.day;
    let first = minutes_between(at_minute(day, date, 0), window.from) / 60;
    let many = window.columns() * COLUMN_MS / 3_600_000;
    let under = |column: i64| now.is_some_and(|now| (column - 2..=column + 6).contains(&now));
    let label = |k: i64| {
        let column = k * 12 + 1;
        (column, format!("{}:00", first + k), under(column))
    };
    (0..many).map(label).collect()
}

pub(super) fn counts(l: &Messages, parts: &[Part]) -> Vec<Count> {
    let faces = parts.iter().flat_map(|part| &part.rows).map(|row| row.face);
    let mut counted: BTreeMap<Face, usize> = BTreeMap::new();
    for face in faces {
        *counted.entry(face).or_default() += 1;
    }
    let order = [
        Face::Vacant,
        Face::Booked,
        Face::DueSoon,
        Face::Late,
        Face::Arrived,
        Face::InUse,
        Face::Overstay,
        Face::Dirty,
        Face::Cleaning,
        Face::Held,
        Face::Viewing,
        Face::Option,
        Face::Locked,
        Face::OutOfOrder,
    ];
    let count = |face: Face| {
        let rooms = counted.get(&face).copied().unwrap_or(0);
        (rooms > 0).then(|| Count { face, rooms, said: face_said(l, face) })
    };
    order.into_iter().filter_map(count).collect()
}

/// How many come in each quarter of an hour.
pub(super) fn totals(day: &Day, window: Window) -> Vec<(i64, usize)> {
    let mut counted: BTreeMap<i64, usize> = BTreeMap::new();
    let coming =
        day.bookings.values().filter(|one| !matches!(one.state, State::Cancelled | State::NoShow));
    for booking in coming.filter(|one| window.from <= one.starts_at && one.starts_at < window.to) {
        let quarter = (window.column(booking.starts_at) - 1) / 3 * 3 + 1;
        *counted.entry(quarter).or_default() += 1;
    }
    counted.into_iter().collect()
}
