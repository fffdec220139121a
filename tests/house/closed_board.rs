//! A restricted person's number that somebody wrote into a name: no board, no floor, no form and no refusal tells
//! it to those who may not know it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::site::{OUT_OF_HOURS, Site};
use super::{bookings_corridor, kit};

const MOBILE: &str = "13977712377";

async fn did(site: &mut Site, who: &'static str, path: &str, body: Value) -> Value {
    let (status, answer) = site.post(who, path, body).await;
    assert!(status.is_success(), "{path}: {status} {answer}");
    answer
}

/// All of these are named, and none with the number.
fn hides(what: &str, text: &str, names: &[&str]) {
    assert!(!text.contains(MOBILE), "{what} tells it: {text}");
    for name in names {
        assert!(text.contains(&format!("{name} ****")), "{what} names {name}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_in_a_name_is_on_no_board_and_in_no_refusal() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        bookings_corridor::furnish(&mut site).await;
        bookings_corridor::greeters(&mut site).await;
        let named = |name: &str| format!("{name} {MOBILE}");
        let table = |name: &str, room: &str| json!({ "name": name, "party": 6, "phone": "13800001234", "when": "18:30", "room": [room] });
        let chen = did(&mut site, "li", "/bookings", table(&named("陈府"), "A2")).await;
        let chen = format!("/bookings/{}", chen["no"].as_str().unwrap());
        did(&mut site, "li", &format!("{chen}/change"), json!({ "room": "A3" })).await;
        let mut lin = table("林府", "A1");
        lin["phone"] = json!("13900001111");
        let lin = did(&mut site, "li", "/bookings", lin).await;
        let lin = format!("/bookings/{}", lin["no"].as_str().unwrap());
        let waits = json!({ "name": named("邓府"), "party": 6, "phone": "13801584421", "from": "18:30",
            "to": "21:30", "minutes": 60 });
        did(&mut site, "li", "/waitlist", waits).await;
        let guest = json!({ "room": "A4", "name": named("王府") });
        did(&mut site, "li", "/viewings", guest.clone()).await;
        let boss = json!({ "name": "赵建国", "mobile": MOBILE, "disclosure": "restricted" });
        did(&mut site, "gao", "/directory", boss).await;

        // who may know it reads all of it
        let (_, whole) = site.get("gao", "/rooms/board").await;
        for name in ["陈府", "邓府", "王府"] {
            assert!(whole.to_string().contains(&named(name)), "{name}: {whole}");
        }
        let told: [(&'static str, &str, &[&str]); 3] = [
            ("li", "/rooms/board", &["陈府", "邓府", "王府"]),
            ("jia", "/my/floor", &["陈府"]),
            ("li", chen.as_str(), &["陈府"]),
        ];
        for (who, path, names) in told {
            let (status, record) = site.get(who, path).await;
            assert_eq!(status, StatusCode::OK, "{path}");
            hides(path, &record.to_string(), names);
            hides(path, &site.page(who, path).await, names);
        }
        // with whom a party may change places
        hides("a form", &site.page("li", &lin).await, &["陈府"]);
        // and who books again
        hides("a form", &site.page("li", "/bookings/new?phone=13800001234").await, &["陈府"]);

        // who is in the way, and what would be called out
        let (status, taken) = site.post("zhou", "/bookings", table("钱府", "A3")).await;
        assert_eq!(status, StatusCode::CONFLICT, "{taken}");
        hides("a refusal", &taken.to_string(), &["陈府"]);
        let (status, taken) = site.post("li", "/viewings", guest).await;
        assert_eq!(status, StatusCode::CONFLICT, "{taken}");
        hides("a refusal", &taken.to_string(), &["王府"]);
        let (status, ahead) = site.get("li", &format!("{chen}/preview?room=A4")).await;
        assert_eq!(status, StatusCode::OK, "{ahead}");
        hides("what is ahead", &ahead.to_string(), &["陈府"]);
        site.close().await;
    }
}
