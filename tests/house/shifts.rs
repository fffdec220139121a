//! Who is there: signing on, leaving the desk, the roster, gaps, and the colleague's hand.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::{StatusCode, header};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use switchboard::calendars;
use switchboard::db::{Result, Tx};
use switchboard::kernel::{Moment, Role, StaffId};
use switchboard::shifts::{
    self, Alert, Coverage, Line, Nobody, Panel, Presence, Tells, WhyColleague, store,
};
use switchboard::timers::FallsDue as _;
use tokio::sync::mpsc;

use super::book_kit::{hotline, hours};
use super::desk::{Answer, Desk, json as ask_json, page};
use super::kit::{self, Fresh};

const MINUTE_MS: i64 = 60_000;
const LINE: &str = "4008001234";

/// Hears what people are told.
struct Ear(mpsc::UnboundedSender<Alert>);

impl Tells for Ear {
    fn tell<'a>(&'a self, _: &'a mut Tx, alert: Alert) -> BoxFuture<'a, Result<()>> {
        let sent = self.0.send(alert);
        Box::pin(async move {
            drop(sent);
            Ok(())
        })
    }
}

/// A house at nine on a Monday: two operators, a supervisor, a head, an engineer.
struct House {
    desk: Desk,
    coverage: Coverage,
    told: mpsc::UnboundedReceiver<Alert>,
    people: Vec<(&'static str, StaffId, String)>,
}

fn at(text: &str) -> Moment {
    Moment::parse_rfc3339(text).unwrap()
}

impl House {
    async fn open(fresh: &Fresh) -> Self {
        let (tell, told) = mpsc::unbounded_channel();
        let tells: Arc<dyn Tells> = Arc::new(Ear(tell));
        let mut line = hotline(LINE);
        "400 热线".clone_into(&mut line.name);
        line.hours = vec![hours("Mon-Fri 09:00-12:00"), hours("Mon-Fri 13:00-18:00")];
        let lines = Line::all(&[line]);
        let zone = chrono_tz::Asia::Shanghai;
        let coverage = Coverage::new(Arc::clone(&lines), zone, Arc::clone(&tells));
        let panel = Panel::new(lines, Arc::new(Nobody), tells);
        let rooms = shifts::routes(panel).merge(calendars::routes());
        let desk = Desk::with_at(&fresh.db, at("2026-11-23T09:00:00+08:00"), rooms);
        let mut house = Self { desk, coverage, told, people: Vec::new() };
        for (login, name, role) in [
            ("li", "李红", "operator"),
            ("chen", "陈静", "operator"),
            ("zhou", "周明", "supervisor"),
            ("qin", "秦头", "head"),
            ("lu", "鲁工", "engineer"),
        ] {
            let id = house.desk.somebody(name, login, role).await;
            let cookie = house.desk.sign_in(login).await;
            house.people.push((login, id, cookie));
        }
        house
    }

    fn id(&self, login: &str) -> StaffId {
        self.people.iter().find(|(known, ..)| *known == login).unwrap().1
    }

    fn cookie(&self, login: &str) -> &str {
        &self.people.iter().find(|(known, ..)| *known == login).unwrap().2
    }

    async fn act(&self, login: &str, method: &str, address: &str, body: Value) -> Answer {
        let request = ask_json(address)
            .method(method)
            .header(header::COOKIE, self.cookie(login))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/json");
        self.desk.ask_with(request, body.to_string()).await
    }

    async fn done(&self, login: &str, method: &str, address: &str, body: Value) -> Value {
        let answer = self.act(login, method, address, body).await;
        assert!(answer.status.is_success(), "{method} {address}: {}", answer.body);
        answer.json()
    }

    async fn sign_on(&self, login: &str) {
        self.done(login, "POST", "/shifts/sign-on", json!({})).await;
    }

    async fn day(&self, login: &str) -> Value {
        let request = ask_json("/shifts").header(header::COOKIE, self.cookie(login));
        self.desk.ask(request).await.json()
    }

