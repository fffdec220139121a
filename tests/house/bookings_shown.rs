//! Who shows rooms is with one party at a time (clause 1-8): the same rule as for rooms, kept by both databases.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use switchboard::db::{Db, Sql};
use switchboard::kernel::StaffId;
use switchboard::{shifts, staff};

use super::bookings_corridor::furnish;
use super::bookings_kit::{House, Who};
use super::kit;
use super::site::{OUT_OF_HOURS, Site};

/// Whose time is taken, and the record that takes it.
const BUSY: Sql = Sql::both(
    "SELECT owner FROM claims WHERE resource LIKE 'staff/%' AND kind = 'appointment' AND released_at IS NULL ORDER BY id",
);
/// Viewings that are under way.
const SHOWN: Sql = Sql::both("SELECT count(*) AS n FROM viewings WHERE ended_at IS NULL");
/// How the viewings ended.
const ENDED: Sql = Sql::both("SELECT outcome FROM viewings WHERE ended_at IS NOT NULL ORDER BY id");

async fn busy(db: &Db) -> Vec<String> {
    db.read(BUSY).values().await.unwrap()
}

/// A house with a supervisor and two operators on duty.
async fn opened(db: &Db) -> (House, Who, Who) {
    let (house, li, xiao) = House::staffed(db).await;
    for login in ["li", "xiao"] {
        let id = id_of(&house, login).await;
        let stamp = switchboard::db::Stamp { by: Some(id), ..house.desk.stamp() };
        shifts::store::signing::sign_on(db, stamp, id, None).await.unwrap();
    }
    (house, li, xiao)
}

async fn id_of(house: &House, login: &str) -> StaffId {
    let everyone = staff::store::everyone(&house.db).await.unwrap();
    everyone.iter().find(|one| one.login == login).unwrap().id
}

/// Whether somebody is away from the desk.
async fn is_away(house: &House, login: &str) -> bool {
    let (id, now) = (id_of(house, login).await, house.desk.clock.now());
    shifts::store::person(&house.db, id, now).await.unwrap().unwrap().absence.is_some()
}

fn guest(room: &str, name: &str) -> Value {
    json!({ "room": room, "name": name })
}

/// The refusal says who is with whom, where, and since when.
fn says_with_whom(refused: &Value) {
    assert_eq!(refused["status"], 409, "{refused}");
    let detail = refused["detail"].as_str().unwrap();
    for word in ["李红", "王女士", "A1", "17:00"] {
        assert!(detail.contains(word), "{word}: {detail}");
    }
    let taken = &refused["current"]["taken"];
    assert_eq!((&taken["person"], &taken["by"]), (&json!("李红"), &json!("李红")), "{refused}");
}

