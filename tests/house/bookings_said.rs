//! What people are told of a booking is what the house's own rules and its record say: who is late, which rooms
//! are one party's, who asked for help again, and on which day.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::bookings_corridor::{book, furnish};
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

const MINUTE: i64 = 60_000;

async fn did(site: &mut Site, who: &'static str, path: &str, body: Value) -> Value {
    let (status, answer) = site.post(who, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_late_when_the_house_says_so() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let rules = json!({
            "version": 0, "grace_minutes": 25, "retry_minutes": 5, "due_soon_minutes": 30, "hold_minutes": 5,
            "offer_minutes": 10, "viewing_minutes": 15, "shortest_minutes": 60, "short_below": 2, "short_eta_minutes": 20,
            "banquet_party": 20, "banquet_minutes": 15, "notice_again_s": 30, "release": "21:30",
        });
        did(&mut site, "sun", "/admin/booking-rules", rules).await;
        let no = book(&mut site, "王先生", "A1", "17:10").await;
        for (minutes, late) in [(34, false), (35, true)] {
            site.pass_to(minutes * MINUTE).await;
            let (_, booking) = site.get("li", &format!("/bookings/{no}")).await;
            assert_eq!(booking["late"], late, "{minutes} minutes after five: {booking}");
            let (_, list) = site.get("li", "/bookings?state=late").await;
            assert_eq!(list["items"].as_array().unwrap().len(), usize::from(late), "{list}");
            let page = site.page("li", &format!("/bookings/{no}")).await;
            assert_eq!(page.contains("id=\"late\""), late, "the call to them is offered in time");
        }
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn help_that_is_asked_for_again_is_told_again_and_seen_by_who_asked() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        did(&mut site, "li", "/shifts/sign-on", json!({})).await;
        let ask = async |site: &mut Site, who: &'static str, words: &str| {
            did(site, who, "/my/floor/1/help", json!({ "words": words })).await;
        };
        ask(&mut site, "jia", "客人要加椅子").await;
        assert_eq!(site.waiting("li").await, ["求助 A1 客人要加椅子"]);
        // the operator has heard of it; a colleague asks for more two minutes later
        let heard = site.get("li", "/notices").await.1["items"][0]["id"].clone();
        did(&mut site, "li", &format!("/notices/{heard}/receipt"), json!({})).await;
        assert!(site.waiting("li").await.is_empty());
        site.pass_to(MINUTE).await;
        ask(&mut site, "yi", "再要一瓶水").await;
        assert_eq!(site.waiting("li").await, ["再次求助 A1 客人要加椅子·再要一瓶水"]);
        let (_, owed) = site.get("li", "/follow-ups").await;
        let all = owed["items"].as_array().unwrap().iter();
        let help: Vec<&Value> = all.filter(|one| one["kind"] == "help").collect();
        assert_eq!(help.len(), 1, "one thing to do: {owed}");
        let asked = help[0]["title"].as_str().unwrap();
        assert!(asked.ends_with("A1 客人要加椅子·再要一瓶水"), "{asked}");
        // the greeters see on the room that it was asked for, until it is brought
        let tile = site.get("jia", "/my/floor").await.1["items"][0].clone();
        assert_eq!(tile["help"]["words"], "A1 客人要加椅子·再要一瓶水", "{tile}");
        assert!(site.page("jia", "/my/floor").await.contains("已求助 17:00"));
        let done = format!("/follow-ups/{}/completion", help[0]["id"]);
        did(&mut site, "li", &done, json!({ "result": "已送去" })).await;
        let tile = site.get("jia", "/my/floor").await.1["items"][0].clone();
        assert_eq!(tile["help"], Value::Null, "{tile}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rooms_of_one_party_say_so_to_the_greeter() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let body = json!({ "name": "王先生", "party": 12, "phone": "13800001234", "when": "17:30", "room": ["A1", "A2"] });
        let no = did(&mut site, "li", "/bookings", body).await["no"].clone();
        book(&mut site, "李女士", "A3", "17:30").await;
        let floor = site.get("jia", "/my/floor").await.1;
        let with = |floor: &Value, k: usize| floor["items"][k]["with"].clone();
        assert_eq!((with(&floor, 0), with(&floor, 1)), (json!(["A2"]), json!(["A1"])), "{floor}");
        assert_eq!(with(&floor, 2), json!([]), "a party with one room says nothing");
        let page = site.page("jia", "/my/floor").await;
        assert!(page.contains("与 A2 同一批") && page.contains("与 A1 同一批"), "{page}");
        let board = site.page("li", "/rooms/board").await;
        assert!(
            board.contains("<small>王先生 12位·A1+A2</small>"),
            "and so does the board of a telephone"
        );
        // one tap brings them into both
        did(&mut site, "jia", "/my/floor/2/arrival", json!({ "no": no })).await;
        did(&mut site, "jia", "/my/floor/1/seat", json!({ "no": no })).await;
        let floor = site.get("jia", "/my/floor").await.1;
        assert_eq!((with(&floor, 0), with(&floor, 1)), (json!(["A2"]), json!(["A1"])), "{floor}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_next_year_is_written_with_its_year() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        for (date, phone) in [("2026-12-26", "13600001111"), ("2027-02-06", "13600002222")] {
            let body = json!({ "name": "陈府", "phone": phone, "occasion": "婚宴", "date": date, "tables": 30 });
            did(&mut site, "li", "/banquets", body).await;
        }
        // nobody is a manager: the head is asked
        let told = site.waiting("gao").await;
        for text in ["宴会 陈府 婚宴 12/26 周六", "宴会 陈府 婚宴 2027/2/6 周六"] {
            assert!(told.iter().any(|one| one == text), "{text}: {told:?}");
        }
        let page = site.page("li", "/banquets").await;
        assert!(page.contains(">12/26 周六<") && page.contains(">2027/2/6 周六<"), "{page}");
        let no = book(&mut site, "王先生", "A1", "2027-01-15 18:00").await;
        let page = site.page("li", &format!("/bookings/{no}")).await;
        assert!(page.contains("2027/1/15 周五 18:00–20:00"), "{page}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_over_once_it_is_decided_and_not_by_a_key() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        for price in [
            json!({ "class_id": 1, "valid_from": "2026-01-01", "min_spend": "600" }),
            json!({ "room_id": 1, "valid_from": "2026-01-01", "min_spend": "1200" }),
        ] {
            did(&mut site, "sun", "/admin/room-prices", price).await;
        }
        let no = book(&mut site, "王先生", "A1", "19:00").await;
        did(&mut site, "sun", "/shifts/sign-on", json!({})).await;
        site.pass_to(MINUTE).await;
        for text in ["一", "二", "三", "四"] {
            let told = json!({ "text": text, "people": [site.id("sun")], "must_ack": true });
            did(&mut site, "li", "/notices", told).await;
        }
        let change = json!({ "room": "A2", "reason": "要靠窗", "ask": true });
        let asked = did(&mut site, "li", &format!("/bookings/{no}/change"), change).await;
        // who decides hears of it wherever they are, and from there it is one step to the answer
        let please = "请批准 王先生 6位".to_owned();
        assert!(site.waiting("sun").await.contains(&please));
        let board = site.page("sun", "/rooms/board").await;
        assert!(board.contains("<a href=\"/bookings/approvals\">"), "{board}");
        // of more than a page shows above, what is to be decided is not among those that are only counted
        let shown =
            |text: &str| board.contains(&format!("<b>{text}</b> <span class=\"ask-from\">"));
        assert!(shown(&please) && !shown("四"), "{board}");
        let owed = async |site: &mut Site| -> Vec<Value> {
            let all = site.get("sun", "/follow-ups").await.1["items"].as_array().unwrap().clone();
            all.into_iter().filter(|one| one["kind"] == "approval").collect()
        };
        let open = owed(&mut site).await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert!(open[0]["title"].as_str().unwrap().contains(&format!("王先生 {no}")), "{open:?}");
        let console = site.page("sun", "/console").await;
        assert!(console.contains("data-todo=\"/bookings/approvals\""), "it opens the approvals");
        let done = format!("/follow-ups/{}/completion", open[0]["id"]);
        let (status, said) = site.post("sun", &done, json!({})).await;
        assert!(status.is_client_error(), "{said}");
        assert!(said["detail"].as_str().unwrap().contains("待批准"), "{said}");
        site.pass_to(2 * MINUTE).await;
        let answer = format!("/bookings/approvals/{}", asked["approval"]);
        did(&mut site, "sun", &answer, json!({ "reason": "老客人" })).await;
        assert!(owed(&mut site).await.is_empty(), "it was decided");
        assert!(!site.waiting("sun").await.contains(&please), "and nobody is asked any more");

        // the history of the booking says who asked for what and why, and who granted it and why, in order
        let page = site.page("li", &format!("/bookings/{no}")).await;
        let begins = page.find("<li id=\"approval-").unwrap();
        let history = &page[begins..];
        let granted = history.find("批准·老客人</span><span class=\"soft\">孙主管").unwrap();
        let asking = history.find("请求批准·→A2·要靠窗</span><span class=\"soft\">").unwrap();
        let booked = page[begins..].find("<li id=\"act-").unwrap();
        assert!(granted < asking && asking < booked, "{history}");

        // the journal says from where to where
        let lines = site.get("sun", "/journal").await.1["items"].as_array().unwrap().clone();
        let moved = lines.iter().find(|one| one["change"] == "changed_room").unwrap();
        let rooms = |when: &str| moved[when]["rooms"].clone();
        assert_eq!((rooms("before"), rooms("after")), (json!(["A1"]), json!(["A2"])), "{moved}");

        // whoever asked is told, also where it is not allowed
        let told = site.get("li", "/notices").await.1.to_string();
        assert!(told.contains("已批准 王先生 6位·老客人"), "{told}");
        let no = book(&mut site, "赵女士", "A1", "19:00").await;
        let change = json!({ "room": "A3", "ask": true });
        let asked = did(&mut site, "li", &format!("/bookings/{no}/change"), change).await;
        let answer = format!("/bookings/approvals/{}", asked["approval"]);
        // whoever asked has a guest to tell: they are told why
        let (status, said) = site.delete("sun", &answer).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(said["detail"].as_str().unwrap().contains("理由"), "{said}");
        let why = json!({ "reason": "当晚已满" });
        assert!(site.delete_with("sun", &answer, why).await.0.is_success());
        let told = site.get("li", "/notices").await.1.to_string();
        assert!(told.contains("未批准 赵女士 6位·当晚已满"), "{told}");
        let page = site.page("li", &format!("/bookings/{no}")).await;
        assert!(page.contains("没有批准·当晚已满</span><span class=\"soft\">孙主管"), "{page}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_is_in_the_list_with_their_room() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let no = book(&mut site, "王先生", "A1", "17:10").await;
        for (minutes, act) in [(12, "arrival"), (13, "seat"), (60, "departure")] {
            site.pass_to(minutes * MINUTE).await;
            did(&mut site, "li", &format!("/bookings/{no}/{act}"), json!({})).await;
        }
        let page = site.page("li", "/bookings?state=departed").await;
        assert!(page.contains("王先生 6 位</b> <span class=\"num\">A1</span>"), "{page}");
        // nobody like that is not the same as nobody at all
        let page = site.page("li", "/bookings?state=no_show").await;
        assert!(page.contains("没有符合条件的预订") && !page.contains("还没有预订"), "{page}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_banquet_says_all_its_rooms_and_its_day_as_people_write_it() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let body = json!({ "name": "杨先生", "party": 12, "phone": "13800001234", "when": "19:00", "room": ["A1", "A2"], "occasion": "寿宴" });
        did(&mut site, "li", "/bookings", body).await;
        let page = site.page("li", "/banquets").await;
        assert!(page.contains("·A1+A2<"), "{page}");
        let body = json!({ "name": "陈府", "phone": "13600001111", "occasion": "婚宴", "date": "2027-02-06", "tables": 30 });
        did(&mut site, "li", "/banquets", body).await;
        // nobody is a manager: it is the head's to do
        let owed = site.get("gao", "/follow-ups").await.1["items"].as_array().unwrap().clone();
        let titles: Vec<_> = owed.iter().filter_map(|one| one["title"].as_str()).collect();
        assert!(titles.contains(&"接洽宴会 · 陈府 婚宴 2027/2/6"), "{titles:?}");
        assert!(titles.contains(&"接洽宴会 · 杨先生 寿宴 11/23"), "{titles:?}");
        site.close().await;
    }
}
