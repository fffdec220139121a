//! Who is asked, how long they have, and what an order leaves behind: the rules of operations.md §2.6, §4.10 and §4.11
//! at their edges.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};
use switchboard::kernel::{Moment, StaffId};
use switchboard::tickets::neighbours::There;

use super::kit;
use super::tickets::{House, MINUTE};

const DAY: i64 = 24 * 60;

impl House {
    async fn order(&self, no: &str) -> Value {
        self.get(&self.operator, &format!("/work-orders/{no}")).await
    }

    async fn one(&self, no: &str) -> Value {
        self.get(&self.operator, &format!("/faults/{no}")).await
    }

    async fn engineer(&self, name: &str, login: &str) -> StaffId {
        self.desk.somebody(name, login, "engineer").await
    }
}

fn on_duty(staff: StaffId, away: bool) -> There {
    There { staff, on_duty: true, away, on_call: None }
}

fn on_call(staff: StaffId, rank: i64) -> There {
    There { staff, on_duty: false, away: false, on_call: Some(rank) }
}

fn moment(value: &Value) -> Moment {
    Moment::parse_rfc3339(value.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn who_is_on_call_comes_by_their_rank_and_who_is_in_a_meeting_after_all_who_are_not() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let sun = house.engineer("孙工", "sun").await;
        let chen = house.engineer("陈工", "chen").await;
        let there = vec![
            on_call(chen, 2),
            on_duty(house.gao.0, true),
            on_call(sun, 1),
            on_duty(house.liu.0, false),
        ];
        house.is_there(there).await;
        let fault = house.fault(json!({})).await;
        let seen = house.one(&fault).await;
        let proposed = seen["proposals"].as_array().unwrap().iter();
        let names: Vec<&str> = proposed.map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["刘洋", "孙工", "陈工", "高峰"]);
        // who is on call is sent as whoever is on duty is; who is neither is not
        let address = format!("/faults/{fault}/work-orders");
        let (status, order) = house.say(&address, json!({ "lead": chen })).await;
        assert_eq!((status, &order["state"]), (StatusCode::OK, &json!("issued")), "{order}");
        house.is_there(vec![on_call(sun, 1)]).await;
        let (status, _) = house.say(&address, json!({ "lead": chen })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn who_can_do_all_of_it_goes_before_who_is_near_and_near_is_the_area_or_the_site_itself() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let chen = house.engineer("陈工", "chen").await;
        house.there(&[house.liu.0, house.gao.0, chen]).await;
        house.desk.somebody("孙主管", "sun", "supervisor").await;
        let sun = house.desk.sign_in("sun").await;
        for (who, skills, areas) in [
            (house.liu.0, "电气，网络", "江北、河西"),
            (house.gao.0, "电气", "河西"),
            (chen, "网络,电气", "江宁"),
        ] {
            let can = json!({ "skills": skills, "areas": areas });
            let (status, said) = house.post(&sun, &format!("/sites/engineers/{who}"), can).await;
            assert!(status.is_success(), "{said}");
        }
        let home = json!({ "company": "恒信物流", "name": "河西园", "area": "河西" });
        let home = house.post(&sun, "/sites", home).await.1["id"].clone();
        let proposed = async |more: Value| {
            let fault = house.fault(more).await;
            let seen = house.one(&fault).await;
            let all = seen["proposals"].as_array().unwrap().clone();
            let one = |one: &Value| {
                let name = one["name"].as_str().unwrap().to_owned();
                (name, one["skilled"] == true, one["near"] == true)
            };
            (fault, all.iter().map(one).collect::<Vec<_>>())
        };
        let of = |name: &str, skilled, near| (name.to_owned(), skilled, near);
        let both = json!({ "site": home, "skill": "电气、网络" });
        let (fault, all) = proposed(both.clone()).await;
        assert_eq!(all, [of("刘洋", true, true), of("陈工", true, false), of("高峰", false, true)]);
        // 陈工 is at that site already: as near as whoever lives there, and with more to do
        let (status, said) =
            house.say(&format!("/faults/{fault}/work-orders"), json!({ "lead": chen })).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let (_, all) = proposed(both).await;
        assert_eq!(all, [of("刘洋", true, true), of("陈工", true, true), of("高峰", false, true)]);
        // a fault that asks for nothing anybody can do; where it is is not known
        let (_, all) = proposed(json!({ "company": "玄武湖会展" })).await;
        assert!(all.iter().all(|(_, skilled, near)| *skilled && !near), "{all:?}");
    }
}