    /// Lets time pass as the timers do: everything due on the way, each at its moment.
    async fn until(&self, now: Moment) {
        let db = &self.desk.kit.db;
        for _ in 0..200 {
            let due = self.coverage.next_due(db).await.unwrap().filter(|due| *due <= now);
            let Some(due) = due else {
                self.desk.clock.set(now);
                return;
            };
            let then = due.max(self.desk.clock.now());
            self.desk.clock.set(then);
            self.coverage.fall_due(db, then, due).await.unwrap();
        }
        panic!("what is due stays due");
    }

    async fn pass(&self, millis: i64) {
        self.until(self.desk.clock.now().plus_millis(millis)).await;
    }

    fn told(&mut self) -> Vec<Alert> {
        std::iter::from_fn(|| self.told.try_recv().ok()).collect()
    }
}

#[tokio::test]
async fn who_skips_the_self_check_works_and_the_supervisor_sees_it() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let skipped = json!({"rested": true, "since": "2026-11-23T00:00:00Z"});
        let card = house.done("li", "POST", "/shifts/sign-on", skipped).await;
        assert_eq!(card["on_duty_since"], "2026-11-23T01:00:00.000Z", "the server's time");
        assert_eq!(card["checked"], false);
        let of = |day: &Value| day["people"][0].clone();
        assert_eq!(of(&house.day("zhou").await)["checked"], false);
        assert!(
            of(&house.day("chen").await).get("checked").is_none(),
            "not the colleague's affair"
        );
        let shown = page("/shifts").header(header::COOKIE, house.cookie("zhou"));
        assert!(house.desk.ask(shown).await.body.contains("未自检"));

        let two = json!({"rested": true, "voiced": true});
        let refused = house.act("li", "POST", "/shifts/self-check", two).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let three = json!({"rested": true, "dressed": true, "voiced": true});
        house.done("li", "POST", "/shifts/self-check", three).await;
        assert_eq!(of(&house.day("zhou").await)["checked"], true);

        let duty = store::on_duty(&fresh.db, Role::Operator, house.desk.clock.now()).await;
        assert_eq!(duty.unwrap(), [house.id("li")]);
        house.pass(60 * MINUTE_MS).await;
        // the begin of a duty cannot be changed by anybody
        let moved = fresh.db.write(house.desk.stamp(), |tx| {
            Box::pin(async move {
                store::signing::sign_on_in(tx, StaffId(1), None).await?;
                Ok(())
            })
        });
        moved.await.unwrap();
        assert_eq!(of(&house.day("zhou").await)["on_duty_since"], "2026-11-23T01:00:00.000Z");
    }
}

#[tokio::test]
async fn leaving_the_desk_waits_for_a_stand_in() {
    for fresh in kit::stores().await {
        let mut house = House::open(&fresh).await;
        house.sign_on("li").await;
        house.sign_on("chen").await;
        let wish = json!({"state": "meeting", "reason": "周会", "place": "三楼", "until": "16:00",
                          "stand_in": house.id("chen")});
        let card = house.done("li", "POST", "/shifts/absence", wish).await;
        assert_eq!(card["presence"], "present", "until the colleague agrees");
        assert_eq!(card["absence"]["answer"], "asked");
        let asked = house.done("chen", "GET", "/shifts/duty", json!({})).await;
        assert_eq!(asked["asked"][0]["staff"]["name"], "李红");
        assert!(
            matches!(&house.told()[..], [Alert::StandIn { stand_in, .. }] if *stand_in == house.id("chen"))
        );

        let id = &asked["asked"][0]["id"];
        let other = house.act("zhou", "POST", &format!("/shifts/stand-ins/{id}"), json!({})).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "only the one who was asked");
        house.done("chen", "POST", &format!("/shifts/stand-ins/{id}"), json!({})).await;
        let day = house.day("lu").await;
        let li =
            day["people"].as_array().unwrap().iter().find(|one| one["name"] == "李红").unwrap();
        assert_eq!(li["presence"], "meeting");
        assert_eq!((&li["reason"], &li["place"]), (&json!("周会"), &json!("三楼")));
        assert_eq!(li["until"], "2026-11-23T08:00:00.000Z");
        assert_eq!(li["stand_in"], "陈静");
        assert!(
            matches!(&house.told()[..], [Alert::Answered { stand_in, .. }] if *stand_in == house.id("chen")),
            "somebody stands in, and is asked no more"
        );

        let now = house.desk.clock.now();
        let seen = shifts::presence_of(&fresh.db, house.id("li"), now).await.unwrap().unwrap();
        let l = switchboard::words::of(switchboard::kernel::Language::ZhCn);
        let spelling = house.desk.kit.spelling(switchboard::kernel::Language::ZhCn);
        let note = shifts::note(&l, spelling, "李红", &seen);
        assert_eq!(note, "李红 会议，周会，去三楼，16:00 回");

        house.done("li", "DELETE", "/shifts/absence", json!({})).await;
        let back = shifts::presence_of(&fresh.db, house.id("li"), now).await.unwrap().unwrap();
        assert_eq!(back.presence, Presence::Present);
        let journal = house.desk.journal().await;
        assert!(!journal.iter().any(|line| line.contains("周会")), "no words in the journal");
    }
}