#[tokio::test]
async fn an_operator_shows_rooms_to_one_party_at_a_time() {
    for fresh in kit::stores().await {
        let (house, li, xiao) = opened(&fresh.db).await;
        let first = house.did(&li, "/viewings", guest("A1", "王女士")).await;
        let owner = format!("viewings/{}", first["id"]);
        assert_eq!(busy(&house.db).await, std::slice::from_ref(&owner));

        // neither another room nor the same: she is with somebody
        for room in ["B2", "A1"] {
            says_with_whom(&house.refused(&li, "/viewings", guest(room, "刘女士")).await);
        }
        assert_eq!(house.db.read(SHOWN).value::<i64>().await.unwrap(), 1, "nothing is half begun");
        assert_eq!(busy(&house.db).await, std::slice::from_ref(&owner));

        // a colleague has time, and a room may be shown to two parties
        let second = house.did(&xiao, "/viewings", guest("A1", "刘女士")).await;
        assert_eq!(busy(&house.db).await.len(), 2);
        // and the room may be booked all the same, once it was asked
        let wish = json!({ "name": "赵先生", "party": 4, "phone": "13900001111", "when": "17:05", "minutes": 60, "room": ["A1"], "reason": "客人急" });
        house.did(&xiao, "/bookings", wish).await;

        // longer than was thought: she is not back yet, whatever the clock says
        house.pass_to("17:40").await;
        says_with_whom(&house.refused(&li, "/viewings", guest("B2", "孙先生")).await);

        // once she is back she has time again
        let end = format!("/viewings/{}/end", first["id"]);
        house.did(&li, &end, json!({ "outcome": "considering" })).await;
        assert_eq!(busy(&house.db).await, [format!("viewings/{}", second["id"])]);
        house.did(&li, "/viewings", guest("B2", "孙先生")).await;
        assert!(is_away(&house, "li").await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_parties_that_want_one_guide_at_once_one_gets_her() {
    for fresh in kit::stores().await {
        let (house, li, _) = opened(&fresh.db).await;
        let rooms = ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2"];
        let asked = rooms.map(|room| house.post(&li, "/viewings", guest(room, "王女士")));
        let answers = futures_util::future::join_all(asked).await;
        let won = answers.iter().filter(|one| one.status == StatusCode::CREATED).count();
        let lost = answers.iter().filter(|one| one.status == StatusCode::CONFLICT).count();
        assert_eq!((won, lost), (1, 7));
        assert_eq!(busy(&house.db).await.len(), 1);
        assert_eq!(house.db.read(SHOWN).value::<i64>().await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_viewing_that_is_taken_back_brings_the_operator_back() {
    for fresh in kit::stores().await {
        let (house, li, _) = opened(&fresh.db).await;
        house.did(&li, "/viewings", guest("A1", "王女士")).await;
        assert!(is_away(&house, "li").await);
        let latest = "/bookings/acts/latest";
        let back = house.send(&li, Method::DELETE, latest, json!({})).await;
        assert_eq!(back.status, StatusCode::OK, "{}", back.body);
        assert!(!is_away(&house, "li").await, "she is at her desk");
        assert_eq!(busy(&house.db).await, [] as [String; 0]);
        assert_eq!(house.db.read(ENDED).values::<String>().await.unwrap(), ["abandoned"]);
        let board = house.page(&li, "/rooms/board").await;
        assert!(!board.contains("王女士"), "no board shows it any more");

        // what is over is not taken back: nobody is called from a desk they sit at
        let again = house.did(&li, "/viewings", guest("A1", "刘女士")).await;
        let end = format!("/viewings/{}/end", again["id"]);
        house.did(&li, &end, json!({ "outcome": "declined" })).await;
        let late = house.send(&li, Method::DELETE, latest, json!({})).await;
        assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
        let ended = house.db.read(ENDED).values::<String>().await.unwrap();
        assert_eq!(ended, ["abandoned", "declined"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_says_at_the_desk_that_they_are_back_may_show_the_next_party() {
    for place in kit::places().await {
        let mut site = Site::open_with(&place, OUT_OF_HOURS).await;
        furnish(&mut site).await;
        let (status, duty) = site.post("li", "/shifts/sign-on", json!({})).await;
        assert!(status.is_success(), "{duty}");
        let (status, first) = site.post("li", "/viewings", guest("A1", "王女士")).await;
        assert!(status.is_success(), "{first}");
        let (status, _) = site.post("li", "/viewings", guest("A2", "刘女士")).await;
        assert_eq!(status, StatusCode::CONFLICT, "she is with somebody");

        let (status, duty) = site.delete("li", "/shifts/absence").await;
        assert!(status.is_success(), "{duty}");
        let board = site.page("li", "/rooms/board").await;
        assert!(!board.contains("王女士"), "the party is nobody's any more");
        let (status, next) = site.post("li", "/viewings", guest("A2", "刘女士")).await;
        assert!(status.is_success(), "{next}");
        let over = site.journal("room").await;
        assert_eq!(over.iter().filter(|line| line.contains("viewing_over")).count(), 1, "{over:?}");
        site.close().await;
    }
}
