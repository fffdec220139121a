//! One evening in the house, step by step (operations §8, steps 2 to 12), against the whole house on the
//! demo's clock; in the last step the program itself is killed as by a power cut.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use reqwest::StatusCode;
use serde_json::{Value, json};
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::Moment;
use switchboard::staff::{self, Newcomer};
use tokio::task::JoinSet;

use super::bookings_corridor::greeters;
use super::bookings_kit::furniture;
use super::desk::PASSWORD;
use super::kit::{self, Place};
use super::program;
use super::race::never;
use super::registrar::soon;
use super::site::{OUT_OF_HOURS, Site, at};

/// The house on that evening.
struct Night {
    site: Site,
}

impl Night {
    /// Everybody is there at five; two business managers beside them.
    async fn open(place: &Place) -> Self {
        let mut site = Site::open_with(place, OUT_OF_HOURS).await;
        for (login, name) in [("song", "宋江"), ("wu", "吴用")] {
            let newcomer = Newcomer {
                name: name.to_owned(),
                login: login.to_owned(),
                roles: "manager".parse().unwrap(),
                extension: None,
                password: PASSWORD.to_owned(),
            };
            staff::add(&site.db, Stamp { now: at(0), by: None }, newcomer).await.unwrap();
        }
        for (address, body) in furniture() {
            let (status, answer) = site.post("sun", address, body).await;
            assert!(status.is_success(), "{address}: {status} {answer}");
        }
        for who in ["li", "zhou", "song"] {
            let (status, answer) = site.post(who, "/shifts/sign-on", json!({})).await;
            assert!(status.is_success(), "{answer}");
        }
        greeters(&mut site).await;
        Self { site }
    }

