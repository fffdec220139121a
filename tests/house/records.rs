//! The record of a call: who, when, where, what, read back part by part, and never lost.

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard::db::Sql;
use switchboard::sip::{Heard, Way};

use super::panel::{get, send};
use super::site::{Site, at};
use super::stage::Stage;
use super::{kit, line};

const MESSAGES: Sql = Sql::both("SELECT count(*) FROM call_messages");

const COMPLAINTS: Sql = Sql::both(
    "SELECT count(*) FROM follow_ups WHERE kind = 'complaint' AND about = 'calls/3' AND assignee_role = 'supervisor'",
);

/// A stage on which 李红 has one call in hand.
async fn in_hand(fresh: &kit::Fresh) -> Stage {
    let stage = Stage::set(&fresh.db).await;
    stage.house.ring("a", 0, "13913952211").await;
    stage.house.settle(4_000).await;
    let taken = send(&stage, "who=li", "POST", "/calls/1/pickup", "").await;
    assert_eq!(taken.status, StatusCode::OK);
    stage.house.answered("a", 4_500).await;
    stage.house.settle(5_000).await;
    stage
}

fn written(version: i64) -> Value {
    json!({
        "version": version, "kind": "fault", "urgency": "urgent",
        "who": "王建国 138 1395 2211", "when": "今天 13:50 起", "where": "河西物流园 B 座 12 层机房",
        "what": "UPS 主机红灯\r\n蜂鸣报警",
    })
}

async fn save(stage: &Stage, who: &str, body: &Value) -> super::panel::Answer {
    send(stage, who, "POST", "/calls/1/record", &body.to_string()).await
}

#[tokio::test]
async fn a_record_is_read_back_part_by_part_and_an_edit_takes_the_tick_away() {
    for fresh in kit::stores().await {
        let stage = in_hand(&fresh).await;
        let call = get(&stage, "who=li", "/calls/1").await.json();
        assert_eq!(call["record"], Value::Null, "nobody wrote anything");

        let first = save(&stage, "who=li", &written(0)).await;
        assert_eq!(first.status, StatusCode::OK, "{}", first.text);
        let record = first.json()["record"].clone();
        assert_eq!(record["version"], 1);
        assert_eq!((&record["kind"], &record["urgency"]), (&json!("fault"), &json!("urgent")));
        assert_eq!(record["what"], "UPS 主机红灯\n蜂鸣报警", "one kind of line end");
        assert_eq!((&record["read"], &record["readback_at"]), (&json!([]), &Value::Null));
        assert_eq!(record["written_by"]["name"], "李红");
        let card = super::panel::page(&stage, "who=li", "/console?call=1").await.text;
        let by = card.split_once("<span class=\"by\">").unwrap().1.split_once("</span>").unwrap().0;
        assert!(by.starts_with("李红 ") && by.ends_with(" 保存"), "who, then when: {by}");

        let mut read = written(1);
        for (part, said) in [("who", "who"), ("when", "when"), ("where", "where")] {
            read[format!("read_{part}")] = read[said].clone();
        }
        let three = save(&stage, "who=li", &read).await.json();
        assert_eq!(three["record"]["read"], json!(["who", "when", "where"]));
        assert_eq!(three["readback_at"], Value::Null, "the last part is missing");
        read["version"] = json!(2);
        read["read_what"] = read["what"].clone();
        let all = save(&stage, "who=li", &read).await.json();
        assert_eq!(all["readback_at"], "2026-11-23T04:00:05.000Z");
        assert_eq!(all["record"]["readback_at"], all["readback_at"]);

        // the browser still sends the tick with the words that were read
        read["version"] = json!(3);
        read["when"] = json!("今天 14:50 起");
        let edited = save(&stage, "who=li", &read).await.json();
        assert_eq!(edited["record"]["read"], json!(["who", "where", "what"]));
        assert_eq!(edited["readback_at"], Value::Null, "a changed time was not read back");

        let story = switchboard::calls::store::story(&fresh.db, switchboard::kernel::CallId(1));
        let kinds: Vec<_> = story.await.unwrap().into_iter().map(|line| line.kind).collect();
        let recorded = kinds.iter().filter(|kind| *kind == "recorded").count();
        let read_back = kinds.iter().filter(|kind| *kind == "read_back").count();
        assert_eq!((recorded, read_back), (4, 1));
    }
}

