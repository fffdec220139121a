//! The program is killed as by a power cut, with ten thousand things that fall due (follow-ups, offers nobody has
//! answered, clocks that warn and are missed) and two hundred messages that have not gone out, and once more in the
//! middle of catching up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use switchboard::bus::Bus;
use switchboard::clock::Clock;
use switchboard::db::{Db, Sql, Stamp};
use switchboard::kernel::StaffId;
use switchboard::outbox::{self, Channel, NewMessage, Way};

use super::kit::{self, Place};
use super::line;
use super::program::Site;
use super::receivers::Robot;
use super::registrar::{PATIENCE, soon};

/// Follow-ups, and of each fault the offer of its order, a clock's warning and its goal.
const TIMERS: i64 = FOLLOW_UPS + 3 * FAULTS;
const FOLLOW_UPS: i64 = 9_700;
const FAULTS: i64 = 100;
/// The last thousand are due and tell their owner; the others wake.
const WAKE: i64 = 8_700;
const MESSAGES: usize = 200;
const HOUR_MS: i64 = 3_600_000;

/// Hundred at a time, in a hundred moments from `$1` on, for the person `$2`.
const PLANT: Sql = Sql::both(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9700)
     INSERT INTO follow_ups (kind, title, state, assignee_staff, opened_at, due_at, ladder, step_at, next_at, snoozed_until)
     SELECT 'task', 'x', CASE WHEN i <= 8700 THEN 'snoozed' ELSE 'open' END, CAST($2 AS BIGINT), 0,
            CAST($1 AS BIGINT) + (i % 100) * 1000 + CASE WHEN i <= 8700 THEN 864000000 ELSE 0 END, '[]',
            CAST($1 AS BIGINT) + (i % 100) * 1000 + CASE WHEN i <= 8700 THEN 864000000 ELSE 0 END,
            CAST($1 AS BIGINT) + (i % 100) * 1000, CASE WHEN i <= 8700 THEN CAST($1 AS BIGINT) + (i % 100) * 1000 ELSE NULL END FROM n",
);
/// Faults on which somebody was asked to go, for the person `$2`: each has a moment from `$1` on.
const FAULTS_PUT: Sql = Sql::both(
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
     INSERT INTO tickets (no, version, state, opened_at, business_date, caller_number, caller_name, company, place, serial, need, purpose,
                          symptom, category, skill, impact, urgency, priority, tried, plan, promised_at, owner, solution, cause, reopened, reason)
     SELECT 'F26-' || (9000 + i), 1, 'dispatched', 0, '2026-11-23', '', '', '', '', '', '', '', 'x', '', '', 2, 2, 3, '', 'x',
            CAST($1 AS BIGINT) + 864000000, CAST($2 AS BIGINT), '', '', 0, '' FROM n",
);
const ORDERS_PUT: Sql = Sql::both(
    "INSERT INTO work_orders (no, version, ticket_id, state, created_at, issued_at, skills, tasks, tools, instructions, cause, work_done,
                              parts, readings, next_step, fee_fen, customer, unsigned_why, prints)
     SELECT 'W' || substr(no, 2), 1, id, 'issued', 0, 0, '', '', '', '', '', '', '', '', '', 0, '', '', 0 FROM tickets",
);
const CREW_PUT: Sql = Sql::both(
    "INSERT INTO work_order_crew (order_id, staff_id, lead) SELECT id, CAST($1 AS BIGINT), TRUE FROM work_orders",
);
const OFFERS_PUT: Sql = Sql::both(
    "INSERT INTO work_order_offers (order_id, staff_id, offered_at, answer_by, state, why)
     SELECT id, CAST($2 AS BIGINT), 0, CAST($1 AS BIGINT) + (id % 100) * 1000, 'open', '' FROM work_orders",
);
const CLOCKS_PUT: Sql = Sql::both(
    "INSERT INTO ticket_clocks (ticket_id, round, metric, goal_ms, state, warn_at, due_at)
     SELECT id, 0, 'arrive', 28800000, 'running', CAST($1 AS BIGINT) + (id % 100) * 1000, CAST($1 AS BIGINT) + (id % 100) * 1000 + 500 FROM tickets",
);
/// So long have they run that a clock which is measured anew has passed its goal as well.
const RUN_PUT: Sql = Sql::both(
    "INSERT INTO ticket_clock_intervals (clock_id, from_at) SELECT id, CAST($1 AS BIGINT) - 2592000000 FROM ticket_clocks",
);
/// The machine's clock cannot be turned, so the rows are: so much later.
const LATER: Sql = Sql::both(
    "UPDATE follow_ups SET due_at = due_at - $1, step_at = step_at - $1, next_at = next_at - $1, snoozed_until = snoozed_until - $1",
);
const LATER_OFFERS: Sql = Sql::both("UPDATE work_order_offers SET answer_by = answer_by - $1");
const LATER_CLOCKS: Sql =
    Sql::both("UPDATE ticket_clocks SET warn_at = warn_at - $1, due_at = due_at - $1");
