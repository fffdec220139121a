//! Who does not answer an offer is telephoned before the next on the ladder is asked (operations.md §4.11), in the
//! whole house on its clock.

use axum::http::StatusCode;
use serde_json::{Value, json};
use switchboard::db::Sql;

use super::desk::PASSWORD;
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

const MINUTE: i64 = 60_000;

/// 王工 with a telephone and 陈工 (who signs in as 丙) without one are on duty, and 李红 at the desk.
async fn world(place: &kit::Place) -> Site {
    let mut site = Site::open_with(place, OUT_OF_HOURS).await;
    site.plant(vec![
        "UPDATE staff SET extension = '805' WHERE login = 'wang'".to_owned(),
        "UPDATE staff SET roles = 'engineer', name = '陈工' WHERE login = 'bing'".to_owned(),
    ])
    .await;
    for who in ["wang", "bing", "li"] {
        assert_eq!(site.post(who, "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
    }
    site
}

/// A fault that goes to 王工; its number and the order's.
async fn sent(site: &mut Site) -> (String, String) {
    sent_as(site, 1).await
}

/// The same, of this impact.
async fn sent_as(site: &mut Site, impact: i64) -> (String, String) {
    let fault = json!({
        "caller_number": "13800001234", "caller_name": "王建国", "company": "恒信物流", "symptom": "UPS 红灯报警",
        "impact": impact, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
    });
    let no = site.post("li", "/faults", fault).await.1["no"].as_str().unwrap().to_owned();
    let lead = json!({ "lead": site.id("wang") });
    let (status, order) = site.post("li", &format!("/faults/{no}/work-orders"), lead).await;
    assert_eq!(status, StatusCode::OK, "{order}");
    (no, order["no"].as_str().unwrap().to_owned())
}

/// Whom the desk is to telephone about a record.
async fn calls(site: &mut Site, order: &str) -> Vec<Value> {
    let about = json!(format!("work-orders/{order}"));
    let all = site.get("li", "/follow-ups").await.1;
    let items = all["items"].as_array().unwrap().iter();
    items.filter(|one| one["kind"] == "phone_engineer" && one["about"] == about).cloned().collect()
}

async fn asked(site: &mut Site, order: &str) -> (String, Vec<String>) {
    let now = site.get("li", &format!("/work-orders/{order}")).await.1;
    let offers = now["offers"].as_array().unwrap().iter();
    let offers = offers
        .map(|one| format!("{} {}", one["name"].as_str().unwrap(), one["state"].as_str().unwrap()));
    (now["state"].as_str().unwrap().to_owned(), offers.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_silent_are_telephoned_and_the_next_is_asked_when_that_time_is_over_too() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let (fault, order) = sent(&mut site).await;
        site.pass_to(3 * MINUTE - 1).await;
        assert!(calls(&mut site, &order).await.is_empty(), "he has three minutes");
        site.pass_to(3 * MINUTE).await;
        let owed = calls(&mut site, &order).await;
        let [call] = &owed[..] else { panic!("{owed:?}") };
        let title = call["title"].as_str().unwrap();
        assert!(title.starts_with("打给工程师") && title.contains("王工"), "{title}");
        assert!(title.contains(&order), "{title}");
        assert!(!title.contains("805"), "numbers are the directory's: {title}");
        assert_eq!(call["due_at"], "2026-11-23T09:06:00.000Z", "{call}");
        // "call out" beside it has whom to dial
        let prepare = format!("/calls/plans/new?about=follow-ups/{}", call["id"]);
        let card = site.page("li", &prepare).await;
        assert!(card.contains("value=\"805\"") && card.contains("value=\"王工\""), "{card}");
        assert_eq!(
            asked(&mut site, &order).await,
            ("issued".to_owned(), vec!["王工 open".to_owned()])
        );
        let board = site.page("li", "/faults").await;
        assert!(board.contains("打电话给王工"), "the card says so");
        let seen = site.get("li", &format!("/faults/{fault}")).await.1;
        let said =
            seen["history"].as_array().unwrap().iter().any(|one| one["what"] == "打电话给工程师");
        assert!(said, "{seen}");
        let journal = site.journal("work_order").await;
        assert!(journal.contains(&format!("work-orders/{order} to_be_phoned")), "{journal:?}");

        site.pass_to(6 * MINUTE - 1).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 open"], "the call has its time");
        site.pass_to(6 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 silent", "陈工 open"]);
        assert!(calls(&mut site, &order).await.is_empty(), "and nobody need call him any more");
        // his page says where the job went, and nobody else's does
        let said = format!("派工单 {order}：没等到您接单，已转给陈工");
        assert!(site.page("wang", "/my/jobs").await.contains(&said), "王工 is told");
        assert!(!site.page("bing", "/my/jobs").await.contains("没等到您接单"));
        // 陈工 has no number that anybody knows: the head is asked after three minutes
        site.pass_to(9 * MINUTE).await;
        assert_eq!(
            asked(&mut site, &order).await,
            ("draft".to_owned(), vec!["王工 silent".to_owned(), "陈工 silent".to_owned()])
        );
        assert!(calls(&mut site, &order).await.is_empty());
        assert!(site.page("wang", "/my/jobs").await.contains(&said), "until he has seen it");
        assert!(site.page("bing", "/my/jobs").await.contains("已退回重新派人"));
        let journal = site.journal("fault").await;
        assert!(journal.contains(&format!("faults/{fault} nobody")), "{journal:?}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_on_the_telephone_ends_the_call_and_the_private_are_not_telephoned() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let (_, order) = sent(&mut site).await;
        site.pass_to(3 * MINUTE).await;
        assert_eq!(calls(&mut site, &order).await.len(), 1);
        // 李红 rings him, and writes his yes down
        let (status, now) =
            site.post("li", &format!("/work-orders/{order}/acts/accept"), json!({})).await;
        assert_eq!((status, &now["state"]), (StatusCode::OK, &json!("acked")));
        assert!(calls(&mut site, &order).await.is_empty());
        site.pass_to(20 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 accepted"]);

        // the silence of one of whom only the head may know the number is passed on at once
        let private = format!("INSERT INTO staff_private (staff_id) VALUES ({})", site.id("wang"));
        site.plant(vec![private]).await;
        let (_, second) = sent(&mut site).await;
        site.pass_to(23 * MINUTE).await;
        assert!(calls(&mut site, &second).await.is_empty());
        assert_eq!(asked(&mut site, &second).await.1, ["王工 silent", "陈工 open"]);
        // taken back, and nothing is owed
        let recall = json!({ "reason": "客户改期" });
        let path = format!("/work-orders/{second}/acts/recall");
        assert!(site.post("li", &path, recall).await.0.is_success());
        assert!(calls(&mut site, &second).await.is_empty());
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_telephone_is_offline_is_telephoned_first() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        assert_eq!(site.post("wang", "/my/heartbeat", json!({})).await.0, StatusCode::OK);
        site.pass_to(2 * MINUTE).await;
        let (_, order) = sent(&mut site).await;
        let owed = calls(&mut site, &order).await;
        assert_eq!(owed.len(), 1, "at once: {owed:?}");
        assert_eq!(owed[0]["due_at"], "2026-11-23T09:05:00.000Z", "within the offer's own time");
        site.pass_to(5 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 silent", "陈工 open"], "called once");
        site.close().await;
    }
}

/// What came of a call that was owed.
async fn came_of(site: &mut Site, call: &Value) -> (String, String) {
    let (_, one) = site.get("li", &format!("/follow-ups/{}", call["id"])).await;
    (one["state"].as_str().unwrap().to_owned(), one["result"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_is_at_the_desk_to_call_the_next_is_asked_at_once() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        // 李红 is in a meeting, and then has gone home
        let (status, said) =
            site.post("li", "/shifts/absence", json!({ "state": "meeting" })).await;
        assert!(status.is_success(), "{said}");
        let (_, order) = sent(&mut site).await;
        site.pass_to(3 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 silent", "陈工 open"]);
        assert!(calls(&mut site, &order).await.is_empty(), "nobody could make it");
        assert_eq!(site.delete("li", "/shifts/sign-on").await.0, StatusCode::OK);
        let (fault, order) = sent(&mut site).await;
        site.pass_to(6 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 silent", "陈工 open"]);
        site.pass_to(9 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.0, "draft");
        let journal = site.journal("fault").await;
        assert!(journal.contains(&format!("faults/{fault} nobody")), "the head: {journal:?}");
        // somebody is there again: a call is made before the next is asked
        assert_eq!(site.post("zhou", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        let (_, order) = sent(&mut site).await;
        site.pass_to(12 * MINUTE).await;
        assert_eq!(calls(&mut site, &order).await.len(), 1);
        assert_eq!(asked(&mut site, &order).await.1, ["王工 open"]);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn once_the_last_has_left_the_desk_nobody_is_waited_for_and_the_supervisor_hears() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        for who in ["zhou", "sun"] {
            assert_eq!(site.post(who, "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        }
        let (_, order) = sent(&mut site).await;
        site.pass_to(3 * MINUTE).await;
        assert_eq!(calls(&mut site, &order).await.len(), 1);
        // 李红 goes to a meeting: 小周 can still make the call
        let meeting = json!({ "state": "meeting" });
        assert!(site.post("li", "/shifts/absence", meeting).await.0.is_success());
        site.pass_to(4 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 open"]);
        assert_eq!(site.delete("zhou", "/shifts/sign-on").await.0, StatusCode::OK);
        site.pass_to(4 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 silent", "陈工 open"], "at once");
        assert!(calls(&mut site, &order).await.is_empty());

        // who asks a colleague to stand in is there until that colleague has been silent for half a minute
        assert!(site.delete("li", "/shifts/absence").await.0.is_success());
        let (_, second) = sent(&mut site).await;
        site.pass_to(7 * MINUTE).await;
        assert_eq!(calls(&mut site, &second).await.len(), 1);
        let wish = json!({ "state": "away", "stand_in": site.id("sun") });
        assert!(site.post("li", "/shifts/absence", wish).await.0.is_success());
        site.pass_to(7 * MINUTE + 29_000).await;
        assert_eq!(asked(&mut site, &second).await.1, ["王工 open"]);
        site.pass_to(7 * MINUTE + 30_000).await;
        assert_eq!(asked(&mut site, &second).await.1, ["王工 silent", "陈工 open"]);
        assert!(site.delete("li", "/shifts/absence").await.0.is_success());

        // whose telephone was offline was called first, and has the time of the offer all the same
        assert_eq!(site.post("wang", "/my/heartbeat", json!({})).await.0, StatusCode::OK);
        site.pass_to(10 * MINUTE).await;
        let (_, third) = sent(&mut site).await;
        assert_eq!(calls(&mut site, &third).await.len(), 1);
        assert_eq!(site.delete("li", "/shifts/sign-on").await.0, StatusCode::OK);
        site.pass_to(13 * MINUTE - 1).await;
        assert_eq!(asked(&mut site, &third).await.1, ["王工 open"]);
        site.pass_to(13 * MINUTE).await;
        assert_eq!(asked(&mut site, &third).await.1, ["王工 silent", "陈工 open"]);

        // a caller is owed a call back, and nobody is left to make it
        let told = async |site: &mut Site| {
            let (_, all) = site.get("sun", "/notices").await;
            let asked = all["items"].as_array().unwrap().iter().filter(|one| one["mine"] == true);
            let said = asked.map(|one| one["text"].as_str().unwrap().to_owned());
            said.filter(|said| said.contains("报修回访")).collect::<Vec<_>>()
        };
        assert_eq!(site.post("li", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        let fault = json!({ "symptom": "打印机卡纸", "accept": true });
        let no = site.post("li", "/faults", fault).await.1["no"].as_str().unwrap().to_owned();
        let solved = json!({ "solution": "取出卡纸" });
        let (status, said) = site.post("li", &format!("/faults/{no}/solution"), solved).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(told(&mut site).await, Vec::<String>::new());
        // a slip that asks for a call back is no fault: whom it is for owes it
        let slip =
            json!({ "for": "小周", "body": "请回电", "phone": "13800005678", "callback": true });
        assert!(site.post("li", "/messages", slip).await.0.is_success());
        assert_eq!(site.delete("li", "/shifts/sign-on").await.0, StatusCode::OK);
        let heard = told(&mut site).await;
        assert!(heard.len() == 1 && heard[0].contains(&no), "{heard:?}");
        assert!(heard[0].contains("1 个") && !heard[0].contains("messages/"), "{heard:?}");
        assert_eq!(site.post("zhou", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        assert_eq!(told(&mut site).await, Vec::<String>::new(), "somebody is there again");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_has_as_long_as_the_offer_had_and_five_minutes_at_most() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let (_, order) = sent_as(&mut site, 3).await;
        site.pass_to(30 * MINUTE).await;
        let owed = calls(&mut site, &order).await;
        assert_eq!(owed.len(), 1, "{owed:?}");
        assert_eq!(owed[0]["due_at"], "2026-11-23T09:35:00.000Z");
        site.pass_to(35 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["王工 silent", "陈工 open"]);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_a_fault_that_is_off_and_an_order_taken_back_end_the_call_that_was_owed() {
    for place in kit::places().await {
        let mut site = world(&place).await;
        let owed = async |site: &mut Site, order: &str, after: i64| {
            site.pass_to(after * MINUTE).await;
            let mut owed = calls(site, order).await;
            assert_eq!(owed.len(), 1, "{owed:?}");
            owed.remove(0)
        };
        // 李红 rings him and he says no: the next is asked, and nobody rings the first again
        let (_, order) = sent(&mut site).await;
        let call = owed(&mut site, &order, 3).await;
        let no = json!({ "reason": "车坏了" });
        let (status, said) =
            site.post("li", &format!("/work-orders/{order}/acts/decline"), no).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        assert_eq!(came_of(&mut site, &call).await, ("done".to_owned(), "拒单".to_owned()));
        assert_eq!(asked(&mut site, &order).await.1, ["王工 declined", "陈工 open"]);
        let recall = json!({ "reason": "不用了" });
        site.post("li", &format!("/work-orders/{order}/acts/recall"), recall).await;

        // the customer calls it off
        let (fault, order) = sent(&mut site).await;
        let call = owed(&mut site, &order, 6).await;
        let off = json!({ "reason": "自己好了" });
        assert_eq!(
            site.post("li", &format!("/faults/{fault}/cancellation"), off).await.0,
            StatusCode::OK
        );
        assert_eq!(came_of(&mut site, &call).await, ("done".to_owned(), "撤回".to_owned()));
        assert_eq!(
            asked(&mut site, &order).await,
            ("recalled".to_owned(), vec!["王工 withdrawn".to_owned()])
        );

        // it was somebody else's: a duplicate
        let (fault, order) = sent(&mut site).await;
        let (other, beside) = sent(&mut site).await;
        let call = owed(&mut site, &order, 9).await;
        let same = json!({ "of": other });
        assert_eq!(
            site.post("li", &format!("/faults/{fault}/duplicate"), same).await.0,
            StatusCode::OK
        );
        assert_eq!(came_of(&mut site, &call).await, ("done".to_owned(), "撤回".to_owned()));
        let recall = json!({ "reason": "不用了" });
        site.post("li", &format!("/work-orders/{beside}/acts/recall"), recall).await;

        // sent by mistake: taken back with one key, written at once or from a draft
        let (_, order) = sent(&mut site).await;
        let call = owed(&mut site, &order, 12).await;
        assert_eq!(site.delete("li", "/faults/acts/latest").await.0, StatusCode::OK);
        assert_eq!(came_of(&mut site, &call).await, ("done".to_owned(), "撤回".to_owned()));
        let fault = json!({
            "symptom": "UPS 红灯报警", "impact": 1, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
        });
        let no = site.post("li", "/faults", fault).await.1["no"].as_str().unwrap().to_owned();
        let draft = site.post("li", &format!("/faults/{no}/work-orders"), json!({})).await.1;
        let draft = draft["no"].as_str().unwrap().to_owned();
        let lead = json!({ "lead": site.id("wang") });
        let (status, said) = site.post("li", &format!("/work-orders/{draft}/issue"), lead).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let call = owed(&mut site, &draft, 15).await;
        assert_eq!(site.delete("li", "/faults/acts/latest").await.0, StatusCode::OK);
        assert_eq!(came_of(&mut site, &call).await, ("done".to_owned(), "撤回".to_owned()));
        assert_eq!(
            asked(&mut site, &draft).await,
            ("draft".to_owned(), vec!["王工 withdrawn".to_owned()])
        );
        // nothing of all this is asked of anybody later
        site.pass_to(60 * MINUTE).await;
        let all = site.get("li", "/follow-ups").await.1;
        let left =
            all["items"].as_array().unwrap().iter().filter(|one| one["kind"] == "phone_engineer");
        assert_eq!(left.count(), 0, "{all}");
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_on_call_by_the_rota_is_asked_at_their_hours_and_in_their_rank() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        site.plant(vec![
            "UPDATE staff SET roles = 'engineer', name = '陈工' WHERE login = 'bing'".to_owned(),
            "UPDATE staff SET roles = 'engineer', name = '赵工' WHERE login = 'yi'".to_owned(),
        ])
        .await;
        for (who, rank, from, to) in [
            ("yi", 2, "16:00", "20:00"),
            ("bing", 1, "16:00", "20:00"),
            ("wang", 1, "18:00", "20:00"),
        ] {
            let shift = json!({
                "staff": site.id(who), "role": "engineer", "kind": "on_call", "rank": rank,
                "date": "2026-11-23", "from": from, "to": to,
            });
            let (status, said) = site.post("sun", "/shifts", shift).await;
            assert!(status.is_success(), "{said}");
        }
        let fault = json!({
            "symptom": "UPS 红灯报警", "impact": 1, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
        });
        let no = site.post("li", "/faults", fault).await.1["no"].as_str().unwrap().to_owned();
        let seen = site.get("li", &format!("/faults/{no}")).await.1;
        let proposed = seen["proposals"].as_array().unwrap().iter();
        let proposed: Vec<(&str, bool)> = proposed
            .map(|one| (one["name"].as_str().unwrap(), one["eligible"].as_bool().unwrap()))
            .collect();
        assert_eq!(proposed, [("陈工", true), ("赵工", true), ("王工", false)]);
        let why = seen["proposals"][0]["reason"].as_str().unwrap();
        assert!(why.contains("值班第 1 位"), "{why}");
        let refused = json!({ "lead": site.id("wang") });
        let address = format!("/faults/{no}/work-orders");
        let (status, said) = site.post("li", &address, refused).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "not before six: {said}");
        let lead = json!({ "lead": site.id("bing") });
        let (status, order) = site.post("li", &address, lead).await;
        assert_eq!(status, StatusCode::OK, "{order}");
        // nobody is at the desk: silence goes on to the next in rank at once
        let order = order["no"].as_str().unwrap().to_owned();
        site.pass_to(3 * MINUTE).await;
        assert_eq!(asked(&mut site, &order).await.1, ["陈工 silent", "赵工 open"]);
        site.close().await;
    }
}

/// Signs in once more, somewhere else.
async fn signed_in(site: &Site, who: &str) -> String {
    let quiet = reqwest::redirect::Policy::none();
    let http = reqwest::Client::builder().redirect(quiet).build().unwrap();
    let url = format!("http://{}/sign-in", site.open.web);
    let answer = http.post(url).form(&[("login", who), ("password", PASSWORD)]).send().await;
    let answer = answer.unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn signed_out(site: &Site, cookie: &str) {
    let out = reqwest::Client::new().post(format!("http://{}/sign-out", site.open.web));
    let out = out.header("cookie", cookie).header("accept", "application/json").send().await;
    assert_eq!(out.unwrap().status(), StatusCode::OK);
}

/// What a person was asked to know that says this.
async fn heard(site: &mut Site, who: &'static str, words: &str) -> Vec<String> {
    let (_, all) = site.get(who, "/notices").await;
    let mine = all["items"].as_array().unwrap().iter().filter(|one| one["mine"] == true);
    let said = mine.map(|one| one["text"].as_str().unwrap().to_owned());
    said.filter(|said| said.contains(words)).collect()
}

async fn duties(site: &Site, who: &str) -> i64 {
    const DUTIES: Sql = Sql::both(
        "SELECT count(*) AS duties FROM sign_ons s JOIN staff p ON p.id = s.staff_id WHERE s.to_at IS NULL AND p.login = $1",
    );
    site.db.read(DUTIES).bind(who).value().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_account_is_closed_and_who_has_signed_out_everywhere_is_at_no_desk() {
    for place in kit::places().await {
        let staffed = "[[hotline]]\nname = \"热线\"\nnumber = \"4008001234\"\nhours = [\"Mon-Fri 09:00-20:00\"]\n";
        let mut site = Site::open_with(&place, staffed).await;
        site.plant(vec![
            "UPDATE staff SET extension = '805' WHERE login = 'wang'".to_owned(),
            "UPDATE staff SET roles = 'engineer', name = '陈工' WHERE login = 'bing'".to_owned(),
            "UPDATE staff SET roles = 'admin' WHERE login = 'jia'".to_owned(),
        ])
        .await;
        for who in ["wang", "bing", "li", "sun", "gao"] {
            assert_eq!(site.post(who, "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        }
        // a caller is owed a call back, and an engineer is to be telephoned
        let fault = json!({ "symptom": "打印机卡纸", "accept": true });
        let owed = site.post("li", "/faults", fault).await.1["no"].as_str().unwrap().to_owned();
        let solved = json!({ "solution": "取出卡纸" });
        let (status, said) = site.post("li", &format!("/faults/{owed}/solution"), solved).await;
        assert_eq!(status, StatusCode::OK, "{said}");
        let (_, order) = sent(&mut site).await;
        site.pass_to(3 * MINUTE).await;
        assert_eq!(calls(&mut site, &order).await.len(), 1);
        assert_eq!(heard(&mut site, "gao", "工作时间无人值守").await, Vec::<String>::new());

        // the last operator's account is closed while they are on duty
        let closed = format!("/staff/{}/disabled", site.id("li"));
        let (status, said) = site.post("jia", &closed, json!({})).await;
        assert!(status.is_success(), "{said}");
        assert_eq!(duties(&site, "li").await, 0);
        let told = heard(&mut site, "sun", "报修回访").await;
        assert!(told.len() == 1 && told[0].contains(&owed), "{told:?}");
        site.pass_to(3 * MINUTE + 31_000).await;
        let now = site.get("sun", &format!("/work-orders/{order}")).await.1;
        let asked: Vec<_> =
            now["offers"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
        assert_eq!(
            asked,
            [&json!("silent"), &json!("open")],
            "nobody is there to telephone the first"
        );
        assert_eq!(heard(&mut site, "gao", "工作时间无人值守").await.len(), 1);
        // let in again they are not on duty by themselves
        let (status, said) = site.delete("jia", &closed).await;
        assert!(status.is_success(), "{said}");
        assert_eq!(duties(&site, "li").await, 0);

        // who signs out at one desk of two is still there; at the last, nobody is
        assert_eq!(site.post("zhou", "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
        assert_eq!(heard(&mut site, "sun", "报修回访").await, Vec::<String>::new());
        let (here, elsewhere) = (site.cookie("zhou").await, signed_in(&site, "zhou").await);
        site.pass_to(5 * MINUTE).await;
        signed_out(&site, &elsewhere).await;
        assert_eq!(duties(&site, "zhou").await, 1);
        assert_eq!(heard(&mut site, "sun", "报修回访").await, Vec::<String>::new());
        signed_out(&site, &here).await;
        assert_eq!(duties(&site, "zhou").await, 0);
        assert_eq!(heard(&mut site, "sun", "报修回访").await.len(), 1);
        // an engineer is sent by messages too: signed out they are on duty still
        let engineer = site.cookie("wang").await;
        signed_out(&site, &engineer).await;
        assert_eq!(duties(&site, "wang").await, 1);
        site.close().await;
    }
}
