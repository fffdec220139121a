//! The house of the demo: its rooms, and an evening of guests who come, sit, are late and wait.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::bookings::acts::{Command, Details, Opening};
use crate::bookings::booking::Source;
use crate::bookings::doing::{self, RoomAct};
use crate::bookings::series::Choices;
use crate::bookings::store::waiting::{self, NewEntry};
use crate::bookings::store::world::Actor;
use crate::db::{Db, Result, Stamp};
use crate::kernel::{AreaId, BookingId, BusinessDay, Moment, RoomClassId, RoomId, StaffId};
use crate::rooms::store::setup;
use crate::rooms::{Draft, Period, Price, Readiness, RoomClass, RoomKind, at_minute};

/// A room: number, name, area, kind, seats.
type Plan = (&'static str, &'static str, usize, usize, i64);

const AREAS: [&str; 3] = ["2F 小包", "3F 包厢", "5F 宴会厅"];
const CLASSES: [(&str, i64, i64); 3] = [("小包", 120, 15), ("大包", 150, 20), ("宴会厅", 240, 60)];
const ROOMS: [Plan; 16] = [
    ("201", "兰", 0, 0, 6),
    ("202", "菊", 0, 0, 6),
    ("203", "竹", 0, 0, 8),
    ("205", "荷", 0, 0, 8),
    ("206", "茉莉", 0, 0, 8),
    ("207", "海棠", 0, 0, 10),
    ("301", "玉兰", 1, 1, 10),
    ("302", "丁香", 1, 1, 10),
    ("303", "芍药", 1, 1, 12),
    ("305", "梅园", 1, 1, 12),
    ("306", "桂苑", 1, 1, 12),
    ("308", "牡丹", 1, 1, 16),
    ("309", "紫薇", 1, 1, 16),
    ("501", "金陵A", 2, 2, 200),
    ("502", "金陵B", 2, 2, 160),
    ("503", "钟山", 2, 2, 120),
];

/// A party: name, guests, room (by its place above), minutes after midnight, length, wishes.
type Party = (&'static str, i64, usize, i64, i64, &'static str);

const PARTIES: [Party; 18] = [
    ("曹老师", 9, 5, 12 * 60, 120, "同学会"),
    ("宋女士", 6, 0, 11 * 60 + 45, 105, ""),
    ("夏先生", 8, 2, 12 * 60 + 15, 120, "靠窗"),
    ("韩总", 12, 8, 17 * 60, 210, "茅台自带"),
    ("马先生", 6, 0, 18 * 60, 150, ""),
    ("林小姐", 4, 1, 18 * 60 + 30, 120, "常客"),
    ("赵女士", 8, 2, 17 * 60 + 30, 135, "生日"),
    ("许先生", 6, 3, 17 * 60 + 45, 135, ""),
    ("郑先生", 7, 4, 18 * 60 + 45, 135, "靠窗"),
    ("沈女士", 9, 7, 18 * 60 + 30, 150, "素食"),
    ("王先生", 8, 9, 18 * 60 + 30, 150, "轮椅"),
    ("恒信物流", 90, 15, 18 * 60 + 30, 180, "年会"),
    ("孙先生", 6, 0, 21 * 60, 120, ""),
    ("李女士", 6, 1, 20 * 60 + 45, 120, "儿童椅"),
    ("周总", 10, 6, 19 * 60, 150, ""),
    ("吴女士", 10, 5, 19 * 60 + 30, 120, "蛋糕"),
    ("徐先生", 8, 3, 20 * 60 + 30, 120, ""),
    ("夜归人", 6, 2, 24 * 60 + 30, 90, ""),
];

/// Milliseconds in a minute.
const MINUTE: i64 = 60_000;