#[tokio::test]
async fn work_that_is_planned_for_another_day_is_no_work_of_today() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let load = async || {
            let fault = house.fault(json!({ "accept": true })).await;
            let seen = house.one(&fault).await;
            let proposed = seen["proposals"].as_array().unwrap();
            let of = |name: &str| {
                let one = proposed.iter().find(|one| one["name"] == name).unwrap();
                one["load_minutes"].as_i64().unwrap()
            };
            (of("刘洋"), of("高峰"))
        };
        let planned = async |lead: StaffId, from: &str, to: &str| {
            let fault = house.fault(json!({})).await;
            let plan = json!({ "lead": lead, "window_from": from, "window_to": to });
            let (status, said) = house.say(&format!("/faults/{fault}/work-orders"), plan).await;
            assert_eq!(status, StatusCode::OK, "{said}");
        };
        planned(house.liu.0, "2026-11-24T01:00:00.000Z", "2026-11-24T07:00:00.000Z").await;
        planned(house.gao.0, "2026-11-23T06:00:00.000Z", "2026-11-23T08:00:00.000Z").await;
        assert_eq!(load().await, (0, 120));
        // the night until six is still today's
        planned(house.liu.0, "2026-11-23T18:00:00.000Z", "2026-11-23T19:00:00.000Z").await;
        assert_eq!(load().await, (60, 120));
    }
}

#[tokio::test]
async fn impact_and_urgency_make_the_priority_and_it_says_how_long_an_engineer_has() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for (impact, urgency, priority, minutes) in [
            (1, 1, 1, 3),
            (1, 2, 2, 10),
            (2, 1, 2, 10),
            (2, 2, 3, 30),
            (1, 3, 3, 30),
            (3, 1, 3, 30),
            (2, 3, 4, 30),
            (3, 3, 4, 30),
        ] {
            let fault = house.fault(json!({ "impact": impact, "urgency": urgency })).await;
            assert_eq!(house.one(&fault).await["priority"], priority, "{impact} {urgency}");
            let order = house.order(&house.sent(&fault).await).await;
            let has =
                moment(&order["offer"]["answer_by"]).millis_since(moment(&order["issued_at"]));
            assert_eq!(has, minutes * MINUTE, "{impact} {urgency}");
        }
    }
}

#[tokio::test]
async fn who_said_yes_and_then_no_is_not_asked_for_it_again() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let order = house.sent(&fault).await;
        assert_eq!(house.act(&order, "accept", json!({})).await.0, StatusCode::OK);
        let (status, now) = house.act(&order, "decline", json!({ "reason": "车坏了" })).await;
        assert_eq!((status, &now["crew"][0]["name"]), (StatusCode::OK, &json!("高峰")), "{now}");
        house.pass(3).await;
        let now = house.order(&order).await;
        assert_eq!((&now["state"], &now["crew"]), (&json!("draft"), &json!([])), "{now}");
        let offers = now["offers"].as_array().unwrap().iter();
        let offers: Vec<&str> = offers.map(|one| one["state"].as_str().unwrap()).collect();
        assert_eq!(offers, ["declined", "silent"]);
        assert_eq!(house.told("nobody").await.len(), 1, "the head hears it");
    }
}

#[tokio::test]
async fn a_fault_stands_for_another_only_while_it_stands_itself() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let mut all = Vec::new();
        for _ in 0..3 {
            all.push(house.fault(json!({})).await);
        }
        let same = async |one: &str, of: &str| {
            house.say(&format!("/faults/{one}/duplicate"), json!({ "of": of })).await
        };
        assert_eq!(same(&all[0], &all[1]).await.0, StatusCode::OK);
        let (status, said) = same(&all[1], &all[0]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "both would be gone: {said}");
        assert!(said["fields"]["of"].as_str().unwrap().contains("已是重复"), "{said}");
        house.say(&format!("/faults/{}/cancellation", all[2]), json!({ "reason": "误报" })).await;
        assert_eq!(same(&all[1], &all[2]).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(house.state(&all[1]).await, "accepted");
    }
}

