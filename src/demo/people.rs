//! Who is there on the demo's day, the roster of its week, and a directory with two people nobody is
//! told about.

use std::collections::BTreeMap;

use chrono::{Datelike as _, NaiveDate, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;

use crate::calendars::{self, Day, KeptDay};
use crate::config::Config;
use crate::db::{Db, Result, Stamp};
use crate::directory::{self, Disclosure, Draft};
use crate::kernel::{Moment, PersonId, Role, StaffId};
use crate::shifts::store::{absences, roster, signing};
use crate::shifts::{Kind, Leave, NewShift, Presence, Silent, Ticks};
use crate::staff;

const HOUR_MS: i64 = 60 * 60 * 1000;

/// Somebody of the directory: name, department, title, location, extension, mobile, level.
type Entry = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Disclosure,
);

/// Invented people without an account.
const PEOPLE: [Entry; 10] = [
    ("苏晚晴", "总经办", "总经理秘书", "18 楼 1801", "8001", "", Disclosure::Public),
    ("赵启明", "总经办", "总经理", "18 楼 1808", "8008", "13800002001", Disclosure::Restricted),
    ("钱致远", "总经办", "副总经理", "18 楼 1806", "8006", "13800002002", Disclosure::Restricted),
    ("张伟", "技术部", "网络工程师", "3 楼 305", "8105", "13800002011", Disclosure::Internal),
    ("章文静", "技术部", "系统工程师", "3 楼 306", "8106", "13800002012", Disclosure::Internal),
    ("王海燕", "财务部", "会计", "5 楼 502", "8202", "", Disclosure::Internal),
    ("刘一舟", "销售部", "客户经理", "2 楼 210", "8310", "13800002021", Disclosure::Public),
    ("陈思源", "销售部", "客户经理", "2 楼 211", "8311", "13800002022", Disclosure::Public),
    ("单小满", "行政部", "前台", "1 楼大厅", "8000", "", Disclosure::Public),
    ("曾理", "法务部", "法务顾问", "6 楼 601", "8401", "13800002031", Disclosure::Internal),
];

/// Puts today's people, the week's roster and the directory into the demo's store.
pub async fn settle(db: &Db, config: &Config, now: Moment) -> Result<()> {
    let zone = config.site.day.zone;
    let accounts: BTreeMap<Role, (StaffId, String)> = staff::store::everyone(db)
        .await?
        .into_iter()
        .filter_map(|person| Some((person.roles.iter().next()?, (person.id, person.name))))
        .collect();
    let id = |role: Role| accounts.get(&role).map(|(id, _)| *id);
    holidays(db, zone, now).await?;
    shifts(db, config, now, id).await?;
    duties(db, now, id).await?;
    people(db, now, &accounts).await
}

/// New Year, and the Saturday that is worked for it.
async fn holidays(db: &Db, zone: Tz, now: Moment) -> Result<()> {
    let year = now.utc().with_timezone(&zone).year() + 1;
    let Some(first) = NaiveDate::from_ymd_opt(year, 1, 1) else { return Ok(()) };
    let Some(house) = calendars::store::all(db).await?.into_iter().find(|kept| kept.house) else {
        return Ok(());
    };
    let closed = first.iter_days().take(3).map(|date| KeptDay {
        date,
        day: Day::Closed,
        name: "元旦".to_owned(),
    });
    let mut days: Vec<KeptDay> = closed.collect();
    let later = first.iter_days().skip(3).find(|date| date.weekday() == chrono::Weekday::Sat);
    days.extend(later.map(|date| KeptDay {
        date,
        day: Day::Like(chrono::Weekday::Mon),
        name: "元旦调休".to_owned(),
    }));
    calendars::store::put_days(db, Stamp { now, by: None }, house.id, days).await
}

