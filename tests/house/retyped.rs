//! A plain form that is refused comes back with what was typed, and the sentence stands at its field.

use reqwest::StatusCode;
use serde_json::json;

use super::bookings_corridor::furnish;
use super::kit;
use super::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_number_that_is_none_loses_nothing_that_was_typed() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        furnish(&mut site).await;
        // after A1 to A4
        let hall = json!({ "name": "C1", "kind": "hall", "area_id": 1, "class_id": 1, "cap_min": 20, "cap_max": 300, "tables": 30 });
        let (status, house) = site.post("sun", "/admin/rooms", hall).await;
        assert!(status.is_success(), "{house}");
        let jia = site.id("jia");
        let theirs = format!("/admin/outbox/people/{jia}");
        let wait = [
            ("name", "凤凰木"),
            ("party", "6"),
            ("phone", "一三八"),
            ("from", "19:00"),
            ("to", "23:00"),
            ("minutes", "75"),
            ("class", "1"),
            ("note", "靠窗"),
        ];
        let banquet = [
            ("name", "凤凰木"),
            ("phone", "一三八"),
            ("occasion", "寿宴"),
            ("date", "2026-12-26"),
            ("tables", "12"),
            ("hall", "5"),
            ("note", "靠窗"),
        ];
        let reach =
            [("version", "0"), ("mail", "jia@example.com"), ("mobile", "138 or so")].as_slice();
        // a word where a whole number is wanted is said at its field too
        let instead = |form: &[(&'static str, &'static str)], name, typed| {
            let good = |field| if field == "phone" { Some("13800001234") } else { None };
            let each = form.iter().map(|&(field, kept)| {
                (field, if field == name { typed } else { good(field).unwrap_or(kept) })
            });
            each.collect::<Vec<_>>()
        };
        let heads = instead(&wait, "party", "六位");
        let long = instead(&wait, "minutes", "一个半小时");
        let tables = instead(&banquet, "tables", "十二桌");
        for (who, path, form, wrong) in [
            ("li", "/waitlist", wait.as_slice(), "phone"),
            ("li", "/banquets", banquet.as_slice(), "phone"),
            ("li", "/waitlist", heads.as_slice(), "party"),
            ("li", "/waitlist", long.as_slice(), "minutes"),
            ("li", "/banquets", tables.as_slice(), "tables"),
            ("jia", "/me/reach", reach, "mobile"),
            ("gao", theirs.as_str(), reach, "mobile"),
        ] {
            let (status, page) = site.submit(who, path, form).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}: {page}");
            assert!(page.contains(&format!("id=\"wrong-{wrong}\"")), "{path}: {page}");
            for (name, typed) in form {
                let stands = match *name {
                    "class" | "hall" => format!("<option value=\"{typed}\" selected>"),
                    _ => format!("value=\"{typed}\""),
                };
                assert!(page.contains(&stands), "{path} {name} {typed}: {page}");
            }
        }
        // what is kept stands in the line of the person, what was typed in the form below it
        let kept = [("version", "0"), ("mail", "jia@example.com")];
        let (status, _) = site.submit("gao", &theirs, &kept).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let refused = [("version", "1"), ("mail", "jia at home")];
        let (status, page) = site.submit("gao", &theirs, &refused).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
        let person = page.split(&format!("id=\"person-{jia}\"")).nth(1).unwrap();
        let (line, form) = person.split_once("</summary>").unwrap();
        assert!(line.contains("jia@example.com") && !line.contains("jia at home"), "{line}");
        assert!(form.contains("value=\"jia at home\""), "{form}");
        // a screen reader is led from the field to the reason
        assert!(form.contains("aria-describedby=\"wrong-mail\""), "{form}");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_form_on_the_page_of_a_booking_comes_back_with_the_reason_at_its_field() {
    for place in kit::places().await {
        let mut site = Site::open(&place).await;
        furnish(&mut site).await;
        let booked = json!({ "name": "木棉", "party": 6, "phone": "13800001234", "when": "20:00", "room": ["A1"] });
        let (status, booked) = site.post("li", "/bookings", booked).await;
        assert!(status.is_success(), "{booked}");
        let at = format!("/bookings/{}", booked["no"].as_str().unwrap());
        let version = booked["version"].to_string();
        let edit = |party, phone| {
            [
                ("version", version.as_str()),
                ("name", "凤凰木"),
                ("party", party),
                ("phone", phone),
                ("wishes", "靠窗"),
                ("occasion", "寿宴"),
                ("deposit", "200"),
            ]
        };
        let (number, word) = (edit("8", "一三八"), edit("八位", "13800004321"));
        let change =
            [("room", "A2"), ("at", "20:30"), ("minutes", "两小时"), ("reason", "客人要求")];
        let split = [("party", "三位"), ("room", "A3")];
        let late = [("at", "晚一点")];
        for (act, form, wrong, status) in [
            ("", number.as_slice(), "phone", StatusCode::UNPROCESSABLE_ENTITY),
            ("", word.as_slice(), "party", StatusCode::BAD_REQUEST),
            ("/change", change.as_slice(), "minutes", StatusCode::BAD_REQUEST),
            ("/split", split.as_slice(), "party", StatusCode::BAD_REQUEST),
            ("/eta", late.as_slice(), "at", StatusCode::UNPROCESSABLE_ENTITY),
        ] {
            let (answered, page) = site.submit("li", &format!("{at}{act}"), form).await;
            assert_eq!(answered, status, "{act} {wrong}: {page}");
            let said = page.matches(&format!("id=\"wrong-{wrong}\"")).count();
            let named = page.matches(&format!("aria-describedby=\"wrong-{wrong}\"")).count();
            assert_eq!((said, named), (1, 1), "{act} {wrong}: {page}");
            for (name, typed) in form {
                assert!(page.contains(&format!("value=\"{typed}\"")), "{act} {name}: {page}");
            }
        }
        // nothing of it was kept, and a program is told as before
        let (_, kept) = site.get("li", &at).await;
        assert_eq!((&kept["name"], &kept["version"]), (&json!("木棉"), &booked["version"]));
        let bad = json!({ "version": booked["version"], "party": "八位" });
        let (status, problem) = site.post("li", &at, bad).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(problem["detail"].as_str().unwrap().contains("八位"), "{problem}");
        site.close().await;
    }
}
