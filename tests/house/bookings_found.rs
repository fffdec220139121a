//! Under which words a party is found in the list and, through it, on the board: as its name is written, as it
//! sounds, by the room, by the end of a number.

use super::bookings_kit::House;
use super::kit;

#[tokio::test]
async fn a_party_is_found_by_the_sound_of_its_name() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let wang = house.book(&li, "王先生", 4, "A1", "19:00").await;
        let lv = house.book(&li, "吕女士", 4, "A2", "19:00").await;
        let smith = house.book(&li, "John Smith", 4, "A3", "19:00").await;
        let end = wang[wang.len() - 3..].to_owned();
        let asked = [
            ("wxs", vec![&wang]),
            ("WXS", vec![&wang]),
            ("wangxian", vec![&wang]),
            ("xiansheng", vec![&wang]),
            ("lns", vec![&lv]),
            ("lvnv", vec![&lv]),
            ("lunv", vec![&lv]),
            ("john%20sm", vec![&smith]),
            ("a1", vec![&wang]),
            (end.as_str(), vec![&wang]),
            ("1234", vec![&wang, &lv, &smith]),
            // 1234 and A1 as a Chinese keyboard writes them
            ("%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94", vec![&wang, &lv, &smith]),
            ("%EF%BC%A1%EF%BC%91", vec![&wang]),
            ("wxsh", vec![]),
            ("angxian", vec![]),
        ];
        for (q, found) in asked {
            let list = house.seen(&li, &format!("/bookings?q={q}")).await;
            let items = list["items"].as_array().unwrap().iter();
            let numbers: Vec<&str> = items.map(|one| one["no"].as_str().unwrap()).collect();
            assert_eq!(numbers, found, "{q}");
        }
        let rooms = house.seen(&li, "/rooms?q=a1").await["items"].clone();
        assert_eq!(rooms[0]["name"], "A1", "{rooms}");
        assert_eq!(house.seen(&li, "/rooms?q=%EF%BC%A1%EF%BC%91").await["items"], rooms);
    }
}
