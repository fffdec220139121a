//! An offer leaves the house by mail, robot and telephone, and is answered from there: its link takes the order on, a
//! preview of the link takes nothing, a "1" from the telephone does.

use axum::http::StatusCode;
use mailparse::MailHeaderMap as _;
use serde_json::{Value, json};
use switchboard::db::Sql;

use super::kit;
use super::reached::{Reached, link_in, said_in};
use super::registrar::soon;
use super::site::{OUT_OF_HOURS, Site};

/// The same with 王工 on duty, an engineer with a telephone and a mailbox.
async fn world(place: &kit::Place) -> Reached {
    let mut reached = Reached::open(place).await;
    let site = &mut reached.site;
    site.plant(vec!["UPDATE staff SET extension = '805' WHERE login = 'wang'".to_owned()]).await;
    assert_eq!(site.post("wang", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
    reached
}

/// A fault that 李红 sends 王工 to; its number and the order's.
async fn sent(site: &mut Site) -> (String, String) {
    let fault = json!({
        "caller_number": "13800001234", "caller_name": "王建国", "company": "恒信物流", "place": "河西园", "symptom": "UPS 红灯报警",
        "impact": 1, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
    });
    let (status, fault) = site.post("li", "/faults", fault).await;
    assert_eq!(status, StatusCode::OK, "{fault}");
    let no = fault["no"].as_str().unwrap().to_owned();
    let lead = json!({ "lead": site.id("wang") });
    let (status, order) = site.post("li", &format!("/faults/{no}/work-orders"), lead).await;
    assert_eq!(status, StatusCode::OK, "{order}");
    (no, order["no"].as_str().unwrap().to_owned())
}

async fn until(site: &mut Site, order: &str, state: &str) {
    let mut beat = tokio::time::interval(std::time::Duration::from_millis(10));
    let mut now = Value::Null;
    for _ in 0..1_000 {
        beat.tick().await;
        now = site.get("li", &format!("/work-orders/{order}")).await.1;
        if now["state"] == state {
            return;
        }
    }
    panic!("{order} is not {state}: {now}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_is_taken_by_its_link_or_a_one_from_the_telephone_and_by_no_preview() {
    for place in kit::places().await {
        let Reached { mut site, mut telephone, mut mails, mut posts } =
            Box::pin(world(&place)).await;
        let (_, order) = sent(&mut site).await;
        let mail = soon("the mail", mails.recv()).await.unwrap();
        let mail = mailparse::parse_mail(&mail.raw).unwrap();
        assert!(mail.headers.get_first_value("Subject").unwrap().contains(&order));
        let body = mail.get_body().unwrap();
        assert!(body.contains("UPS 红灯报警") && !body.contains("13800001234"), "{body}");
        let link = link_in(&body, "/w/");
        let (rung, _) = telephone.next().await;
        assert!(rung.starts_with("MESSAGE sip:805@pbx.example") && rung.contains(&order), "{rung}");
        // a preview looks, and takes nothing
        for _ in 0..3 {
            let (status, page) = site.stranger("GET", &link).await;
            assert!(status == StatusCode::OK && page.matches("<button").count() == 1, "{page}");
            assert!(page.contains("接单") && !page.contains("13800001234"));
        }
        assert_eq!(site.get("li", &format!("/work-orders/{order}")).await.1["state"], "issued");
        let (status, page) = site.stranger("POST", &link).await;
        assert!(status == StatusCode::OK && !page.contains("<button"), "{page}");
        let now = site.get("li", &format!("/work-orders/{order}")).await.1;
        assert_eq!((&now["state"], &now["events"][1]["name"]), (&json!("acked"), &json!("王工")));
        assert_eq!(site.stranger("GET", "/w/nosuchkey").await.0, StatusCode::NOT_FOUND);

        // the next one by a "1"; after it the link has nothing left to say yes to, and says so
        let (_, second) = sent(&mut site).await;
        let (mut rung, mut house) = telephone.next().await;
        while !(rung.contains(&second) && rung.starts_with("MESSAGE sip:805@")) {
            // 李红's telephone hears that the first was accepted
            (rung, house) = telephone.next().await;
        }
        let mut said = Value::Null;
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(10));
        while said != "sent" {
            beat.tick().await;
            let put: Vec<String> = site
                .db
                .read(Sql::both("SELECT state FROM outbox WHERE about = $1 AND channel = 'sip'"))
                .bind(format!("work-orders/{second}"))
                .values()
                .await
                .unwrap();
            said = json!(put[0]);
        }
        telephone.write(house, "805", "1", 9).await;
        until(&mut site, &second, "acked").await;

        // a third is taken back before he looks: its link says so, and takes nothing
        let (third_fault, third) = sent(&mut site).await;
        let mut link = String::new();
        while link.is_empty() {
            let mail = soon("the third mail", mails.recv()).await.unwrap();
            let mail = mailparse::parse_mail(&mail.raw).unwrap();
            if mail.headers.get_first_value("Subject").unwrap().contains(&third) {
                link = link_in(&mail.get_body().unwrap(), "/w/");
            }
        }
        let recall = json!({ "reason": "客户改期" });
        site.post("li", &format!("/work-orders/{third}/acts/recall"), recall).await;
        let (_, page) = site.stranger("GET", &link).await;
        assert!(page.contains("已撤回") && !page.contains("<button"), "{page}");
        site.stranger("POST", &link).await;
        assert_eq!(site.get("li", &format!("/work-orders/{third}")).await.1["state"], "recalled");

        // nobody can be sent: the head's group hears it, and 高部长 says that it was seen
        site.delete("wang", "/shifts/sign-on").await;
        let draft = site.post("li", &format!("/faults/{third_fault}/work-orders"), json!({})).await;
        assert_eq!(draft.0, StatusCode::OK, "{}", draft.1);
        let post = soon("the robot's message", posts.recv()).await.unwrap().json();
        let text = said_in(&post);
        assert!(text.contains("无人可派"), "{text}");
        let (status, _) = site.stranger("POST", &link_in(&text, "/w/")).await;
        assert_eq!(status, StatusCode::OK);
        let seen = site.get("li", &format!("/faults/{third_fault}")).await.1;
        let history = seen["history"].as_array().unwrap();
        let entry = history.iter().find(|one| one["what"] == "已看到通知");
        assert_eq!(entry.unwrap()["who"], "高部长", "{seen}");
        let journal = site.journal("fault").await;
        assert!(journal.contains(&format!("faults/{third_fault} seen")), "{journal:?}");
        site.close().await;
    }
}

const CRIES: Sql =
    Sql::both("SELECT staff_id FROM outbox WHERE event = 'help' AND about = $1 ORDER BY staff_id");

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_help_goes_to_whoever_sent_the_engineer_or_to_the_desk_once_they_went_home() {
    for place in kit::places().await {
        let Reached { mut site, .. } = Box::pin(world(&place)).await;
        let (li, zhou) = (site.id("li"), site.id("zhou"));
        for (signs_on, heard) in [(true, vec![li]), (false, vec![li, zhou])] {
            let way = "/shifts/sign-on";
            let (status, said) = if signs_on {
                site.post("li", way, json!({})).await
            } else {
                site.delete("li", way).await
            };
            assert_eq!(status, StatusCode::OK, "{said}");
            let (fault, order) = sent(&mut site).await;
            for (verb, body) in
                [("accept", json!({})), ("help", json!({ "reason": "配电箱打不开" }))]
            {
                let address = format!("/work-orders/{order}/acts/{verb}");
                assert_eq!(site.post("wang", &address, body).await.0, StatusCode::OK, "{verb}");
            }
            let told: Vec<i64> =
                site.db.read(CRIES).bind(format!("faults/{fault}")).values().await.unwrap();
            assert_eq!(told, heard);
            // it stands before the whole desk, however few ways out of the house there are, until somebody takes it
            let console = site.page("zhou", "/console").await;
            assert!(
                console.contains("agenda-help") && console.contains("配电箱打不开"),
                "{console}"
            );
            let take = format!("/faults/{fault}/helping");
            assert_eq!(site.post("zhou", &take, json!({})).await.0, StatusCode::OK);
            assert!(!site.page("zhou", "/console").await.contains("agenda-help"));
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_opens_a_fault_with_all_that_is_known_and_the_next_call_shows_it_first() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let card = json!({ "name": "王建国", "company": "恒信物流", "numbers": ["13800001234"], "labels": ["mobile"] });
        let (status, card) = site.post("li", "/contacts", card).await;
        assert!(status.is_success(), "{card}");
        let home = json!({ "company": "恒信物流", "name": "河西园", "address": "奥体大街 68 号" });
        let home = site.post("li", "/sites", home).await.1["id"].clone();
        let contract = json!({ "number": "HX-1", "company": "恒信物流", "name": "四小时到场" });
        let contract = site.post("sun", "/sites/contracts", contract).await.1["id"].clone();
        let thing =
            json!({ "site": home, "contract": contract, "name": "UPS 主机", "serial": "UPS-7" });
        let thing = site.post("li", "/sites/assets", thing).await.1["id"].clone();
        let at = super::site::at(-60_000).millis();
        let call = |id: i64| {
            format!(
                "INSERT INTO calls (id, uid, version, pbx, caller_number, withheld, state, offered_at, rang_at, ended_at, rings, outcome, ended_by, end_seen, evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour) \
             VALUES ({id}, 'c{id}', 1, 'main', '+8613800001234', FALSE, 'ended', {at}, {at}, {at}, 1, 'abandoned', 'caller', TRUE, 'position_180', 5000, 3, 15000, 2, '2026-11-23', 16)"
            )
        };
        let record = format!(
            "INSERT INTO call_records (call_id, version, kind, urgency, who, occurred, place, matter, purpose, need, read_who, read_when, read_where, read_what, written_at) \
             VALUES (1, 1, 'fault', 'critical', '王主任', '今早', '', 'UPS 红灯报警', '保住机房', '今天修好', FALSE, FALSE, FALSE, FALSE, {at})"
        );
        site.plant(vec![call(1), call(2), record]).await;
        // the key stands on the call's page, and leads to the form with all of it filled in
        let page = site.page("li", "/calls/1").await;
        assert!(
            page.contains("href=\"/faults/new?call=1\"") && page.contains("data-key=\"f\""),
            "{page}"
        );
        let form = site.get("li", "/faults/new?call=1").await.1;
        for (field, known) in [
            ("call", json!(1)),
            ("contact", card["id"].clone()),
            ("caller_number", json!("+8613800001234")),
            // as they were called on the telephone; who the card is stands beside it
            ("caller_name", json!("王主任")),
            ("company", json!("恒信物流")),
            ("site", home.clone()),
            ("contract", contract.clone()),
            ("asset", thing.clone()),
            ("serial", json!("UPS-7")),
            ("symptom", json!("UPS 红灯报警")),
            ("need", json!("今天修好")),
            ("purpose", json!("保住机房")),
            ("urgency", json!(1)),
        ] {
            assert_eq!(form[field], known, "{field}: {form}");
        }
        assert_eq!(form["alike"], json!([]));
        let fault = json!({
            "call": 1, "serial": "UPS-7", "symptom": "UPS 红灯报警", "impact": 1, "urgency": 1,
            "plan": "派人换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
        });
        let (status, fault) = site.post("li", "/faults", fault).await;
        assert_eq!(status, StatusCode::OK, "{fault}");
        assert_eq!((&fault["asset"], &fault["site"], &fault["call"]), (&thing, &home, &json!(1)));
        // he rings again: the plan is there to be read before anything is asked, by number, by device and by site
        for asked in ["call=2".to_owned(), "serial=UPS-7".to_owned(), format!("site={home}")] {
            let form = site.get("li", &format!("/faults/new?{asked}")).await.1;
            assert_eq!(form["alike"][0]["plan"], "派人换电池", "{asked}");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_rings_again_is_shown_with_the_open_fault_and_its_plan_before_anybody_speaks() {
    for place in kit::places().await {
        let Reached { mut site, mut telephone, .. } = Box::pin(world(&place)).await;
        let (no, order) = sent(&mut site).await;
        let (_, house) = telephone.next().await;
        telephone.ring(house, "13800001234").await;
        let rings = async {
            let mut beat = tokio::time::interval(std::time::Duration::from_millis(10));
            loop {
                beat.tick().await;
                let console = site.get("li", "/console").await.1;
                if console["ringing"].as_array().is_some_and(|calls| calls.len() == 1) {
                    return console;
                }
            }
        };
        let console = soon("the call on the console", rings).await;
        let faults = &console["known"][0];
        assert_eq!((&faults["kind"], &faults["count"]), (&json!("faults"), &json!(1)), "{console}");
        let line = &faults["lines"][0];
        assert_eq!((&line["id"], &line["text"]), (&json!(no), &json!("UPS 红灯报警")), "{line}");
        assert_eq!(line["aside"], "换电池", "the plan is there to be read");
        assert_eq!(line["href"], format!("/faults/{no}"));
        let promised = faults["warnings"][0].as_str().unwrap();
        assert!(promised.contains(&no) && promised.contains("19:00"), "{promised}");
        let page = site.page("li", "/console").await;
        assert!(page.contains("换电池") && page.contains(&format!("/faults/{no}")), "{page}");
        // and who was there last, once somebody was
        assert!(!page.contains("上次上门"), "nobody was there yet");
        let came = super::site::at(-3_600_000).millis();
        site.plant(vec![format!(
            "UPDATE work_orders SET arrived_at = {came} WHERE no = '{order}'"
        )])
        .await;
        let page = site.page("li", "/console").await;
        assert!(
            page.contains("上次上门：王") && page.contains(&format!("/work-orders/{order}")),
            "{page}"
        );
        site.close().await;
    }
}

/// A notice that waits for 王工, above his page of jobs: its number, and what it says.
async fn waits(site: &mut Site) -> Vec<(String, String)> {
    let page = site.page("wang", "/my/jobs").await;
    let one = |part: &str| {
        let id = part.split('"').next().unwrap().to_owned();
        let text = part.split("<b>").nth(1).unwrap().split("</b>").next().unwrap();
        (id, text.to_owned())
    };
    page.split("id=\"ask-").skip(1).map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_to_an_engineer_stands_on_their_page_until_they_have_seen_it() {
    for place in kit::places().await {
        // he has set up no way by which messages find him
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        assert_eq!(site.post("wang", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        let (fault, order) = sent(&mut site).await;
        assert!(waits(&mut site).await.is_empty(), "an offer stands on its own card");

        // asked for advice: what and of which fault; whoever asked sees that he has seen it
        let asked = json!({ "engineer": site.id("wang"), "text": "红灯闪三下是什么？" });
        let consult = format!("/faults/{fault}/consultations");
        assert_eq!(site.post("li", &consult, asked).await.0, StatusCode::OK);
        let (id, text) = waits(&mut site).await.remove(0);
        for said in [fault.as_str(), "红灯闪三下是什么", "UPS 红灯报警"] {
            assert!(text.contains(said), "{said} in {text}");
        }
        assert!(!text.contains("13800001234"), "{text}");
        let history = |fault: &Value| -> Vec<String> {
            let all = fault["history"].as_array().unwrap().iter();
            all.map(|one| one["what"].as_str().unwrap().to_owned()).collect()
        };
        let address = format!("/faults/{fault}");
        let seen =
            |fault: &Value| history(fault).iter().filter(|what| *what == "已看到通知").count();
        let before = seen(&site.get("li", &address).await.1);
        let receipt = format!("/notices/{id}/receipt");
        assert_eq!(site.post("wang", &receipt, json!({})).await.0, StatusCode::OK);
        assert_eq!(site.post("wang", &receipt, json!({})).await.0, StatusCode::OK, "twice is once");
        assert!(waits(&mut site).await.is_empty());
        assert_eq!(seen(&site.get("li", &address).await.1), before + 1);

        // taken back: by whom and why; by mistake: it is his again, and the yes answers that too
        let acts = format!("/work-orders/{order}/acts");
        let recall = json!({ "reason": "客户改期" });
        assert_eq!(site.post("li", &format!("{acts}/recall"), recall).await.0, StatusCode::OK);
        let (_, text) = waits(&mut site).await.remove(0);
        assert!(text.contains("已由李红撤回") && text.contains("客户改期"), "{text}");
        assert_eq!(site.delete("li", "/faults/acts/latest").await.0, StatusCode::OK);
        let again = waits(&mut site).await;
        assert_eq!(again.len(), 1, "the newest of an order stands: {again:?}");
        assert!(again[0].1.contains("等您接单"), "{again:?}");
        assert_eq!(site.post("wang", &format!("{acts}/accept"), json!({})).await.0, StatusCode::OK);
        assert!(waits(&mut site).await.is_empty());

        // a call for help that somebody takes: who
        let help = json!({ "reason": "配电箱打不开" });
        assert_eq!(site.post("wang", &format!("{acts}/help"), help).await.0, StatusCode::OK);
        let take = format!("/faults/{fault}/helping");
        for _ in 0..2 {
            assert_eq!(site.post("zhou", &take, json!({})).await.0, StatusCode::OK);
        }
        let helped = waits(&mut site).await;
        assert_eq!(helped.len(), 1, "{helped:?}");
        assert!(helped[0].1.contains("小周来处理您的求助"), "{helped:?}");
        // on the card stands what he asked
        let page = site.page("wang", "/my/jobs").await;
        let card = page.split("class=\"spoken\"").nth(1).unwrap();
        assert!(card.split("</ul>").next().unwrap().contains("配电箱打不开"), "{card}");
        // a job that goes away with its fault
        let cancel = json!({ "reason": "客户自己修好了" });
        site.post("li", &format!("/faults/{fault}/cancellation"), cancel).await;
        let gone = waits(&mut site).await;
        assert_eq!(gone.len(), 1, "{gone:?}");
        assert!(gone[0].1.contains("客户自己修好了"), "{gone:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_order_only_the_newest_word_to_an_engineer_stands_on_their_page() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        assert_eq!(site.post("wang", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        let (_, order) = sent(&mut site).await;
        let recall = format!("/work-orders/{order}/acts/recall");
        let why = json!({ "reason": "客户改期" });
        assert_eq!(site.post("li", &recall, why).await.0, StatusCode::OK);
        assert_eq!(site.delete("li", "/faults/acts/latest").await.0, StatusCode::OK);
        let asked = waits(&mut site).await;
        assert!(asked.len() == 1 && asked[0].1.contains("等您接单"), "{asked:?}");

        // his time runs out, and nobody else is there: that he is asked is no longer so
        site.pass_to(4 * 60_000).await;
        let over = waits(&mut site).await;
        assert!(over.len() == 1 && over[0].1.contains("已退回重新派人"), "{over:?}");
        let (_, first) = site.get("li", &format!("/notices/{}", asked[0].0)).await;
        assert_eq!((&first["state"], &first["receipts"]), (&json!("closed"), &json!([])));

        // he is asked anew, on the card of the order: that it went back is no longer so either
        let lead = json!({ "lead": site.id("wang") });
        let (status, order) = site.post("li", &format!("/work-orders/{order}/issue"), lead).await;
        assert_eq!((status, &order["state"]), (StatusCode::OK, &json!("issued")), "{order}");
        assert!(waits(&mut site).await.is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_passed_over_still_learns_of_it_once_the_order_is_taken_back_from_the_next() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        site.plant(vec!["UPDATE staff SET roles = 'engineer' WHERE login = 'yi'".to_owned()]).await;
        for who in ["wang", "yi"] {
            assert_eq!(site.post(who, "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        }
        let (_, order) = sent(&mut site).await;
        site.pass_to(4 * 60_000).await;
        let passed = waits(&mut site).await;
        assert!(passed.len() == 1 && passed[0].1.contains("已转给乙"), "{passed:?}");
        let recall = format!("/work-orders/{order}/acts/recall");
        let why = json!({ "reason": "客户改期" });
        assert_eq!(site.post("li", &recall, why).await.0, StatusCode::OK);
        let told = site.waiting("yi").await;
        assert!(told.len() == 1 && told[0].contains("已由李红撤回"), "{told:?}");
        assert_eq!(
            waits(&mut site).await,
            passed,
            "that it is no longer his stands until he has seen it"
        );
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_reads_that_nobody_can_be_sent_until_they_have_seen_it_or_somebody_goes() {
    for place in kit::places().await {
        // the head has set up no way by which messages find them
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let nobody_for = async |site: &mut Site, symptom: &str| {
            let fault = json!({
                "caller_number": "13800001234", "caller_name": "王建国", "company": "恒信物流", "place": "河西园", "symptom": symptom,
                "impact": 1, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
            });
            let fault = site.post("li", "/faults", fault).await.1["no"].clone();
            let address = format!("/faults/{}/work-orders", fault.as_str().unwrap());
            let (status, draft) = site.post("li", &address, json!({})).await;
            assert_eq!((status, &draft["state"]), (StatusCode::OK, &json!("draft")), "{draft}");
            (fault.as_str().unwrap().to_owned(), draft["no"].as_str().unwrap().to_owned())
        };
        let (_, order) = nobody_for(&mut site, "UPS 红灯报警").await;
        let told = site.waiting("gao").await;
        assert!(told.len() == 1 && told[0].contains("无人可派"), "{told:?}");
        assert!(told[0].contains("UPS 红灯报警") && !told[0].contains("13800001234"), "{told:?}");
        // somebody came, and goes
        assert_eq!(site.post("wang", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        let lead = json!({ "lead": site.id("wang") });
        let (status, sent) = site.post("li", &format!("/work-orders/{order}/issue"), lead).await;
        assert_eq!((status, &sent["state"]), (StatusCode::OK, &json!("issued")), "{sent}");
        assert!(site.waiting("gao").await.is_empty());

        // what the head has seen stands beside the fault, once; what need not be done any more asks nobody
        site.delete("wang", "/shifts/sign-on").await;
        let (fault, _) = nobody_for(&mut site, "门禁打不开").await;
        let (_, all) = site.get("gao", "/notices").await;
        let mut all = all["items"].as_array().unwrap().iter();
        let asked = all.find(|one| one["state"] == "open").unwrap();
        let receipt = format!("/notices/{}/receipt", asked["id"]);
        assert_eq!(site.post("gao", &receipt, json!({})).await.0, StatusCode::OK);
        let now = site.get("li", &format!("/faults/{fault}")).await.1;
        let mut history = now["history"].as_array().unwrap().iter();
        let seen = history.find(|one| one["what"] == "已看到通知");
        assert_eq!(seen.unwrap()["who"], "高部长", "{now}");
        let (fault, _) = nobody_for(&mut site, "投影偏色").await;
        assert_eq!(site.waiting("gao").await.len(), 1);
        let cancel = json!({ "reason": "客户自己修好了" });
        let (status, said) =
            site.post("li", &format!("/faults/{fault}/cancellation"), cancel).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert!(site.waiting("gao").await.is_empty());
        site.close().await;
    }
}