/// The roster of seven days from yesterday on.
async fn shifts(
    db: &Db,
    config: &Config,
    now: Moment,
    id: impl Fn(Role) -> Option<StaffId>,
) -> Result<()> {
    let zone = config.site.day.zone;
    let today = now.utc().with_timezone(&zone).date_naive();
    let line = |index: usize| config.hotlines.get(index).map(|line| line.number.clone());
    let at = |date: NaiveDate, hour: u32| {
        let local = date.and_time(NaiveTime::from_hms_opt(hour, 0, 0)?);
        Some(Moment::from(zone.from_local_datetime(&local).earliest()?.to_utc()))
    };
    let plan = [
        (Role::Operator, None, Kind::Duty, 1, 9, 18),
        (Role::Supervisor, line(1), Kind::Duty, 1, 13, 21),
        (Role::Engineer, None, Kind::OnCall, 1, 18, 9),
        (Role::Manager, None, Kind::OnCall, 2, 18, 9),
    ];
    for day in -1..6 {
        let date = today + TimeDelta::days(day);
        for (role, hotline, kind, rank, from, to) in &plan {
            let end = if to <= from { date + TimeDelta::days(1) } else { date };
            let (Some(staff), Some(from), Some(to)) = (id(*role), at(date, *from), at(end, *to))
            else {
                continue;
            };
            let (role, hotline, kind, rank) = (*role, hotline.clone(), *kind, *rank);
            let shift = NewShift { staff, role, hotline, kind, rank, from, to };
            roster::add(db, Stamp { now, by: None }, shift).await?;
        }
    }
    Ok(())
}

/// Who is on duty now: the operator checked, the supervisor unchecked, the greeter shows a room.
async fn duties(db: &Db, now: Moment, id: impl Fn(Role) -> Option<StaffId>) -> Result<()> {
    let ticks = Ticks { rested: true, dressed: true, voiced: true };
    let began = Stamp { now: now.plus_millis(-2 * HOUR_MS), by: None };
    for (role, ticks) in [
        (Role::Operator, Some(ticks)),
        (Role::Supervisor, None),
        (Role::Greeter, Some(ticks)),
        (Role::Engineer, Some(ticks)),
    ] {
        if let Some(staff) = id(role) {
            signing::sign_on(db, Stamp { by: Some(staff), ..began }, staff, ticks).await?;
        }
    }
    let tells: std::sync::Arc<dyn crate::shifts::Tells> = std::sync::Arc::new(Silent);
    let left = now.plus_millis(-HOUR_MS / 10);
    for (role, state, reason, place) in [
        (Role::Greeter, Presence::Away, "带看", "A5"),
        (Role::Engineer, Presence::Out, "上门维修", "河西物流园"),
    ] {
        let Some(staff) = id(role) else { continue };
        let leave = Leave {
            state,
            reason: Some(reason.to_owned()),
            place: Some(place.to_owned()),
            until: Some(now.plus_millis(HOUR_MS / 4)),
            stand_in: None,
        };
        let stamp = Stamp { now: left, by: Some(staff) };
        absences::leave(db, stamp, &tells, staff, leave).await?;
    }
    Ok(())
}

/// Everyone of the directory: those with an account first.
async fn people(db: &Db, now: Moment, accounts: &BTreeMap<Role, (StaffId, String)>) -> Result<()> {
    let stamp = Stamp { now, by: None };
    for (role, (id, name)) in accounts.iter().filter(|(role, _)| **role != Role::Wallboard) {
        let (department, title) = match role {
            Role::Operator => ("客服部", "接线员"),
            Role::Supervisor => ("客服部", "领班"),
            Role::Engineer => ("技术部", "现场工程师"),
            Role::Greeter => ("营业部", "咨客"),
            Role::Manager => ("营业部", "营业经理"),
            Role::Head => ("客服部", "部门主管"),
            Role::Finance => ("财务部", "出纳"),
            Role::Admin | Role::Wallboard => ("技术部", "系统管理员"),
        };
        let entry = (name.as_str(), department, title, "2 楼", "", "", Disclosure::Internal);
        let draft = Draft { staff: Some(*id), ..draft(entry) };
        directory::store::add(db, stamp, draft).await?;
    }
    let mut secretary: Option<PersonId> = None;
    for entry in PEOPLE {
        let draft = draft(entry);
        let restricted = draft.disclosure == Disclosure::Restricted;
        let draft = Draft { secretary: secretary.filter(|_| restricted), ..draft };
        let id = directory::store::add(db, stamp, draft).await?;
        secretary = secretary.or(Some(id));
    }
    Ok(())
}

fn draft(entry: (&str, &str, &str, &str, &str, &str, Disclosure)) -> Draft {
    let (name, department, title, location, extension, mobile, disclosure) = entry;
    let maybe = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Draft {
        name: name.to_owned(),
        department: department.to_owned(),
        title: title.to_owned(),
        location: location.to_owned(),
        extension: maybe(extension),
        phone: None,
        mobile: maybe(mobile),
        email: None,
        note: None,
        disclosure,
        secretary: None,
        deputy: None,
        staff: None,
    }
}