#[tokio::test]
async fn a_plan_and_a_promise_are_not_emptied_once_somebody_was_sent() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let fault = house.fault(json!({})).await;
        let emptied = async || {
            let seen = house.one(&fault).await;
            let edit = json!({
                "version": seen["version"], "symptom": "UPS 红灯报警", "impact": 1, "urgency": 1, "plan": "", "promised": "", "promised_at": null,
            });
            let (status, now) = house.say(&format!("/faults/{fault}"), edit).await;
            assert_eq!(status, StatusCode::OK, "{now}");
            (now["plan"].clone(), now["promised_at"].clone())
        };
        let kept = (json!("派人换电池"), json!("2026-11-23T08:00:00.000Z"));
        let order = house.sent(&fault).await;
        assert_eq!(emptied().await, kept, "dispatched");
        for verb in ["accept", "depart"] {
            house.act(&order, verb, json!({})).await;
        }
        assert_eq!(emptied().await, kept, "in progress");
        let wait = json!({ "why": "parts", "until_at": "2026-11-24T02:00:00.000Z" });
        house.say(&format!("/faults/{fault}/waiting"), wait).await;
        assert_eq!(emptied().await, kept, "waiting");
    }
}

#[tokio::test]
async fn a_telephones_clock_that_is_wrong_puts_nothing_before_the_order_or_after_now() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let order = house.sent(&house.fault(json!({})).await).await;
        house.pass(2).await;
        let tell = async |op: &str, verb: &str, at: &str| {
            let act = json!({ "op_id": op, "no": order, "verb": verb, "at": at });
            let (status, told) = house.post(&house.liu.1, "/my/jobs/acts", act).await;
            assert_eq!((status, &told["applied"]), (StatusCode::OK, &json!(true)), "{told}");
        };
        tell("slow", "accept", "2026-11-22T02:00:00.000Z").await;
        tell("fast", "depart", "2027-01-01T00:00:00.000Z").await;
        let now = house.order(&order).await;
        assert_eq!(now["acked_at"], now["issued_at"]);
        assert_eq!(now["departed_at"], "2026-11-23T02:02:00.000Z");
    }
}

#[tokio::test]
async fn a_third_party_keeps_the_solution_waiting_as_the_customer_does() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        for (why, state) in
            [("customer", "paused"), ("third_party", "paused"), ("parts", "running")]
        {
            let fault = house.fault(json!({})).await;
            let wait = json!({ "why": why, "until_at": "2026-11-24T02:00:00.000Z" });
            house.say(&format!("/faults/{fault}/waiting"), wait).await;
            let clocks = house.one(&fault).await["clocks"].clone();
            let resolve = clocks.as_array().unwrap().iter().find(|one| one["metric"] == "resolve");
            assert_eq!(resolve.unwrap()["state"], state, "{why}");
        }
    }
}

#[tokio::test]
async fn a_solved_fault_is_closed_after_a_week_and_until_then_it_may_come_again() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        let mut all = Vec::new();
        for _ in 0..2 {
            let fault = house.fault(json!({})).await;
            let solved = json!({ "solution": "重启" });
            house.say(&format!("/faults/{fault}/solution"), solved).await;
            all.push(fault);
        }
        assert_eq!(house.town.calls().await.len(), 2);
        house.pass(7 * DAY - 1).await;
        let operator = house.desk.sign_in("operator").await;
        let now = async |no: &str| house.get(&operator, &format!("/faults/{no}")).await;
        assert_eq!(now(&all[0]).await["state"], "resolved");
        house.pass(7 * DAY).await;
        let closed = now(&all[0]).await;
        assert_eq!((&closed["state"], &closed["satisfaction"]), (&json!("closed"), &Value::Null));
        assert!(house.town.calls().await.is_empty(), "nobody need call back any more");
        let again = async |no: &str| {
            let address = format!("/faults/{no}/reopening");
            house.post(&operator, &address, json!({ "text": "又断" })).await
        };
        let (status, one) = again(&all[0]).await;
        assert_eq!((status, &one["state"]), (StatusCode::OK, &json!("reopened")), "{one}");
        house.pass(7 * DAY + 1).await;
        let (status, said) = again(&all[1]).await;
        assert!(status.is_client_error(), "{said}");
        assert_eq!(now(&all[1]).await["state"], "closed");
    }
}

