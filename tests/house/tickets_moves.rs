//! The two tables of operations.md §2.6, row by row: what may become of a fault and of an order, and nothing else.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::json;
use switchboard::db::Sql;
use switchboard::kernel::Moment;
use switchboard::tickets::order::{self, Details, Pictures, Verb};
use switchboard::tickets::store;
use switchboard::tickets::ticket::{Act, Orders, Refusal, State, WaitingFor};

use super::kit;
use super::tickets::House;

/// What §2.6 says of a fault; `waiting` goes back to where it came from.
fn of_a_fault() -> BTreeSet<(String, String)> {
    let mut moves: BTreeSet<(String, String)> = [
        "new accepted",
        "reopened accepted",
        "accepted resolved",
        "accepted dispatched",
        "dispatched in_progress",
        "in_progress resolved",
        "resolved closed",
        "resolved reopened",
        "closed reopened",
    ]
    .into_iter()
    .map(pair)
    .collect();
    for active in ["new", "accepted", "dispatched", "in_progress", "reopened"] {
        moves.insert((active.to_owned(), "waiting".to_owned()));
        moves.insert(("waiting".to_owned(), active.to_owned()));
    }
    for any in [
        "new",
        "accepted",
        "dispatched",
        "in_progress",
        "waiting",
        "reopened",
        "resolved",
        "closed",
    ] {
        moves.insert((any.to_owned(), "duplicate".to_owned()));
        moves.insert((any.to_owned(), "cancelled".to_owned()));
    }
    moves
}

/// What §2.6 says of an order.
fn of_an_order() -> BTreeSet<(String, String)> {
    [
        "draft issued",
        "issued acked",
        "issued draft",
        "acked draft",
        "acked en_route",
        "en_route on_site",
        "on_site paused",
        "paused on_site",
        "on_site done",
        "done signed",
        "signed archived",
        "draft recalled",
        "issued recalled",
        "acked recalled",
        "en_route recalled",
    ]
    .into_iter()
    .map(pair)
    .collect()
}

fn pair(text: &str) -> (String, String) {
    let (from, to) = text.split_once(' ').unwrap();
    (from.to_owned(), to.to_owned())
}

const FAULT_MOVES: Sql = Sql::both("SELECT from_state, to_state FROM ticket_moves");
const ORDER_MOVES: Sql = Sql::both("SELECT from_state, to_state FROM work_order_moves");
const UNSENT: Sql = Sql::both("UPDATE tickets SET state = 'accepted' WHERE state = 'dispatched'");

#[tokio::test]
async fn a_fault_and_an_order_move_as_the_table_says_and_no_other_way() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        let kept: Vec<(String, String)> = fresh.db.read(FAULT_MOVES).all().await.unwrap();
        assert_eq!(kept.into_iter().collect::<BTreeSet<_>>(), of_a_fault());
        let kept: Vec<(String, String)> = fresh.db.read(ORDER_MOVES).all().await.unwrap();
        assert_eq!(kept.into_iter().collect::<BTreeSet<_>>(), of_an_order());

        // every act from every state: where it is done it is a row of the table, and every row is reached
        let ticket = store::by_no(&fresh.db, &fault).await.unwrap().unwrap();
        let now = house.desk.clock.now();
        let text = str::to_owned;
        let acts = [
            Act::Accept(house.liu.0),
            Act::ResolveByPhone { solution: text("重启"), cause: String::new() },
            Act::Dispatch,
            Act::Begin,
            Act::Wait { why: WaitingFor::Customer, until: now.plus_millis(1) },
            Act::Return,
            Act::ResolveOnSite { solution: text("换了"), cause: String::new() },
            Act::Close(Some(5)),
            Act::Reopen,
            Act::DuplicateOf(ticket.id + 1),
            Act::Cancel(text("客户撤了")),
        ];
        let mut reached = BTreeSet::new();
        for from in State::ALL {
            for before in ["new", "accepted", "dispatched", "in_progress", "reopened"] {
                for act in &acts {
                    let mut one = ticket.clone();
                    one.state = *from;
                    one.resolved_at = Some(now);
                    if *from == State::Waiting {
                        one.waiting_from = Some(text(before));
                        one.waiting_for = Some(text("customer"));
                    }
                    if one.act(act, now, Orders { issued: 1, open: 0 }).is_ok() {
                        reached.insert((text(from.name()), text(one.state.name())));
                    }
                }
            }
        }
        assert_eq!(reached, of_a_fault());

        let order = store::orders::by_no(&fresh.db, &order).await.unwrap().unwrap();
        let details = Details {
            reason: text("堵车"),
            work_done: text("换了电池"),
            customer: text("王建国"),
            ..Details::default()
        };
        let seen = Pictures { photos: 1, signatures: 1 };
        let mut reached = BTreeSet::new();
        for from in order::State::ALL {
            for verb in Verb::ALL {
                let mut one = order.clone();
                one.state = *from;
                if one.act(*verb, &details, now, seen).is_ok() && one.state != *from {
                    reached.insert((text(from.name()), text(one.state.name())));
                }
            }
        }
        assert_eq!(reached, of_an_order());
    }
}

