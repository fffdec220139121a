//! Notices: told to named people, answered by each, asked again, escalated, superseded.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::clock::Clock;
use switchboard::db::{self, Db, Stamp, Tx};
use switchboard::kernel::{Language, NoticeId, Role, StaffId};
use switchboard::notices::{self, Deliver, Ladder, NewNotice, Parcel, Recipients};
use switchboard::timers::Timers;
use switchboard::web::Subjects;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::kit;
use super::site::{OUT_OF_HOURS, Site, at};

/// A change of the board, told to the greeters on duty (clause 1-9a).
async fn board(db: &Db, millis: i64, text: &str) -> NoticeId {
    let new = NewNotice::to_be_answered("board", text.to_owned(), Recipients::Role(Role::Greeter))
        .about("rooms/3".to_owned())
        .superseding();
    let sent = db.write(Stamp { now: at(millis), by: None }, move |tx| {
        let new = new.clone();
        async move { notices::store::send(tx, new).await }.boxed()
    });
    sent.await.unwrap()
}

fn lamps(notice: &Value) -> Vec<(String, String)> {
    let receipts = notice["receipts"].as_array().unwrap().iter();
    let lamp = |one: &Value| {
        let method = one["method"].as_str().unwrap_or("silent").to_owned();
        (one["name"].as_str().unwrap().to_owned(), method)
    };
    receipts.map(lamp).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_greeter_answers_by_page_or_by_voice_and_the_notice_closes() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let id = board(&site.db, 0, "换房 A3→B1 王先生 8位").await;
        let path = format!("/notices/{id}");
        site.pass_to(5_000).await;
        assert_eq!(site.waiting("jia").await, ["换房 A3→B1 王先生 8位"]);
        for who in ["jia", "yi"] {
            let (status, _) = site.post(who, &format!("{path}/receipt"), json!({})).await;
            assert_eq!(status, StatusCode::OK);
        }
        let (_, notice) = site.get("li", &path).await;
        assert_eq!((&notice["state"], &notice["acked"]), (&json!("open"), &json!(2)));
        // 丙 answers by radio; the operator hears it and ticks the name
        site.pass_to(12_000).await;
        let bing = site.id("bing");
        let (status, notice) = site.post("li", &format!("{path}/receipts/{bing}"), json!({})).await;
        assert_eq!((status, &notice["state"]), (StatusCode::OK, &json!("all_acked")), "{notice}");
        let expected = [("丙", "voice"), ("乙", "page"), ("甲", "page")];
        let mut lit = lamps(&notice);
        lit.sort();
        let mut expected: Vec<_> =
            expected.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        expected.sort();
        assert_eq!(lit, expected);
        let mut voice = notice["receipts"].as_array().unwrap().iter();
        let voice = voice.find(|one| one["method"] == "voice").unwrap();
        assert_eq!(
            (&voice["ticked_by"], &voice["ack_ms"]),
            (&json!(site.id("li")), &json!(12_000))
        );
        // nothing follows any more
        site.pass_to(300_000).await;
        let (_, notice) = site.get("sun", &path).await;
        assert_eq!((&notice["state"], &notice["asked"]), (&json!("all_acked"), &json!(1)));
        assert!(site.waiting("sun").await.is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_greeter_is_asked_again_and_the_supervisor_is_told_by_name() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let id = board(&site.db, 0, "加房 A4").await;
        let path = format!("/notices/{id}");
        for who in ["jia", "yi"] {
            site.post(who, &format!("{path}/receipt"), json!({})).await;
        }
        site.pass_to(29_999).await;
        assert_eq!(site.get("li", &path).await.1["asked"], 1);
        site.pass_to(30_000).await;
        let (_, notice) = site.get("li", &path).await;
        assert_eq!((&notice["asked"], &notice["state"]), (&json!(2), &json!("overdue")));
        site.pass_to(60_000).await;
        assert_eq!(site.get("li", &path).await.1["asked"], 3);
        assert!(site.waiting("sun").await.is_empty(), "not yet");
        site.pass_to(120_000).await;
        assert_eq!(site.get("li", &path).await.1["state"], "escalated");
        assert_eq!(site.waiting("sun").await, ["未回应：丙。原通知：“加房 A4”"]);
        let page = site.page("sun", "/me").await;
        assert!(page.contains(&format!("<a href=\"{path}\">看原通知</a>")), "{page}");
        // the late answer still closes it
        site.post("bing", &format!("{path}/receipt"), json!({})).await;
        assert_eq!(site.get("li", &path).await.1["state"], "all_acked");
        assert!(site.waiting("sun").await.is_empty(), "and nobody is silent any more");
        let (status, counted) = site.get("sun", "/notices/answers").await;
        assert_eq!(status, StatusCode::OK);
        let of = |name: &str| {
            let mut items = counted["items"].as_array().unwrap().iter();
            items.find(|one| one["name"] == name).unwrap().clone()
        };
        assert_eq!((&of("甲")["blind"], &of("丙")["median_ms"]), (&json!(1), &json!(120_000)));
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_silent_is_not_told_of_it_themselves_but_those_above_are() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let body = json!({ "text": "请看班表", "people": [site.id("sun")], "must_ack": true });
        let (status, notice) = site.post("li", "/notices", body).await;
        assert_eq!(status, StatusCode::OK, "{notice}");
        site.pass_to(120_000).await;
        assert_eq!(site.waiting("sun").await, ["请看班表"]);
        assert_eq!(site.waiting("gao").await, ["未回应：孙主管。原通知：“请看班表”"]);
        let path = format!("/notices/{}/receipt", notice["id"]);
        assert_eq!(site.post("sun", &path, json!({})).await.0, StatusCode::OK);
        assert!(site.waiting("gao").await.is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_change_of_the_same_room_takes_the_place_of_the_older() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let older = board(&site.db, 0, "换房 A3→B1").await;
        site.post("jia", &format!("/notices/{older}/receipt"), json!({})).await;
        let newer = board(&site.db, 10_000, "换房 A3→B2").await;
        let (_, notice) = site.get("li", &format!("/notices/{older}")).await;
        assert_eq!(
            (&notice["state"], &notice["superseded_by"]),
            (&json!("superseded"), &json!(newer))
        );
        assert_eq!(site.waiting("yi").await, ["换房 A3→B2"]);
        // the older one is never asked again
        site.pass_to(200_000).await;
        assert_eq!(site.get("li", &format!("/notices/{older}")).await.1["asked"], 1);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_were_asked_answer_and_a_wrong_tick_is_taken_back() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    let id = board(&site.db, 0, "并房 A5+A6").await;
    let path = format!("/notices/{id}");
    let (status, _) = site.get("wang", &path).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "an engineer has no business with it");
    let (status, _) = site.post("li", &format!("{path}/receipt"), json!({})).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let bing = site.id("bing");
    let receipt = format!("{path}/receipts/{bing}");
    let (status, _) = site.post("jia", &receipt, json!({})).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "a greeter ticks nobody");
    site.post("li", &receipt, json!({})).await;
    let (status, notice) = site.delete("li", &receipt).await;
    assert_eq!((status, &notice["acked"]), (StatusCode::OK, &json!(0)));
    site.post("li", &receipt, json!({})).await;
    site.pass_to(61_000).await;
    let (status, _) = site.delete("li", &receipt).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "after a minute it stands");
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_send_notices_and_bad_ones_are_refused_field_by_field() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let (status, problem) =
            site.post("li", "/notices", json!({ "text": " ", "people": [] })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields: Vec<&String> = problem["fields"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["people", "text"]);
        let (status, _) =
            site.post("jia", "/notices", json!({ "text": "x", "role": "operator" })).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        let gao = site.id("gao");
        let text = "<b>报表</b>请看 \u{202e}";
        let body = json!({ "text": text, "people": [gao, gao], "must_ack": false });
        let (status, notice) = site.post("li", "/notices", body).await;
        assert_eq!((status, notice["receipts"].as_array().unwrap().len()), (StatusCode::OK, 1));
        let page = site.page("gao", "/me").await;
        assert!(!page.contains("<b>报表</b>") && page.contains("报表"), "markup is text");
        // nobody has to answer: it is shown for a day, and put away with one press
        let path = format!("/notices/{}", notice["id"]);
        site.post("gao", &format!("{path}/receipt"), json!({})).await;
        assert!(site.waiting("gao").await.is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_reaches_nobody_is_escalated_at_once() {
    let place = kit::sqlite();
    let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
    let new =
        NewNotice::to_be_answered("board", "停用 B2".to_owned(), Recipients::Role(Role::Finance));
    let sent = site.db.write(Stamp { now: at(0), by: None }, move |tx| {
        let new = new.clone();
        async move { notices::store::send(tx, new).await }.boxed()
    });
    sent.await.unwrap();
    site.pass_to(1).await;
    assert_eq!(site.waiting("sun").await, ["当班无人可收到通知：“停用 B2”"]);
    site.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_reaches_nobody_holds_up_no_other() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let to = Recipients::Role(Role::Finance);
        let new =
            NewNotice::to_be_answered("board", "停用 B2".to_owned(), to).ladder(Ladder::only_ask());
        let sent = site.db.write(Stamp { now: at(0), by: None }, move |tx| {
            let new = new.clone();
            async move { notices::store::send(tx, new).await }.boxed()
        });
        let nobodys = sent.await.unwrap();
        let id = board(&site.db, 0, "加房 A4").await;
        site.pass_to(30_000).await;
        assert_eq!(site.get("li", &format!("/notices/{id}")).await.1["asked"], 2);
        site.pass_to(120_000).await;
        assert_eq!(site.get("li", &format!("/notices/{id}")).await.1["state"], "escalated");
        let (_, notice) = site.get("li", &format!("/notices/{nobodys}")).await;
        assert_eq!((&notice["state"], &notice["asked"]), (&json!("open"), &json!(1)), "{notice}");
        site.close().await;
    }
}

/// A channel that only remembers.
#[derive(Clone, Default)]
struct Pigeons(Arc<Mutex<Vec<Parcel>>>);

impl Deliver for Pigeons {
    fn deliver<'t>(&'t self, _: &'t mut Tx, parcel: Parcel) -> BoxFuture<'t, db::Result<()>> {
        async move {
            self.0.lock().await.push(parcel);
            Ok(())
        }
        .boxed()
    }

    fn withdraw<'t>(
        &'t self,
        _: &'t mut Tx,
        _: NoticeId,
        _: Option<StaffId>,
    ) -> BoxFuture<'t, db::Result<()>> {
        async { Ok(()) }.boxed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_link_answers_with_a_press_and_not_by_being_looked_at() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        let id = board(&site.db, 0, "换台 T1→T2").await;
        // the same notice handed to another channel
        let pigeons = Pigeons::default();
        let channel: Arc<dyn Deliver> = Arc::new(pigeons.clone());
        let room = notices::Room::new(
            Subjects::new(Vec::new()),
            vec![channel],
            Language::ZhCn,
            "http://desk",
        );
        let later = at(1_000);
        let due =
            format!("UPDATE notices SET step = 0, due_at = {} WHERE id = {id}", later.millis());
        site.plant(vec![due]).await;
        let clock = Clock::manual(later);
        let (timers, driver) = Timers::new(site.db.clone(), clock, vec![room.falls_due()]);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        tasks.spawn(driver.run(stop.clone()));
        timers.settle(later).await;
        stop.cancel();
        let parcels = pigeons.0.lock().await.clone();
        let mut links: Vec<String> =
            parcels.iter().map(|parcel| parcel.link.replace("http://desk", "")).collect();
        links.dedup();
        assert_eq!(links.len(), 3, "everybody has a link of their own");
        let key = links[0].strip_prefix("/a/").unwrap();
        assert_eq!(key.len(), 43, "256 bits in base64");

        let (status, page) = site.stranger("GET", &links[0]).await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("换台 T1→T2") && page.matches("<button").count() == 1, "{page}");
        let (_, notice) = site.get("li", &format!("/notices/{id}")).await;
        assert_eq!(notice["acked"], 0, "a preview answers nothing");
        for _ in 0..2 {
            let (status, page) = site.stranger("POST", &links[0]).await;
            assert_eq!(status, StatusCode::OK);
            assert!(page.contains("已收到您的回应"));
        }
        let (_, notice) = site.get("li", &format!("/notices/{id}")).await;
        assert_eq!(
            (&notice["acked"], &lamps(&notice).iter().filter(|(_, how)| how == "link").count()),
            (&json!(1), &1)
        );
        let (status, _) =
            site.stranger("GET", "/a/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        let (status, _) = site.stranger("POST", &format!("/a/{}", "A".repeat(4_000))).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        site.close().await;
    }
}
