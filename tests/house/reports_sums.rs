//! The sums say what the calls say: whatever happens to calls, late or early, summed by months, by
//! days, added one by one or read call by call. And call-backs, owed and kept, with their calls.

use std::collections::BTreeMap;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use switchboard::calls::Figure;
use switchboard::calls::missed::CallBack;
use switchboard::calls::store::Filter;
use switchboard::db::{Db, Stamp};
use switchboard::kernel::{Moment, StaffId};
use switchboard::reports::{self, By, Period, store as sums};

use super::kit;
use super::line::{at, person};
use super::reports::{get, ids};
use super::reports_made::{change, made, nanjing, put};
use super::stage::Stage;

/// Everything a scope says, for comparing two ways of counting.
async fn told(db: &Db, people: &[StaffId]) -> Vec<String> {
    let date = |text: &str| text.parse().unwrap();
    // October is a whole month, November is not over
    let period = Period { name: "custom", from: date("2026-09-28"), to: date("2026-11-23") };
    let mut all = Vec::new();
    for hotline in [None, Some("4008001234".to_owned())] {
        for person in [None, people.first().copied()] {
            let scope = sums::Scope { period, hotline: hotline.clone(), person };
            let cuts = [By::Hour, By::Weekday, By::Day, By::Week, By::Month, By::Hotline];
            let fresh = sums::fresh(db, &scope, period.from, period.to).await.unwrap();
            for cut in cuts
                .into_iter()
                .flat_map(|by| [[by, By::Person], [by, By::Nothing], [By::Weekday, by]])
                .chain([[By::Day, By::Hour]])
            {
                let tallies = sums::tallies(db, &scope, &fresh, cut).await.unwrap();
                let filled: Vec<_> = tallies.iter().filter(|(_, tally)| tally.seen > 0).collect();
                all.push(format!("{hotline:?} {person:?} {cut:?} {filled:?}"));
            }
            all.push(format!("{:?}", sums::clocks(db, &scope, &fresh).await.unwrap()));
            some_figures_are_as_all_say(db, &scope, &fresh).await;
            hours_of_days_are_as_all_say(db, &scope, &fresh).await;
            // a time after which more came: its last month is not read as one
            let earlier = scope.over(Period { to: date("2026-11-10"), ..period });
            let persons = [By::Person, By::Nothing];
            let tallies = sums::tallies(db, &earlier, &fresh, persons).await.unwrap();
            let filled: Vec<_> = tallies.iter().filter(|(_, tally)| tally.seen > 0).collect();
            all.push(format!("until the tenth {filled:?}"));
            all.push(format!("{:?}", sums::clocks(db, &earlier, &fresh).await.unwrap()));
        }
        let counted = sums::call_backs(db, &period, hotline.as_deref()).await.unwrap();
        all.push(format!("{hotline:?} {counted:?}"));
    }
    all
}

/// Whoever reads a few figures alone is told the same of them.
async fn some_figures_are_as_all_say(db: &Db, scope: &sums::Scope, fresh: &sums::Fresh) {
    for cut in [
        [By::Weekday, By::Hour],
        [By::Person, By::Hour],
        [By::Person, By::Weekday],
        [By::Day, By::Hour],
        [By::Month, By::Person],
        [By::Week, By::Weekday],
    ] {
        let all = sums::tallies(db, scope, fresh, cut).await.unwrap();
        for which in
            [sums::Which::Outcomes, sums::Which::Ends, sums::Which::Manners, sums::Which::Causes]
        {
            let some = sums::some_tallies(db, scope, fresh, cut, which).await.unwrap();
            assert!(some.keys().eq(all.keys()), "{cut:?} {which:?}");
            let those = Figure::ALL.iter().filter(|figure| sums::Which::of(**figure) == which);
            for figure in those {
                for (key, tally) in &all {
                    assert_eq!(some[key].of(*figure), tally.of(*figure), "{cut:?} {figure:?}");
                }
            }
        }
    }
}

/// A figure that is read alone, by days and hours, is the same as well; a day or an hour without one is nowhere.
async fn hours_of_days_are_as_all_say(db: &Db, scope: &sums::Scope, fresh: &sums::Fresh) {
    let everybodys = sums::Scope { person: None, ..scope.clone() };
    if everybodys != *scope {
        return;
    }
    let all = sums::tallies(db, scope, fresh, [By::Day, By::Hour]).await.unwrap();
    // which sums make which figure is compared where it is written
    for figure in [Figure::Presented, Figure::Patient, Figure::Excluded, Figure::WhyBusy] {
        let mut expected = BTreeMap::<String, sums::Hours>::new();
        for ((day, hour), tally) in &all {
            let hours = expected.entry(day.clone()).or_default();
            hours[hour.parse::<usize>().unwrap()] += tally.of(figure);
        }
        let told = sums::day_hours(db, scope, figure).await.unwrap();
        assert_eq!(told, expected, "{figure:?}");
    }
}