const LATER_OUT: Sql = Sql::both("UPDATE outbox SET lease_until = lease_until - $1");
const LEFT: Sql = Sql::both(
    "SELECT (SELECT count(*) FROM follow_ups WHERE next_at <= $1)
          + (SELECT count(*) FROM work_order_offers WHERE state = 'open' AND answer_by <= $1)
          + (SELECT count(*) FROM ticket_clocks WHERE warned_at IS NULL AND warn_at <= $1)
          + (SELECT count(*) FROM ticket_clocks WHERE escalated_at IS NULL AND due_at <= $1)",
);
const FIRED: Sql = Sql::both(
    "SELECT subject, after FROM journal WHERE kind = 'follow_up' AND change IN ('woke', 'due') ORDER BY seq",
);
/// What became of the offers and the clocks.
const PASSED: Sql = Sql::both(
    "SELECT subject, change FROM journal WHERE (kind = 'fault' AND change IN ('warned', 'missed')) OR (kind = 'work_order' AND change = 'silent')",
);
const TOLD: Sql = Sql::both("SELECT about FROM notices WHERE kind = 'follow_up' ORDER BY id");
const STATES: Sql =
    Sql::both("SELECT state, count(*) AS n FROM outbox GROUP BY state ORDER BY state");

async fn turn(db: &Db, sql: Sql) {
    let stamp = Stamp { now: Clock::house().now(), by: None };
    let turned = db.write(stamp, move |tx| {
        Box::pin(async move { tx.keep(sql).bind(HOUR_MS).run().await.map(drop) })
    });
    turned.await.unwrap();
}

async fn plant(db: &Db, who: StaffId) {
    let now = Clock::house().now();
    let put = db.write(Stamp { now, by: None }, move |tx| {
        Box::pin(async move {
            let first = now.plus_millis(HOUR_MS - 120_000);
            tx.keep(PLANT).bind(first).bind(who).run().await?;
            tx.keep(FAULTS_PUT).bind(first).bind(who).run().await?;
            tx.keep(ORDERS_PUT).run().await?;
            tx.keep(CREW_PUT).bind(who).run().await?;
            tx.keep(OFFERS_PUT).bind(first).bind(who).run().await?;
            tx.keep(CLOCKS_PUT).bind(first).run().await?;
            tx.keep(RUN_PUT).bind(first).run().await?;
            for number in 0..MESSAGES {
                let message = NewMessage {
                    about: format!("work-orders/W26-{number:04}"),
                    event: "offered".to_owned(),
                    to: None,
                    way: Way { channel: Channel::Webhook, target: "hook".to_owned() },
                    instead: vec![],
                    title: "x".to_owned(),
                    body: String::new(),
                    link: None,
                    button: None,
                    mention: None,
                    urgent: false,
                    not_before: now,
                };
                outbox::store::put(tx, &message).await?;
            }
            Ok(())
        })
    });
    put.await.unwrap();
}

/// Waits until so many or fewer are left.
async fn until_left(db: &Db, most: i64) {
    let so = async {
        let mut beat = tokio::time::interval(Duration::from_millis(10));
        loop {
            beat.tick().await;
            let left: i64 = db.read(LEFT).bind(Clock::house().now()).value().await.unwrap();
            if left <= most {
                return;
            }
        }
    };
    // ten thousand changes on a busy machine
    let came = tokio::time::timeout(PATIENCE * 4, so).await;
    assert!(came.is_ok(), "what fell due did not come");
}