#[tokio::test]
async fn where_nobody_stands_in_the_supervisor_is_told_before_the_next_call() {
    for fresh in kit::stores().await {
        let mut house = House::open(&fresh).await;
        for login in ["li", "chen"] {
            house.sign_on(login).await;
        }
        house.pass(MINUTE_MS).await;
        // nobody is asked: told in the same change
        house.done("li", "POST", "/shifts/absence", json!({"state": "away"})).await;
        let alone = |told: &[Alert], who: StaffId| matches!(told, [Alert::LeftAlone { staff, .. }] if *staff == who);
        let told = house.told();
        assert!(alone(&told, house.id("li")), "{told:?}");
        house.done("li", "DELETE", "/shifts/absence", json!({})).await;

        // the one asked is silent for half a minute
        let wish = json!({"state": "away", "stand_in": house.id("chen")});
        house.done("li", "POST", "/shifts/absence", wish.clone()).await;
        house.told();
        house.pass(29_000).await;
        assert_eq!(house.told(), []);
        house.pass(1_000).await;
        let told = house.told();
        assert!(alone(&told, house.id("li")), "{told:?}");
        let card = house.done("li", "GET", "/shifts/duty", json!({})).await;
        assert_eq!(
            (&card["presence"], &card["absence"]["answer"]),
            (&json!("away"), &json!("silent"))
        );
        house.done("li", "DELETE", "/shifts/absence", json!({})).await;

        // the one asked cannot; leaving all the same is told
        house.done("li", "POST", "/shifts/absence", wish.clone()).await;
        let twice = house.act("li", "POST", "/shifts/absence", wish).await;
        assert_eq!(twice.status, StatusCode::CONFLICT);
        let asked = house.done("chen", "GET", "/shifts/duty", json!({})).await;
        let id = &asked["asked"][0]["id"];
        house.done("chen", "DELETE", &format!("/shifts/stand-ins/{id}"), json!({})).await;
        let card = house.done("li", "GET", "/shifts/duty", json!({})).await;
        assert_eq!(
            (&card["presence"], &card["absence"]["answer"]),
            (&json!("present"), &json!("declined"))
        );
        house.told();
        house.done("li", "POST", "/shifts/absence/departure", json!({})).await;
        let told = house.told();
        assert!(alone(&told, house.id("li")), "{told:?}");

        // an engineer on the road concerns nobody's desk; nobody stands in who is not there
        house.done("lu", "POST", "/shifts/absence", json!({"state": "out"})).await;
        assert_eq!(house.told(), []);
        for (who, other) in [("chen", "li"), ("chen", "chen"), ("chen", "lu")] {
            let wish = json!({"state": "away", "stand_in": house.id(other)});
            let refused = house.act(who, "POST", "/shifts/absence", wish).await;
            assert!(refused.json()["fields"]["stand_in"].is_string(), "{other}: {}", refused.body);
        }
    }
}