/// Sets the house up and fills the evening of `now`: what lies behind has happened, what lies ahead is
/// booked.
pub async fn furnish(db: &Db, day: BusinessDay, now: Moment, by: Option<StaffId>) -> Result<()> {
    let today = day.date(now);
    let stamp = Stamp { now, by };
    let rooms = build(db, stamp, today).await?;
    let actor = Actor { day, approves: true };
    for (k, party) in PARTIES.iter().enumerate() {
        play(db, actor, (now, by), (today, party, k), &rooms).await?;
    }
    together(db, actor, (now, by), today, &rooms).await?;
    meetings(db, actor, (now, by), today, &rooms).await?;
    let at = |minute: i64| at_minute(&day, today, minute);
    let until = at(20 * 60);
    if let Some(room) = rooms.get(10).filter(|_| until > now) {
        let reason = "空调漏水".to_owned();
        let kind = crate::claims::Kind::OutOfOrder;
        let close = RoomAct::Close { kind, from: now, to: until, reason };
        // a demo that begins at another hour may have somebody there
        drop(doing::act_on_room(db, stamp, actor, *room, close).await?);
    }
    for (name, party, from, minutes) in [
        ("孙悦", 8, 19 * 60 + 30, 120),
        ("方先生", 12, 18 * 60 + 30, 120),
        ("邓女士", 4, 18 * 60, 90),
    ] {
        let entry = NewEntry {
            date: today,
            contact_id: None,
            name: name.to_owned(),
            phone: format!("+861390000{:04}", 700 + party),
            party,
            class_id: None,
            area_id: None,
            from_at: at(from),
            to_at: at(24 * 60),
            min_minutes: minutes,
            tier: 0,
            note: String::new(),
            call_id: None,
            read_back: true,
        };
        if entry.to_at > now {
            let add = db.write(stamp, move |tx| {
                let entry = entry.clone();
                Box::pin(async move { waiting::add_in(tx, &entry).await })
            });
            add.await?;
        }
    }
    Ok(())
}

/// Areas, kinds, periods, rooms, walls and prices.
async fn build(db: &Db, stamp: Stamp, today: NaiveDate) -> Result<Vec<RoomId>> {
    db.write(stamp, move |tx| {
        Box::pin(async move {
            let (mut areas, mut classes, mut rooms) = (Vec::new(), Vec::new(), Vec::new());
            for (sort, name) in (1..).zip(AREAS) {
                areas.push(setup::add_area_in(tx, name, sort).await?);
            }
            for (sort, (name, stay, buffer_minutes)) in (1..).zip(CLASSES) {
                let class = RoomClass {
                    id: RoomClassId(0),
                    version: 1,
                    name: name.to_owned(),
                    sort,
                    stay_small: stay.min(120),
                    stay_medium: stay,
                    stay_large: stay,
                    buffer_minutes,
                };
                classes.push(setup::add_class_in(tx, &class).await?);
            }
            for (name, from, to) in [("午市", 11, 14), ("晚市", 17, 23), ("夜场", 23, 27)] {
                let period = Period {
                    id: 0,
                    version: 1,
                    name: name.to_owned(),
                    from_minute: from * 60,
                    to_minute: to * 60,
                    stay_minutes: None,
                };
                setup::add_period_in(tx, &period).await?;
            }
            for (sort, (name, alias, area, class, seats)) in (1..).zip(ROOMS) {
                let hall = class == 2;
                let draft = Draft {
                    name: name.to_owned(),
                    alias: alias.to_owned(),
                    kind: if hall { RoomKind::Hall } else { RoomKind::Room },
                    area_id: areas.get(area).copied().unwrap_or(AreaId(0)),
                    class_id: classes.get(class).copied().unwrap_or(RoomClassId(0)),
                    cap_min: if hall { 20 } else { 2 },
                    cap_max: seats,
                    cap_extra: if hall { 20 } else { 2 },
                    tables: hall.then_some(seats / 10),
                    shareable: false,
                    priority: 0,
                    features: if sort % 3 == 0 {
                        "靠窗，投影".to_owned()
                    } else {
                        String::new()
                    },
                    equipment: "电视，独立卫生间".to_owned(),
                    notes: String::new(),
                    sort,
                };
                let key = crate::web::fresh_secret(&mut rand::rng());
                rooms.push(setup::add_room_in(tx, &draft, &key).await?);
            }
            for (a, b) in [(0, 1), (6, 7), (11, 12)] {
                if let (Some(a), Some(b)) = (rooms.get(a), rooms.get(b)) {
                    setup::link_in(tx, *a, *b, 2).await?;
                }
            }
            for (class, spend) in classes.iter().zip([80_000, 150_000, 1_000_000]) {
                let price = Price {
                    id: 0,
                    room_id: None,
                    class_id: Some(*class),
                    period_id: None,
                    valid_from: today - chrono::TimeDelta::days(30),
                    min_spend_fen: spend,
                    per_hour_fen: 0,
                    deposit_fen: spend / 5,
                };
                setup::add_price_in(tx, &price).await?;
            }
            Ok(rooms)
        })
    })
    .await
}

