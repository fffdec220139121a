//! Working time: against a clock that looks at every minute, and as the people who set it.

use std::sync::Arc;

use axum::http::{StatusCode, header};
use chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use proptest::prelude::*;
use serde_json::json;
use switchboard::calendars::{self, Calendar, Day, Days, Weekly, Window, read_week, store};
use switchboard::kernel::Moment;

use super::book_kit::{hotline, hours, rules};
use super::desk::{Desk, json as ask_json, page, write};
use super::kit;

const MINUTE_MS: i64 = 60_000;

/// Zones whose clocks change by an hour, by half of one, at midnight, or never; the day is near a
/// change.
const NIGHTS: [(Tz, i32, u32, u32); 8] = [
    (chrono_tz::Asia::Shanghai, 2026, 11, 23),
    (chrono_tz::Europe::Berlin, 2026, 3, 29),
    (chrono_tz::Europe::Berlin, 2026, 10, 25),
    (chrono_tz::America::New_York, 2026, 11, 1),
    (chrono_tz::Australia::Lord_Howe, 2026, 4, 5),
    (chrono_tz::Australia::Lord_Howe, 2026, 10, 4),
    (chrono_tz::Africa::Cairo, 2026, 4, 24),
    (chrono_tz::Africa::Cairo, 2026, 10, 30),
];

const WEEK: [Weekday; 7] = [
    Weekday::Mon,
    Weekday::Tue,
    Weekday::Wed,
    Weekday::Thu,
    Weekday::Fri,
    Weekday::Sat,
    Weekday::Sun,
];

fn time(minutes: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(minutes / 60 % 24, minutes % 60, 0).unwrap()
}

fn at(text: &str) -> Moment {
    Moment::parse_rfc3339(text).unwrap()
}

/// What is open, told the plain way: is the wall's clock inside a window of today or of yesterday?
#[derive(Debug)]
struct Oracle {
    zone: Tz,
    week: Vec<(Weekday, Window)>,
    days: Days,
}

impl Oracle {
    fn windows(&self, date: NaiveDate) -> Vec<Window> {
        let of = |day: Weekday| {
            self.week.iter().filter(|(on, _)| *on == day).map(|(_, window)| *window).collect()
        };
        match self.days.get(&date) {
            Some(Day::Closed) => Vec::new(),
            Some(Day::Like(day)) => of(*day),
            Some(Day::Open(windows)) => windows.clone(),
            None => of(date.weekday()),
        }
    }

    fn is_open(&self, at: Moment) -> bool {
        let wall: NaiveDateTime = at.utc().with_timezone(&self.zone).naive_local();
        let today = self.windows(wall.date()).into_iter().any(|window| {
            window.from <= wall.time() && (window.to <= window.from || wall.time() < window.to)
        });
        let eve = wall.date() - TimeDelta::days(1);
        let night = self
            .windows(eve)
            .into_iter()
            .any(|window| window.to <= window.from && wall.time() < window.to);
        today || night
    }

    fn working(&self, from: Moment, minutes: i64) -> i64 {
        let open = |minute: &i64| self.is_open(from.plus_millis(minute * MINUTE_MS));
        i64::try_from((0..minutes).filter(open).count()).unwrap() * MINUTE_MS
    }

    fn calendar(&self) -> Calendar {
        let mut weekly = Weekly::default();
        for (day, window) in &self.week {
            weekly.add(*day, *window);
        }
        Calendar::new(self.zone, weekly, self.days.clone())
    }
}

#[test]
fn every_choice_of_weekdays_counts_as_the_minutes_do() {
    let windows = [(540, 720), (780, 1080), (1320, 120)];
    let windows = windows.map(|(from, to)| Window { from: time(from), to: time(to) });
    for choice in 1_u8..128 {
        let held = WEEK.iter().enumerate().filter(|(place, _)| choice & (1 << place) != 0);
        let week = held.flat_map(|(_, day)| windows.map(|window| (*day, window))).collect();
        let oracle = Oracle { zone: chrono_tz::Europe::Berlin, week, days: Days::new() };
        let calendar = oracle.calendar();
        // nine days over the end of the summer's clock
        let from = at("2026-10-21T00:00:00+02:00");
        let mut worked = 0;
        for day in 0..9 {
            let begin = from.plus_millis(day * 1440 * MINUTE_MS);
            worked += oracle.working(begin, 1440);
            let end = begin.plus_millis(1440 * MINUTE_MS);
            assert_eq!(calendar.working_ms_between(from, end), worked, "{choice:07b}, day {day}");
        }
        let deadline = calendar.add_working(from, worked).unwrap();
        assert_eq!(calendar.working_ms_between(from, deadline), worked, "{choice:07b}");
        assert!(calendar.working_ms_between(from, deadline.plus_millis(-1)) < worked);
    }
}

prop_compose! {
    fn windows()(windows in prop::collection::vec((0_u32..96, 0_u32..96), 0..4)) -> Vec<Window> {
        windows.into_iter().map(|(from, to)| Window { from: time(from * 15), to: time(to * 15) }).collect()
    }
}

