//! Message slips: taken for somebody, with a receipt until it is handled.

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard::kernel::Language;
use switchboard::messages::Overdue;
use switchboard::messages::pickup::PickUps;
use switchboard::timers::FallsDue as _;

use super::kit;
use super::line::{self, at};
use super::panel::{get, page, send, send_page};
use super::site::Site;
use super::stage::Stage;

const MINUTE: i64 = 60_000;

async fn take(stage: &Stage, who: &str, body: Value) -> Value {
    let taken = send(stage, who, "POST", "/messages", &body.to_string()).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    taken.json()
}

#[tokio::test]
async fn a_slip_goes_from_the_desk_to_its_owner_and_back_with_a_receipt() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        stage.house.ring("a", 0, "13800001234").await;
        stage.house.settle(1_000).await;
        let form = get(&stage, "who=li", "/messages/new?call=1").await.json();
        assert_eq!(form["phone"], "138 0000 1234", "the call says the number");
        // from the page of whom the slip is for, the caller comes along who is in hand, and only then
        let form = get(&stage, "who=li", "/messages/new?for=%E9%99%88%E6%99%A8").await.json();
        assert_eq!((&form["call"], &form["phone"]), (&Value::Null, &json!("")));
        send(&stage, "who=li", "POST", "/calls/1/pickup", "").await;
        let form = get(&stage, "who=li", "/messages/new?for=%E9%99%88%E6%99%A8").await.json();
        assert_eq!((&form["call"], &form["phone"]), (&json!(1), &json!("138 0000 1234")));
        let slip = json!({
            "for": "cc", "from_name": "王建国", "phone": "138 0000 1234", "body": "合同改期", "callback": true, "call": 1
        });
        let taken = take(&stage, "who=li", slip).await;
        assert_eq!((&taken["state"], &taken["for_name"]), (&json!("sent"), &json!("陈晨")));
        assert_eq!((&taken["taken_name"], &taken["via"]), (&json!("李红"), &json!("call")));
        assert_eq!(taken["callback_by"], "2026-11-23T05:00:01.000Z", "within an hour");

        let mine = get(&stage, "who=li", "/messages?box=taken").await.json();
        assert_eq!(mine["items"][0]["state"], "sent");
        let other = get(&stage, "who=li", "/messages").await.json();
        assert_eq!(other["items"], json!([]), "it is not in my box");
        let hers = get(&stage, "who=chen", "/messages").await.json();
        assert_eq!(hers["items"][0]["state"], "delivered");
        assert_eq!(hers["unread"], 1);
        let opened = page(&stage, "who=chen", "/messages/1").await;
        assert!(
            opened.text.contains("合同改期") && opened.text.contains("已读"),
            "{}",
            opened.text
        );
        let call = get(&stage, "who=chen", "/messages/1").await.json();
        assert_eq!(call["state"], "read");

        stage.house.settle(2 * MINUTE).await;
        let done = json!({"version": call["version"], "words": "已回电"}).to_string();
        let handled = send(&stage, "who=chen", "POST", "/messages/1/answer", &done).await;
        assert_eq!(handled.status, StatusCode::OK, "{}", handled.text);
        let mine = get(&stage, "who=li", "/messages?box=taken").await.json();
        assert_eq!(mine["items"][0]["state"], "handled");
        assert_eq!(mine["items"][0]["handled_at"], "2026-11-23T04:02:00.000Z");
        assert_eq!(mine["items"][0]["answer"], "已回电");
        let late = json!({"words": "不用了"}).to_string();
        let over = send(&stage, "who=li", "DELETE", "/messages/1", &late).await;
        assert_eq!(over.status, StatusCode::CONFLICT, "what was done cannot be taken back");
    }
}

#[tokio::test]
async fn an_urgent_slip_that_nobody_reads_goes_to_the_deputy_after_ten_minutes_once() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let boss = line::person(&fresh.db, "boss", "周明镜").await;
        let raise = format!("UPDATE staff SET roles = 'supervisor' WHERE id = {boss}");
        stage.plant(vec![raise]).await;
        for body in ["机房漏水", "不急"] {
            let urgent = body == "机房漏水";
            take(&stage, "who=li", json!({"for": "陈晨", "body": body, "urgent": urgent})).await;
        }
        let due = Overdue.next_due(&fresh.db).await.unwrap();
        assert_eq!(due, Some(at(10 * MINUTE)));
        // the house was closed meanwhile
        Overdue.fall_due(&fresh.db, at(25 * MINUTE), at(10 * MINUTE)).await.unwrap();
        assert_eq!(Overdue.next_due(&fresh.db).await.unwrap(), None, "once");
        Overdue.fall_due(&fresh.db, at(26 * MINUTE), at(26 * MINUTE)).await.unwrap();
        let slip = get(&stage, "who=chen", "/messages/1").await.json();
        assert_eq!((&slip["state"], &slip["deputy_name"]), (&json!("escalated"), &json!("周明镜")));
        assert_eq!(slip["escalated_at"], "2026-11-23T04:25:00.000Z");
        let why: Vec<Option<String>> = sqlx_whys(&fresh.db).await;
        assert_eq!(why, [Some("late by 900000 ms".to_owned())]);
        let calm = get(&stage, "who=chen", "/messages/2").await.json();
        assert_eq!(calm["escalated_at"], Value::Null);
        page(&stage, "who=chen", "/messages/1").await;
        let read = get(&stage, "who=chen", "/messages/1").await.json();
        assert_eq!(read["state"], "read", "its owner read it after all");
    }
}