fn opening(name: &str, party: i64, nth: usize, at: Moment, minutes: i64) -> Opening {
    Opening {
        name: name.to_owned(),
        party,
        phone: format!("1390000{:04}", (nth + 1) * 4 + 1),
        starts_at: Some(at),
        minutes: Some(minutes),
        source: Some(Source::SelfCome),
        ..Opening::default()
    }
}

/// One party, as far as it has come by now.
async fn play(
    db: &Db,
    actor: Actor,
    (now, by): (Moment, Option<StaffId>),
    (today, party, nth): (NaiveDate, &Party, usize),
    rooms: &[RoomId],
) -> Result<()> {
    let (name, guests, room, minute, minutes, wishes) = *party;
    let at = at_minute(&actor.day, today, minute);
    let mut opening = opening(name, guests, nth, at, minutes);
    opening.rooms = rooms.get(room).copied().into_iter().collect();
    wishes.clone_into(&mut opening.wishes);
    if nth == 9 {
        (opening.source, opening.sold_by) = (Some(Source::Staff), Some("陈晓".to_owned()));
        opening.sold_dept = Some("营销部".to_owned());
    }
    let booked = at.plus_millis(-180 * MINUTE).min(now);
    let stamp = |now: Moment| Stamp { now, by };
    let Ok(done) = doing::open_booking(db, stamp(booked), actor, opening).await? else {
        return Ok(());
    };
    let Some(id) = done.bookings.first().copied() else { return Ok(()) };
    // the eighth is always late
    let came = at.plus_millis(5 * MINUTE);
    let gone = at.plus_millis(minutes * MINUTE);
    let mut steps: BTreeMap<Moment, Command> = BTreeMap::new();
    if nth != 7 {
        steps.insert(came, Command::Seat { despite: Some("demo".to_owned()) });
        steps.insert(gone, Command::Depart { bill_fen: Some(guests * 16_800) });
    }
    for (when, command) in steps.into_iter().filter(|(when, _)| *when <= now) {
        drop(doing::act(db, stamp(when), actor, id, None, command).await?);
    }
    if gone.plus_millis(30 * MINUTE) <= now
        && let Some(room) = rooms.get(room)
    {
        let ready = RoomAct::Ready(Readiness::Ready);
        drop(doing::act_on_room(db, stamp(now), actor, *room, ready).await?);
    }
    Ok(())
}

/// A large party in two rooms opened into one.
async fn together(
    db: &Db,
    actor: Actor,
    (now, by): (Moment, Option<StaffId>),
    today: NaiveDate,
    rooms: &[RoomId],
) -> Result<Option<BookingId>> {
    let at = at_minute(&actor.day, today, 18 * 60);
    let mut opening = opening("杨先生", 30, 40, at, 210);
    opening.rooms = [11, 12].iter().filter_map(|room| rooms.get(*room).copied()).collect();
    "寿宴".clone_into(&mut opening.occasion);
    let stamp = Stamp { now: at.plus_millis(-180 * MINUTE).min(now), by };
    let done = doing::open_booking(db, stamp, actor, opening).await?;
    Ok(done.ok().and_then(|done| done.bookings.first().copied()))
}

/// A company that comes every week, from next week on; one of the meetings was put later alone.
async fn meetings(
    db: &Db,
    actor: Actor,
    (now, by): (Moment, Option<StaffId>),
    today: NaiveDate,
    rooms: &[RoomId],
) -> Result<()> {
    let week =
        |k: i64, minute: i64| at_minute(&actor.day, today + chrono::TimeDelta::days(7 * k), minute);
    let mut opening = opening("星海例会", 6, 44, week(1, 12 * 60), 120);
    opening.rooms = rooms.get(2).copied().into_iter().collect();
    let at = (1..=8).map(|k| Ok(week(k, 12 * 60))).collect();
    let repeats = doing::Repeats { every: "weekly", at, choices: Choices::default() };
    let stamp = Stamp { now, by };
    let Ok(series) = doing::open_series(db, stamp, actor, opening, repeats).await? else {
        return Ok(());
    };
    if let Some(third) = series.done.bookings.get(2).copied() {
        let later = Details { starts_at: Some(week(3, 12 * 60 + 30)), ..Details::default() };
        let later = Command::Edit(Box::new(later));
        drop(doing::act(db, stamp, actor, third, None, later).await?);
    }
    Ok(())
}