fn a_day() -> impl Strategy<Value = Day> {
    prop_oneof![
        Just(Day::Closed),
        prop::sample::select(WEEK.to_vec()).prop_map(Day::Like),
        windows().prop_map(Day::Open),
    ]
}

prop_compose! {
    fn oracle()(
        night in prop::sample::select(NIGHTS.to_vec()),
        week in prop::collection::vec((prop::sample::select(WEEK.to_vec()), windows()), 0..9),
        days in prop::collection::vec((-3_i64..5, a_day()), 0..4),
    ) -> (Oracle, Moment) {
        let (zone, year, month, day) = night;
        let middle = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        let days = days.into_iter().map(|(off, day)| (middle + TimeDelta::days(off), day)).collect();
        let week = week.into_iter().flat_map(|(day, windows)| windows.into_iter().map(move |one| (day, one))).collect();
        let noon = middle.and_hms_opt(12, 0, 0).unwrap().and_utc();
        (Oracle { zone, week, days }, Moment::from(noon - TimeDelta::days(2)))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn working_time_is_what_the_minutes_say((oracle, from) in oracle(), begin in 0_i64..2880, length in 0_i64..4000, goal in 1_i64..6000) {
        let calendar = oracle.calendar();
        let from = from.plus_millis(begin * MINUTE_MS);
        let to = from.plus_millis(length * MINUTE_MS);
        let worked = calendar.working_ms_between(from, to);
        prop_assert_eq!(worked, oracle.working(from, length));
        prop_assert_eq!(calendar.is_open(from), oracle.is_open(from));
        let parts = calendar.open_between(from, to);
        prop_assert!(parts.windows(2).all(|pair| pair[0].to < pair[1].from), "in order, apart");

        let goal = goal * 7_013;
        if let Some(deadline) = calendar.add_working(from, goal) {
            prop_assert_eq!(calendar.working_ms_between(from, deadline), goal, "elapsed is the goal");
            prop_assert!(calendar.working_ms_between(from, deadline.plus_millis(-1)) < goal, "and no later");
            // a pause of so much working time moves the deadline by exactly that
            if let Some(paused) = calendar.add_working(from, goal + worked) {
                prop_assert_eq!(calendar.working_ms_between(deadline, paused), worked);
            }
        }
        if let Some(change) = calendar.next_change(from) {
            prop_assert!(change > from);
            prop_assert!(calendar.is_open(change) != calendar.is_open(change.plus_millis(-1)));
            prop_assert_eq!(calendar.is_open(from), calendar.is_open(change.plus_millis(-1)));
        }
    }
}

#[test]
fn a_goal_that_never_comes_is_said_to_never_come() {
    let zone = chrono_tz::Asia::Shanghai;
    let never = Calendar::new(zone, Weekly::default(), Days::new());
    let now = at("2026-11-23T10:00:00+08:00");
    assert_eq!(never.add_working(now, 1), None);
    assert_eq!(never.next_change(now), None);
    assert_eq!(Calendar::always(zone).next_change(now), None);
    assert_eq!(Calendar::always(zone).add_working(now, 90_000), Some(now.plus_millis(90_000)));
    assert_eq!(never.working_ms_between(now, now.plus_millis(-5)), 0);
    let far = Moment::from_millis(i64::MAX);
    assert_eq!(never.open_between(far, far), Vec::new(), "and no moment is too far");
}

#[test]
fn a_holiday_closes_a_hotline_and_an_extra_day_opens_it() {
    let mut line = hotline("4008001234");
    line.hours = vec![hours("Mon-Fri 09:00-12:00"), hours("Mon-Fri 22:00-02:00")];
    let round_the_clock = hotline("4008005678");
    let mut rules = rules(&[line, round_the_clock]);
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let days: Days = [
        (date("2026-10-01"), Day::Closed),
        (date("2026-10-10"), Day::Like(Weekday::Thu)),
        (date("2026-10-11"), Day::Open(vec![Window { from: time(600), to: time(660) }])),
    ]
    .into();
    let holiday = at("2026-10-01T10:00:00+08:00");
    assert!(rules.is_open(Some(0), holiday), "a Thursday, as far as is known");
    rules.observe(&Arc::new(days));
    assert!(!rules.is_open(Some(0), holiday));
    assert!(rules.is_open(Some(0), at("2026-10-01T01:00:00+08:00")), "the night of the eve");
    assert!(rules.is_open(Some(0), at("2026-10-10T09:30:00+08:00")), "a Saturday worked");
    assert!(rules.is_open(Some(0), at("2026-10-11T10:30:00+08:00")));
    assert!(!rules.is_open(Some(0), at("2026-10-11T09:30:00+08:00")));
    assert!(rules.is_open(Some(1), holiday), "without hours it is always open");
}

#[tokio::test]
async fn the_head_sets_holidays_and_everyone_else_looks() {
    for fresh in kit::stores().await {
        let desk = Desk::with(&fresh.db, calendars::routes());
        let (head, supervisor) = (desk.token("head").await, desk.token("supervisor").await);
        let operator = desk.token("operator").await;
        let list = desk.ask(ask_json("/admin/calendars").header(header::AUTHORIZATION, &head));
        let list = list.await.json();
        let house = &list["items"][0];
        assert_eq!(house["house"], true);
        assert_eq!(house["weekly"], json!(["Mon-Fri 09:00-12:00", "Mon-Fri 13:00-18:00"]));
        let address = format!("/admin/calendars/{}", house["id"]);
        let days = format!("{address}/days");

        let holidays =
            json!({"from": "2026-10-01", "to": "2026-10-07", "kind": "closed", "name": "国庆"});
        let refused = desk.ask(write(&days, &supervisor, &holidays)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let put = desk.ask(write(&days, &head, &holidays)).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.body);
        let worked = json!({"from": "2026-10-10", "kind": "open", "like": "周四", "name": "调休"});
        assert_eq!(desk.ask(write(&days, &head, &worked)).await.status, StatusCode::OK);
        let wrong = json!({"from": "2026-10-10", "to": "2026-10-01", "kind": "open"});
        let wrong = desk.ask(write(&days, &head, &wrong)).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.json()["fields"]["to"].is_string(), "{}", wrong.body);

        let zone = chrono_tz::Asia::Shanghai;
        let house = store::house(&fresh.db, zone).await.unwrap();
        assert!(!house.is_open(at("2026-10-05T10:00:00+08:00")));
        assert!(house.is_open(at("2026-10-10T10:00:00+08:00")));
        // the week before the holidays, the goal lands on the worked Saturday
        let friday = at("2026-10-09T17:00:00+08:00");
        let due = house.add_working(friday, 2 * 60 * MINUTE_MS);
        assert_eq!(due, Some(at("2026-10-10T10:00:00+08:00")));

        let shown = desk.ask(ask_json(&address).header(header::AUTHORIZATION, &supervisor)).await;
        let shown = shown.json();
        assert_eq!(shown["days"][7]["like"], "Thu");
        assert_eq!(shown["version"], 3);
        let looked = desk.ask(page(&address).header(header::AUTHORIZATION, &operator)).await;
        assert_eq!(looked.status, StatusCode::FORBIDDEN);

        let again = desk.ask(
            ask_json(&format!("{days}/2026-10-10"))
                .method("DELETE")
                .header(header::AUTHORIZATION, &head),
        );
        assert_eq!(again.await.status, StatusCode::OK);
        let house = store::house(&fresh.db, zone).await.unwrap();
        assert!(!house.is_open(at("2026-10-10T10:00:00+08:00")));
        assert!(desk.journal().await.iter().any(|line| line.ends_with(" days")));
    }
}

