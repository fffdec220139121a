//! What the house promised to tell and to do: notices that leave the panel, call backs that slips ask for.

use axum::http::StatusCode;
use mailparse::MailHeaderMap as _;
use serde_json::{Value, json};
use switchboard::db::Sql;
use tokio::sync::mpsc::UnboundedReceiver;

use super::kit;
use super::reached::{Reached, link_in, said_in};
use super::receivers::Mail;
use super::registrar::{PATIENCE, soon};
use super::site::{OUT_OF_HOURS, Site, at};

/// What waits, and what has become of the rest: event, state, by number.
const OUTBOX: Sql = Sql::both("SELECT event, state FROM outbox WHERE about = $1 ORDER BY id");
const PUT_AT: Sql = Sql::both("SELECT at FROM outbox WHERE about = $1 ORDER BY id");

async fn outbox(site: &Site, about: &str) -> Vec<(String, String)> {
    site.db.read(OUTBOX).bind(about).all().await.unwrap()
}

/// Waits until the messages about a record stand so.
async fn until(site: &Site, about: &str, states: &[&str]) {
    let so = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(10));
        loop {
            beat.tick().await;
            let now = outbox(site, about).await;
            if now.iter().map(|(_, state)| state.as_str()).eq(states.iter().copied()) {
                return;
            }
        }
    };
    let came = tokio::time::timeout(PATIENCE, so).await;
    assert!(came.is_ok(), "{about}: {:?}, not {states:?}", outbox(site, about).await);
}

fn text_of(mail: &Mail) -> (String, String) {
    let read = mailparse::parse_mail(&mail.raw).unwrap();
    (read.headers.get_first_value("Subject").unwrap(), read.get_body().unwrap())
}