    async fn did(&mut self, who: &'static str, path: &str, body: Value) -> Value {
        let (status, answer) = self.site.post(who, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    async fn refused(&mut self, who: &'static str, path: &str, body: Value) -> Value {
        let (status, answer) = self.site.post(who, path, body).await;
        assert!(status.is_client_error(), "{path}: {status} {answer}");
        answer
    }

    async fn seen(&mut self, who: &'static str, path: &str) -> Value {
        let (status, answer) = self.site.get(who, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    /// Books and gives the number.
    async fn book(
        &mut self,
        who: &'static str,
        (name, party): (&str, i64),
        room: &str,
        when: &str,
    ) -> String {
        let body = json!({ "name": name, "party": party, "phone": "13800001234", "when": when, "room": [room] });
        text(&self.did(who, "/bookings", body).await["no"])
    }

    async fn cancel(&mut self, no: &str) -> Value {
        let body = json!({ "reason": "客人取消" });
        self.did("li", &format!("/bookings/{no}/cancellation"), body).await
    }

    /// Lets time pass to a time of the evening; what falls due on the way does, in the whole house.
    async fn pass_to(&mut self, clock: &str) {
        let to = Moment::parse_rfc3339(&format!("2026-11-23T{clock}:00+08:00")).unwrap();
        self.site.pass_to(to.millis_since(at(0))).await;
    }

    async fn rooms_of(&mut self, no: &str) -> String {
        rooms(&self.seen("li", &format!("/bookings/{no}")).await)
    }

    /// What a room's row says on the greeters' telephones.
    async fn face(&mut self, room: &str) -> String {
        let floor = self.seen("jia", "/my/floor").await;
        let rooms = floor["items"].as_array().unwrap();
        text(&rooms.iter().find(|one| one["room"] == room).unwrap()["face"])
    }

    /// What is called out in the corridor and not answered by all: the text, and how many have answered.
    async fn calls(&mut self) -> Vec<(String, i64, i64)> {
        let board = self.seen("li", "/rooms/board").await;
        let number = |one: &Value| one.as_i64().unwrap();
        let calls = board["calls"].as_array().unwrap().iter();
        calls
            .map(|one| (text(&one["text"]), number(&one["acked"]), number(&one["asked"])))
            .collect()
    }
}

fn text(one: &Value) -> String {
    one.as_str().unwrap_or_default().to_owned()
}

/// The rooms a booking has, joined.
fn rooms(booking: &Value) -> String {
    let rooms = booking["rooms"].as_array().unwrap().iter();
    rooms.map(|place| text(&place["room"])).collect::<Vec<_>>().join("+")
}

/// Steps 2 to 4: the first call, the colleague in the same second, the sale without a department.
async fn the_first_calls(night: &mut Night) -> [String; 3] {
    night.pass_to("17:05").await;
    // 2. the quick line is a booking
    let line = "/bookings/draft?line=%E7%8E%8B%E5%85%88%E7%94%9F%208%20%E4%BB%8A%E6%99%9A7%E7%82%B9%2013812345678";
    let read = night.seen("li", line).await;
    assert_eq!((&read["name"], &read["when"]), (&json!("王先生"), &json!("2026-11-23 19:00")));
    assert_eq!(read["suggestions"]["items"][0]["name"], "A1", "{read}");
    let wang = night.book("li", ("王先生", 8), "A3", "19:00").await;
    night.did("li", &format!("/bookings/{wang}/readback"), json!({})).await;
    let board = night.site.page("zhou", "/rooms/board").await;
    assert!(board.contains("王先生 8位"), "every board shows it");

    // 3. a colleague wants the room: refused with who has it, and something else
    let body = json!({ "name": "赵先生", "party": 6, "phone": "13900001111", "when": "19:30", "room": ["A3"] });
    let refused = night.refused("zhou", "/bookings", body).await;
    let said = refused["detail"].as_str().unwrap();
    assert!(said.contains("李红") && said.contains("17:05") && said.contains(&wang), "{said}");
    assert_eq!(refused["current"]["alternatives"].as_array().unwrap().len(), 3, "{refused}");
    let zhao = night.book("zhou", ("赵先生", 6), "A4", "19:30").await;

    // 4. sold by staff: without a department it is no sale
    let mut sold = json!({ "name": "孙总", "party": 10, "phone": "13900002222", "when": "20:00", "room": ["B1"], "source": "staff", "sold_by": "陈" });
    let missing = night.refused("li", "/bookings", sold.clone()).await;
    assert!(missing["fields"]["sold_dept"].is_string(), "{missing}");
    sold["sold_dept"] = json!("销售部");
    let sun = text(&night.did("li", "/bookings", sold).await["no"]);
    [wang, zhao, sun]
}

/// Steps 5 to 7: full, a banquet, a guest who wants to see a room.
async fn the_house_fills(night: &mut Night) {
    // 5. what else there is is said, and two wait
    for room in ["A1", "A2", "A5", "A6"] {
        night.book("li", ("满客", 6), room, "19:30").await;
    }
    night.book("li", ("满客", 8), "B2", "19:30").await;
    let full = night.seen("li", "/bookings/suggestions?party=8&at=19:30").await;
    assert_eq!(full["items"], json!([]));
    assert!(full["script"].as_str().unwrap().starts_with("非常抱歉"), "{full}");
    assert!(!full["others"].as_array().unwrap().is_empty());
    for (name, party, phone) in [("一号", 8, "13700000001"), ("二号", 2, "13700000002")] {
        let wait = json!({ "name": name, "party": party, "phone": phone, "from": "19:00", "to": "23:00", "minutes": 90 });
        night.did("li", "/waitlist", wait).await;
    }

    // 6. a banquet by the moon, with a telephone or not at all
    let mut banquet = json!({ "name": "陈府", "phone": "", "occasion": "婚宴", "date": "农历腊月初六", "tables": 30, "hall": 9 });
    let asked = night.refused("li", "/banquets", banquet.clone()).await;
    assert!(asked["fields"]["phone"].is_string());
    banquet["phone"] = json!("13600001111");
    let banquet = night.did("li", "/banquets", banquet).await;
    assert_eq!(banquet["lunar_date"], "农历腊月初六");
    let rings = |waiting: Vec<String>| waiting.iter().any(|text| text.contains("陈府"));
    assert!(rings(night.site.waiting("song").await), "the manager on duty is asked");
    assert!(!rings(night.site.waiting("wu").await), "and nobody else yet");
    night.pass_to("17:19").await;
    assert!(!rings(night.site.waiting("wu").await));
    night.pass_to("17:21").await;
    assert!(rings(night.site.waiting("wu").await), "a quarter of an hour of silence: the next");
    let path = format!("/banquets/{}", banquet["id"]);
    let version = night.seen("wu", "/banquets").await["items"][0]["version"].clone();
    let taken = json!({ "version": version, "state": "handed_over" });
    let taken = night.did("wu", &path, taken).await;
    let option =
        json!({ "version": taken["version"], "state": "option", "hall": 9, "until": "2026-11-27" });
    assert_eq!(night.did("wu", &path, option).await["state"], "option");

    // 7. who came to see a room: it is shown, and the operator is away with them
    let shown = night.did("li", "/viewings", json!({ "room": "B2", "name": "王女士" })).await;
    let taken = json!({ "name": "急客", "party": 6, "phone": "13500001111", "when": "17:22", "minutes": 30, "room": ["B2"] });
    let looking = night.refused("zhou", "/bookings", taken).await;
    assert!(looking["detail"].as_str().unwrap().contains("李红"), "{looking}");
    let duty = night.seen("li", "/shifts/duty").await;
    assert_eq!(duty["absence"]["stand_in"]["name"], "小周", "{duty}");
    let end = format!("/viewings/{}/end", shown["id"]);
    night.did("li", &end, json!({ "outcome": "booked" })).await;
    let duty = night.seen("li", "/shifts/duty").await;
    assert_eq!(duty["presence"], "present", "back at the desk: {duty}");
    let body = json!({ "name": "王女士", "party": 6, "phone": "13500002222", "when": "2026-11-24 19:00", "room": ["B2"], "viewing": shown["id"], "source": "staff", "sold_by": "陈", "sold_dept": "销售部" });
    let booked = night.did("li", "/bookings", body).await;
    assert_eq!((&booked["source"], &booked["sold_by"]), (&json!("self"), &json!(null)));
}

/// Steps 8 and 9: late, put off, put off again with somebody waiting, called off; those who come sit.
async fn who_comes_and_who_does_not(night: &mut Night, wang: &str, zhao: &str) {
    let this = format!("/bookings/{wang}");
    night.pass_to("19:10").await;
    assert_eq!(night.seen("li", &this).await["late"], true);
    let owed = night.seen("li", "/follow-ups").await.to_string();
    assert!(owed.contains(wang), "somebody is to phone: {owed}");
    let chase = json!({ "answered": false });
    night.did("li", &format!("{this}/chase"), chase).await;
    night.did("li", &format!("{this}/eta"), json!({ "at": "19:40" })).await;
    night.pass_to("19:45").await;
    assert_eq!(night.seen("li", &this).await["late"], false, "the clock begins anew");
    night.pass_to("19:50").await;
    assert_eq!(night.seen("li", &this).await["late"], true);
    let script = night.site.page("li", &this).await;
    assert!(script.contains("房间比较紧张"), "rooms are short: somebody waits");
    let off = json!({ "reason": "二次推延" });
    let off = night.did("li", &format!("{this}/cancellation"), off).await;
    assert_eq!(off["offered"], 1);
    let waiting = night.seen("li", "/waitlist").await;
    assert_eq!(waiting["items"][0]["name"], "一号");
    assert_eq!(waiting["items"][0]["offer"]["room"], "A3");
    let accepted = night.did("li", "/waitlist/1/reply", json!({ "reply": "accepted" })).await;
    assert_eq!(accepted["rooms"][0]["room"], "A3");
    let waiting = night.seen("li", "/waitlist").await;
    let waiting = waiting["items"].as_array().unwrap();
    assert_eq!((waiting.len(), &waiting[0]["state"]), (1, &json!("waiting")));

    // 9. they are here and sit: who sold it is frozen
    night.did("jia", "/my/floor/4/arrival", json!({})).await;
    night.did("jia", "/my/floor/4/seat", json!({})).await;
    let path = format!("/bookings/{zhao}/attribution");
    let mut other = json!({ "source": "online" });
    let frozen = night.refused("li", &path, other.clone()).await;
    assert!(frozen["detail"].as_str().unwrap().contains("锁定"), "{frozen}");
    other["reason"] = json!("线上订单补录");
    night.did("sun", &path, other).await;
}

/// Step 10: they move to a better room, every greeter answers, the old one is cleaned and recalled.
async fn a_better_room(night: &mut Night, zhao: &str, sun: &str) {
    let list = night.seen("li", "/bookings?q=B2").await;
    night.cancel(&text(&list["items"][0]["no"])).await;
    night.pass_to("20:05").await;
    // a room that somebody has is refused for that, however much less its guests spend
    let away = format!("/bookings/{sun}/change");
    assert_eq!(night.refused("li", &away, json!({ "room": "A3" })).await["status"], 409);
    let change = json!({ "from_room": "A4", "room": "B2" });
    night.did("li", &format!("/bookings/{zhao}/change"), change).await;
    let lower = night.refused("li", &away, json!({ "room": "A3", "at": "22:00" })).await;
    assert_eq!(lower["status"], 422, "{lower}");
    let moved = night.seen("li", &format!("/bookings/{zhao}")).await;
    assert_eq!((rooms(&moved), &moved["past"][0]["room"]), ("B2".to_owned(), &json!("A4")));
    assert_eq!(moved["past"][0]["to_at"], "2026-11-23T12:05:00.000Z");

    let called = "换房 A4→B2 赵先生 6位".to_owned();
    assert!(night.calls().await.contains(&(called.clone(), 0, 3)), "{:?}", night.calls().await);
    let calls = night.seen("jia", "/my/floor").await["calls"].clone();
    let call = calls.as_array().unwrap().iter().find(|one| one["text"] == *called).unwrap();
    let id = call["id"].as_i64().unwrap();
    for who in ["jia", "yi"] {
        night.did(who, &format!("/notices/{id}/receipt"), json!({})).await;
    }
    assert!(night.calls().await.contains(&(called.clone(), 2, 3)));
    let bing = night.site.id("bing");
    night.did("li", &format!("/notices/{id}/receipts/{bing}"), json!({})).await;
    assert!(night.calls().await.iter().all(|(text, ..)| *text != called), "all have answered");

    assert_eq!(night.face("A4").await, "dirty");
    night.did("bing", "/my/floor/4/ready", json!({})).await;
    let waiting = night.seen("li", "/waitlist").await;
    assert_eq!(waiting["items"][0]["offer"]["room"], "A4", "{waiting}");
    night.did("li", "/waitlist/2/reply", json!({ "reply": "declined" })).await;
}

/// Step 11: two rooms opened into one, refused whole where one of them is taken; a swap and back.
async fn opened_into_one(night: &mut Night) {
    let liu = night.book("li", ("刘先生", 8), "A5", "22:00").await;
    let path = format!("/bookings/{liu}/combination");
    night.did("li", &path, json!({ "room": ["A6"] })).await;
    assert_eq!(night.rooms_of(&liu).await, "A5+A6");
    // the same again while A6 is somebody else's for longer: refused whole
    night.cancel(&liu).await;
    let list = night.seen("li", "/bookings?q=A6").await;
    let guests = list["items"].as_array().unwrap();
    let a6 = text(&guests.iter().find(|one| one["name"] == "满客").unwrap()["no"]);
    night.did("li", &format!("/bookings/{a6}/extension"), json!({ "minutes": 60 })).await;
    let chen = night.book("li", ("陈先生", 8), "A5", "22:00").await;
    let whole = json!({ "room": ["A6"] });
    let refused = night.refused("li", &format!("/bookings/{chen}/combination"), whole).await;
    assert!(refused["detail"].as_str().unwrap().contains(&a6), "{refused}");
    assert_eq!(night.rooms_of(&chen).await, "A5");

    let mut sit = Vec::new();
    for room in ["A1", "A2"] {
        let list = night.seen("li", &format!("/bookings?q={room}")).await;
        let no = text(&list["items"][0]["no"]);
        night.did("jia", &format!("/bookings/{no}/seat"), json!({})).await;
        sit.push(no);
    }
    let swap = json!({ "with": sit[1] });
    let swapped = night.did("li", &format!("/bookings/{}/swap", sit[0]), swap).await;
    assert_eq!(night.rooms_of(&sit[0]).await, "A2");
    assert_eq!(night.rooms_of(&sit[1]).await, "A1");
    let act = format!("/bookings/acts/{}", swapped["act"]);
    let (status, back) = night.site.delete("li", &act).await;
    assert_eq!(status, StatusCode::OK, "{back}");
    assert_eq!(night.rooms_of(&sit[0]).await, "A1");
    let calls = night.calls().await;
    assert!(
        calls.iter().any(|(text, ..)| text.contains("更正")),
        "the corridor hears it: {calls:?}"
    );
    let (status, _) = night.site.delete("li", &act).await;
    assert_eq!(status, StatusCode::CONFLICT, "undone once is undone");
}

/// Number, state and rooms of the evening's bookings.
type Said = BTreeMap<String, (String, String)>;

fn evening(list: &Value) -> Said {
    let one = |one: &Value| (text(&one["no"]), (text(&one["state"]), rooms(one)));
    list["items"].as_array().unwrap().iter().map(one).collect()
}

/// Somebody at the desk of the running program.
#[derive(Clone)]
struct Desk {
    http: reqwest::Client,
    web: String,
    cookie: String,
}

impl Desk {
    async fn sign_in(web: &str) -> Self {
        let quiet = reqwest::redirect::Policy::none();
        let http = reqwest::Client::builder().redirect(quiet).build().unwrap();
        let form = [("login", "li"), ("password", PASSWORD)];
        let answer = http.post(format!("{web}/sign-in")).form(&form).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Self { http, web: web.to_owned(), cookie }
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(format!("{}{path}", self.web)).header("cookie", &self.cookie);
        let answer = request.header("accept", "application/json").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    /// What the program answers; `None` where it was gone before.
    async fn post(&self, path: &str, body: Value) -> Option<(StatusCode, Value)> {
        let request = self.http.post(format!("{}{path}", self.web)).header("cookie", &self.cookie);
        let answer = request.header("accept", "application/json").json(&body).send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }

    async fn book(&self, name: &str, room: &str, when: &str) -> String {
        let body = json!({ "name": name, "party": 3, "phone": "13800001234", "when": when, "room": [room] });
        let (status, booked) = self.post("/bookings", body).await.unwrap();
        assert!(status.is_success(), "{booked}");
        text(&booked["no"])
    }
}

/// How often somebody's story says this.
const TOLD: Sql = Sql::both("SELECT count(*) AS n FROM journal WHERE subject = $1 AND change = $2");
/// What was called out about somebody.
const CALLED: Sql =
    Sql::both("SELECT count(*) AS n FROM notices WHERE kind = 'board' AND about = $1");
/// Something that was due a second ago, at `$1`.
const PLANT: Sql = Sql::both(
    "INSERT INTO follow_ups (kind, title, state, assignee_role, opened_at, due_at, ladder, step_at, next_at)
     VALUES ('task', '盘点', 'open', 'operator', 0, CAST($1 AS BIGINT), '[]', CAST($1 AS BIGINT), CAST($1 AS BIGINT)) RETURNING id",
);

async fn count(db: &Db, sql: Sql, subject: &str, change: Option<&str>) -> i64 {
    let query = db.read(sql).bind(subject);
    match change {
        Some(change) => query.bind(change).value().await.unwrap(),
        None => query.value().await.unwrap(),
    }
}

/// So many parties are brought together at once, in either sense of the word.
const PAIRS: i64 = 6;

/// Step 12: killed while rooms and parties are brought together. Each of them is as it was before or as
/// it was to be, its story and its call in the corridor say the same, and what was answered is kept.
async fn killed_while_rooms_become_one(place: Place, before: &Said) {
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let now = Clock::house().now();
    let planted = db.write(Stamp { now, by: None }, move |tx| {
        Box::pin(async move {
            tx.keep(Sql::both("UPDATE journal_head SET seq = seq")).run().await?;
            tx.keep(PLANT).bind(now.plus_millis(-1_000)).value::<i64>().await
        })
    });
    let due = format!("follow-ups/{}", planted.await.unwrap());
    let mut program = program::Site::new(place, OUT_OF_HOURS);
    program.start().await;
    let desk = Desk::sign_in(&format!("http://{}", program.web)).await;
    // the program's clock is the machine's: noon of days that lie before it and are not the evening's
    let today = now.max(at(0)).utc().date_naive();
    let noon = |day: i64| format!("{} 12:00", date_in(today, day));
    for life in 0..2 {
        let (mut acts, mut asked) = (JoinSet::new(), BTreeMap::new());
        for pair in 0..PAIRS {
            let when = noon(2 + life * PAIRS + pair);
            let one = desk.book("合一", "A5", &when).await;
            let (guest, host) =
                (desk.book("来客", "A1", &when).await, desk.book("主人", "A2", &when).await);
            let opened = (one, "combination", json!({ "room": ["A6"] }), "A5+A6", "combined");
            let joined = (guest, "join", json!({ "with": host }), "A2", "joined");
            for (no, noun, body, then, word) in [opened, joined] {
                let first = rooms(&desk.get(&format!("/bookings/{no}")).await);
                asked.insert(no.clone(), (first, then, word));
                let desk = desk.clone();
                acts.spawn(async move {
                    let answer = desk.post(&format!("/bookings/{no}/{noun}"), body).await;
                    answer.map(|(status, record)| (no, status, record))
                });
            }
        }
        // the first has its answer, the others are under way
        let mut answered = vec![acts.join_next().await.unwrap().unwrap()];
        program.kill();
        while let Some(act) = acts.join_next().await {
            answered.push(act.unwrap());
        }
        let heard: Vec<String> = answered
            .into_iter()
            .flatten()
            .map(|(no, status, record)| {
                assert!(status.is_success(), "{record}");
                no
            })
            .collect();
        assert!(!heard.is_empty());
        program.start().await;
        for (no, (first, then, word)) in &asked {
            let is = rooms(&desk.get(&format!("/bookings/{no}")).await);
            assert!(is == *first || is == *then, "{no} is half {word}: {is}");
            assert!(!heard.contains(no) || is == *then, "{no} was {word}, and that was said");
            let done = i64::from(is == *then);
            let subject = format!("bookings/{no}");
            assert_eq!(count(&db, TOLD, &subject, Some(word)).await, done, "{no} {word}");
            assert_eq!(count(&db, CALLED, &subject, None).await, done, "{no} {word}");
        }
        assert_eq!(never(&db, Clock::house().now()).await.unwrap(), []);
        assert_eq!(
            evening(&desk.get("/bookings?date=2026-11-23").await),
            *before,
            "the evening is kept"
        );
    }
    let fired = async {
        let mut beat = tokio::time::interval(std::time::Duration::from_millis(20));
        while count(&db, TOLD, &due, Some("due")).await == 0 {
            beat.tick().await;
        }
    };
    soon("what was due", fired).await;
    program.stop();
    assert_eq!(count(&db, TOLD, &due, Some("due")).await, 1, "once over three lives");
    db.close().await;
}

fn date_in(today: NaiveDate, days: i64) -> NaiveDate {
    today + TimeDelta::days(days)
}

async fn story(place: Place) {
    let mut night = Night::open(&place).await;
    let [wang, zhao, sun] = the_first_calls(&mut night).await;
    the_house_fills(&mut night).await;
    who_comes_and_who_does_not(&mut night, &wang, &zhao).await;
    a_better_room(&mut night, &zhao, &sun).await;
    opened_into_one(&mut night).await;
    let before = evening(&night.seen("li", "/bookings?date=2026-11-23").await);
    assert!(before.len() > 8, "{before:?}");
    night.site.close().await;
    killed_while_rooms_become_one(place, &before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_evening_from_the_first_call_to_a_power_cut_on_sqlite() {
    Box::pin(story(kit::sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_evening_from_the_first_call_to_a_power_cut_on_postgresql() {
    Box::pin(story(kit::postgres().await)).await;
}
