//! A plain form that is refused comes back with what was typed, and the sentence stands at its field.

use reqwest::StatusCode;
use serde_json::json;

use super::kit;
use super::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_number_that_is_none_loses_nothing_that_was_typed() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        let jia = site.id("jia");
        let theirs = format!("/admin/outbox/people/{jia}");
        let wait = [
            ("name", "凤凰木"),
            ("party", "6"),
            ("phone", "一三八"),
            ("from", "19:00"),
            ("to", "23:00"),
            ("minutes", "75"),
            ("note", "靠窗"),
        ];
        let banquet = [
            ("name", "凤凰木"),
            ("phone", "一三八"),
            ("occasion", "寿宴"),
            ("date", "2026-12-26"),
            ("tables", "12"),
            ("note", "靠窗"),
        ];
        let reach =
            [("version", "0"), ("mail", "jia@example.com"), ("mobile", "138 or so")].as_slice();
        for (who, path, form, wrong) in [
            ("li", "/waitlist", wait.as_slice(), "phone"),
            ("li", "/banquets", banquet.as_slice(), "phone"),
            ("jia", "/me/reach", reach, "mobile"),
            ("gao", theirs.as_str(), reach, "mobile"),
        ] {
            let (status, page) = site.submit(who, path, form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {page}");
            assert!(page.contains(&format!("id=\"wrong-{wrong}\"")), "{path}: {page}");
            for (_, typed) in form {
                assert!(page.contains(&format!("value=\"{typed}\"")), "{path} {typed}: {page}");
            }
        }
        // nobody waits by it, and a program is told as before
        let (_, waiting) = site.get("li", "/waitlist").await;
        assert_eq!(waiting["items"], json!([]));
        let bad = json!({ "name": "凤凰木", "party": 6, "phone": "一三八", "from": "19:00" });
        let (status, problem) = site.post("li", "/waitlist", bad).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problem["fields"]["phone"].is_string(), "{problem}");
        site.close().await;
    }
}
