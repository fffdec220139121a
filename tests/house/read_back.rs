//! What was told is read back on every form that takes it (operations.md clause 3.2): a sentence of
//! the form's own fields, a tick that holds the words that were read, and none that outlives an edit.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::bookings_corridor::furnish;
use super::kit;
use super::site::{OUT_OF_HOURS, Site, at};

async fn did(site: &mut Site, path: &str, body: Value) -> Value {
    let (status, answer) = site.post("li", path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

async fn read_backs(site: &Site, kind: &str) -> usize {
    site.journal(kind).await.iter().filter(|line| line.ends_with(" read_back")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_read_back_while_it_is_written() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let form = site.page("li", "/bookings/new?name=%E7%8E%8B&phone=13800001234&party=8").await;
        for said in ["跟您确认一下：", "8位", "电话 138 0000 1234", "name=\"read\""] {
            assert!(form.contains(said), "{said}: {form}");
        }
        let read = "王先生\n8\n明天晚上七点\n靠窗\n13800001234";
        let body = json!({"name": "王先生", "party": 8, "phone": "13800001234",
            "when": "明天晚上七点", "wishes": "靠窗", "read": read});
        let booked = did(&mut site, "/bookings", body.clone()).await;
        assert_eq!(booked["readback_at"], at(0).to_string(), "{booked}");
        assert_eq!(read_backs(&site, "booking").await, 1);

        // a moment written in another way has letters of its own
        let exact = "2026-12-01T19:00:00+08:00";
        let whole = json!({"name": "Tom", "party": 2, "phone": "13800001235", "when": exact,
            "read": format!("Tom\n2\n{exact}\n13800001235")});
        let tuesday = did(&mut site, "/bookings", whole).await;
        assert_eq!(tuesday["readback_at"], at(0).to_string(), "{tuesday}");
        assert_eq!(read_backs(&site, "booking").await, 2);

        // one word is another than was read
        let mut other = body;
        other["party"] = json!(9);
        let other = did(&mut site, "/bookings", other).await;
        assert_eq!(other["readback_at"], Value::Null, "{other}");
        assert_eq!(read_backs(&site, "booking").await, 2);
        let no = other["no"].as_str().unwrap().to_owned();
        let page = site.page("li", &format!("/bookings/{no}")).await;
        assert!(page.contains("name=\"when_said\"") && page.contains("9位"), "{page}");

        // an edit takes the tick away, unless it is read anew with when and where
        let path = format!("/bookings/{}", booked["no"].as_str().unwrap());
        let edited = did(&mut site, &path, json!({"version": booked["version"], "party": 7})).await;
        assert_eq!(edited["readback_at"], Value::Null);
        let stale = json!({"version": booked["version"]});
        let (status, _) = site.post("li", &format!("{path}/readback"), stale).await;
        assert_eq!(status, StatusCode::CONFLICT, "what was read is not what is booked now");
        let page = site.page("li", &path).await;
        let value = |name: &str| {
            let field = page.split(&format!("name=\"{name}\"")).nth(1).unwrap();
            field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let (when, rooms) = (value("when_said"), value("rooms_said"));
        let words = ["王先生", "6", &when, &rooms, "靠窗", "138 0000 1234"];
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let anew = json!({"version": edited["version"], "name": "王先生", "party": 6,
            "phone": "138 0000 1234", "wishes": "靠窗", "read": words.join("\n")});
        let anew = did(&mut site, &path, anew).await;
        assert_eq!(anew["readback_at"], at(0).to_string(), "{anew}");
        assert_eq!(read_backs(&site, "booking").await, 3);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_is_read_back_while_it_is_written_and_the_engineer_sees_it() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        site.post("wang", "/shifts/sign-on", json!({})).await;
        let form = site.page("li", "/faults/new?number=13800001234").await;
        assert!(form.contains("跟您确认一下：") && form.contains("电话 138 0000 1234"), "{form}");
        let read = "王建国\n13800001234\n华东物流\n3楼机房\nHX-7\nUPS 红灯\n2026-11-23 21:00";
        let body = json!({"caller_name": "王建国", "caller_number": "13800001234",
            "company": "华东物流", "place": "3楼机房", "serial": "HX-7", "symptom": "UPS 红灯",
            "promised": "2026-11-23T21:00", "plan": "换电池", "impact": 2, "urgency": 2,
            "accept": true, "read": read});
        let mut silent = body.clone();
        silent["read"] = json!(read.replace("3楼", "4楼"));
        let silent = did(&mut site, "/faults", silent).await;
        assert_eq!(silent["readback_at"], Value::Null, "{silent}");
        let fault = did(&mut site, "/faults", body.clone()).await;
        assert_eq!(fault["readback_at"], at(0).to_string(), "{fault}");
        assert_eq!(read_backs(&site, "fault").await, 1);
        let no = fault["no"].as_str().unwrap().to_owned();
        let page = site.page("li", &format!("/faults/{no}")).await;
        assert!(page.contains("已复述 17:00"), "{page}");

        // nobody called: the fault's own tick is what the engineer sees
        let send = json!({ "lead": site.id("wang"), "tasks": "换电池" });
        did(&mut site, &format!("/faults/{no}/work-orders"), send).await;
        let (_, jobs) = site.get("wang", "/my/jobs").await;
        assert_eq!(jobs["items"][0]["read_back"], json!(true), "{jobs}");

        let (_, now) = site.get("li", &format!("/faults/{no}")).await;
        let mut same = body.clone();
        same["version"] = now["version"].clone();
        same["tried"] = json!("重启过");
        same["read"] = Value::Null;
        let same = did(&mut site, &format!("/faults/{no}"), same).await;
        assert_eq!(same["readback_at"], at(0).to_string(), "no word of it has changed");
        let mut moved = body;
        moved["version"] = same["version"].clone();
        moved["promised"] = json!("2026-11-23T22:00");
        let moved = did(&mut site, &format!("/faults/{no}"), moved).await;
        assert_eq!(moved["readback_at"], Value::Null, "another time was promised");
        let page = site.page("li", &format!("/faults/{no}")).await;
        assert!(page.contains("未复述"), "{page}");
        let (_, jobs) = site.get("wang", "/my/jobs").await;
        assert_eq!(jobs["items"][0]["read_back"], json!(false), "{jobs}");

        // a promise that comes later takes nothing from what was read; it is proposed and never set by itself
        let words = json!({"caller_name": "王建国", "caller_number": "13800001234", "company": "华东物流",
            "place": "3楼机房", "serial": "HX-8", "symptom": "UPS 红灯", "impact": 2, "urgency": 2,
            "read": "王建国\n13800001234\n华东物流\n3楼机房\nHX-8\nUPS 红灯"});
        let bare_fault = did(&mut site, "/faults", words.clone()).await;
        assert_eq!(bare_fault["promised_at"], Value::Null, "{bare_fault}");
        let no = bare_fault["no"].as_str().unwrap().to_owned();
        let page = site.page("li", &format!("/faults/{no}")).await;
        assert!(page.contains("填入服务目标") && page.contains("data-propose"), "{page}");
        site.pass_to(60_000).await;
        let mut bare = words;
        bare["version"] = bare_fault["version"].clone();
        bare["promised"] = json!("2026-11-23T21:00");
        bare["read"] = Value::Null;
        let promised = did(&mut site, &format!("/faults/{no}"), bare.clone()).await;
        assert_eq!(promised["readback_at"], at(0).to_string(), "{promised}");
        let page = site.page("li", &format!("/faults/{no}")).await;
        assert!(page.contains("已复述 17:00") && page.contains("承诺时间未复述"), "{page}");
        bare["version"] = promised["version"].clone();
        bare["read"] = json!(format!(
            "{}\n2026-11-23 21:00",
            "王建国\n13800001234\n华东物流\n3楼机房\nHX-8\nUPS 红灯"
        ));
        let read = did(&mut site, &format!("/faults/{no}"), bare).await;
        assert_eq!(read["readback_at"], at(60_000).to_string(), "{read}");
        let page = site.page("li", &format!("/faults/{no}")).await;
        assert!(!page.contains("承诺时间未复述"), "{page}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_room_is_read_back_too() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let form = site.page("li", "/waitlist").await;
        assert!(form.contains("data-aloud=\"name party from to phone\""), "{form}");
        let read = "李女士\n4\n19:00\n23:00\n13800001234";
        let mut body = json!({"name": "李女士", "party": 4, "phone": "13800001234", "from": "19:00",
            "to": "23:00", "read": read});
        let waits = did(&mut site, "/waitlist", body.clone()).await;
        assert_eq!(waits["readback_at"], at(0).to_string(), "{waits}");
        assert_eq!(read_backs(&site, "booking").await, 1);
        assert!(!site.page("li", "/waitlist").await.contains("未复述"));
        body["to"] = json!("22:00");
        let other = did(&mut site, "/waitlist", body).await;
        assert_eq!(other["readback_at"], Value::Null, "{other}");
        assert!(site.page("li", "/waitlist").await.contains("未复述"));
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reports_one_fault_twice_in_a_week_is_known_and_the_head_hears_of_it() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        site.plant(super::missed::call(1, Some("+8613800001234"), -60_000, "met", 1)).await;
        let fault = |serial: &str| {
            json!({"caller_number": "13800001234", "caller_name": "王建国", "symptom": "UPS 红灯",
                "serial": serial, "impact": 2, "urgency": 2})
        };
        did(&mut site, "/faults", fault("HX-7")).await;
        did(&mut site, "/faults", fault("HX-8")).await;
        let told =
            |lines: Vec<String>| lines.iter().filter(|one| one.ends_with(" repeated")).count();
        assert_eq!(told(site.journal("fault").await), 0, "another thing is another fault");
        let third = did(&mut site, "/faults", fault("HX-7")).await;
        assert_eq!(told(site.journal("fault").await), 1);
        let page = site.page("li", &format!("/faults/{}", third["no"].as_str().unwrap())).await;
        assert!(page.contains("重复报障") && page.contains("F26-0001"), "{page}");
        // and on the card of who calls again
        let li = site.id("li");
        let taken = format!("UPDATE calls SET taken_by = {li}, taken_at = offered_at WHERE id = 1");
        site.plant(vec![taken]).await;
        let card = site.page("li", "/console?call=1").await;
        let warned = "重复报障：7 天内第 2 次报同一故障，最近是 F26-0003";
        assert!(card.contains(warned), "{card}");
        let waits = site.waiting("gao").await;
        assert_eq!(waits.len(), 1, "{waits:?}");
        let asked = "F26-0003 是 7 天内第 2 次报同一故障，上次是 F26-0001：UPS 红灯";
        assert!(waits[0].starts_with(asked), "{waits:?}");
        assert!(site.waiting("sun").await.is_empty(), "the head alone is asked");
        let mut edit = fault("HX-7");
        edit["version"] = third["version"].clone();
        edit["tried"] = json!("重启过");
        did(&mut site, "/faults/F26-0003", edit).await;
        assert_eq!(site.waiting("gao").await.len(), 1, "more words are no other report");
        // the same once more: the newer asks, and the older no more
        did(&mut site, "/faults", fault("HX-7")).await;
        let waits = site.waiting("gao").await;
        assert!(waits.len() == 1 && waits[0].starts_with("F26-0004 是 7 天内第 3 次"), "{waits:?}");
        let (_, all) = site.get("gao", "/notices").await;
        let of_fault = all["items"].as_array().unwrap().iter();
        let of_fault: Vec<_> = of_fault.filter(|one| one["kind"] == "fault_again").collect();
        let lives: Vec<_> = of_fault.iter().map(|one| one["state"].as_str().unwrap()).collect();
        assert_eq!(lives, ["open", "superseded"], "{all}");
        assert_eq!(of_fault[0]["about"], "faults/F26-0004");
        // an answer is a receipt
        let path = format!("/notices/{}/receipt", of_fault[0]["id"]);
        let (status, answered) = site.post("gao", &path, json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answered}");
        assert!(site.waiting("gao").await.is_empty());
        let (_, notice) = site.get("gao", &format!("/notices/{}", of_fault[0]["id"])).await;
        assert_eq!(notice["state"], "all_acked", "{notice}");
        assert_eq!(notice["receipts"][0]["name"], "高部长", "{notice}");
        assert!(notice["receipts"][0]["acked_at"].is_string(), "{notice}");
        assert_eq!(told(site.journal("fault").await), 2);
        // a week later it is a fault like any other
        site.pass_to(8 * 24 * 3_600_000).await;
        did(&mut site, "/faults", fault("HX-7")).await;
        assert_eq!(told(site.journal("fault").await), 2);
        // what else the head is asked in a week of nights without anybody is no fault
        let waits = site.waiting("gao").await;
        assert!(!waits.iter().any(|one| one.contains("报同一故障")), "{waits:?}");
        site.close().await;
    }
}