#[tokio::test]
async fn a_contract_has_a_calendar_of_its_own_that_takes_the_holidays_or_not() {
    for fresh in kit::stores().await {
        let desk = Desk::with(&fresh.db, calendars::routes());
        let admin = desk.token("admin").await;
        let add = async |name: &str, weekly: &str, house_days: bool| {
            let body = json!({"name": name, "weekly": weekly, "house_days": house_days});
            desk.ask(write("/admin/calendars", &admin, &body)).await
        };
        let made = add("白金合同", "周一至周日 08:00-20:00", true).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        let made = made.json();
        assert_eq!(made["weekly"], json!(["Mon-Sun 08:00-20:00"]));
        let hard = add("全年无休", "00:00-24:00", false).await.json();
        let twice = add("全年无休", "", false).await;
        assert!(twice.json()["fields"]["name"].is_string());
        let wrong = add("x", "nine to five", false).await;
        assert!(wrong.json()["fields"]["weekly"].as_str().unwrap().contains("nine to five"));

        let house = store::all(&fresh.db).await.unwrap()[0].id;
        let day = json!({"from": "2026-10-01", "kind": "closed"});
        let put = desk.ask(write(&format!("/admin/calendars/{house}/days"), &admin, &day)).await;
        assert_eq!(put.status, StatusCode::OK);
        let noon = at("2026-10-01T12:00:00+08:00");
        for (kept, open) in [(&made, false), (&hard, true)] {
            let id = serde_json::from_value(kept["id"].clone()).unwrap();
            let zone = chrono_tz::Asia::Shanghai;
            let calendar = store::calendar(&fresh.db, id, zone).await.unwrap().unwrap();
            assert_eq!(calendar.is_open(noon), open, "{kept}");
        }

        let address = format!("/admin/calendars/{}", made["id"]);
        let edit = async |version: i64| {
            let body = json!({"version": version, "name": "白金", "weekly": "09:00-10:00"});
            desk.ask(write(&address, &admin, &body)).await
        };
        assert_eq!(edit(1).await.status, StatusCode::OK);
        assert_eq!(edit(1).await.status, StatusCode::CONFLICT, "somebody was faster");
        let week = read_week("09:00-10:00").unwrap();
        assert_eq!(store::all(&fresh.db).await.unwrap()[2].weekly, week);
    }
}
