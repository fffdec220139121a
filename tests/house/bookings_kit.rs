//! A house for the stories of bookings: rooms A1–A6 (the last two open into one), B1 and B2, a hall, and
//! the people who work there.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use switchboard::db::Db;
use switchboard::kernel::Moment;
use switchboard::staff::{self, Newcomer};
use switchboard::timers::FallsDue as _;
use switchboard::{bookings, claims, rooms};

use super::desk::{Answer, Desk, PASSWORD, json as ask_json};

/// The house, open.
pub(crate) struct House {
    pub(crate) desk: Desk,
    pub(crate) db: Db,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Who(pub(crate) String);

/// Monday evening.
pub(crate) fn at(clock: &str) -> Moment {
    let (day, clock) = clock.split_once(' ').unwrap_or(("2026-11-23", clock));
    Moment::parse_rfc3339(&format!("{day}T{clock}:00+08:00")).unwrap()
}

/// The house as it is set up: rooms A1–A6 and B1, B2, the hall C1, the wall between A5 and A6, prices.
pub(crate) fn furniture() -> Vec<(&'static str, Value)> {
    let mut all = vec![
        ("/admin/areas", json!({ "name": "2F", "sort": 1 })),
        ("/admin/areas", json!({ "name": "宴会厅", "sort": 2 })),
    ];
    for (name, sort) in [("小包", 1), ("大包", 2), ("宴会厅", 3)] {
        let class = json!({ "name": name, "sort": sort, "stay_small": 120, "stay_medium": 120, "stay_large": 120, "buffer_minutes": 15 });
        all.push(("/admin/room-classes", class));
    }
    for (name, from, to) in [("午市", "11:00", "14:00"), ("晚市", "17:00", "24:00")] {
        all.push(("/admin/periods", json!({ "name": name, "from": from, "to": to })));
    }
    for (k, name) in (1..).zip(["A1", "A2", "A3", "A4", "A5", "A6"]) {
        let room = json!({ "name": name, "area_id": 1, "class_id": 1, "cap_min": 2, "cap_max": 8, "sort": k });
        all.push(("/admin/rooms", room));
    }
    for name in ["B1", "B2"] {
        let room = json!({ "name": name, "area_id": 1, "class_id": 2, "cap_min": 6, "cap_max": 12, "sort": 9 });
        all.push(("/admin/rooms", room));
    }
    let hall = json!({ "name": "C1", "kind": "hall", "area_id": 2, "class_id": 3, "cap_min": 20, "cap_max": 300, "tables": 30 });
    all.push(("/admin/rooms", hall));
    all.push(("/admin/room-links", json!({ "a": 5, "b": 6, "seats_lost": 2 })));
    for (class, spend) in [(1, "600"), (2, "1200")] {
        let price = json!({ "class_id": class, "valid_from": "2026-01-01", "min_spend": spend });
        all.push(("/admin/room-prices", price));
    }
    all
}

/// The pages of rooms and bookings, for those who signed in and for everybody.
fn pages() -> (axum::Router, axum::Router) {
    let panel = rooms::Panel::new(std::sync::Arc::new(bookings::Feeds));
    let behind = rooms::routes(panel.clone()).merge(bookings::routes(bookings::Panel::new()));
    (behind, rooms::open_routes(panel))
}

impl House {
    /// Opens it at a time of the evening.
    pub(crate) fn open(db: &Db, clock: &str) -> Self {
        let (behind, before) = pages();
        let desk = Desk::open_with(db, at(clock), "http://127.0.0.1:8080", behind, before);
        Self { desk, db: db.clone() }
    }

    /// Opens it at five, furnished, with a supervisor and two operators; the operators.
    pub(crate) async fn staffed(db: &Db) -> (Self, Who, Who) {
        let house = Self::open(db, "17:00");
        let zhou = house.person("周明", "zhou", "supervisor").await;
        house.furnish(&zhou).await;
        let li = house.person("李红", "li", "operator").await;
        let xiao = house.person("小周", "xiao", "operator").await;
        (house, li, xiao)
    }

