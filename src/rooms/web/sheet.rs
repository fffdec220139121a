//! `/rooms/{id}`: the fact sheet of a room, for the telephone, the corridor and the printer.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::super::{House, Period, Price, Room, store, yuan};
use super::list::{in_use_said, is_stay, kind_said, resources, seats};
use super::{KEEPERS, Panel, READERS};
use crate::claims::{self, Kind};
use crate::kernel::{Moment, Role, RoomId};
use crate::web::{At, Filter, Frame, Place, Problem, Reader, Want};

/// What the room costs in a period.
#[derive(Serialize)]
struct Cost {
    period: String,
    hours: String,
    min_spend_fen: i64,
    per_hour_fen: i64,
    deposit_fen: i64,
    valid_from: Option<NaiveDate>,
    /// From when on, where it does not hold yet.
    #[serde(skip)]
    from: String,
    /// Whether it is the period of the moment asked about.
    now: bool,
    #[serde(skip)]
    min_spend: String,
    #[serde(skip)]
    per_hour: String,
    #[serde(skip)]
    deposit: String,
}

/// Something that has the room.
#[derive(Serialize)]
struct Upcoming {
    kind: Kind,
    from_at: Moment,
    to_at: Moment,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    when: String,
}

#[derive(Template, Serialize)]
#[template(path = "rooms/sheet.html")]
struct SheetPage {
    #[serde(skip)]
    frame: Frame,
    #[serde(flatten)]
    room: Room,
    area: String,
    class: String,
    /// The date the prices are for.
    date: NaiveDate,
    prices: Vec<Cost>,
    /// The prices that come into force later.
    later: Vec<Cost>,
    upcoming: Vec<Upcoming>,
    /// Rooms it opens into, by name.
    opens_into: Vec<String>,
    /// The address of its calendar, for those who set the house up.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar: Option<String>,
    #[serde(skip)]
    seats: String,
    /// How the room is: in use, or how ready.
    #[serde(skip)]
    ready: String,
    #[serde(skip)]
    keeper: bool,
    /// Whether the reader may say that it is ready.
    #[serde(skip)]
    may_ready: bool,
    /// Whether the reader may show it to somebody now.
    #[serde(skip)]
    may_show: bool,
    /// What the house calls it that it is ready again.
    #[serde(skip)]
    restored: String,
}

#[derive(Deserialize)]
pub(super) struct On {
    #[serde(default)]
    date: Option<String>,
}

pub(super) async fn show(
    State(panel): State<Panel>,
    want: Want,
    reader: Reader,
    At(id): At<RoomId>,
    Filter(On { date }): Filter<On>,
) -> Result<Response, Problem> {
    reader.may(READERS)?;
    let house = store::house(&want.kit.db).await?;
    let room = house.room(id).ok_or_else(Problem::not_found)?.clone();
    let (l, spelling) = (want.messages(), want.spelling());
    let today = want.kit.day.date(want.now);
    let date = match date.as_deref().filter(|text| !text.is_empty()) {
        Some(text) => text.parse().map_err(|_| Problem::syntax())?,
        None => today,
    };
    let until = want.now.plus_millis(7 * 24 * 3_600_000);
    let mine = resources([id]);
    let taken = claims::store::seen_on(&want.kit.db, &mine, want.now, until, want.now).await?;
    let sat_in = panel.in_use(&want.kit.db).await?.contains(&id);
    let of_now = taken.iter().find(|claim| is_stay(claim, want.now));
    let in_use = sat_in.then(|| in_use_said(&want, of_now));
    let sits = of_now.filter(|_| sat_in).map(|claim| claim.id);
    let upcoming = taken.iter().map(|claim| Upcoming {
        said: if sits == Some(claim.id) {
            l.bookings_face_in_use().to_string()
        } else {
            kind_said(&l, claim.kind)
        },
        when: format!("{}–{}", spelling.moment(claim.from_at), spelling.minute(claim.stay_ends())),
        kind: claim.kind,
        from_at: claim.from_at,
        to_at: claim.to_at,
    });
    let keeper = reader.roles.has_any(KEEPERS);
    let calendar = if keeper {
        let key = store::feed_key(&want.kit.db, id).await?;
        Some(format!("{}/rooms/{id}/calendar.ics?key={key}", want.kit.public_url))
    } else {
        None
    };
    let shows = [Role::Operator, Role::Supervisor, Role::Manager];
    let doers = [Role::Operator, Role::Supervisor, Role::Greeter, Role::Manager];
    want.page(&SheetPage {
        frame: want.frame(Place::Rooms),
        area: house.area(room.area_id).map(|area| area.name.clone()).unwrap_or_default(),
        class: house.class(room.class_id).map(|class| class.name.clone()).unwrap_or_default(),
        date,
        prices: costs(&want, &house, id, date, date == today),
        later: later(&want, &house, id, date),
        upcoming: upcoming.collect(),
        opens_into: neighbours(&house, id),
        calendar,
        seats: seats(&l, &room),
        ready: in_use.unwrap_or_else(|| room.readiness.say(&l)),
        keeper,
        may_ready: reader.roles.has_any(&doers),
        may_show: reader.roles.has_any(&shows) && room.readiness.is_ready() && !sat_in,
        restored: store::setup::restored(&want.kit.db).await?.say(&l, want.language),
        room,
    })
}

