//! Whom a party can join or change places with: those who have another room at the same time, and nobody else
//! of the evening.

use serde_json::json;

use super::bookings_kit::{House, Who};
use super::kit;

/// The numbers that a booking's page offers to join or change places with.
async fn offered(house: &House, who: &Who, no: &str) -> Vec<String> {
    let page = house.page(who, &format!("/bookings/{no}")).await;
    let Some((_, list)) = page.split_once("id=\"j-with\"") else { return Vec::new() };
    let list = list.split("</select>").next().unwrap();
    let options = list.split("value=\"").skip(1);
    options.map(|one| one.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn only_those_who_have_a_room_at_the_same_time_are_offered() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "12:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let here = house.book(&li, "王先生", 4, "A1", "19:00").await;
        let before = house.book(&li, "赵女士", 4, "A2", "17:00").await;
        let beside = house.book(&li, "孙先生", 4, "A3", "20:30").await;
        let after = house.book(&li, "李先生", 4, "A3", "22:45").await;
        let off = house.book(&li, "周先生", 4, "A4", "19:00").await;
        let why = json!({ "reason": "客人取消" });
        house.did(&li, &format!("/bookings/{off}/cancellation"), why).await;
        let waits =
            json!({ "name": "吴女士", "party": 4, "phone": "13800001234", "when": "19:00" });
        house.did(&li, "/bookings", waits).await;
        assert_eq!(offered(&house, &li, &here).await, std::slice::from_ref(&beside));
        assert_eq!(offered(&house, &li, &beside).await, std::slice::from_ref(&here));
        assert!(offered(&house, &li, &before).await.is_empty(), "gone before the others come");
        assert!(offered(&house, &li, &after).await.is_empty(), "alone by then");
        // guests who sit over their time are still there to be joined
        house.pass_to("17:00").await;
        house.did(&li, &format!("/bookings/{before}/arrival"), json!({})).await;
        house.did(&li, &format!("/bookings/{before}/seat"), json!({})).await;
        house.pass_to("19:20").await;
        assert_eq!(offered(&house, &li, &here).await, [before, beside]);
    }
}