/// The reasons the journal gives for calls that a colleague picked up.
async fn stage_whys(db: &switchboard::db::Db) -> Vec<Option<String>> {
    const WHYS: switchboard::db::Sql = switchboard::db::Sql::both(
        "SELECT why FROM journal WHERE change = 'picked_up' ORDER BY seq",
    );
    db.read(WHYS).values().await.unwrap()
}

#[tokio::test]
async fn a_slip_is_read_back_and_no_tick_outlives_its_words() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        let read = "王建国\n138 0000 1234\n陈晨\n合同改期到周五\n2026-11-23 15:30";
        let slip = json!({
            "for": "陈晨", "from_name": "王建国", "phone": "138 0000 1234", "body": "合同改期到周五",
            "callback_by": "2026-11-23T15:30", "read": read
        });
        let taken = take(&stage, "who=li", slip.clone()).await;
        assert_eq!(taken["readback_at"], at(0).to_string(), "{taken}");
        let shown = page(&stage, "who=chen", "/messages/1").await.text;
        assert!(shown.contains("已复述 12:00"), "{shown}");

        let mut changed = slip;
        changed["body"] = json!("合同改期到周六");
        let taken = take(&stage, "who=li", changed.clone()).await;
        assert_eq!(taken["readback_at"], Value::Null, "that was not read back");
        let shown = page(&stage, "who=chen", "/messages/2").await.text;
        assert!(shown.contains("未复述"), "{shown}");

        // a form that is refused comes back with its sentence, and with its tick while it holds
        changed["for"] = json!("张三丰");
        changed["read"] = json!(read.replace("陈晨", "张三丰"));
        let again = send_page(&stage, "who=li", "/messages", &changed).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(again.text.contains("电话 138 0000 1234") && again.text.contains("留言给张三丰"));
        assert!(again.text.contains("class=\"todo\""), "{}", again.text);
        changed["read"] = json!(read.replace("陈晨", "张三丰").replace("周五", "周六"));
        let again = send_page(&stage, "who=li", "/messages", &changed).await;
        assert!(!again.text.contains("class=\"todo\""), "{}", again.text);

        // a few letters are somebody once the writer has seen whom
        changed["for"] = json!("cc");
        let asked = send_page(&stage, "who=li", "/messages", &changed).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(asked.text.contains("将送：陈晨。没错的话请再发送一次。"), "{}", asked.text);
        assert!(asked.text.contains("value=\"陈晨\" required"), "{}", asked.text);
        changed["meant"] = json!("陈晨");
        let sent = send_page(&stage, "who=li", "/messages", &changed).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "the form had said so: {}", sent.text);
    }
}

/// The reasons the journal gives for slips that were escalated.
async fn sqlx_whys(db: &switchboard::db::Db) -> Vec<Option<String>> {
    const WHYS: switchboard::db::Sql = switchboard::db::Sql::both(
        "SELECT why FROM journal WHERE change = 'escalated' ORDER BY seq",
    );
    db.read(WHYS).values().await.unwrap()
}