#[tokio::test]
async fn each_guard_of_the_table_is_asked() {
    let fresh = &kit::stores().await[0];
    let house = House::open(&fresh.db).await;
    let fault = house.fault(json!({})).await;
    let ticket = store::by_no(&fresh.db, &fault).await.unwrap().unwrap();
    let now = house.desk.clock.now();
    let refused = |from: State, act: Act, orders: Orders, resolved: Moment| {
        let mut one = ticket.clone();
        one.state = from;
        one.resolved_at = Some(resolved);
        one.act(&act, now, orders).unwrap_err()
    };
    let sent = Orders { issued: 1, open: 1 };
    let words = |text: &str| (text.to_owned(), String::new());
    let (solution, cause) = words(" ");
    let by_phone = Act::ResolveByPhone { solution, cause };
    assert_eq!(refused(State::Accepted, by_phone, sent, now), Refusal::NoSolution);
    let none = Orders::default();
    assert_eq!(refused(State::Accepted, Act::Dispatch, none, now), Refusal::NoOrder);
    let (solution, cause) = words("换了");
    let on_site = Act::ResolveOnSite { solution, cause };
    assert_eq!(refused(State::InProgress, on_site, sent, now), Refusal::OrdersOpen);
    let past = Act::Wait { why: WaitingFor::Parts, until: now };
    assert_eq!(refused(State::Accepted, past, none, now), Refusal::UntilPast);
    let week = now.plus_millis(-7 * 24 * 3_600_000 - 1);
    assert_eq!(refused(State::Closed, Act::Reopen, none, week), Refusal::TooLate);
    assert_eq!(
        refused(State::New, Act::DuplicateOf(ticket.id), none, now),
        Refusal::Itself,
        "nothing is its own duplicate"
    );
    assert_eq!(refused(State::New, Act::Cancel(String::new()), none, now), Refusal::NoReason);
    assert_eq!(refused(State::Resolved, Act::Close(Some(6)), none, now), Refusal::Satisfaction);
    let mut unplanned = ticket.clone();
    unplanned.plan = String::new();
    assert_eq!(unplanned.act(&Act::Dispatch, now, sent), Err(Refusal::NoPlan));
    unplanned.plan = "去看".to_owned();
    unplanned.promised_at = None;
    assert_eq!(unplanned.act(&Act::Dispatch, now, sent), Err(Refusal::NoPromise));
}

