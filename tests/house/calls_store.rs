//! The call log: asked, filtered, paged, written upon by people.

use std::collections::BTreeSet;

use switchboard::calls::store::{self, CallerFilter, Filter};
use switchboard::calls::{DeskError, Excluded, Outcome, Refusal, State};
use switchboard::db::{Db, Error, Sql, Stamp};
use switchboard::kernel::{CallId, Moment, StaffId};

use super::kit;
use super::line::{House, at, offer, person};

/// Calls of four callers on two hotlines, one a minute; every fifth answered, the last rings.
async fn five_hundred(db: &Db) -> House {
    let house = House::open(db).await;
    for n in 0..500 {
        // two at the same moment, so that a page cannot go by time alone
        let begin = i64::from(n / 2) * 60_000;
        let hotline = if n % 3 == 0 { "4008005678" } else { "4008001234" };
        let caller = format!("1380000{:04}", n % 4);
        let leg = format!("c{n}");
        house.ring_as(&leg, begin, offer(&caller, &format!("客人{n}"), hotline)).await;
        if n % 5 == 0 {
            house.answered(&leg, begin + 8_000).await;
        } else if n < 499 {
            house.left(&leg, begin + 6_000).await;
        }
    }
    house.settle(250 * 60_000).await;
    house
}

/// Every call of a filter, page by page.
async fn walk(db: &Db, filter: &Filter, limit: usize) -> Vec<CallId> {
    let mut ids = Vec::new();
    let mut after = None;
    loop {
        let page = store::page(db, filter, limit, after).await.unwrap();
        assert!(page.items.len() <= limit);
        let newest_first = |a: &(Moment, CallId), b: &(Moment, CallId)| a > b;
        let order: Vec<_> = page.items.iter().map(|call| (call.offered_at, call.id)).collect();
        assert!(order.is_sorted_by(newest_first));
        ids.extend(page.items.iter().map(|call| call.id));
        match page.next {
            Some(next) => after = Some(next),
            None => return ids,
        }
    }
}

fn distinct(ids: &[CallId]) -> usize {
    ids.iter().collect::<BTreeSet<_>>().len()
}

#[tokio::test]
async fn paging_gives_every_call_exactly_once_whatever_the_filter() {
    for fresh in kit::stores().await {
        let house = five_hundred(&fresh.db).await;
        let db = &fresh.db;
        for limit in [1, 7, 50, 200] {
            let ids = walk(db, &Filter::default(), limit).await;
            assert_eq!((ids.len(), distinct(&ids)), (500, 500), "pages of {limit}");
        }
        let check = async |filter: Filter, expected: usize| {
            let ids = walk(db, &filter, 30).await;
            assert_eq!((ids.len(), distinct(&ids)), (expected, expected), "{filter:?}");
        };
        let all = Filter::default;
        let hotline = |number: &str| Some(number.to_owned());
        check(Filter { hotline: hotline("4008005678"), ..all() }, 167).await;
        check(Filter { hotline: hotline("1"), ..all() }, 0).await;
        check(Filter { outcome: Some(Outcome::Met), ..all() }, 100).await;
        check(Filter { state: Some(State::Ringing), ..all() }, 1).await;
        check(Filter { state: Some(State::Ended), ..all() }, 499).await;
        check(Filter { from: Some(at(60_000)), to: Some(at(180_000)), ..all() }, 4).await;
        check(Filter { caller: CallerFilter::read("138 0000 0003"), ..all() }, 125).await;
        check(Filter { caller: CallerFilter::read("0003"), ..all() }, 125).await;
        check(Filter { caller: CallerFilter::read("9999"), ..all() }, 0).await;
        check(Filter { q: Some("0002".into()), ..all() }, 125).await;
        check(Filter { q: Some("客人49".into()), ..all() }, 11).await;
        check(Filter { q: Some("客人７".into()), outcome: Some(Outcome::Met), ..all() }, 2).await;
        check(Filter { staff: Some(StaffId(99)), ..all() }, 0).await;
        house.stop().await;
    }
}

#[tokio::test]
async fn a_chinese_word_of_two_characters_is_found_in_names_and_notes() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring_as("a", 0, offer("13800000001", "欧阳先生", "4008001234")).await;
        house.ring_as("b", 10, offer("13800000002", "王阳", "4008001234")).await;
        house.ring_as("c", 20, offer("13800000003", "", "4008001234")).await;
        house.settle(20).await;
        let stamp = Stamp { now: at(20), by: None };
        let desk = house.room.desk();
        desk.save_notes(stamp, CallId(3), 1, "K3 电梯困人，欧阳 报").await.unwrap();
        let find = async |words: &str| {
            let filter = Filter { q: Some(words.into()), ..Filter::default() };
            let mut ids = walk(&fresh.db, &filter, 1).await;
            ids.sort();
            ids.into_iter().map(|id| id.0).collect::<Vec<_>>()
        };
        assert_eq!(find("困人").await, [3]);
        assert_eq!(find("欧阳").await, [1, 3]);
        assert_eq!(find("王").await, [2]);
        assert_eq!(find("阳").await, [1, 2, 3]);
        assert_eq!(find("ｋ３ 困人").await, [3]);
        assert_eq!(find("欧阳 困人").await, [3]);
        assert_eq!(find("困人电梯").await, Vec::<i64>::new());
        let version = store::call(&fresh.db, CallId(3)).await.unwrap().version;
        desk.save_notes(stamp, CallId(3), version, "误报").await.unwrap();
        assert_eq!(find("困人").await, Vec::<i64>::new(), "old words are no longer found");
        assert_eq!(find("误报").await, [3]);
        house.stop().await;
    }
}