fn neighbours(house: &House, id: RoomId) -> Vec<String> {
    let other = |link: &super::super::Link| {
        if link.low_id == id {
            Some(link.high_id)
        } else {
            (link.high_id == id).then_some(link.low_id)
        }
    };
    house.links.iter().filter_map(other).map(|id| house.name(id)).collect()
}

/// What a price says of a period.
fn cost(want: &Want, period: Option<&Period>, price: &Price) -> Cost {
    let l = want.messages();
    let money = |fen: i64| if fen > 0 { format!("¥{}", yuan(fen)) } else { "–".to_owned() };
    Cost {
        period: period.map_or_else(|| l.rooms_any_time().to_string(), |one| one.name.clone()),
        hours: period.map(Period::hours).unwrap_or_default(),
        min_spend_fen: price.min_spend_fen,
        per_hour_fen: price.per_hour_fen,
        deposit_fen: price.deposit_fen,
        valid_from: Some(price.valid_from),
        from: String::new(),
        now: false,
        min_spend: money(price.min_spend_fen),
        per_hour: money(price.per_hour_fen),
        deposit: money(price.deposit_fen),
    }
}

/// The periods of the day; one that is none, where the house has none.
fn periods(house: &House) -> Vec<Option<&Period>> {
    if house.periods.is_empty() { vec![None] } else { house.periods.iter().map(Some).collect() }
}

/// The prices of a date, the present period first.
fn costs(want: &Want, house: &House, room: RoomId, date: NaiveDate, today: bool) -> Vec<Cost> {
    let here = house.period_at(&want.kit.day, want.now).map(|period| period.id);
    let known = |period: Option<&Period>| {
        let price = house.price_on(room, date, period.map(|period| period.id))?;
        let now = today && period.is_some_and(|period| Some(period.id) == here);
        Some(Cost { now, ..cost(want, period, price) })
    };
    let mut costs: Vec<Cost> = periods(house).into_iter().filter_map(known).collect();
    costs.sort_by_key(|cost| !cost.now);
    costs
}

/// The prices that come into force after a date, by their days: those that another does not stand before.
fn later(want: &Want, house: &House, room: RoomId, date: NaiveDate) -> Vec<Cost> {
    let days: BTreeSet<NaiveDate> =
        house.prices.iter().map(|price| price.valid_from).filter(|day| *day > date).collect();
    let mut costs = Vec::new();
    for day in days {
        for period in periods(house) {
            let price = house.price_on(room, day, period.map(|period| period.id));
            if let Some(price) = price.filter(|price| price.valid_from == day) {
                let from = want.spelling().day_from(day, want.now);
                costs.push(Cost { from, ..cost(want, period, price) });
            }
        }
    }
    costs.truncate(LATER);
    costs
}

/// So many prices to come are shown.
const LATER: usize = 12;