    /// Opens it where the clocks go forward in spring, on a Monday evening of March.
    pub(crate) fn open_in_berlin(db: &Db) -> Self {
        let now = Moment::parse_rfc3339("2027-03-08T18:00:00+01:00").unwrap();
        let (behind, before) = pages();
        let desk = Desk::open_in(db, now, chrono_tz::Europe::Berlin, (behind, before));
        Self { desk, db: db.clone() }
    }

    /// Adds somebody and signs them in.
    pub(crate) async fn person(&self, name: &str, login: &str, roles: &str) -> Who {
        let newcomer = Newcomer {
            name: name.to_owned(),
            login: login.to_owned(),
            roles: roles.parse().unwrap(),
            extension: None,
            password: PASSWORD.to_owned(),
        };
        staff::add(&self.desk.kit.db, self.desk.stamp(), newcomer).await.unwrap();
        Who(self.desk.sign_in(login).await)
    }

    /// The rooms of the stories.
    pub(crate) async fn furnish(&self, keeper: &Who) {
        for (address, body) in furniture() {
            self.did(keeper, address, body).await;
        }
    }

    /// A write by somebody in a browser, with JSON.
    pub(crate) async fn send(
        &self,
        who: &Who,
        method: Method,
        address: &str,
        body: Value,
    ) -> Answer {
        let request = ask_json(address)
            .method(method)
            .header(header::COOKIE, &who.0)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json");
        self.desk.ask_with(request, body.to_string()).await
    }

    pub(crate) async fn post(&self, who: &Who, address: &str, body: Value) -> Answer {
        self.send(who, Method::POST, address, body).await
    }

    /// A write that is done.
    pub(crate) async fn did(&self, who: &Who, address: &str, body: Value) -> Value {
        let answer = self.post(who, address, body).await;
        assert!(answer.status.is_success(), "{address}: {} {}", answer.status, answer.body);
        answer.json()
    }

    /// A write that is refused, with what is said.
    pub(crate) async fn refused(&self, who: &Who, address: &str, body: Value) -> Value {
        let answer = self.post(who, address, body).await;
        assert!(answer.status.is_client_error(), "{address}: {} {}", answer.status, answer.body);
        answer.json()
    }

    /// What an address shows, as JSON.
    pub(crate) async fn seen(&self, who: &Who, address: &str) -> Value {
        let answer = self.desk.ask(ask_json(address).header(header::COOKIE, &who.0)).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.body);
        answer.json()
    }

    /// What an address shows, as a page.
    pub(crate) async fn page(&self, who: &Who, address: &str) -> String {
        let answer = self.desk.ask(super::desk::page(address).header(header::COOKIE, &who.0)).await;
        assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.body);
        answer.body
    }

    /// Books a room.
    pub(crate) async fn book(
        &self,
        who: &Who,
        name: &str,
        party: i64,
        room: &str,
        when: &str,
    ) -> String {
        let body = json!({ "name": name, "party": party, "phone": "13800001234", "when": when, "room": [room] });
        self.did(who, "/bookings", body).await["no"].as_str().unwrap().to_owned()
    }

    /// Time passes: everything that falls due does, in order.
    pub(crate) async fn pass_to(&self, clock: &str) {
        let until = at(clock);
        let day = self.desk.kit.day;
        let due = bookings::Due { day };
        for _ in 0..100 {
            let next = due.next_due(&self.db).await.unwrap();
            let hold = claims::Expiry.next_due(&self.db).await.unwrap();
            let Some(next) = [next, hold].into_iter().flatten().min().filter(|at| *at <= until)
            else {
                break;
            };
            let now = next.max(self.desk.clock.now());
            self.desk.clock.set(now);
            claims::Expiry.fall_due(&self.db, now, next).await.unwrap();
            due.fall_due(&self.db, now, next).await.unwrap();
        }
        self.desk.clock.set(until);
    }

    /// The state of a booking.
    pub(crate) async fn state(&self, who: &Who, no: &str) -> String {
        self.seen(who, &format!("/bookings/{no}")).await["state"].as_str().unwrap().to_owned()
    }

    /// The rooms a booking has, joined.
    pub(crate) async fn rooms_of(&self, who: &Who, no: &str) -> String {
        let booking = self.seen(who, &format!("/bookings/{no}")).await;
        let rooms = booking["rooms"].as_array().unwrap().iter();
        rooms.map(|place| place["room"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join("+")
    }
}