#[tokio::test]
async fn the_head_hears_of_a_gap_within_a_minute_and_it_is_kept() {
    for fresh in kit::stores().await {
        let mut house = House::open(&fresh).await;
        house.sign_on("li").await;
        house.pass(60 * MINUTE_MS).await;
        assert_eq!(house.day("qin").await["gaps"], json!([]));
        house.done("li", "DELETE", "/shifts/sign-on", json!({})).await;
        house.pass(29_000).await;
        assert_eq!(house.told(), []);
        house.pass(31_000).await;
        let told = house.told();
        let from = at("2026-11-23T10:00:00+08:00");
        assert!(
            matches!(&told[..], [Alert::Gap { hotline, from: since, .. }] if hotline == "400 热线" && *since == from),
            "{told:?}"
        );
        house.pass(6 * MINUTE_MS).await;
        house.sign_on("li").await;
        house.pass(0).await;
        let gap = house.day("qin").await["gaps"][0].clone();
        assert_eq!(gap["from"], "2026-11-23T02:00:00.000Z");
        assert_eq!(gap["to"], "2026-11-23T02:07:00.000Z");
        assert_eq!((&gap["cause"], &gap["lasted_ms"]), (&json!("nobody"), &json!(420_000)));
        assert!(matches!(&house.told()[..], [Alert::Covered { .. }]));
        let shown = page("/shifts").header(header::COOKIE, house.cookie("qin"));
        let shown = house.desk.ask(shown).await.body;
        assert!(shown.contains("class=\"gap\"") && shown.contains("10:00–10:07"), "a red stripe");

        // the only one away is a gap too; a change of shifts of twenty seconds is kept, not told
        house.done("li", "POST", "/shifts/absence", json!({"state": "away"})).await;
        house.told();
        house.pass(20_000).await;
        house.sign_on("chen").await;
        house.pass(60_000).await;
        assert_eq!(house.told(), []);
        let gaps = house.day("qin").await["gaps"].clone();
        assert_eq!(gaps[1]["cause"], "away");
        assert_eq!(gaps[1]["lasted_ms"], 20_000);
        assert_eq!(gaps[1]["alerted_at"], Value::Null);
    }
}

#[tokio::test]
async fn a_gap_begins_and_ends_with_working_time() {
    for fresh in kit::stores().await {
        let mut house = House::open(&fresh).await;
        house.until(at("2026-11-23T14:00:00+08:00")).await;
        let day = house.day("qin").await;
        let gaps = day["gaps"].as_array().unwrap();
        let times: Vec<_> = gaps.iter().map(|gap| (&gap["from"], &gap["to"])).collect();
        assert_eq!(
            times,
            [
                (&json!("2026-11-23T01:00:00.000Z"), &json!("2026-11-23T04:00:00.000Z")),
                (&json!("2026-11-23T05:00:00.000Z"), &Value::Null),
            ],
            "the hotline rests from twelve to one"
        );
        assert_eq!(day["hotlines"][0]["working"].as_array().unwrap().len(), 2);
        house.told();
        // a holiday set at two closes it
        let house_calendar = calendars::store::all(&fresh.db).await.unwrap()[0].id;
        let days = format!("/admin/calendars/{house_calendar}/days");
        let off = json!({"from": "2026-11-23", "kind": "closed"});
        house.done("qin", "POST", &days, off).await;
        house.pass(0).await;
        let day = house.day("qin").await;
        assert_eq!(day["gaps"][1]["to"], "2026-11-23T06:00:00.000Z");
        assert_eq!(day["hotlines"][0]["working"], json!([]));
    }
}

#[tokio::test]
async fn what_was_missed_while_the_house_was_closed_is_kept_in_order_and_told_once() {
    for fresh in kit::stores().await {
        let mut house = House::open(&fresh).await;
        house.sign_on("li").await;
        house.pass(0).await;
        // closed from nine to half past five; meanwhile nobody could sign off or on
        let db = &fresh.db;
        let now = at("2026-11-24T09:20:00+08:00");
        house.desk.clock.set(now);
        let mut turns = 0;
        while let Some(due) = house.coverage.next_due(db).await.unwrap().filter(|due| *due <= now) {
            house.coverage.fall_due(db, now, due).await.unwrap();
            turns += 1;
            assert!(turns < 50, "what is due stays due");
        }
        let told = house.told();
        assert!(
            matches!(&told[..], [Alert::Gap { from, .. }] if *from == at("2026-11-24T09:00:00+08:00")),
            "{told:?}"
        );
        // the duty was forgotten after sixteen hours
        let past = store::signing::between(db, at("2026-11-23T00:00:00Z"), now).await.unwrap();
        assert_eq!(past[0].ended.as_deref(), Some("forgotten"));
        assert_eq!(past[0].to_at, Some(at("2026-11-24T01:00:00+08:00")));
    }
}

