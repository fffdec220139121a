//! Who does not answer an offer is telephoned before the next on the ladder is asked (operations.md §4.11), in the
//! whole house on its clock.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::{OUT_OF_HOURS, Site};

const MINUTE: i64 = 60_000;

/// 王工 with a telephone and 陈工 (who signs in as 丙) with a mobile number are on duty.
async fn world(place: &kit::Place) -> Site {
    let mut site = Site::open_with(place, OUT_OF_HOURS).await;
    site.plant(vec![
        "UPDATE staff SET extension = '805' WHERE login = 'wang'".to_owned(),
        "UPDATE staff SET roles = 'engineer', name = '陈工' WHERE login = 'bing'".to_owned(),
    ])
    .await;
    for who in ["wang", "bing"] {
        assert_eq!(site.post(who, "/shifts/sign-on", json!({})).await.0, StatusCode::OK);
    }
    site
}

/// A fault that goes to 王工; its number and the order's.
async fn sent(site: &mut Site) -> (String, String) {
    let fault = json!({
        "caller_number": "13800001234", "caller_name": "王建国", "company": "恒信物流", "symptom": "UPS 红灯报警",
        "impact": 1, "urgency": 1, "plan": "换电池", "promised_at": "2026-11-23T11:00:00.000Z", "accept": true,
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
        assert!(title.starts_with("电话通知工程师") && title.contains("王工"), "{title}");
        assert!(title.contains(&order), "{title}");
        assert!(!title.contains("805"), "numbers are the directory's: {title}");
        assert_eq!(call["due_at"], "2026-11-23T09:06:00.000Z", "{call}");
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
        // 陈工 has no number that anybody knows: the head is asked after three minutes
        site.pass_to(9 * MINUTE).await;
        assert_eq!(
            asked(&mut site, &order).await,
            ("draft".to_owned(), vec!["王工 silent".to_owned(), "陈工 silent".to_owned()])
        );
        assert!(calls(&mut site, &order).await.is_empty());
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