#[tokio::test]
async fn a_fee_is_read_as_it_is_written_or_refused() {
    let fresh = &kit::stores().await[0];
    let house = House::open(&fresh.db).await;
    let order = house.sent(&house.fault(json!({})).await).await;
    for verb in ["accept", "depart", "arrive"] {
        house.act(&order, verb, json!({})).await;
    }
    for wrong in ["约一百", "1.234", "-5.20", "1.-5", "99999999999999999.00"] {
        let work = json!({ "work_done": "换电池", "fee": wrong });
        let (status, said) = house.act(&order, "finish", work).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}: {said}");
    }
    let work = json!({ "work_done": "换电池", "fee": "¥1,280.5" });
    assert_eq!(house.act(&order, "finish", work).await.1["fee_fen"], 128_050);
}

#[tokio::test]
async fn what_two_write_at_once_leads_the_second_to_what_the_first_wrote() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.desk.somebody("小周", "zhou", "operator").await;
        let zhou = house.desk.sign_in("zhou").await;
        let fault = house.fault(json!({})).await;
        let address = format!("/faults/{fault}/work-orders");
        // both have the page open; 小周 writes a draft, 李红 sends at once
        let version = house.one(&fault).await["version"].clone();
        let draft = json!({ "version": version, "tasks": "换电池" });
        let (status, draft) = house.post(&zhou, &address, draft).await;
        assert_eq!((status, &draft["no"]), (StatusCode::OK, &json!("W26-0001")), "{draft}");
        let late = json!({ "version": version, "lead": house.liu.0 });
        let (status, said) = house.say(&address, late.clone()).await;
        assert_eq!(status, StatusCode::CONFLICT, "a second order for one fault: {said}");
        let words = said["detail"].as_str().unwrap();
        assert!(words.contains("小周") && words.contains("W26-0001"), "{words}");
        // a page says the same, and leads to the draft
        let request = super::desk::page(&address)
            .method("POST")
            .header("sec-fetch-site", "same-origin")
            .header(header::COOKIE, &house.operator)
            .header(header::CONTENT_TYPE, "application/json");
        let page = house.desk.ask_with(request, late.to_string()).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        assert!(page.body.contains("小周") && page.body.contains("href=\"/work-orders/W26-0001\""));
        let seen = house.one(&fault).await;
        assert_eq!(seen["orders"].as_array().unwrap().len(), 1);
        assert_eq!(seen["orders"][0]["state"], "draft");
        assert!(house.told("offered").await.is_empty());

        // the draft goes out; a second order beside it only from a page that shows it
        let send = json!({ "version": draft["version"], "lead": house.liu.0 });
        let (status, said) = house.post(&zhou, "/work-orders/W26-0001/issue", send).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let version = house.one(&fault).await["version"].clone();
        let beside = json!({ "version": version, "lead": house.gao.0 });
        assert_eq!(house.post(&zhou, &address, beside.clone()).await.0, StatusCode::OK);
        let (status, said) = house.say(&address, beside).await;
        assert_eq!(status, StatusCode::CONFLICT, "{said}");
        assert!(said["detail"].as_str().unwrap().contains("高峰"), "{said}");
        assert_eq!(house.told("offered").await.len(), 2);
        // and each of them is taken back as if it had not been
        for _ in 0..2 {
            let request = super::desk::json("/faults/acts/latest")
                .method("DELETE")
                .header("sec-fetch-site", "same-origin")
                .header(header::COOKIE, &zhou);
            assert_eq!(house.desk.ask(request).await.status, StatusCode::OK);
        }
        assert_eq!(house.state(&fault).await, "accepted");
        assert_eq!(house.order("W26-0001").await["state"], "draft");
    }
}