#[tokio::test]
async fn a_slip_is_for_somebody_who_is_there_and_says_something() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        for (body, field) in [
            (json!({"for": "张三丰", "body": "x"}), "for"),
            (json!({"for": "", "body": "x"}), "for"),
            (json!({"for": "陈晨", "body": " "}), "body"),
            (json!({"for": "陈晨", "body": "x".repeat(2_001)}), "body"),
            (json!({"for": "陈晨", "body": "x", "callback": true}), "phone"),
            (
                json!({"for": "陈晨", "body": "x", "phone": "1", "callback_by": "soon"}),
                "callback_by",
            ),
            (json!({"for": "陈晨", "body": "x", "via": "pickup"}), "via"),
        ] {
            let refused = send(&stage, "who=li", "POST", "/messages", &body.to_string()).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
            assert!(refused.json()["fields"][field].is_string(), "{field}: {}", refused.text);
        }
        let engineer = json!({"for": "陈晨", "body": "x"}).to_string();
        let no = send(&stage, "who=li; roles=engineer", "POST", "/messages", &engineer).await;
        assert_eq!(no.status, StatusCode::FORBIDDEN, "an engineer has a box, and takes none");
        let hostile =
            json!({"for": "陈晨", "from_name": "<b>\u{202e}x", "body": "a\u{0}b<script>"});
        let kept = take(&stage, "who=li", hostile).await;
        assert_eq!(kept["body"], "ab<script>");
        let drawn = page(&stage, "who=chen", "/messages").await.text;
        assert!(!drawn.contains("<b>\u{202e}") && !drawn.contains("b<script>"));
    }
}

#[tokio::test]
async fn a_slip_is_nobodys_business_but_theirs() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        take(&stage, "who=li", json!({"for": "李红", "body": "给我自己"})).await;
        let hers = get(&stage, "who=chen", "/messages/1").await;
        assert_eq!(hers.status, StatusCode::NOT_FOUND);
        let watched = get(&stage, "who=chen; roles=supervisor", "/messages/1").await;
        assert_eq!(watched.status, StatusCode::OK, "a supervisor watches over all");
        let handled =
            send(&stage, "who=chen; roles=supervisor", "POST", "/messages/1/answer", "{}");
        assert_eq!(handled.await.status, StatusCode::FORBIDDEN, "and handles none of others");
        let all = get(&stage, "who=chen", "/messages?box=all").await;
        assert_eq!(all.status, StatusCode::FORBIDDEN);
        let board = get(&stage, "who=chen; roles=wallboard", "/messages").await;
        assert_eq!(board.status, StatusCode::FORBIDDEN);
        let why = json!({"version": 1, "words": "写错了"}).to_string();
        let none = send(&stage, "who=li", "DELETE", "/messages/1", "{}").await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "a reason is given");
        let back = send(&stage, "who=li", "DELETE", "/messages/1", &why).await;
        assert_eq!(back.json()["state"], "withdrawn", "{}", back.text);
    }
}

/// 陈晨, whose call it is, sits in a meeting until four; 李红 says that she takes it.
async fn picked_up(stage: &Stage) {
    let (li, chen) = (stage.li, stage.chen);
    let (begin, end, back) = (at(0).millis(), at(480 * MINUTE).millis(), at(240 * MINUTE).millis());
    let on = |who| format!("INSERT INTO sign_ons (staff_id, from_at) VALUES ({who}, {begin})");
    let rows = vec![
        format!("UPDATE staff SET roles = 'operator' WHERE id IN ({li}, {chen})"),
        on(li),
        on(chen),
        format!(
            "INSERT INTO shifts (staff_id, role, hotline, kind, from_at, to_at)
                 VALUES ({chen}, 'operator', '4008001234', 'duty', {begin}, {end})"
        ),
        format!(
            "INSERT INTO absences (staff_id, state, asked_at, from_at, until_at, answer)
                 VALUES ({chen}, 'meeting', {begin}, {begin}, {back}, 'none')"
        ),
    ];
    stage.plant(rows).await;
    stage.house.ring("a", MINUTE, "13800001234").await;
    stage.house.settle(MINUTE + 6_000).await;
    send(stage, "who=li", "POST", "/calls/1/pickup", "").await;
}

#[tokio::test]
async fn a_slip_of_a_pick_up_speaks_its_readers_language() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        picked_up(&stage).await;
        stage.house.answered("a", MINUTE + 7_000).await;
        stage.house.settle(MINUTE + 8_000).await;
        send(&stage, "who=li", "POST", "/calls/1/wrap-up", "").await;
        let slips = PickUps::new(Language::ZhCn);
        slips.fall_due(&fresh.db, at(2 * MINUTE), at(2 * MINUTE)).await.unwrap();
        for (tongue, said) in [
            ("zh-CN", "已由同事代接，没有留下记录。"),
            ("en", "A colleague picked it up and left no record."),
        ] {
            let who = format!("who=chen; tongue={tongue}");
            let hers = get(&stage, &who, "/messages").await.json();
            assert_eq!(hers["items"][0]["body"], said, "{hers}");
            let shown = page(&stage, &who, "/messages/1").await.text;
            assert!(shown.contains(said), "{shown}");
        }
        // what a person wrote stays as they wrote it
        let own = json!({"for": "陈晨", "body": "已由同事代接，没有留下记录。"});
        let own = take(&stage, "who=li", own).await;
        let path = format!("/messages/{}", own["id"]);
        let read = get(&stage, "who=chen; tongue=en", &path).await.json();
        assert_eq!(read["body"], "已由同事代接，没有留下记录。");
    }
}

