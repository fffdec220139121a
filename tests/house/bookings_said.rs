//! What people are told of a booking is what the house's own rules and its record say: who is late, which rooms
//! are one party's, who asked for help again, and on which day.

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