/// The half hours that staffing stands on, of all hotlines and of one.
async fn halves(db: &Db) -> Vec<sums::Half> {
    let date = |text: &str| text.parse().unwrap();
    let period = Period { name: "custom", from: date("2026-09-28"), to: date("2026-11-23") };
    let mut all = sums::halves(db, &period, None, 0).await.unwrap();
    all.extend(sums::halves(db, &period, Some("4008001234"), 0).await.unwrap());
    all.retain(|half| half.arrivals > 0);
    assert!(!all.is_empty(), "calls came in some half hour");
    all
}

/// Something that happens to a call after it was written, early or late.
fn happens(chance: &mut StdRng, id: i64, people: &[StaffId], round: usize) -> Vec<String> {
    let day = chance.random_range(1..9);
    match chance.random_range(0..14) {
        // the house was deaf, as is known later; or it was not
        0 => vec![format!("UPDATE calls SET excluded = 'outage' WHERE id = {id}")],
        1 => vec![format!("UPDATE calls SET excluded = 'test' WHERE id = {id}")],
        2 => vec![format!("UPDATE calls SET excluded = NULL WHERE id = {id}")],
        3 => vec![format!(
            "UPDATE calls SET answered_staff = {} WHERE id = {id} AND answered_at IS NOT NULL",
            people[1]
        )],
        4 => vec![format!(
            "UPDATE calls SET business_date = '2026-11-0{day}', local_hour = 3 WHERE id = {id}"
        )],
        // the reason is recorded later: a telephone that was busy, a colleague who fetched it
        5 => vec![format!(
            "INSERT INTO call_legs (call_id, leg, kind, extension, offered_at, ending) \
             SELECT c.id, 'late {round} {id} {day}', 'position', '802', c.offered_at, 'busy' FROM calls c WHERE c.id = {id} \
             AND NOT EXISTS (SELECT 1 FROM call_legs l WHERE l.leg = 'late {round} {id} {day}')"
        )],
        6 => vec![format!(
            "UPDATE call_legs SET ending = 'unreachable', kind = 'extension' WHERE call_id = {id}"
        )],
        7 => vec![format!("DELETE FROM call_legs WHERE call_id = {id}")],
        // who was talking then is known better
        8 => vec![format!(
            "UPDATE calls SET ended_at = ended_at + 900000, end_seen = TRUE WHERE id = {id} AND ended_at IS NOT NULL"
        )],
        // a live call is over
        9 => vec![format!(
            "UPDATE calls SET state = 'ended', outcome = 'abandoned', ended_at = offered_at + 9000 WHERE id = {id} AND state <> 'ended'"
        )],
        // the person is taken out of the call
        10 => vec![format!(
            "UPDATE calls SET caller_number = NULL, caller_reversed = NULL, notes = '' WHERE id = {id}"
        )],
        // a mirror that lagged shows which telephone rang first
        12 => vec![format!("UPDATE calls SET evidence = 'position_180' WHERE id = {id}")],
        11 => owed(id, chance.random_range(0..2) * 1_000),
        _ => vec![
            format!(
                "UPDATE missed_debts SET closed_at = 500, closed_how = 'called_back' WHERE id = {id} AND closed_at IS NULL"
            ),
            format!("UPDATE follow_ups SET due_at = due_at + 500 WHERE id = {}", id + 1),
        ],
    }
}

/// The call is owed a call back until a moment; the debt has the call's number.
pub(crate) fn owed(id: i64, due: i64) -> Vec<String> {
    let new = format!("WHERE NOT EXISTS (SELECT 1 FROM missed_debts d WHERE d.id = {id})");
    let found =
        format!("WHERE NOT EXISTS (SELECT 1 FROM missed_debt_calls d WHERE d.call_id = {id})");
    vec![
        format!(
            "INSERT INTO follow_ups (id, kind, about, state, assignee_role, opened_at, due_at, ladder) \
             SELECT {id}, 'missed_call', 'calls/{id}', 'open', 'operator', 0, {due}, '[]' {new}"
        ),
        format!(
            "INSERT INTO missed_debts (id, number, follow_up_id, calls, first_call, last_call, first_at, last_at) \
             SELECT {id}, '+86138{id:08}', {id}, 1, {id}, {id}, 0, 0 {new}"
        ),
        format!("INSERT INTO missed_debt_calls (call_id, debt_id) SELECT {id}, {id} {found}"),
    ]
}