async fn next<T>(what: &str, from: &mut UnboundedReceiver<T>) -> T {
    soon(what, from.recv()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_finds_everybody_by_their_own_way_and_is_answered_from_there() {
    for place in kit::places().await {
        let Reached { mut site, mut telephone, mut mails, mut posts } = Reached::open(&place).await;
        let people = [site.id("zhou"), site.id("wang"), site.id("gao")];
        let text = "请看报表，有事打 138 0000 1234";
        let (_, sent) = site
            .post("li", "/notices", json!({ "text": text, "people": people, "must_ack": true }))
            .await;
        let about = format!("notices/{}", sent["id"]);
        // in the same change: no moment in which there is a notice and nothing on its way
        let put: Vec<i64> = site.db.read(PUT_AT).bind(&about).values().await.unwrap();
        assert_eq!(put, vec![at(0).millis(); 3]);

        let post = next("the robot's message", &mut posts).await.json();
        let said = said_in(&post);
        assert!(said.starts_with("请回应：请看报表，有事打 138****1234\n"), "{said}");
        let (subject, body) = text_of(&next("the mail", &mut mails).await);
        assert_eq!(subject, "请回应：请看报表，有事打 138****1234");
        let (rung, house) = telephone.next().await;
        assert!(rung.starts_with("MESSAGE sip:802@pbx.example"), "{rung}");
        let links = [said.as_str(), &body, &rung].map(|text| link_in(text, "/a/"));
        assert!(links[0] != links[1] && links[1] != links[2], "each has a link of their own");

        // 王工 opens the link of the mail, which answers nothing, and presses its button
        let (status, page) = site.stranger("GET", &links[1]).await;
        assert!(status == StatusCode::OK && page.matches("<button").count() == 1, "{page}");
        assert_eq!(site.get("li", &format!("/{about}")).await.1["acked"], 0);
        assert_eq!(site.stranger("POST", &links[1]).await.0, StatusCode::OK);
        // 小周 answers by telephone, once the house has noted that the message was taken
        until(&site, &about, &["sent", "sent", "sent"]).await;
        telephone.write(house, "802", "1", 7).await;
        let (ok, _) = telephone.next().await;
        assert!(ok.starts_with("SIP/2.0 200"), "{ok}");
        let mut acked = json!(0);
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(10));
        for _ in 0..1_000 {
            beat.tick().await;
            acked = site.get("li", &format!("/{about}")).await.1["acked"].clone();
            if acked == 2 {
                break;
            }
        }
        assert_eq!(acked, 2, "the telephone's answer counts");
        let (_, notice) = site.get("li", &format!("/{about}")).await;
        let receipts = notice["receipts"].as_array().unwrap().iter();
        let mut how: Vec<&str> = receipts.filter_map(|one| one["method"].as_str()).collect();
        how.sort_unstable();
        assert_eq!(how, ["link", "sip"]);

        // 高部长 is silent: asked again, by a link of its own
        site.pass_to(30_000).await;
        let again = next("the robot's second message", &mut posts).await.json();
        let said = said_in(&again);
        assert!(said.contains("第 2 次提醒") && link_in(&said, "/a/") != links[0], "{said}");
        until(&site, &about, &["sent", "sent", "sent", "sent"]).await;
        // who has answered is asked no more
        assert!(mails.try_recv().is_err());
        assert_eq!(site.stranger("POST", &links[0]).await.0, StatusCode::OK, "the older link too");
        assert_eq!(site.get("li", &format!("/{about}")).await.1["state"], "all_acked");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_finds_its_owner_by_their_own_way_and_the_deputy_after_ten_minutes() {
    for place in kit::places().await {
        let Reached { mut site, mut telephone, mut mails, .. } = Reached::open(&place).await;
        let reach = json!({ "version": 0, "mail": "sun@example.com" });
        site.post("sun", "/me/reach", reach).await;
        let urgent = json!({
            "for": "小周", "from_name": "王建国", "phone": "138 0000 1234", "urgent": true,
            "body": "机房漏水，有事打 138 0000 1234"
        });
        slip(&mut site, urgent).await;
        // in the same change as the box
        let put: Vec<i64> = site.db.read(PUT_AT).bind("messages/1").values().await.unwrap();
        assert_eq!(put, [at(0).millis()]);
        let (rung, _) = telephone.next().await;
        assert!(rung.starts_with("MESSAGE sip:802@pbx.example"), "{rung}");
        assert!(rung.contains("紧急：王建国给您留言") && rung.contains("138****1234"), "{rung}");
        assert!(rung.contains("/messages/1") && !rung.contains("138 0000 1234"), "{rung}");
        // nobody reads it
        site.pass_to(600_000).await;
        let mail = next("the deputy's mail", &mut mails).await;
        assert!(mail.to[0].contains("sun@"), "{:?}", mail.to);
        assert_eq!(text_of(&mail).0, "紧急：王建国给您留言");

        // one that was read before it went out stays in the house
        let quiet = json!({
            "version": 1, "mail": "wang@example.com", "quiet_from": "16:00", "quiet_to": "18:00"
        });
        site.post("wang", "/me/reach", quiet).await;
        slip(&mut site, json!({ "for": "王工", "body": "合同改期" })).await;
        until(&site, "messages/2", &["waiting"]).await;
        site.page("wang", "/messages/2").await;
        until(&site, "messages/2", &["discarded"]).await;
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_told_to_the_supervisor_by_every_way() {
    for place in kit::places().await {
        let Reached { mut site, mut mails, .. } = Reached::open(&place).await;
        let reach = json!({ "version": 0, "mail": "sun@example.com" });
        site.post("sun", "/me/reach", reach).await;
        let wang = site.id("wang");
        let body = json!({ "text": "机房漏水", "people": [wang], "must_ack": true });
        site.post("li", "/notices", body).await;
        let mut told = Vec::new();
        // asked, asked again after 30 and 60 s, and told to whoever stands above after 120
        for second in [0, 30, 60, 120] {
            site.pass_to(second * 1_000).await;
            let mail = next("a mail", &mut mails).await;
            told.push((mail.to[0].clone(), text_of(&mail).0));
        }
        let to_sun: Vec<&String> =
            told.iter().filter(|(to, _)| to.contains("sun@")).map(|(_, subject)| subject).collect();
        assert_eq!(to_sun, ["请回应：未回应：王工。原通知：“机房漏水”"], "{told:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_longer_holds_and_has_not_gone_out_stays_in_the_house() {
    for place in kit::places().await {
        let Reached { mut site, mut mails, .. } = Reached::open(&place).await;
        let quiet = json!({
            "version": 1, "mail": "wang@example.com", "quiet_from": "16:00", "quiet_to": "18:00"
        });
        assert_eq!(site.post("wang", "/me/reach", quiet).await.0, StatusCode::OK);
        let wang = site.id("wang");
        let task = json!({ "title": "换电池", "staff": wang, "due_at": at(600_000).to_string() });
        let (status, owed) = site.post("li", "/follow-ups", task).await;
        assert!(status.is_success(), "{owed}");
        assert_eq!(outbox(&site, "notices/1").await, [("sent".to_owned(), "waiting".to_owned())]);
        // it is due: the newer notice takes the place of the older, also on its way out
        site.pass_to(600_000).await;
        until(&site, "notices/1", &["discarded"]).await;
        until(&site, "notices/2", &["waiting"]).await;
        // it is done: nobody needs to hear of it
        let path = format!("/follow-ups/{}/completion", owed["id"]);
        assert_eq!(site.post("wang", &path, json!({ "result": "换好了" })).await.0, StatusCode::OK);
        until(&site, "notices/2", &["discarded"]).await;
        site.pass_to(2 * 3_600_000).await;
        assert!(mails.try_recv().is_err(), "nothing went out");
        site.close().await;
    }
}

async fn slip(site: &mut Site, body: Value) -> Value {
    let (status, slip) = site.post("li", "/messages", body).await;
    assert_eq!(status, StatusCode::OK, "{slip}");
    slip
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_that_asks_for_a_call_back_is_owed_and_closing_either_closes_the_other() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let by = at(1_800_000).to_string();
        let first = json!({
            "for": "小周", "from_name": "王建国", "phone": "138 0000 1234", "body": "合同", "callback_by": by
        });
        slip(&mut site, first).await;
        // in words, without a tick: within an hour
        let body = "明天不来了，请回电。";
        let second =
            json!({ "for": "小周", "from_name": "陈", "phone": "025-84523317", "body": body });
        slip(&mut site, second).await;
        slip(&mut site, json!({ "for": "小周", "body": "不用回电" })).await;
        let (_, mine) = site.get("zhou", "/follow-ups").await;
        let items = mine["items"].as_array().unwrap();
        let due: Vec<&str> = items.iter().map(|one| one["due_at"].as_str().unwrap()).collect();
        assert_eq!(due, [at(1_800_000).to_string(), at(3_600_000).to_string()]);
        assert!(items.iter().all(|one| one["kind"] == "call_back"), "{mine}");
        let page = site.page("zhou", "/follow-ups").await;
        assert!(page.contains("王建国的留言") && page.contains("/messages/1"), "{page}");

        // the slip is handled: nothing is owed any more
        let done = json!({ "version": 1, "words": "已回电" });
        assert_eq!(site.post("zhou", "/messages/1/answer", done).await.0, StatusCode::OK);
        let (_, one) = site.get("zhou", &format!("/follow-ups/{}", items[0]["id"])).await;
        assert_eq!((&one["state"], &one["result"]), (&json!("done"), &json!("已回电")));

        // the other way round: due, told, then done on the list; the desk sees it on the slip
        site.pass_to(3_600_000).await;
        assert_eq!(site.waiting("zhou").await.len(), 1);
        let path = format!("/follow-ups/{}/completion", items[1]["id"]);
        let (status, said) = site.post("zhou", &path, json!({ "result": "约在周五" })).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let (_, slip) = site.get("li", "/messages/2").await;
        assert_eq!(
            (&slip["state"], &slip["answer"], &slip["handled_name"]),
            (&json!("handled"), &json!("约在周五"), &json!("小周"))
        );
        assert!(site.waiting("zhou").await.is_empty(), "and nobody is asked for it any more");

        // taken back by its writer: not owed either
        let third = json!({ "for": "小周", "phone": "1", "body": "请回电", "callback": true });
        slip_taken_back(&mut site, third).await;
        site.close().await;
    }
}

async fn slip_taken_back(site: &mut Site, body: Value) {
    let taken = slip(site, body).await;
    let path = format!("/messages/{}", taken["id"]);
    let (status, _) = site.delete_with("li", &path, json!({ "words": "写错了" })).await;
    assert_eq!(status, StatusCode::OK);
    let (_, mine) = site.get("zhou", "/follow-ups").await;
    assert_eq!(mine["items"], json!([]), "{mine}");
}
