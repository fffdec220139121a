//! A form that hid a restricted person's number from its writer: what comes of it when it is saved.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit;
use super::site::Site;

/// The number, as it is written and as it is kept.
const MOBILE: &str = "13977712377";
const KEPT: &str = "+8613977712377";

/// Somebody becomes restricted.
async fn restrict(site: &mut Site) {
    let boss = json!({ "name": "赵建国", "mobile": MOBILE, "disclosure": "restricted" });
    let (status, said) = site.post("gao", "/directory", boss).await;
    assert!(status.is_success(), "{said}");
}

/// Sends a change and gets what is there then.
async fn saved(site: &mut Site, path: &str, body: Value) -> Value {
    let (status, said) = site.post("li", path, body).await;
    assert_eq!(status, StatusCode::OK, "{path}: {said}");
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_is_saved_without_being_seen_whole_loses_no_number() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        let card = json!({ "name": "凤凰木", "numbers": [MOBILE, "13977712399"],
            "notes": "回 139 7771 2377" });
        let (status, card) = site.post("li", "/contacts", card).await;
        assert_eq!(status, StatusCode::CREATED, "{card}");
        restrict(&mut site).await;
        let path = format!("/contacts/{}", card["id"]);
        let (_, seen) = site.get("li", &path).await;
        let numbers = |card: &Value| -> Vec<String> {
            let lines = card["numbers"].as_array().unwrap().iter();
            lines.map(|line| line["number"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(numbers(&seen), ["****", "+8613977712399"]);
        assert_eq!(
            (&seen["numbers"][0]["masked"], &seen["notes"]),
            (&json!(true), &json!("回 ****"))
        );
        let form = site.page("li", &format!("{path}/edit")).await;
        assert!(form.contains("****") && !form.contains("7771 2377") && !form.contains(MOBILE));

        // a change of something else
        let edit = json!({ "version": seen["version"], "name": "凤凰木",
            "numbers": ["****", "13977712399"], "notes": "回 ****，急" });
        let now = saved(&mut site, &path, edit).await;
        assert_eq!((numbers(&now)[0].as_str(), &now["notes"]), ("****", &json!("回 ****，急")));
        // without the number that cannot be seen nothing is saved
        let edit =
            json!({ "version": now["version"], "name": "凤凰木", "numbers": ["13977712399"] });
        let (status, said) = site.post("li", &path, edit).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(said["fields"]["numbers"].is_string(), "{said}");
        let (_, whole) = site.get("gao", &path).await;
        assert_eq!(numbers(&whole), [KEPT, "+8613977712399"]);
        assert_eq!(whole["notes"], "回 139 7771 2377，急");

        // nobody is found by it, and what law lets a person ask is asked of those who may know
        for (who, found) in [("li", 0), ("gao", 1)] {
            let (_, list) = site.get(who, "/contacts?q=12377").await;
            assert_eq!(list["items"].as_array().unwrap().len(), found, "{who}: {list}");
        }
        let held = format!("/contacts/privacy/export?number={MOBILE}");
        assert_eq!(site.get("sun", &held).await.0, StatusCode::FORBIDDEN);
        assert_eq!(site.get("gao", &held).await.0, StatusCode::OK);
        site.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_and_a_booking_keep_the_number_that_their_writer_does_not_see() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        let fault = json!({ "caller_number": MOBILE, "caller_name": "凤凰木",
            "symptom": "请回 13977712377", "impact": 2, "urgency": 2 });
        let (_, fault) = site.post("li", "/faults", fault).await;
        let booking = json!({ "name": "凤凰木", "party": 8, "phone": MOBILE, "when": "明天晚上七点",
            "note": "请回 13977712377" });
        let (_, booking) = site.post("li", "/bookings", booking).await;
        restrict(&mut site).await;

        let path = format!("/faults/{}", fault["no"].as_str().unwrap());
        let (_, seen) = site.get("li", &path).await;
        assert_eq!(
            (&seen["caller_number"], &seen["masked"], &seen["symptom"]),
            (&json!("****"), &json!(true), &json!("请回 ****"))
        );
        let edit = json!({ "version": seen["version"], "caller_number": "****",
            "symptom": "请回 ****，急" });
        let now = saved(&mut site, &path, edit).await;
        assert_eq!(now["symptom"], "请回 ****，急");
        let (_, whole) = site.get("gao", &path).await;
        assert_eq!(
            (&whole["caller_number"], &whole["symptom"]),
            (&json!(KEPT), &json!("请回 13977712377，急"))
        );
        let edit = json!({ "version": now["version"], "symptom": "请回 **** 或 ****" });
        let (status, said) = site.post("li", &path, edit).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        assert!(said["fields"]["symptom"].is_string(), "{said}");

        let path = format!("/bookings/{}", booking["no"].as_str().unwrap());
        let (_, seen) = site.get("li", &path).await;
        assert_eq!((&seen["phone"], &seen["note"]), (&json!("****"), &json!("请回 ****")));
        let edit = json!({ "version": seen["version"], "name": "凤凰木", "party": 9,
            "phone": "****", "note": "请回 ****，急" });
        let now = saved(&mut site, &path, edit).await;
        assert_eq!((&now["party"], &now["note"]), (&json!(9), &json!("请回 ****，急")));
        let (_, whole) = site.get("gao", &path).await;
        assert_eq!(
            (&whole["phone"], &whole["note"]),
            (&json!(KEPT), &json!("请回 13977712377，急"))
        );
        site.close().await;
    }
}
