//! Follow-ups: who owes what by when, and what happens when it stays undone.

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use proptest::prelude::*;
use reqwest::StatusCode;
use serde_json::json;
use switchboard::db::{Db, Stamp};
use switchboard::followups::{
    self, Assignee, Closing, Effect, FollowUp, Ladder, NewFollowUp, State, Target,
};
use switchboard::kernel::{FollowUpId, Moment, Role, StaffId};

use super::kit;
use super::site::{OUT_OF_HOURS, Site, at};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

async fn open(db: &Db, new: NewFollowUp) -> FollowUpId {
    let opened = db.write(Stamp { now: at(0), by: None }, move |tx| {
        let new = new.clone();
        async move { followups::store::open(tx, new).await }.boxed()
    });
    opened.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_from_the_head_is_in_the_queue_reminded_of_the_day_before_done_and_seen() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let li = site.id("li");
        let due = at(4 * DAY);
        let task = json!({ "title": "周五前统计上月报障", "due_at": due, "staff": li });
        let (status, task) = site.post("gao", "/follow-ups", task).await;
        assert_eq!((status, &task["state"]), (StatusCode::CREATED, &json!("open")), "{task}");
        let path = format!("/follow-ups/{}", task["id"]);
        let (_, mine) = site.get("li", "/follow-ups").await;
        assert_eq!(mine["items"][0]["title"], "周五前统计上月报障");
        let told = site.waiting("li").await;
        assert_eq!(told.len(), 1);
        assert!(told[0].starts_with("新交办"), "{told:?}");
        assert!(site.get("zhou", "/follow-ups").await.1["items"].as_array().unwrap().is_empty());

        site.pass_to(3 * DAY - 1).await;
        assert!(site.journal("follow_up").await.iter().all(|line| !line.ends_with("reminded")));
        site.pass_to(3 * DAY).await;
        assert!(site.waiting("li").await.iter().any(|text| text.starts_with("提醒")));
        let (status, done) =
            site.post("li", &format!("{path}/completion"), json!({ "result": "共 12 件" })).await;
        assert_eq!((status, &done["state"]), (StatusCode::OK, &json!("done")));
        assert_eq!(site.waiting("gao").await, ["李红 已办：周五前统计上月报障"]);
        assert!(site.waiting("li").await.is_empty(), "what was told about it is settled");
        let (_, one) = site.get("gao", &path).await;
        assert_eq!(
            (&one["result"], &one["closed_by"]["name"]),
            (&json!("共 12 件"), &json!("李红"))
        );
        site.pass_to(4 * DAY + HOUR).await;
        let shown = site.page("gao", &path).await;
        assert!(!shown.contains("已逾期"), "what is done grows no later: {shown}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing_needs_a_reason_and_goes_back_to_whoever_gave_it() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let task = json!({ "title": "整理资料", "due_at": at(HOUR), "staff": site.id("li") });
        let (_, task) = site.post("gao", "/follow-ups", task).await;
        let refusal = format!("/follow-ups/{}/refusal", task["id"]);
        let (status, problem) = site.post("li", &refusal, json!({ "reason": " " })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problem["fields"]["reason"].is_string());
        let (status, _) = site.post("zhou", &refusal, json!({ "reason": "没空" })).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "it is not hers to refuse");
        let (status, back) = site.post("li", &refusal, json!({ "reason": "不归我管" })).await;
        assert_eq!((status, &back["staff"]["name"]), (StatusCode::OK, &json!("高部长")));
        assert_eq!(site.waiting("gao").await, ["李红 退回：整理资料，原因：不归我管"]);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stays_undone_climbs_its_ladder() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let ladder = Ladder::to_role(5 * MINUTE, Role::Supervisor).then(MINUTE, Target::OnCall(1));
        let new = NewFollowUp::new("task", Assignee::Role(Role::Operator), at(15 * MINUTE))
            .title("回复客户".to_owned())
            .ladder(ladder);
        let id = open(&site.db, new).await;
        let path = format!("/follow-ups/{id}");
        site.pass_to(15 * MINUTE).await;
        let (_, one) = site.get("li", &path).await;
        assert_eq!((&one["overdue"], &one["state"]), (&json!(true), &json!("open")));
        site.pass_to(20 * MINUTE).await;
        assert_eq!(site.get("li", &path).await.1["state"], "escalated");
        assert!(site.waiting("sun").await[0].starts_with("逾期未办"));
        let (_, mine) = site.get("sun", "/follow-ups").await;
        assert_eq!(mine["items"][0]["id"], json!(id), "it is the supervisor's too");
        // nobody is on call: the head hears of it rather than nobody
        site.pass_to(21 * MINUTE).await;
        assert!(site.waiting("gao").await[0].starts_with("逾期未办"));
        let (status, _) = site.post("zhou", &format!("{path}/taking"), json!({})).await;
        assert_eq!(status, StatusCode::OK);
        let (status, problem) = site.post("li", &format!("{path}/taking"), json!({})).await;
        assert_eq!(
            (status, &problem["type"]),
            (StatusCode::CONFLICT, &json!("/problems/already_taken"))
        );
        site.post("zhou", &format!("{path}/completion"), json!({})).await;
        assert!(site.waiting("sun").await.is_empty() && site.waiting("gao").await.is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_without_an_answer_is_tried_again_in_time() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    let new = NewFollowUp::new("task", Assignee::Role(Role::Operator), at(MINUTE));
    let id = open(&site.db, new.title("催促到店".to_owned())).await;
    let path = format!("/follow-ups/{id}");
    let tried = json!({ "outcome": "no_answer", "note": "响了八声", "again_in_minutes": 5 });
    let (status, one) = site.post("li", &format!("{path}/attempts"), tried).await;
    assert_eq!(
        (status, &one["state"], &one["attempts"]),
        (StatusCode::OK, &json!("snoozed"), &json!(1))
    );
    assert!(site.get("li", "/follow-ups").await.1["items"][0]["snoozed_until"].is_string());
    site.pass_to(5 * MINUTE).await;
    let (_, one) = site.get("li", &path).await;
    assert_eq!(
        (&one["state"], &one["overdue"]),
        (&json!("open"), &json!(true)),
        "due when it wakes"
    );
    assert_eq!(one["tried"][0]["note"], "响了八声");
    let (status, _) =
        site.post("li", &format!("{path}/attempts"), json!({ "outcome": "sung" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let (status, _) = site.post("li", &format!("{path}/dismissal"), json!({ "reason": "" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "dropping needs a reason");
    let (status, _) = site
        .post("li", &format!("{path}/dismissal"), json!({ "reason": "客人已到", "version": 1 }))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "somebody changed it meanwhile");
    let (status, one) =
        site.post("li", &format!("{path}/dismissal"), json!({ "reason": "客人已到" })).await;
    assert_eq!((status, &one["state"]), (StatusCode::OK, &json!("dropped")));
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_repeats_comes_back_when_it_is_done() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let task = json!({ "title": "检查电话和对讲机", "due_at": at(HOUR), "repeat": "daily" });
        let (status, task) = site.post("jia", "/follow-ups", task).await;
        assert_eq!(status, StatusCode::CREATED, "anybody may note a task of their own: {task}");
        site.post("jia", &format!("/follow-ups/{}/completion", task["id"]), json!({})).await;
        let (_, mine) = site.get("jia", "/follow-ups").await;
        assert_eq!(mine["items"][0]["due_at"], json!(at(HOUR + DAY)));
        assert_ne!(mine["items"][0]["id"], task["id"]);
        let other = json!({ "title": "x", "due_at": at(HOUR), "staff": site.id("li") });
        let (status, _) = site.post("jia", "/follow-ups", other).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "a greeter gives nobody tasks");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_open_timers_start_fast_and_fall_due_once_in_order_after_a_restart() {
    for place in kit::places().await {
        let site = Site::open_with(&place, OUT_OF_HOURS).await;
        let (opened, due) = (at(0).millis(), at(HOUR).millis());
        // one each 100 ms, half of them while the house is closed
        let many = format!(
            "INSERT INTO follow_ups (kind, title, state, assignee_role, opened_at, due_at, ladder, step_at, next_at) \
             WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) \
             SELECT 'task', 't', 'open', 'operator', {opened}, {due} + i * 100, '[]', {due} + i * 100, {due} + i * 100 FROM n"
        );
        site.plant(vec![many]).await;
        let site = Box::pin(site.reopen(&place, at(HOUR + 500_000))).await;
        site.open.set_clock(&json!({ "advance_ms": 0 })).await;
        let fired = |lines: Vec<String>| -> Vec<i64> {
            let due = lines.iter().filter_map(|line| line.strip_suffix(" due"));
            due.map(|line| line.strip_prefix("follow-ups/").unwrap().parse().unwrap()).collect()
        };
        let first = fired(site.journal("follow_up").await);
        assert_eq!(first.len(), 5_001, "what was overdue, at once");
        let site = Box::pin(site.reopen(&place, at(HOUR + 2_000_000))).await;
        site.open.set_clock(&json!({ "advance_ms": 0 })).await;
        let all = fired(site.journal("follow_up").await);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 10_000, "each");
        assert_eq!(all.len(), 10_000, "once");
        assert!(all.is_sorted(), "in order");
        site.close().await;
    }
}

/// A follow-up with a ladder of two steps, opened at 0 and due at 1000.
fn fresh() -> FollowUp {
    FollowUp {
        id: FollowUpId(1),
        version: 1,
        kind: "task".into(),
        about: None,
        title: String::new(),
        note: String::new(),
        state: State::Open,
        staff: None,
        role: Some(Role::Operator),
        opened_at: Moment::from_millis(0),
        opened_by: None,
        due_at: Moment::from_millis(1_000),
        remind_at: Some(Moment::from_millis(500)),
        snoozed_until: None,
        ladder: Ladder::to_role(300, Role::Supervisor).then(200, Target::Role(Role::Head)),
        step: 0,
        step_at: Some(Moment::from_millis(1_000)),
        escalated_staff: None,
        escalated_role: None,
        escalated_at: None,
        repeat: None,
        taken_at: None,
        closed_at: None,
        closed_by: None,
        result: String::new(),
        concerns: None,
    }
}

#[derive(Debug, Clone)]
enum Did {
    Pass(i64),
    Take(i64),
    GiveBack,
    Snooze(i64),
    Done,
    Drop,
}

fn deeds() -> impl Strategy<Value = Vec<Did>> {
    let one = prop_oneof![
        4 => (1..700i64).prop_map(Did::Pass),
        1 => (1..4i64).prop_map(Did::Take),
        1 => Just(Did::GiveBack),
        2 => (-50..2_000i64).prop_map(Did::Snooze),
        1 => Just(Did::Done),
        1 => Just(Did::Drop),
    ];
    prop::collection::vec(one, 1..40)
}

proptest! {
    #[test]
    fn whatever_is_done_nothing_falls_due_twice_and_what_is_over_rests(deeds in deeds()) {
        let (mut one, mut now, mut effects) = (fresh(), 0, Vec::new());
        for deed in deeds {
            let at = Moment::from_millis(now);
            let over = one.state.is_over();
            let done = match deed {
                Did::Pass(millis) => {
                    now += millis;
                    effects.extend(one.pass(Moment::from_millis(now)));
                    Ok(())
                }
                Did::Take(who) => one.take(StaffId(who), at),
                Did::GiveBack => one.give_back(),
                Did::Snooze(millis) => one.snooze(at.plus_millis(millis), at),
                Did::Done => one.close(Closing::Done(String::new()), None, at),
                Did::Drop => one.close(Closing::Dropped("so".into()), None, at),
            };
            prop_assert!(!over || matches!(deed, Did::Pass(_)) || done.is_err());
            prop_assert_eq!(one.state.is_over(), one.closed_at.is_some());
            prop_assert_eq!(one.state == State::Snoozed, one.snoozed_until.is_some());
            prop_assert!(!one.state.is_over() || one.next_at().is_none());
            if matches!(deed, Did::Pass(_)) {
                prop_assert!(one.next_at().is_none_or(|next| next > Moment::from_millis(now)));
            }
            prop_assert!(one.staff.is_some() || one.role.is_some());
        }
        let count = |effect: Effect| effects.iter().filter(|one| **one == effect).count();
        prop_assert!(count(Effect::Due) <= 1 && count(Effect::Reminder) <= 1);
        for role in [Role::Supervisor, Role::Head] {
            prop_assert!(count(Effect::Escalated(Target::Role(role))) <= 1);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_complaint_is_about_neither_handles_nor_closes_it() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let (li, sun) = (site.id("li"), site.id("sun"));
        site.plant(super::missed::call(1, Some("+8613800001234"), -60_000, "met", 1)).await;
        let (status, _) = site.post("li", "/calls/1/pickup", json!({})).await;
        assert_eq!(status, StatusCode::OK);
        let complaint = json!({
            "version": 0, "kind": "complaint", "who": "王建国", "what": "孙主管态度不好", "finish": true
        });
        let (status, _) = site.post("li", "/calls/1/record", complaint).await;
        assert_eq!(status, StatusCode::OK);
        let (_, owed) = site.get("sun", "/follow-ups").await;
        let path = format!("/follow-ups/{}", owed["items"][0]["id"]);
        let (status, _) = site.post("sun", &format!("{path}/taking"), json!({})).await;
        assert_eq!(status, StatusCode::OK, "nobody has said yet whom it is about");

        // whoever took the call says it; what the supervisor had in hand is theirs no more
        let concerned = format!("{path}/concerned");
        assert!(site.page("li", &path).await.contains("针对谁"));
        let nobody = site.post("li", &concerned, json!({ "staff": 4711 })).await;
        assert_eq!(nobody.0, StatusCode::UNPROCESSABLE_ENTITY, "{}", nobody.1);
        let (status, one) = site.post("li", &concerned, json!({ "staff": sun })).await;
        assert_eq!((status, &one["concerns"]["name"]), (StatusCode::OK, &json!("孙主管")), "{one}");
        assert_eq!((&one["staff"], &one["role"]), (&json!(null), &json!("supervisor")), "{one}");
        assert!(site.journal("follow_up").await.iter().any(|line| line.ends_with("concerned")));

        // nothing of it is theirs to do, nor to be taken off them
        assert!(site.get("sun", "/follow-ups").await.1["items"].as_array().unwrap().is_empty());
        for (act, with) in [
            ("taking", json!({})),
            ("completion", json!({ "result": "已道歉" })),
            ("dismissal", json!({ "reason": "不属实" })),
            ("snooze", json!({ "minutes": 15 })),
            ("attempts", json!({ "outcome": "reached" })),
            ("assignment", json!({ "staff": li })),
            ("concerned", json!({})),
        ] {
            let (status, refused) = site.post("sun", &format!("{path}/{act}"), with).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{act}: {refused}");
            let said = refused["detail"].as_str().unwrap();
            assert!(said.contains("这条投诉是针对您的"), "{act}: {said}");
        }
        let page = site.page("sun", &path).await;
        assert!(page.contains("这条投诉是针对您的"), "why nothing is offered");
        for act in ["taking", "completion", "dismissal", "assignment", "concerned"] {
            assert!(!page.contains(&format!("{path}/{act}")), "{act} is not offered");
        }
        let (status, refused) =
            site.post("gao", &format!("{path}/assignment"), json!({ "staff": sun })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused["fields"]["staff"].is_string(), "{refused}");
        let page = site.page("gao", &path).await;
        assert_eq!(page.matches(&format!("<option value=\"{sun}\"")).count(), 1, "{page}");

        // somebody else closes it, and says what was decided
        let done = format!("{path}/completion");
        let (status, refused) = site.post("gao", &done, json!({})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused["fields"]["result"].is_string(), "{refused}");
        assert!(
            !site.page("gao", "/follow-ups?view=all").await.contains(&done),
            "not by a key alone"
        );
        let (status, one) = site.post("gao", &done, json!({ "result": "已致歉" })).await;
        assert_eq!((status, &one["state"]), (StatusCode::OK, &json!("done")), "{one}");
        let page = site.page("li", &path).await;
        let closed = page.split("<dt>已结束</dt>").nth(1).unwrap().split("</dd>").next().unwrap();
        assert!(closed.contains("高部长"), "who decided: {closed}");

        // only a complaint is about somebody
        let task = json!({ "title": "整理资料", "due_at": at(HOUR) });
        let (_, task) = site.post("li", "/follow-ups", task).await;
        let concerned = format!("/follow-ups/{}/concerned", task["id"]);
        let (status, _) = site.post("li", &concerned, json!({ "staff": sun })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_complaint_is_about_is_told_nothing_when_it_climbs_its_ladder() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        // a complaint that is due at a time, and a minute later told to a role
        let complaint = async |site: &mut Site, who: &'static str, due: i64, told: Role| {
            let new = NewFollowUp::new("complaint", Assignee::Role(Role::Operator), at(due))
                .title(format!("投诉{who}"))
                .ladder(Ladder::to_role(MINUTE, told));
            let id = open(&site.db, new).await;
            let whom = json!({ "staff": site.id(who) });
            let (status, one) = site.post("li", &format!("/follow-ups/{id}/concerned"), whom).await;
            assert_eq!(status, StatusCode::OK, "{one}");
            id
        };
        // the only supervisor: the head hears it instead, and has it
        let id = complaint(&mut site, "sun", 10 * MINUTE, Role::Supervisor).await;
        site.pass_to(11 * MINUTE).await;
        assert!(site.waiting("sun").await.is_empty(), "it is about them");
        assert!(site.waiting("gao").await[0].starts_with("逾期未办"));
        assert_eq!(site.get("gao", "/follow-ups").await.1["items"][0]["id"], json!(id));
        // the head is silent for minutes: that is told to nobody whom it is about
        site.pass_to(20 * MINUTE).await;
        assert!(site.waiting("sun").await.is_empty());

        // another supervisor is left
        let other = "UPDATE staff SET roles = 'supervisor' WHERE login = 'zhou'";
        site.plant(vec![other.to_owned()]).await;
        complaint(&mut site, "sun", 30 * MINUTE, Role::Supervisor).await;
        site.pass_to(31 * MINUTE).await;
        assert!(site.waiting("sun").await.is_empty());
        let told = site.waiting("zhou").await;
        assert!(told.len() == 1 && told[0].contains("投诉sun"), "{told:?}");

        // the head: whoever keeps the house
        let other = "UPDATE staff SET roles = 'admin' WHERE login = 'zhou'";
        site.plant(vec![other.to_owned()]).await;
        complaint(&mut site, "gao", 40 * MINUTE, Role::Head).await;
        site.pass_to(41 * MINUTE).await;
        let told = site.waiting("zhou").await;
        assert!(told.iter().any(|one| one.contains("投诉gao")), "{told:?}");
        assert!(site.waiting("gao").await.iter().all(|one| !one.contains("投诉gao")));
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_whom_a_complaint_turns_out_to_be_about_is_taken_back() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        // a complaint that is due at a time, and a minute later told to the supervisors
        let complaint = async |site: &Site, title: &str, due: i64| {
            let new = NewFollowUp::new("complaint", Assignee::Role(Role::Operator), at(due))
                .title(title.to_owned())
                .ladder(Ladder::to_role(MINUTE, Role::Supervisor));
            open(&site.db, new).await
        };
        let name = async |site: &mut Site, id: FollowUpId, who: &'static str| {
            let whom = json!({ "staff": site.id(who) });
            let (status, one) = site.post("li", &format!("/follow-ups/{id}/concerned"), whom).await;
            assert_eq!(status, StatusCode::OK, "{one}");
        };
        let about =
            |told: &[String], what: &str| told.iter().filter(|one| one.contains(what)).count();
        // the only supervisor has been told: now the head hears it, and has it
        let id = complaint(&site, "投诉甲", 10 * MINUTE).await;
        site.pass_to(11 * MINUTE).await;
        assert_eq!(about(&site.waiting("sun").await, "投诉甲"), 1);
        assert_eq!(about(&site.waiting("gao").await, "投诉甲"), 0);
        name(&mut site, id, "sun").await;
        assert_eq!(about(&site.waiting("sun").await, "投诉甲"), 0, "it is about them");
        assert_eq!(about(&site.waiting("gao").await, "投诉甲"), 1);
        assert_eq!(site.get("gao", "/follow-ups").await.1["items"][0]["id"], json!(id));
        // nobody is told that the supervisor was silent
        site.pass_to(20 * MINUTE).await;
        assert_eq!(about(&site.waiting("sun").await, "投诉甲"), 0);
        assert_eq!(about(&site.waiting("gao").await, "投诉甲"), 1);

        // so it is where the supervisor had said yes to it before
        let id = complaint(&site, "投诉丁", 22 * MINUTE).await;
        site.pass_to(23 * MINUTE).await;
        let told = site.get("sun", "/notices").await.1["items"][0]["id"].clone();
        let seen = site.post("sun", &format!("/notices/{told}/receipt"), json!({})).await;
        assert_eq!(seen.0, StatusCode::OK, "{}", seen.1);
        assert_eq!(about(&site.waiting("gao").await, "投诉丁"), 0);
        name(&mut site, id, "sun").await;
        assert_eq!(about(&site.waiting("gao").await, "投诉丁"), 1);

        // one of two: the other is asked on, by the same notice
        let other = "UPDATE staff SET roles = 'supervisor' WHERE login = 'zhou'";
        site.plant(vec![other.to_owned()]).await;
        let id = complaint(&site, "投诉乙", 30 * MINUTE).await;
        site.pass_to(31 * MINUTE).await;
        let sent = site.journal("notice").await.iter().filter(|one| one.ends_with(" sent")).count();
        name(&mut site, id, "sun").await;
        assert_eq!(about(&site.waiting("sun").await, "投诉乙"), 0);
        assert_eq!(about(&site.waiting("zhou").await, "投诉乙"), 1);
        let journal = site.journal("notice").await;
        assert_eq!(journal.iter().filter(|one| one.ends_with(" sent")).count(), sent);
        assert!(journal.iter().any(|one| one.ends_with("withdrawn")), "{journal:?}");

        // the head, who was told that both were silent: those below are asked on
        let id = complaint(&site, "投诉丙", 40 * MINUTE).await;
        site.pass_to(46 * MINUTE).await;
        assert_eq!(about(&site.waiting("gao").await, "投诉丙"), 1);
        name(&mut site, id, "gao").await;
        assert_eq!(about(&site.waiting("gao").await, "投诉丙"), 0);
        for who in ["sun", "zhou"] {
            assert!(about(&site.waiting(who).await, "投诉丙") > 0, "{who}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_complaint_about_the_head_nothing_is_left_to_them_however_far_it_had_climbed() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let other = "UPDATE staff SET roles = 'admin' WHERE login = 'zhou'";
        site.plant(vec![other.to_owned()]).await;
        let due = at(10 * MINUTE);
        let new = NewFollowUp::new("complaint", Assignee::Role(Role::Supervisor), due)
            .title("投诉戊".to_owned())
            .ladder(Ladder::to_role(0, Role::Head));
        let id = open(&site.db, new).await;
        let path = format!("/follow-ups/{id}");
        let of_it = async |site: &mut Site, who: &'static str| -> Vec<String> {
            let told = site.waiting(who).await.into_iter();
            told.filter(|one| one.contains("投诉戊")).collect()
        };
        // the head is silent: the supervisor is told, and silent too; the head is not told of themselves
        site.pass_to(20 * MINUTE).await;
        let told = of_it(&mut site, "gao").await;
        assert!(told.len() == 1 && told[0].starts_with("逾期未办"), "{told:?}");
        let told = of_it(&mut site, "sun").await;
        assert!(told.len() == 1 && told[0].starts_with("未回应：高部长"), "{told:?}");

        let whom = json!({ "staff": site.id("gao") });
        let (status, one) = site.post("sun", &format!("{path}/concerned"), whom).await;
        assert_eq!(status, StatusCode::OK, "{one}");
        assert!(of_it(&mut site, "gao").await.is_empty(), "it is about them");
        assert!(
            of_it(&mut site, "sun").await.is_empty(),
            "nor is anybody told that they were silent"
        );
        let told = of_it(&mut site, "zhou").await;
        assert!(told.len() == 1 && told[0].starts_with("逾期未办"), "{told:?}");
        // whoever looks at what they were told reads that nobody need answer it
        let (_, all) = site.get("sun", "/notices").await;
        let mut all = all["items"].as_array().unwrap().iter();
        let first = all.find(|one| one["receipts"] == json!([])).unwrap();
        let page = site.page("sun", &format!("/notices/{}", first["id"])).await;
        assert!(page.contains("不再需要任何人回应") && !page.contains("已通知上级"), "{page}");

        let done = json!({ "result": "已道歉" });
        let (status, one) = site.post("sun", &format!("{path}/completion"), done).await;
        assert_eq!(status, StatusCode::OK, "{one}");
        assert!(of_it(&mut site, "zhou").await.is_empty());
        // how late it was, and not how long ago that is
        site.pass_to(60 * MINUTE).await;
        let page = site.page("sun", &path).await;
        assert!(page.contains("已逾期 10 分钟"), "{page}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_on_the_wall_is_given_nothing_to_do() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    for page in ["/follow-ups", "/notices", "/messages/new"] {
        assert!(site.page("li", page).await.contains('丙'), "{page}");
    }
    let wall = "UPDATE staff SET roles = 'wallboard' WHERE login = 'bing'";
    site.plant(vec![wall.to_owned()]).await;
    for page in ["/follow-ups", "/notices", "/messages/new"] {
        assert!(!site.page("li", page).await.contains('丙'), "{page}");
    }
    site.close().await;
}