#[tokio::test]
async fn a_colleagues_pick_up_shows_where_the_absent_one_is_and_leaves_them_a_slip() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        picked_up(&stage).await;
        let card = page(&stage, "who=li", "/console").await.text;
        assert!(card.contains("陈晨") && card.contains("16:00"), "{card}");
        assert!(card.contains("我替您记下来，请他尽快给您回电"), "what to say for her: {card}");
        assert!(card.contains("/messages/new?call=1&amp;for="), "one key to a slip for her");
        stage.house.answered("a", MINUTE + 7_000).await;
        stage.house.settle(MINUTE + 8_000).await;
        let record = json!({"version": 0, "what": "合同改期", "need": "请回电"}).to_string();
        send(&stage, "who=li", "POST", "/calls/1/record", &record).await;
        // the house was killed between the record and the slip: the next one finds what is owed
        let now = at(2 * MINUTE);
        let slips = PickUps::new(Language::ZhCn);
        assert!(slips.next_due(&fresh.db).await.unwrap().is_some_and(|due| due <= now));
        slips.fall_due(&fresh.db, now, now).await.unwrap();
        assert_eq!(slips.next_due(&fresh.db).await.unwrap(), None);
        let restarted = PickUps::new(Language::ZhCn);
        assert_eq!(restarted.next_due(&fresh.db).await.unwrap(), None, "what was read stays read");
        // once for each, however often it is written down
        let again = json!({"version": 1, "what": "合同改期", "need": "请回电"}).to_string();
        send(&stage, "who=li", "POST", "/calls/1/record", &again).await;
        restarted.fall_due(&fresh.db, now, now).await.unwrap();
        let hers = get(&stage, "who=chen", "/messages").await.json();
        assert_eq!(hers["items"].as_array().unwrap().len(), 1, "{hers}");
        let slip = &hers["items"][0];
        assert_eq!((&slip["via"], &slip["reason"]), (&json!("pickup"), &json!("away")));
        assert_eq!(
            (&slip["body"], &slip["taken_name"]),
            (&json!("合同改期\n请回电"), &json!("李红"))
        );
        assert_eq!(slip["callback_by"], "2026-11-23T05:02:00.000Z", "she is owed a call back");
        // and the record says who answered for whom, and why; told once
        let record = page(&stage, "who=li", "/calls/1").await.text;
        assert_eq!(record.matches("李红代接，当班同事离席。").count(), 1, "{record}");
        assert!(record.contains("留言给陈晨") && record.contains("已送达"), "{record}");
        let told = stage_whys(&fresh.db).await;
        assert_eq!(told, [Some("away".to_owned())], "the journal has the reason");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_for_somebody_without_a_box_reaches_whoever_passes_it_on() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        let zhou = site.id("zhou");
        let secretary = json!({"name": "何静", "disclosure": "public", "staff": zhou});
        let (_, secretary) = site.post("gao", "/directory", secretary).await;
        let boss = json!({"name": "赵建国", "title": "总经理", "disclosure": "restricted",
            "mobile": "13911112222", "secretary": secretary["id"]});
        let (status, _) = site.post("gao", "/directory", boss).await;
        assert!(status.is_success());
        let clerk = json!({"name": "钱小明", "disclosure": "internal", "extension": "8105"});
        site.post("gao", "/directory", clerk).await;
        for (named, box_of, passed) in [("赵建国", "zhou", "赵建国"), ("8105", "sun", "钱小明")]
        {
            let slip =
                json!({"for": named, "body": "合同改期", "phone": "13800001234", "callback": true});
            let (status, taken) = site.post("li", "/messages", slip).await;
            assert_eq!(status, StatusCode::OK, "{taken}");
            let (_, theirs) = site.get(box_of, "/messages").await;
            let body = format!("请转交{passed}：\n合同改期");
            assert_eq!(theirs["items"][0]["body"], body, "{named}");
        }
        let form = site.page("li", "/messages/new?for=%E8%B5%B5%E5%BB%BA%E5%9B%BD").await;
        assert!(form.contains("将送：小周，代转赵建国"), "{form}");
        assert!(form.contains("value=\"赵建国\"") && !form.contains("13911112222"), "{form}");
        let nobody = json!({"for": "孙悟空", "body": "x"});
        let (status, _) = site.post("li", "/messages", nobody).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        site.close().await;
    }
}