#[tokio::test]
async fn of_two_who_say_i_take_it_one_wins() {
    for fresh in kit::stores().await {
        let li = person(&fresh.db, "li", "李红").await;
        let wu = person(&fresh.db, "wu", "吴敏").await;
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.settle(1_000).await;
        let desk = house.room.desk();
        let (first, second) = tokio::join!(
            desk.claim(at(1_000), li, CallId(1)),
            desk.claim(at(1_000), wu, CallId(1))
        );
        let won = [&first, &second].into_iter().filter(|claim| claim.is_ok()).count();
        assert_eq!(won, 1);
        let call = house.room.live().get(CallId(1)).unwrap();
        let winner = call.taken_by.as_ref().unwrap().id;
        assert_eq!(winner, if first.is_ok() { li } else { wu });
        for lost in [first, second].into_iter().filter_map(Result::err) {
            let DeskError::Refused { why, call } = lost else { panic!("{lost:?}") };
            assert_eq!(why, Refusal::AlreadyTaken);
            assert_eq!(call.taken_by.unwrap().id, winner, "the loser is told who");
        }
        desk.claim(at(1_100), winner, CallId(1)).await.expect("taking it twice is once");
        // what the machine writes later leaves it taken
        house.settle(6_000).await;
        assert_eq!(house.room.live().get(CallId(1)).unwrap().alarm, 2);
        assert_eq!(house.room.live().get(CallId(1)).unwrap().taken_by.as_ref().unwrap().id, winner);

        let other = if winner == li { wu } else { li };
        let refused = desk.release(at(6_000), other, CallId(1)).await;
        assert!(matches!(refused, Err(DeskError::Refused { why: Refusal::NotYours, .. })));
        let free = desk.release(at(6_000), winner, CallId(1)).await.unwrap();
        assert_eq!(free.taken_by, None);
        desk.claim(at(6_500), other, CallId(1)).await.unwrap();
        let filter = Filter { staff: Some(other), ..Filter::default() };
        assert_eq!(walk(&fresh.db, &filter, 10).await, [CallId(1)]);

        house.left("one", 7_000).await;
        house.settle(7_000).await;
        desk.release(at(7_000), other, CallId(1)).await.unwrap();
        let late = desk.claim(at(7_100), li, CallId(1)).await;
        assert!(matches!(late, Err(DeskError::Refused { why: Refusal::Over, .. })));
        let nobody = desk.claim(at(7_100), li, CallId(77)).await;
        assert!(matches!(nobody, Err(DeskError::Store(Error::NotFound))));
        house.stop().await;
    }
}

#[tokio::test]
async fn a_call_just_answered_can_still_be_taken() {
    for fresh in kit::stores().await {
        let li = person(&fresh.db, "li", "李红").await;
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.answered("one", 3_000).await;
        house.settle(3_000).await;
        let desk = house.room.desk();
        let late = desk.claim(at(603_001), li, CallId(1)).await;
        assert!(matches!(late, Err(DeskError::Refused { why: Refusal::Over, .. })));
        let call = desk.claim(at(5_000), li, CallId(1)).await.unwrap();
        assert_eq!(call.taken_by.unwrap().name, "李红");
        house.stop().await;
    }
}

#[tokio::test]
async fn notes_conflict_with_other_notes_and_not_with_the_ringing() {
    for fresh in kit::stores().await {
        let li = person(&fresh.db, "li", "李红").await;
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.settle(0).await;
        let read = store::call(&fresh.db, CallId(1)).await.unwrap();
        house.settle(11_000).await;
        let stamp = Stamp { now: at(11_000), by: Some(li) };
        let desk = house.room.desk();
        let saved = desk.save_notes(stamp, CallId(1), read.version, "第一").await.unwrap();
        assert_eq!(saved.notes, "第一");
        let stale = desk.save_notes(stamp, CallId(1), read.version, "第二").await;
        let Err(DeskError::Refused { why: Refusal::Stale, call }) = stale else {
            panic!("{stale:?}")
        };
        assert_eq!((call.version, call.notes.as_str()), (saved.version, "第一"));
        let unborn = desk.save_notes(stamp, CallId(1), saved.version + 1, "第三").await;
        assert!(matches!(unborn, Err(DeskError::Refused { why: Refusal::Stale, .. })));
        desk.save_notes(stamp, CallId(1), saved.version, "第二").await.unwrap();
        let long = "好".repeat(8_001);
        let long = desk.save_notes(stamp, CallId(1), saved.version, &long).await;
        assert!(matches!(long, Err(DeskError::TooLong)));
        assert_eq!(house.room.live().get(CallId(1)).unwrap().notes, "第二");
        house.stop().await;
    }
}