#[tokio::test]
async fn a_fault_that_is_cancelled_or_doubled_takes_its_orders_back_and_the_crew_hears_why() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let (first, second) = (house.fault(json!({})).await, house.fault(json!({})).await);
        let (order, other) = (house.sent(&first).await, house.sent(&second).await);
        assert_eq!(house.act(&order, "accept", json!({})).await.0, StatusCode::OK);
        let cancel = json!({ "reason": "客户自己修好了" });
        let (status, gone) = house.say(&format!("/faults/{first}/cancellation"), cancel).await;
        assert_eq!((status, &gone["state"]), (StatusCode::OK, &json!("cancelled")));
        let now = house.get(&house.operator, &format!("/work-orders/{order}")).await;
        assert_eq!(now["state"], "recalled");
        let told = &house.told("recalled").await[0];
        assert_eq!(told.about, format!("work-orders/{order}"));
        assert_eq!(told.text.to(switchboard::kernel::Language::ZhCn), "客户自己修好了");
        let (status, late) = house.act(&order, "depart", json!({})).await;
        assert_eq!((status, &late["current"]["state"]), (StatusCode::CONFLICT, &json!("recalled")));
        assert_eq!(house.get(&house.liu.1, "/my/jobs").await["items"].as_array().unwrap().len(), 1);

        let third = house.fault(json!({})).await;
        let same = json!({ "of": third });
        let (status, _) = house.say(&format!("/faults/{second}/duplicate"), same).await;
        assert_eq!(status, StatusCode::OK);
        let now = house.get(&house.operator, &format!("/work-orders/{other}")).await;
        assert_eq!(
            (&now["state"], &now["offers"][0]["state"]),
            (&json!("recalled"), &json!("withdrawn"))
        );
        let why =
            house.told("recalled").await[1].text.to(switchboard::kernel::Language::ZhCn).to_owned();
        assert_eq!(why, format!("与 {third} 重复"));
        // a draft that was written for it cannot be sent any more
        let (_, draft) = house.say(&format!("/faults/{third}/work-orders"), json!({})).await;
        let draft = draft["no"].as_str().unwrap();
        house.say(&format!("/faults/{third}/solution"), json!({ "solution": "重启" })).await;
        let send = json!({ "lead": house.liu.0 });
        let (status, _) = house.say(&format!("/work-orders/{draft}/issue"), send).await;
        assert_eq!(status, StatusCode::CONFLICT, "nobody is sent to what is solved");
    }
}

#[tokio::test]
async fn whoever_works_on_it_ends_the_waiting_and_the_last_one_taken_back_solves_it() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        let wait = json!({ "why": "parts", "until_at": "2026-11-24T02:00:00.000Z" });
        house.act(&order, "accept", json!({})).await;
        house.say(&format!("/faults/{fault}/waiting"), wait).await;
        assert_eq!(house.state(&fault).await, "waiting");
        house.act(&order, "depart", json!({})).await;
        assert_eq!(house.state(&fault).await, "in_progress", "the part was there sooner");
        // a second order for the same fault; the first is done, the second is not needed any more
        let (_, second) = house
            .say(&format!("/faults/{fault}/work-orders"), json!({ "lead": house.gao.0 }))
            .await;
        let second = second["no"].as_str().unwrap().to_owned();
        house.act(&order, "arrive", json!({})).await;
        house.act(&order, "finish", json!({ "work_done": "更换电池组" })).await;
        assert_eq!(house.state(&fault).await, "in_progress", "the other is not done");
        let recall = json!({ "reason": "已经修好" });
        house.say(&format!("/work-orders/{second}/acts/recall"), recall).await;
        let now = house.get(&house.operator, &format!("/faults/{fault}")).await;
        assert_eq!((&now["state"], &now["solution"]), (&json!("resolved"), &json!("更换电池组")));
    }
}