async fn states(db: &Db) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = db.read(STATES).all().await.unwrap();
    rows.into_iter().collect()
}

async fn story(place: Place) {
    let (robot, mut posts) = Robot::open(&[(200, None, "")]).await;
    robot.hold(true);
    let hook = format!(
        "[[robot]]\nname = \"hook\"\nkind = \"webhook\"\nurl = \"{}\"\nper_minute = 6000\nroles = [\"finance\"]\n",
        robot.url
    );
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let who = line::person(&db, "liu", "刘洋").await;
    let mut site = Site::new(place, &hook);
    site.start().await;
    plant(&db, who).await;
    let mut seen = vec![soon("the first message", posts.recv()).await.unwrap()];
    site.kill();
    robot.hold(false);

    // an hour later, in the middle of catching up, the same again
    for sql in [LATER, LATER_OFFERS, LATER_CLOCKS, LATER_OUT] {
        turn(&db, sql).await;
    }
    site.start().await;
    until_left(&db, TIMERS - 500).await;
    site.kill();
    turn(&db, LATER_OUT).await;
    site.start().await;
    until_left(&db, 0).await;
    let ended = async {
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        loop {
            beat.tick().await;
            let now = states(&db).await;
            if !now.contains_key("waiting") && !now.contains_key("sending") {
                return;
            }
        }
    };
    soon("the end of the outbox", ended).await;
    site.stop();

    // each once, in order, marked late
    let fired: Vec<(String, Option<String>)> = db.read(FIRED).all().await.unwrap();
    let ids: Vec<i64> = fired
        .iter()
        .map(|(subject, _)| subject.rsplit('/').next().unwrap().parse().unwrap())
        .collect();
    let mut each = ids.clone();
    each.sort_unstable();
    assert_eq!(each, (1..=FOLLOW_UPS).collect::<Vec<_>>(), "each once");
    let moments: Vec<i64> = ids.iter().map(|id| id % 100).collect();
    assert!(moments.is_sorted(), "in order of time");
    for (subject, after) in &fired {
        let after: Value = serde_json::from_str(after.as_deref().unwrap()).unwrap();
        assert!(after["late_ms"].as_i64().unwrap() > 0, "{subject} is marked late");
    }
    let mut told: Vec<String> = db.read(TOLD).values().await.unwrap();
    told.sort();
    let mut owed: Vec<String> =
        (WAKE + 1..=FOLLOW_UPS).map(|id| format!("follow-ups/{id}")).collect();
    owed.sort();
    assert_eq!(told, owed, "its owner is told of each once");

    // an offer that ran out is silent once; a clock warns once and is missed once
    let passed: Vec<(String, String)> = db.read(PASSED).all().await.unwrap();
    let each: BTreeSet<&(String, String)> = passed.iter().collect();
    assert_eq!(each.len(), passed.len(), "each once");
    for change in ["warned", "missed", "silent"] {
        let times = passed.iter().filter(|(_, became)| became == change).count();
        assert_eq!(times, usize::try_from(FAULTS).unwrap(), "{change}");
    }

    // each message went out once, or a person is to decide
    while let Ok(post) = posts.try_recv() {
        seen.push(post);
    }
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for post in &seen {
        *times.entry(post.headers["idempotency-key"].to_str().unwrap().to_owned()).or_default() +=
            1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    let states = states(&db).await;
    let (sent, uncertain) =
        (states.get("sent").copied().unwrap_or(0), states.get("uncertain").copied().unwrap_or(0));
    assert_eq!(usize::try_from(sent + uncertain).unwrap(), MESSAGES, "{states:?}");
    assert!((1..=2).contains(&uncertain), "what was in hand at either kill: {states:?}");
    let unsure = usize::try_from(uncertain).unwrap();
    assert!((MESSAGES - unsure..=MESSAGES).contains(&times.len()), "{} posts", times.len());
    db.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_timers_fire_once_over_two_kills_on_sqlite() {
    story(kit::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_timers_fire_once_over_two_kills_on_postgresql() {
    story(kit::postgres().await).await;
}