#[tokio::test]
async fn a_test_call_is_shown_and_not_counted_until_the_mark_is_taken_away() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for (n, answer) in [("a", 4_000), ("b", 8_000), ("c", 20_000)] {
            house.ring(n, 0, "13800001234").await;
            house.answered(n, answer).await;
        }
        house.ring("d", 0, "13800001234").await;
        house.left("d", 2_000).await;
        house.ring("e", 21_000, "13800001234").await;
        house.settle(21_000).await;
        let desk = house.room.desk();
        let stamp = Stamp { now: at(21_000), by: None };
        let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let figures = store::figures(&fresh.db, date).await.unwrap();
        assert_eq!((figures.seen, figures.met, figures.late), (5, 2, 1));
        assert_eq!((figures.counted, figures.abandoned_short, figures.excluded), (3, 1, 0));
        assert_eq!(figures.answer_ms_mean(), Some(32_000 / 3));

        let a = CallId(1);
        let marked = desk.mark_test(stamp, a, true).await.unwrap();
        assert_eq!(marked.excluded, Some(Excluded::Test));
        desk.mark_test(stamp, a, true).await.expect("marking it twice is once");
        let figures = store::figures(&fresh.db, date).await.unwrap();
        assert_eq!((figures.met, figures.counted, figures.excluded), (1, 2, 1));
        // what the machine writes later leaves the mark
        desk.mark_test(stamp, CallId(5), true).await.unwrap();
        house.settle(26_000).await;
        assert_eq!(house.room.live().get(CallId(5)).unwrap().excluded, Some(Excluded::Test));
        desk.mark_test(stamp, a, false).await.unwrap();
        assert_eq!(store::figures(&fresh.db, date).await.unwrap().counted, 3);
        let yesterday = store::figures(&fresh.db, date.pred_opt().unwrap()).await.unwrap();
        assert_eq!((yesterday.seen, yesterday.answer_ms_mean()), (0, None));
        house.stop().await;
    }
}

#[tokio::test]
async fn the_last_five_calls_of_a_caller_are_at_hand() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for n in 0..7 {
            let leg = format!("c{n}");
            house.ring(&leg, n * 10_000, "13800001234").await;
            house.left(&leg, n * 10_000 + 1_000).await;
        }
        house.ring("other", 70_000, "13800009999").await;
        house.settle(70_000).await;
        let numbers = ["+8613800001234".to_owned()];
        let before = store::of_numbers(&fresh.db, &numbers, CallId(7)).await.unwrap();
        let habit = store::habit(&fresh.db, &numbers, CallId(7), at(70_000)).await.unwrap();
        assert_eq!((habit.calls, habit.recent, habit.last_at), (6, 6, Some(at(50_000))));
        let unknown = store::habit(&fresh.db, &[], CallId(7), at(70_000)).await.unwrap();
        assert_eq!(unknown, store::Habit::default(), "who withholds the number has no habit");
        let ids: Vec<_> = before.iter().map(|call| call.id.0).collect();
        assert_eq!(ids, [6, 5, 4, 3, 2]);
        house.stop().await;
    }
}

#[tokio::test]
async fn an_outcome_is_final_and_a_story_is_only_added_to() {
    const REWRITE: Sql = Sql::both("UPDATE calls SET outcome = 'met' WHERE id = 1");
    const REVIVE: Sql =
        Sql::both("UPDATE calls SET state = 'ringing', outcome = NULL WHERE id = 1");
    const BEND: Sql = Sql::both("UPDATE call_events SET kind = 'answered' WHERE call_id = 1");
    const FORGET: Sql = Sql::both("DELETE FROM call_events WHERE call_id = 1");
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring("one", 0, "13800001234").await;
        house.left("one", 6_000).await;
        house.settle(6_000).await;
        let stamp = Stamp { now: at(6_000), by: None };
        for (sql, name) in [
            (REWRITE, "calls_outcome_final"),
            (REVIVE, "calls_outcome_final"),
            (BEND, "call_events_append_only"),
            (FORGET, "call_events_append_only"),
        ] {
            let done =
                fresh.db.write(stamp, move |tx| Box::pin(async move { tx.keep(sql).run().await }));
            let refused = done.await.unwrap_err();
            assert!(refused.is_refusal(name), "{refused:?} instead of {name}");
        }
        house.stop().await;
    }
}