#[tokio::test]
async fn two_who_write_one_record_meet_and_the_machine_is_no_conflict() {
    for fresh in kit::stores().await {
        let stage = in_hand(&fresh).await;
        assert_eq!(save(&stage, "who=li", &written(0)).await.status, StatusCode::OK);
        let late = save(&stage, "who=chen", &written(0)).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "somebody was first");
        assert_eq!(late.json()["current"]["record"]["who"], "王建国 138 1395 2211");
        stage.house.left("a", 60_000).await;
        stage.house.settle(61_000).await;
        let note = r#"{"version": 99, "notes": "机房要报备"}"#;
        let version = get(&stage, "who=li", "/calls/1").await.json()["version"].to_string();
        let note = note.replace("99", &version);
        assert_eq!(send(&stage, "who=chen", "POST", "/calls/1/notes", &note).await.status, 200);
        let again = save(&stage, "who=li", &written(1)).await;
        assert_eq!(again.status, StatusCode::OK, "a note beside it is no conflict");
        let call = again.json();
        assert_eq!((&call["notes"], &call["record"]["version"]), (&json!("机房要报备"), &json!(2)));
        // what was written is found again
        let found = get(&stage, "who=li", "/calls?q=%E7%89%A9%E6%B5%81%E5%9B%AD").await.json();
        assert_eq!(found["items"][0]["id"], 1);
        let noted = get(&stage, "who=li", "/calls?q=%E6%8A%A5%E5%A4%87").await.json();
        assert_eq!(noted["items"][0]["id"], 1);
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_by_its_field_and_nothing_is_changed() {
    for fresh in kit::stores().await {
        let stage = in_hand(&fresh).await;
        let mut wrong = written(0);
        wrong["kind"] = json!("gossip");
        wrong["urgency"] = json!("now");
        let refused = save(&stage, "who=li", &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = refused.json()["fields"].clone();
        assert!(fields["kind"].as_str().unwrap().contains("fault"), "{fields}");
        assert!(fields["urgency"].as_str().unwrap().contains("critical"), "{fields}");
        let mut long = written(0);
        long["who"] = json!("x".repeat(301));
        long["what"] = json!("好".repeat(4_001));
        let refused = save(&stage, "who=li; tongue=en", &long).await;
        assert_eq!(refused.json()["fields"]["who"], "At most 300 characters.");
        assert_eq!(refused.json()["fields"]["what"], "At most 4000 characters.");
        assert_eq!(get(&stage, "who=li", "/calls/1").await.json()["record"], Value::Null);
        let forbidden = save(&stage, "who=li; roles=manager", &written(0)).await;
        assert_eq!(forbidden.status, StatusCode::FORBIDDEN, "a manager answers no calls");
        let body = written(0).to_string();
        let nowhere = send(&stage, "who=li", "POST", "/calls/99/record", &body).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn hostile_words_are_words() {
    for fresh in kit::stores().await {
        let stage = in_hand(&fresh).await;
        let mut hostile = written(0);
        hostile["who"] = json!("<img src=x onerror=alert(1)>\u{0}\u{202e}gnaw");
        hostile["where"] = json!("'; DROP TABLE calls; --\u{7f}");
        hostile["what"] = json!("{{ 7*7 }} \u{1b}[31m </textarea><script>alert(1)</script>");
        let saved = save(&stage, "who=li", &hostile).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text);
        let record = saved.json()["record"].clone();
        assert_eq!(record["who"], "<img src=x onerror=alert(1)>\u{202e}gnaw");
        assert_eq!(record["where"], "'; DROP TABLE calls; --");
        for page in ["/console", "/calls/1", "/calls"] {
            let drawn = super::panel::page(&stage, "who=li", page).await.text;
            assert!(!drawn.contains("<img src=x") && !drawn.contains("<script>alert"), "{page}");
        }
    }
}

#[tokio::test]
async fn a_draft_outlives_the_browser_and_goes_with_the_saving() {
    for fresh in kit::stores().await {
        let stage = in_hand(&fresh).await;
        let fields = json!({"at": 1, "version": "0", "kept": {"what": "UPS 主机红"}}).to_string();
        let draft = json!({ "fields": fields }).to_string();
        let kept = send(&stage, "who=li", "POST", "/calls/1/draft", &draft).await;
        assert_eq!(kept.status, StatusCode::OK, "{}", kept.text);
        let mine = super::panel::page(&stage, "who=li", "/console").await.text;
        assert!(mine.contains("UPS 主机红"), "the draft comes with the page");
        let hers = super::panel::page(&stage, "who=chen", "/calls/1").await.text;
        assert!(!hers.contains("UPS 主机红"), "a draft is its writer's own");
        for wrong in
            [json!({"fields": "["}), json!({"fields": "[]"}), json!({"fields": "x".repeat(70_000)})]
        {
            let refused =
                send(&stage, "who=li", "POST", "/calls/1/draft", &wrong.to_string()).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        }
        let nowhere = send(&stage, "who=li", "POST", "/calls/99/draft", &draft).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);

        assert_eq!(save(&stage, "who=li", &written(0)).await.status, StatusCode::OK);
        let page = super::panel::page(&stage, "who=li", "/console").await.text;
        assert!(!page.contains("data-draft-kept"), "the record has taken its place");
        assert_eq!(send(&stage, "who=li", "POST", "/calls/1/draft", &draft).await.status, 200);
        assert_eq!(send(&stage, "who=li", "DELETE", "/calls/1/draft", "").await.status, 200);
        let page = super::panel::page(&stage, "who=li", "/console").await.text;
        assert!(!page.contains("data-draft-kept"), "thrown away");
    }
}

#[tokio::test]
async fn a_talk_without_a_record_shows_as_such_in_the_log_and_on_the_console() {
    let fresh = &kit::stores().await[0];
    let stage = in_hand(fresh).await;
    let nothing = json!({ "version": 0, "who": "王建国", "finish": true });
    let refused = save(&stage, "who=li", &nothing).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "they talk: {}", refused.text);
    stage.house.left("a", 60_000).await;
    stage.house.settle(61_000).await;
    let log = super::panel::page(&stage, "who=li", "/calls").await.text;
    assert!(log.contains("未记录"), "{log}");
    assert_eq!(save(&stage, "who=li", &written(0)).await.status, StatusCode::OK);
    let log = super::panel::page(&stage, "who=li", "/calls").await.text;
    assert!(log.contains("未复述") && !log.contains("未记录"));
    let console = super::panel::page(&stage, "who=li", "/console").await.text;
    assert!(console.contains("未复述"));
    let mut read = written(1);
    for part in ["who", "when", "where", "what"] {
        read[format!("read_{part}")] = read[part].clone();
    }
    read["wrap_up"] = json!(true);
    assert_eq!(save(&stage, "who=li", &read).await.status, StatusCode::OK);
    let log = super::panel::page(&stage, "who=li", "/calls").await.text;
    assert!(!log.contains("未复述") && !log.contains("未记录"));
    let hands = get(&stage, "who=li", "/console").await.json()["in_hand"].clone();
    assert!(hands.as_array().unwrap().is_empty(), "saving it put the call away");
    // who still writes about it keeps it before them, as it is
    let open = "id=\"hand\" data-hand=\"1\"";
    for (address, shown) in [("/console", false), ("/console?kept=1", true)] {
        let page = super::panel::page(&stage, "who=li", address).await.text;
        assert_eq!(page.contains(open), shown, "{address}");
    }
    let gone = super::panel::page(&stage, "who=li", "/console?kept=99").await;
    assert_eq!(gone.status, StatusCode::OK, "a call that is not there is passed over");
}

/// The calls 李红 has in hand.
async fn hands(site: &mut Site) -> Vec<i64> {
    let (_, console) = site.get("li", "/console").await;
    let hands = console["in_hand"].as_array().unwrap().iter();
    hands.map(|call| call["id"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn finishing_a_record_makes_what_it_asks_for_and_only_then_is_the_call_put_away() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        for (id, kind) in
            [(1, "fault"), (2, "message"), (3, "complaint"), (4, "enquiry"), (5, "booking")]
        {
            // a house without rooms has nothing to book
            site.plant(super::missed::call(id, Some("+8613800001234"), -60_000, "met", 1)).await;
            let (status, taken) = site.post("li", &format!("/calls/{id}/pickup"), json!({})).await;
            assert_eq!(status, StatusCode::OK, "{taken}");
            let path = format!("/calls/{id}/record");
            let mut record = written(0);
            record["kind"] = json!(kind);
            record["finish"] = json!(true);
            if kind == "complaint" {
                let mut empty = record.clone();
                empty["what"] = json!("");
                let (status, said) = site.post("li", &path, empty).await;
                assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
                assert_eq!(hands(&mut site).await, [id], "nothing was made of it");
            }
            let (status, saved) = site.post("li", &path, record.clone()).await;
            assert_eq!(status, StatusCode::OK, "{saved}");
            assert_eq!(saved["record"]["kind"], kind);
            let made = match kind {
                "fault" => Some(("/faults", json!({ "call": id, "symptom": "UPS", "done": true }))),
                "message" => {
                    let slip = json!({ "call": id, "for": "小周", "body": "请回电", "done": true });
                    Some(("/messages", slip))
                }
                _ => None,
            };
            if let Some((path, thing)) = made {
                assert_eq!(hands(&mut site).await, [id], "{kind}: nothing was made yet");
                let form = site.page("li", &format!("{path}/new?call={id}&done=on")).await;
                assert!(
                    form.contains("name=\"done\" value=\"on\"") && form.contains("UPS 主机红灯")
                );
                let (status, thing) = site.post("li", path, thing).await;
                assert_eq!(status, StatusCode::OK, "{thing}");
            }
            assert_eq!(hands(&mut site).await, [0_i64; 0], "{kind}");
            // what is there is not made a second time
            record["version"] = json!(1);
            let (status, again) = site.post("li", &path, record).await;
            assert_eq!(status, StatusCode::OK, "{again}");
        }
        assert_eq!(site.db.read(COMPLAINTS).value::<i64>().await.unwrap(), 1);
        let list = site.page("sun", "/follow-ups").await;
        assert!(list.contains("投诉 · UPS 主机红灯"), "{list}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn finishing_a_call_about_a_booking_leads_on_to_its_form_and_the_call_goes_with_the_booking()
{
    for place in kit::places().await {
        let mut site = Site::open_with(&place, super::site::OUT_OF_HOURS).await;
        super::bookings_corridor::furnish(&mut site).await;
        let booking = json!({
            "name": "王先生", "party": 6, "phone": "13800001234", "when": "19:30", "room": ["A4"]
        });
        let waits =
            json!({ "name": "王先生", "party": 6, "phone": "13800001234", "from": "19:30" });
        for (id, path, mut made) in [(1, "/bookings", booking), (2, "/waitlist", waits)] {
            site.plant(super::missed::call(id, Some("+8613800001234"), -60_000, "met", 1)).await;
            let (status, taken) = site.post("li", &format!("/calls/{id}/pickup"), json!({})).await;
            assert_eq!(status, StatusCode::OK, "{taken}");
            let mut record = json!({
                "version": 0, "kind": "booking", "who": "王先生", "when": "今晚7点半", "what": "6位 A4", "finish": true
            });
            let of_record = format!("/calls/{id}/record");
            let (status, saved) = site.post("li", &of_record, record.clone()).await;
            assert_eq!(status, StatusCode::OK, "{saved}");
            assert_eq!(hands(&mut site).await, [id], "{path}: nothing was booked yet");
            let form = site.page("li", &format!("/bookings/new?call={id}&done=on")).await;
            assert!(form.contains("name=\"done\" value=\"on\""), "{form}");
            assert!(form.contains("value=\"2026-11-23 19:30\""), "what was said stands there");
            made["call_id"] = json!(id);
            made["done"] = json!("on");
            let (status, made) = site.post("li", path, made).await;
            assert!(status.is_success(), "{made}");
            assert_eq!(hands(&mut site).await, [0_i64; 0], "{path}");
            // what is there is not asked for a second time
            record["version"] = json!(1);
            let (status, again) = site.post("li", &of_record, record).await;
            assert_eq!(status, StatusCode::OK, "{again}");
            assert_eq!(hands(&mut site).await, [0_i64; 0], "{path}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engineer_sees_whether_it_was_read_back() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        site.post("wang", "/shifts/sign-on", json!({})).await;
        site.plant(super::missed::call(1, Some("+8613800001234"), -60_000, "met", 1)).await;
        let mut record = written(0);
        for read in [Value::Null, json!(true)] {
            let fault = json!({
                "call": 1, "symptom": "UPS 红灯", "caller_name": "王建国", "impact": 2, "urgency": 2,
                "plan": "换电池", "promised_at": at(3_600_000).to_string(), "accept": true
            });
            let (status, fault) = site.post("li", "/faults", fault).await;
            assert_eq!(status, StatusCode::OK, "{fault}");
            let send = json!({ "lead": site.id("wang"), "tasks": "换电池" });
            let path = format!("/faults/{}/work-orders", fault["no"].as_str().unwrap());
            let (status, order) = site.post("li", &path, send).await;
            assert_eq!(status, StatusCode::OK, "{order}");
            if read == json!(true) {
                for part in ["who", "when", "where", "what"] {
                    record[format!("read_{part}")] = record[part].clone();
                }
            }
            let (status, saved) = site.post("li", "/calls/1/record", record.clone()).await;
            assert_eq!(status, StatusCode::OK, "{saved}");
            record["version"] = json!(1);
            let (_, jobs) = site.get("wang", "/my/jobs").await;
            assert_eq!(jobs["items"][0]["read_back"], json!(read == json!(true)), "{jobs}");
            let page = site.page("wang", "/my/jobs").await;
            assert!(page.contains(if read.is_null() { "未复述" } else { "已复述" }), "{page}");
        }
        site.close().await;
    }
}

#[tokio::test]
async fn nothing_that_was_heard_before_an_erasure_is_stored_after_it() {
    for fresh in kit::stores().await {
        let stage = Stage::set(&fresh.db).await;
        stage.house.ring("a", 0, "13913952211").await;
        stage.house.left("a", 3_000).await;
        stage.house.settle(3_000).await;
        let late = "ACK sip:13913952211@127.0.0.1 SIP/2.0\r\n\r\n";
        stage.house.hear(Heard::Wire(line::wire("a", 3_010, Way::In, late))).await;
        let erasure = json!({ "number": "13913952211", "contacts": [], "ground": "request" });
        let (who, body) = ("who=li; roles=head", erasure.to_string());
        let erased = send(&stage, who, "POST", "/contacts/privacy/erasure", &body).await;
        assert_eq!(erased.status, StatusCode::OK, "{}", erased.text);
        stage.house.room.live().written().await;
        let left = fresh.db.read(MESSAGES).value::<i64>().await.unwrap();
        assert_eq!(left, 0, "its signalling names the caller");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_begins_with_what_its_call_says_and_the_call_knows_what_grew_out_of_it() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, super::site::OUT_OF_HOURS).await;
        super::bookings_corridor::furnish(&mut site).await;
        site.plant(super::missed::call(1, Some("+8613800001234"), -60_000, "met", 1)).await;
        let record = json!({
            "version": 0, "kind": "booking", "who": "王先生", "when": "今晚7点半", "what": "8位 A4 生日布置 要投影"
        });
        let (status, saved) = site.post("li", "/calls/1/record", record).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        let (status, form) = site.get("li", "/bookings/new?call=1").await;
        assert_eq!(status, StatusCode::OK, "{form}");
        let fields = &form["fields"];
        assert_eq!(fields["when"], "2026-11-23 19:30", "{fields}");
        assert_eq!((&fields["party"], &fields["room"]), (&json!("8"), &json!("A4")), "{fields}");
        assert_eq!((&fields["phone"], &fields["call_id"]), (&json!("138 0000 1234"), &json!(1)));
        assert!(fields["wishes"].as_str().unwrap().contains("生日布置"), "{fields}");
        assert_eq!(fields["name"], "王先生", "as the record says");
        // who hid their number is called back at the one they told
        site.plant(super::missed::call(2, None, -50_000, "met", 1)).await;
        let record = json!({
            "version": 0, "kind": "fault", "who": "李女士 13900005678", "what": "投影仪不亮"
        });
        let (status, saved) = site.post("li", "/calls/2/record", record).await;
        assert_eq!(status, StatusCode::OK, "{saved}");
        for (path, number) in [("/faults", "+8613900005678"), ("/messages", "139 0000 5678")] {
            let page = site.page("li", &format!("{path}/new?call=2")).await;
            assert!(page.contains("value=\"李女士\""), "{path}: {page}");
            assert!(page.contains(&format!("value=\"{number}\"")), "{path}: {page}");
        }
        let button = "href=\"/bookings/new?call=1\" data-key=\"b\"";
        assert!(site.page("li", "/calls/1").await.contains(button), "one key from the call");

        let booking = json!({
            "name": "王先生", "party": 8, "phone": "13800001234", "when": "19:30", "room": ["A4"], "call_id": 1
        });
        let (status, booking) = site.post("li", "/bookings", booking).await;
        assert!(status.is_success(), "{booking}");
        let fault = json!({ "call": 1, "symptom": "UPS 红灯", "caller_name": "王先生" });
        let (status, fault) = site.post("li", "/faults", fault).await;
        assert!(status.is_success(), "{fault}");
        let links = json!({ "faults": [fault["no"]], "bookings": [booking["no"]] });
        assert_eq!(site.get("li", "/calls/1").await.1["links"], links);
        let log = site.get("li", "/calls").await.1;
        let first = log["items"].as_array().unwrap().iter().find(|call| call["id"] == 1).unwrap();
        assert_eq!(first["links"], links, "in the log too");
        let page = site.page("li", "/calls/1").await;
        for way in [
            format!("/faults/{}", fault["no"].as_str().unwrap()),
            format!("/bookings/{}", booking["no"].as_str().unwrap()),
        ] {
            assert!(page.contains(&format!("href=\"{way}\"")), "{way}: {page}");
        }
        site.close().await;
    }
}