#[tokio::test]
async fn sums_are_the_calls_whatever_happens_to_them() {
    for fresh in kit::stores().await {
        let people =
            [person(&fresh.db, "li", "李红").await, person(&fresh.db, "chen", "陈晨").await];
        let stamp = Stamp { now: at(0), by: None };
        for seed in [77, 78] {
            let mut chance = StdRng::seed_from_u64(seed);
            let first = i64::try_from(seed - 77).unwrap() * 400;
            let mut calls = made(seed, 400, 55, at(0), &people);
            for call in &mut calls {
                call.id += first;
            }
            put(&fresh.db, &calls[..300]).await;
            for round in 0..6 {
                for _ in 0..chance.random_range(2..8) {
                    let id = first + chance.random_range(1..=300);
                    change(&fresh.db, happens(&mut chance, id, &people, round)).await;
                }
                let more = 300 + round * 10;
                put(&fresh.db, &calls[more..more + 10]).await;
                // some new calls are added, some days are summed, some stay as they are
                if chance.random_range(0..3) > 0 {
                    let few = chance.random_range(1..200);
                    sums::add_new(&fresh.db, stamp, at(0), few, 0).await.unwrap();
                }
                if chance.random_range(0..3) > 0 {
                    for date in sums::marked(&fresh.db, 20).await.unwrap() {
                        sums::sum_day(&fresh.db, stamp, date, 0).await.unwrap();
                    }
                }
                let mixed = told(&fresh.db, &people).await;
                if round % 3 == 1 {
                    reports::sum_marked(&fresh.db, &nanjing(), at(0)).await.unwrap();
                    assert_eq!(told(&fresh.db, &people).await, mixed, "round {round}: all renewed");
                    let added = halves(&fresh.db).await;
                    sums::mark_all(&fresh.db, stamp).await.unwrap();
                    reports::sum_marked(&fresh.db, &nanjing(), at(0)).await.unwrap();
                    assert_eq!(halves(&fresh.db).await, added, "round {round}: half hours anew");
                }
                if round % 3 == 2 {
                    sums::mark_all(&fresh.db, stamp).await.unwrap();
                    let raw = told(&fresh.db, &people).await;
                    assert_eq!(mixed, raw, "round {round}: some summed, some added, some not");
                    reports::sum_marked(&fresh.db, &nanjing(), at(0)).await.unwrap();
                    assert_eq!(told(&fresh.db, &people).await, raw, "round {round}: summed anew");
                }
            }
        }
    }
}

#[tokio::test]
async fn call_backs_are_counted_by_what_became_of_them_and_are_links_to_their_calls() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let calls = made(31, 400, 20, at(0), &[stage.li, stage.chen]);
        put(&fresh.db, &calls).await;
        let missed = calls.iter().filter(|call| call.is("unserved", &calls)).take(10);
        let missed: Vec<i64> = missed.map(|call| call.id).collect();
        for &id in &missed {
            change(&fresh.db, owed(id, 1_000)).await;
        }
        // three in time, two late, one let be, one a test, three still open
        for (place, &id) in missed.iter().enumerate() {
            let (at, how) = match place {
                0..3 => (1_000, "called_again"),
                3..5 => (1_001, "called_back"),
                5 => (10, "by_hand"),
                6 => (10, "was_test"),
                _ => continue,
            };
            let row = format!(
                "UPDATE missed_debts SET closed_at = {at}, closed_how = '{how}' WHERE id = {id}"
            );
            change(&fresh.db, vec![row]).await;
        }
        let days = "from=2026-11-01&to=2026-11-23";
        let report = get(&stage, &format!("/reports/answering?{days}")).await;
        let expected = json!({ "owed": 9, "kept": 3, "kept_late": 2, "open": 3, "waived": 1 });
        assert_eq!(report["call_backs"], expected);
        let behind = [
            (CallBack::Kept, &missed[..3]),
            (CallBack::KeptLate, &missed[3..5]),
            (CallBack::Waived, &missed[5..6]),
            (CallBack::Open, &missed[7..]),
        ];
        for (call_back, mut expected) in behind.map(|(one, ids)| (one, ids.to_vec())) {
            let filter = Filter { call_back: Some(call_back), ..Filter::default() };
            expected.sort_unstable();
            assert_eq!(ids(&fresh.db, &filter).await, expected, "{call_back:?}");
            for hour in 0..24 {
                let of_hour = |id: &&i64| calls.iter().any(|c| c.id == **id && c.hour == hour);
                let expected: Vec<i64> = expected.iter().filter(of_hour).copied().collect();
                let filter = Filter { hour: Some(hour), ..filter.clone() };
                assert_eq!(ids(&fresh.db, &filter).await, expected, "{call_back:?} at {hour}");
            }
            let listed =
                get(&stage, &format!("/calls?{days}&call_back={}", call_back.word())).await;
            assert_eq!(listed["items"].as_array().unwrap().len(), expected.len());
        }
        let of_person =
            get(&stage, &format!("/reports/answering?{days}&person={}", stage.li)).await;
        assert_eq!(of_person["call_backs"], json!(null), "nobody in particular missed them");
    }
}

#[tokio::test]
async fn a_call_whose_end_nobody_saw_is_left_alone_as_long_as_any_other() {
    for fresh in kit::stores().await {
        let people = [person(&fresh.db, "li", "李红").await];
        let mut calls = made(5, 40, 3, at(0), &people);
        calls.retain(|call| call.answered.is_some());
        calls.truncate(1);
        // a member of the ring group hears that somebody answered, and nothing after it
        calls[0].ended = None;
        let answered = calls[0].answered.unwrap();
        put(&fresh.db, &calls).await;
        let settled =
            async |millis| sums::any_new(&fresh.db, Moment::from_millis(millis)).await.unwrap();
        assert!(!settled(answered - 1).await, "it may still be learnt who answered");
        assert!(settled(answered).await);
    }
}