#[tokio::test]
async fn what_is_taken_back_before_anybody_set_out_can_still_be_solved_on_the_telephone() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let back = async |order: &str| {
            let recall = json!({ "reason": "客户说又好了" });
            let (status, said) =
                house.say(&format!("/work-orders/{order}/acts/recall"), recall).await;
            assert_eq!(status, StatusCode::OK, "{said}");
        };
        let fault = house.fault(json!({})).await;
        let first = house.sent(&fault).await;
        let (_, second) = house
            .say(&format!("/faults/{fault}/work-orders"), json!({ "lead": house.gao.0 }))
            .await;
        back(second["no"].as_str().unwrap()).await;
        assert_eq!(house.state(&fault).await, "dispatched", "the other still goes");
        let seen = house.get(&house.operator, &format!("/faults/{fault}")).await["history"].clone();
        let why = seen.as_array().unwrap().iter().filter(|one| one["text"] == "客户说又好了");
        assert_eq!(why.count(), 1, "said once: {seen}");
        let forced = fresh
            .db
            .write(house.desk.stamp(), |tx| Box::pin(async move { tx.keep(UNSENT).run().await }));
        assert!(forced.await.unwrap_err().is_refusal("ticket_move"), "the store holds that too");
        back(&first).await;
        assert_eq!(house.state(&fault).await, "accepted");
        // taken back by mistake: it is sent again as if nothing had been
        let gone = async |address: &str| {
            let request = super::desk::json(address)
                .method("DELETE")
                .header("sec-fetch-site", "same-origin")
                .header("cookie", &house.operator);
            house.desk.ask(request).await
        };
        assert_eq!(gone("/faults/acts/latest").await.status, StatusCode::OK);
        assert_eq!(house.state(&fault).await, "dispatched");
        back(&first).await;
        let solved = json!({ "solution": "客户重新插了电源" });
        let (status, said) = house.say(&format!("/faults/{fault}/solution"), solved).await;
        assert_eq!((status, &said["solved_how"]), (StatusCode::OK, &json!("phone")), "{said}");

        // while it waits it goes on where nobody is sent
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        let wait = json!({ "why": "customer", "until_at": "2026-11-24T02:00:00.000Z" });
        house.say(&format!("/faults/{fault}/waiting"), wait).await;
        back(&order).await;
        assert_eq!(house.state(&fault).await, "waiting");
        let on = gone(&format!("/faults/{fault}/waiting")).await.json();
        assert_eq!(on["state"], "accepted", "{on}");
    }
}

#[tokio::test]
async fn two_who_change_one_fault_are_put_together_and_asked_only_about_what_both_changed() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let seen = house.get(&house.operator, &format!("/faults/{fault}")).await;
        let base = json!({
            "caller_number": seen["caller_number"], "caller_name": "王建国", "company": "恒信物流", "site": null, "contract": null,
            "call": null, "contact": null, "asset": null, "place": "河西园 B 座 12 层", "serial": "UPS-7", "need": "", "purpose": "",
            "symptom": "UPS 红灯报警", "category": "", "skill": "", "impact": 1, "urgency": 1, "tried": "", "plan": "派人换电池", "promised": "2026-11-23T16:00",
        });
        let save = async |more: serde_json::Value, html: bool| {
            let mut form = base.clone();
            form.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            form["version"] = seen["version"].clone();
            form["base"] = json!(base.to_string());
            if !html {
                return house.say(&format!("/faults/{fault}"), form).await.0;
            }
            let request = super::desk::page(&format!("/faults/{fault}"))
                .method("POST")
                .header("sec-fetch-site", "same-origin")
                .header("cookie", &house.operator)
                .header("content-type", "application/json");
            let answer = house.desk.ask_with(request, form.to_string()).await;
            assert!(answer.body.contains("UPS 蜂鸣") && answer.body.contains("UPS 红灯闪"));
            assert!(answer.body.contains("请决定"), "both changed it: {}", answer.body);
            answer.status
        };
        assert_eq!(save(json!({ "symptom": "UPS 蜂鸣" }), false).await, StatusCode::OK);
        // the second saw the older version: what the first did not touch is put together by itself
        assert_eq!(save(json!({ "tried": "重启过" }), false).await, StatusCode::OK);
        let now = house.get(&house.operator, &format!("/faults/{fault}")).await;
        assert_eq!((&now["symptom"], &now["tried"]), (&json!("UPS 蜂鸣"), &json!("重启过")));
        assert_eq!(now["promised_at"], seen["promised_at"]);
        // what both changed is laid side by side, and nothing is lost or overwritten
        assert_eq!(save(json!({ "symptom": "UPS 红灯闪" }), true).await, StatusCode::CONFLICT);
        let now = house.get(&house.operator, &format!("/faults/{fault}")).await;
        assert_eq!(now["symptom"], "UPS 蜂鸣");
    }
}