#[tokio::test]
async fn the_roster_is_made_by_supervisors_and_nobody_is_twice_in_one_place() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let shift = json!({"staff": house.id("li"), "date": "2026-11-23", "last": "2026-11-29",
                           "working_days": true, "from": "09:00", "to": "18:00", "hotline": LINE});
        let refused = house.act("li", "POST", "/shifts", shift.clone()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let made = house.done("zhou", "POST", "/shifts", shift.clone()).await;
        assert_eq!(made["items"].as_array().unwrap().len(), 5, "not on the weekend");
        let twice = house.act("zhou", "POST", "/shifts", shift).await;
        assert!(twice.json()["fields"]["from"].is_string(), "{}", twice.body);
        let night = json!({"staff": house.id("lu"), "role": "engineer", "kind": "on_call", "rank": 2,
                           "date": "2026-11-23", "from": "18:00", "to": "09:00"});
        house.done("zhou", "POST", "/shifts", night).await;
        let day = house.day("chen").await;
        let shifts = day["shifts"].as_array().unwrap();
        assert_eq!(shifts.len(), 2);
        assert_eq!((&shifts[1]["kind"], &shifts[1]["rank"]), (&json!("on_call"), &json!(2)));
        assert_eq!(shifts[1]["to"], "2026-11-24T01:00:00.000Z", "over midnight");
        let gone = format!("/shifts/{}", shifts[0]["id"]);
        house.done("zhou", "DELETE", &gone, json!({})).await;
        assert_eq!(house.day("chen").await["shifts"].as_array().unwrap().len(), 1);
        let again = house.act("zhou", "DELETE", &gone, json!({})).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND);
        let wrong = json!({"staff": 999, "date": "soon", "from": "9", "to": "25:00", "hotline": "1",
                           "kind": "idle", "rank": 0});
        let wrong = house.act("zhou", "POST", "/shifts", wrong).await.json();
        let fields: Vec<&String> = wrong["fields"].as_object().unwrap().keys().collect();
        assert_eq!(fields, ["date", "from", "hotline", "kind", "rank", "staff", "to"]);
    }
}

#[tokio::test]
async fn a_colleague_who_picks_up_is_told_whose_call_it_was_and_why() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh).await;
        let (li, chen) = (house.id("li"), house.id("chen"));
        let hand = async |talking: &[StaffId]| {
            let talking: BTreeSet<StaffId> = talking.iter().copied().collect();
            store::hand_for(&fresh.db, LINE, &talking, house.desk.clock.now()).await.unwrap()
        };
        let alone = hand(&[]).await;
        assert_eq!((alone.why, alone.free.len()), (WhyColleague::NobodyOnDuty, 0));

        let shift = json!({"staff": li, "date": "2026-11-23", "from": "09:00", "to": "18:00", "hotline": LINE});
        house.done("zhou", "POST", "/shifts", shift).await;
        house.sign_on("li").await;
        house.sign_on("chen").await;
        let rings = hand(&[]).await;
        assert_eq!(rings.why, WhyColleague::NoAnswer);
        assert_eq!(rings.free, [li, chen].into());
        assert_eq!(rings.why_for(li), None, "it was her own");
        assert_eq!(rings.why_for(chen), Some(WhyColleague::NoAnswer));
        let busy = hand(&[li]).await;
        assert_eq!((busy.why, busy.free), (WhyColleague::OnAnotherCall, [chen].into()));

        let wish = json!({"state": "meeting", "until": "16:00", "stand_in": chen});
        house.done("li", "POST", "/shifts/absence", wish).await;
        let asked = house.done("chen", "GET", "/shifts/duty", json!({})).await;
        let id = &asked["asked"][0]["id"];
        house.done("chen", "POST", &format!("/shifts/stand-ins/{id}"), json!({})).await;
        let away = hand(&[]).await;
        assert_eq!(away.why_for(chen), Some(WhyColleague::OperatorAway));
        assert_eq!(away.free, [chen].into());
        let absent: Vec<_> = away.absent().map(|mate| mate.name.as_str()).collect();
        assert_eq!(absent, ["李红"], "who gets a slip");
    }
}
