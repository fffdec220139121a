//! The race against the running program: thirty-two people through the panel's addresses, on few rooms,
//! alone and opened into one, and the program is killed as by a power cut while they are at it. What was
//! answered is there afterwards, nothing is half done, and nothing is taken twice.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::db::{Db, Sql};
use switchboard::kernel::Moment;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use super::desk::PASSWORD;
use super::kit::{self, Place};
use super::program::Site;
use super::race::{PEOPLE, furnish, never, untold};

/// The program is killed at the end of each of its lives but the last.
const LIVES: u64 = 3;
/// Every life lasts so many answers: together about five seconds on a slow machine.
const ANSWERS: usize = 160;

/// What was made.
const BOOKED: Sql = Sql::both("SELECT no FROM bookings");
/// Bookings that never had a room.
const HALF: Sql = Sql::both(
    "SELECT count(*) AS half FROM bookings b WHERE NOT EXISTS (SELECT 1 FROM segments s WHERE s.booking_id = b.id)",
);

/// An answer of the panel.
struct Heard {
    what: &'static str,
    status: StatusCode,
    record: Value,
}

/// What was answered over all lives of the program: the numbers of the bookings, the newest act.
#[derive(Default)]
struct Known {
    numbers: Mutex<Vec<String>>,
    act: AtomicI64,
}

/// What everybody shares in one life of the program.
#[derive(Clone)]
struct Panel {
    http: reqwest::Client,
    web: SocketAddr,
    cookie: String,
    /// The beginning of the evening they book for.
    from: Moment,
    known: Arc<Known>,
    heard: UnboundedSender<Heard>,
}

impl Panel {
    /// One of the last forty bookings.
    async fn some(&self, chance: &mut StdRng) -> Option<String> {
        let numbers = self.known.numbers.lock().await;
        let from = numbers.len().saturating_sub(40);
        (!numbers.is_empty()).then(|| numbers[chance.random_range(from..numbers.len())].clone())
    }

    /// Somebody who does one thing after another until the program is gone.
    async fn person(self, seed: u64) {
        let mut chance = StdRng::seed_from_u64(seed);
        let mut held: Option<(Value, Value, Value)> = None;
        loop {
            let Some((what, method, address, body)) = self.wish(&mut chance, &mut held).await
            else {
                continue;
            };
            let request = self.http.request(method, format!("http://{}{address}", self.web));
            let request =
                request.header("cookie", &self.cookie).header("accept", "application/json");
            let Ok(answer) = request.json(&body).send().await else { return };
            let status = answer.status();
            // an answer that breaks off was none
            let Ok(record) = answer.json::<Value>().await else { return };
            if status.is_success() {
                if let Some(no) = record["no"].as_str() {
                    self.known.numbers.lock().await.push(no.to_owned());
                }
                self.known.act.fetch_max(record["act"].as_i64().unwrap_or(0), Ordering::Relaxed);
                if what == "hold" {
                    held = Some((record["ids"].clone(), body["room"].clone(), body["at"].clone()));
                }
            }
            if self.heard.send(Heard { what, status, record }).is_err() {
                return;
            }
        }
    }

    async fn wish(
        &self,
        chance: &mut StdRng,
        held: &mut Option<(Value, Value, Value)>,
    ) -> Option<(&'static str, Method, String, Value)> {
        let at = self.from.plus_millis(chance.random_range(0..16) * 15 * 60_000).to_string();
        let one = format!("A{}", chance.random_range(1..=5));
        let two = [["A1", "A2"], ["A2", "A3"]][chance.random_range(0..2_usize)];
        let rooms = if chance.random_range(0..4) == 0 { json!(two) } else { json!([one]) };
        let minutes = 30 + 15 * chance.random_range(0..6_i64);
        let booked = |rooms: Value, at: Value| json!({ "name": "客人", "party": 4, "phone": "13800001234", "when": at, "minutes": minutes, "room": rooms });
        let post = |what, address: String, body| Some((what, Method::POST, address, body));
        let which = chance.random_range(0..16);
        if which < 5 {
            return post("book", "/bookings".to_owned(), booked(rooms, json!(at)));
        }
        if which == 5 {
            let instead = held.take().map_or(json!([]), |(ids, ..)| ids);
            let body = json!({ "room": rooms, "at": at, "minutes": 60, "instead": instead });
            return post("hold", "/bookings/holds".to_owned(), body);
        }
        if which == 6 {
            let (ids, rooms, at) = held.take()?;
            let mut body = booked(rooms, at);
            body["hold"] = ids;
            return post("book what was held", "/bookings".to_owned(), body);
        }
        if which < 9 {
            let newest = self.known.act.load(Ordering::Relaxed);
            let act = chance.random_range((newest - 20).max(1)..=newest.max(1));
            return Some(("undo", Method::DELETE, format!("/bookings/acts/{act}"), json!({})));
        }
        let (no, other) = (self.some(chance).await?, self.some(chance).await?);
        let to = |noun: &str| format!("/bookings/{no}/{noun}");
        match which {
            9 | 10 => post("move", to("change"), json!({ "room": one, "at": at })),
            11 => post("swap", to("swap"), json!({ "with": other })),
            12 => post("combine", to("combination"), json!({ "room": two })),
            13 => post("join", to("join"), json!({ "with": other })),
            14 => post(
                "extend",
                to("extension"),
                json!({ "minutes": ([-15, 15, 30][chance.random_range(0..3_usize)]) }),
            ),
            _ => post("cancel", to("cancellation"), json!({ "reason": "客人取消" })),
        }
    }
}

