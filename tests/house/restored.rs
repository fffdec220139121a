//! What the house calls it that a room is ready again is the house's own (operations.md §7, question 3).

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::bookings_corridor::furnish;
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

fn rules(version: i64, more: &Value) -> Value {
    let mut rules = json!({
        "version": version, "grace_minutes": 10, "retry_minutes": 5, "due_soon_minutes": 30, "hold_minutes": 5,
        "offer_minutes": 10, "viewing_minutes": 15, "shortest_minutes": 60, "short_below": 2, "short_eta_minutes": 20,
        "banquet_party": 20, "banquet_minutes": 15, "notice_again_s": 30, "release": "21:30",
    });
    rules.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    rules
}

/// The pages on which the word stands: the board's keys, the greeter's button, the room's sheet, the journal.
async fn pages(site: &mut Site) -> [String; 4] {
    let board = site.page("li", "/rooms/board").await;
    let floor = site.page("jia", "/my/floor").await;
    let sheet = site.page("li", "/rooms/1").await;
    [board, floor, sheet, site.page("sun", "/journal?subject=rooms/1").await]
}

/// A room is to be cleaned, and was cleaned before.
async fn cleaned(site: &mut Site) {
    for state in ["dirty", "ready", "dirty"] {
        let (status, said) = site.post("li", "/rooms/1/readiness", json!({ "state": state })).await;
        assert!(status.is_success(), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_house_calls_a_room_that_is_ready_again_what_it_likes() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        cleaned(&mut site).await;
        for page in pages(&mut site).await {
            assert!(page.contains("复房"), "as delivered: {page}");
        }
        let own = json!({ "restored_zh": " 返房 ", "restored_en": "Back on sale" });
        let (status, kept) = site.post("sun", "/admin/booking-rules", rules(0, &own)).await;
        assert_eq!(status, StatusCode::OK, "{kept}");
        assert_eq!(kept["rules"]["restored"], json!({ "zh": "返房", "en": "Back on sale" }));
        for page in pages(&mut site).await {
            assert!(page.contains("返房") && !page.contains("复房"), "{page}");
        }
        // an English reader has the English word
        let english = json!({ "language": "en", "volume": 80 });
        for who in ["li", "jia", "sun"] {
            assert!(site.post(who, "/me", english.clone()).await.0.is_success());
        }
        for page in pages(&mut site).await {
            assert!(page.contains("Back on sale"), "{page}");
        }
        // too long for a button is refused at its field, and what was kept stays
        let long = json!({ "restored_zh": "打扫完毕可以重新接待下一批客人" });
        let (status, said) = site.post("sun", "/admin/booking-rules", rules(1, &long)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said["fields"]["restored_zh"].is_string(), "{said}");
        // empty is as delivered
        let (status, _) = site.post("sun", "/admin/booking-rules", rules(1, &json!({}))).await;
        assert_eq!(status, StatusCode::OK);
        for page in pages(&mut site).await {
            assert!(page.contains("Restored"), "{page}");
        }
        site.close().await;
    }
}