/// What is wrong with an answer; every refusal names who has it.
fn wrong(heard: &Heard) -> Option<String> {
    let Heard { what, status, record } = heard;
    if status.is_server_error() {
        return Some(format!("{what}: {status} {record}"));
    }
    let taken = &record["current"]["taken"];
    // a change that is in its own way has nobody to name
    let somebody = !taken.is_null() && !taken["since"].is_null();
    let detail = record["detail"].as_str().unwrap_or_default();
    let said = |name: &str| {
        let text = taken[name].as_str().unwrap_or_default();
        !text.is_empty() && detail.contains(text)
    };
    let named = taken["by"] == "李红" && (said("by") || said("what"));
    (somebody && !named).then(|| format!("{what}: names nobody: {record}"))
}

async fn story(place: Place) {
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    furnish(&db).await;
    let mut site = Site::new(place, "");
    site.start().await;
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let form = [("login", "li"), ("password", PASSWORD)];
    let answer =
        http.post(format!("http://{}/sign-in", site.web)).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();

    // an hour from now on, so that no minute of the race lies behind it
    let from = Clock::house().now().plus_millis(3_600_000);
    let known = Arc::new(Known::default());
    let (mut taken, mut done, mut broke) = (0, 0, Vec::new());
    for life in 0..LIVES {
        if life > 0 {
            site.start().await;
        }
        let (heard, mut answers) = unbounded_channel();
        let (http, cookie) = (http.clone(), cookie.clone());
        let panel = Panel { http, web: site.web, cookie, from, known: Arc::clone(&known), heard };
        let mut people = JoinSet::new();
        for seed in 0..PEOPLE {
            people.spawn(panel.clone().person(life * PEOPLE + seed));
        }
        drop(panel);
        for _ in 0..ANSWERS {
            let heard = answers.recv().await.unwrap();
            broke.extend(wrong(&heard));
            done += usize::from(heard.status.is_success());
            taken += usize::from(!heard.record["current"]["taken"].is_null());
        }
        // thirty-two acts are under way
        site.kill();
        while people.join_next().await.is_some() {}
        // and some were answered before it was gone
        while let Ok(heard) = answers.try_recv() {
            broke.extend(wrong(&heard));
        }
        assert_eq!(never(&db, Clock::house().now()).await.unwrap(), [], "life {life}");
        // no line of the journal without what it tells of, and nothing that no line tells of
        assert_eq!(untold(&db).await.unwrap(), [], "life {life}");
    }
    assert!(
        broke.is_empty(),
        "{} answers are wrong: {:#?}",
        broke.len(),
        &broke[..broke.len().min(5)]
    );
    assert!(done > 60 && taken > 30, "no race: {done} done, {taken} taken");

    // what was answered is kept, and whatever is there is there in full
    let there: BTreeSet<String> =
        db.read(BOOKED).values::<String>().await.unwrap().into_iter().collect();
    let known = known.numbers.lock().await.clone();
    let lost: Vec<&String> = known.iter().filter(|no| !there.contains(*no)).collect();
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
    let half: i64 = db.read(HALF).value().await.unwrap();
    assert_eq!(half, 0, "bookings that are half there");
    // the program goes on
    site.start().await;
    site.stop();
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_people_race_over_three_lives_of_the_program_on_sqlite() {
    story(kit::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_people_race_over_three_lives_of_the_program_on_postgresql() {
    story(kit::postgres().await).await;
}
