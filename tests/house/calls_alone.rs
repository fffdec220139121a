//! A ringing call is stored by one statement, and by several where that fails; the messages of its ladder
//! have a way of their own, wait for others, and for nobody who reads them.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};
use switchboard::bus::Bus;
use switchboard::calls::store;
use switchboard::db::{self, Db};
use switchboard::kernel::CallId;
use switchboard::sip::{Heard, Way};

use super::kit;
use super::line::{self, House};

/// What the connections of the house asked last: a call's statement, or the end of a change.
const LAST: &str = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'idle' AND query LIKE '%call_begins(%'";
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

async fn kinds(db: &Db, id: i64) -> Vec<String> {
    let story = store::story(db, CallId(id)).await.unwrap();
    story.into_iter().map(|line| line.kind).collect()
}

#[tokio::test]
async fn a_ringing_call_needs_neither_a_begin_nor_a_commit() {
    let place = kit::postgres().await;
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let mut told = db.bus().listen();
    let house = House::open(&db).await;
    house.ring("one", 1_000, "13800001234").await;
    let news = told.recv().await.unwrap();
    let heard: Vec<_> = news.iter().map(|one| (one.seq, one.change.as_str())).collect();
    assert_eq!(heard, [(1, "offered"), (2, "ringing")]);
    assert_eq!(db::news_after(&db, 0, 10).await.unwrap(), news.to_vec(), "told as it is written");
    assert_eq!(house.room.live().get(CallId(1)).unwrap().version, 1, "and pictured before");
    let mut aside = PgConnection::connect(&place.url).await.unwrap();
    let alone: i64 = sqlx::query_scalar(LAST).fetch_one(&mut aside).await.unwrap();
    assert_eq!(alone, 1, "the statement was all");
    house.stop().await;
}

#[tokio::test]
async fn a_call_rings_once_though_the_server_cut_every_connection_before_it() {
    let place = kit::postgres().await;
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    let health = house.room.health();
    house.ring("one", 1_000, "13800001234").await;
    house.settle(1_000).await;
    let mut aside = PgConnection::connect(&place.url).await.unwrap();
    sqlx::query(CUT).fetch_all(&mut aside).await.unwrap();
    house.ring("two", 2_000, "13800005678").await;
    house.settle(2_000).await;
    house.answered("two", 5_000).await;
    house.settle(5_000).await;
    assert_eq!(kinds(&db, 1).await, ["offered", "ringing"]);
    assert_eq!(kinds(&db, 2).await, ["offered", "ringing", "answered"]);
    let written = db::news_after(&db, 0, 10).await.unwrap();
    let written: Vec<_> =
        written.iter().map(|one| (one.subject.as_str(), one.change.as_str())).collect();
    let expected = [
        ("calls/1", "offered"),
        ("calls/1", "ringing"),
        ("calls/2", "offered"),
        ("calls/2", "ringing"),
        ("calls/2", "answered"),
    ];
    assert_eq!(written, expected);
    assert!(!health.has_changed().unwrap(), "nobody was alarmed");
    house.stop().await;
}

/// The lines of the journal, of which call and what.
async fn journal(db: &Db) -> Vec<(i64, String, String)> {
    let news = db::news_after(db, 0, 100).await.unwrap();
    news.into_iter().map(|one| (one.seq, one.subject, one.change)).collect()
}

fn line_of(seq: i64, call: i64, change: &str) -> (i64, String, String) {
    (seq, format!("calls/{call}"), change.to_owned())
}

#[tokio::test]
async fn calls_that_ring_at_once_are_told_in_the_order_they_rang_as_it_is_written() {
    for fresh in kit::stores().await {
        let mut told = fresh.db.bus().listen();
        let house = House::open(&fresh.db).await;
        for leg in ["a", "b", "c"] {
            house.ring(leg, 1_000, "13800001234").await;
        }
        house.settle(1_000).await;
        house.left("b", 2_000).await;
        house.settle(2_000).await;
        let written = journal(&fresh.db).await;
        let mut heard = Vec::new();
        while heard.len() < written.len() {
            let news = told.recv().await.unwrap();
            heard.extend(news.iter().map(|one| (one.seq, one.subject.clone(), one.change.clone())));
        }
        assert_eq!(heard, written);
        let calls = [1, 2, 3].map(|call| {
            let of = format!("calls/{call}");
            let lines = written.iter().filter(|(_, subject, _)| *subject == of);
            lines.map(|(.., change)| change.as_str()).collect::<Vec<_>>()
        });
        assert_eq!(calls[0], ["offered", "ringing"]);
        assert_eq!(calls[1][..2], ["offered", "ringing"]);
        assert_eq!(calls[1].last(), Some(&"ended"));
        house.stop().await;
    }
}

async fn rename(aside: &mut SqliteConnection, from: &str, to: &str) {
    let rename = AssertSqlSafe(format!("ALTER TABLE {from} RENAME TO {to}"));
    sqlx::query(rename).execute(aside).await.unwrap();
}

#[tokio::test]
async fn what_fails_half_way_leaves_nothing_behind_and_goes_in_once_it_can() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    let mut health = house.room.health();
    house.ring("one", 1_000, "13800001234").await;
    house.settle(1_000).await;
    let mut aside = SqliteConnection::connect(&place.url).await.unwrap();
    rename(&mut aside, "call_events", "call_events_away").await;
    house.ring("two", 2_000, "13800005678").await;
    health.wait_for(|health| !health.ok).await.unwrap();
    let calls: i64 =
        sqlx::query_scalar("SELECT count(*) FROM calls").fetch_one(&mut aside).await.unwrap();
    assert_eq!(calls, 1, "nothing half done");
    rename(&mut aside, "call_events_away", "call_events").await;
    house.settle(2_000).await;
    assert!(house.room.health().borrow().ok);
    assert_eq!(kinds(&db, 2).await, ["offered", "ringing"]);
    let expected = [
        line_of(1, 1, "offered"),
        line_of(2, 1, "ringing"),
        line_of(3, 2, "offered"),
        line_of(4, 2, "ringing"),
    ];
    assert_eq!(journal(&db).await, expected);
    house.stop().await;
}

#[tokio::test]
async fn a_call_rings_while_messages_of_ladders_cannot_be_stored_and_these_come_after_it() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    let mut health = house.room.health();
    house.ring("one", 1_000, "13800001234").await;
    house.settle(1_000).await;
    let mut aside = SqliteConnection::connect(&place.url).await.unwrap();
    rename(&mut aside, "call_messages", "call_messages_away").await;
    let bye = line::wire("one", 1_010, Way::In, "BYE sip:listener@127.0.0.1 SIP/2.0\r\n\r\n");
    house.hear(Heard::Wire(bye)).await;
    health.wait_for(|health| !health.ok).await.unwrap();
    let mut told = db.bus().listen();
    house.ring("two", 2_000, "13800005678").await;
    assert_eq!(told.recv().await.unwrap()[0].subject, "calls/2", "it waits for no message");
    assert!(!health.borrow().ok, "and the trouble is not over with it");
    rename(&mut aside, "call_messages_away", "call_messages").await;
    house.settle(2_000).await;
    assert!(health.borrow().ok);
    assert_eq!(store::ladder(&db, CallId(1)).await.unwrap().len(), 1);
    house.stop().await;
}

#[tokio::test]
async fn what_happens_as_the_house_stops_is_stored_though_messages_of_ladders_cannot_be_yet() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let house = House::open(&db).await;
    let mut health = house.room.health();
    house.ring("one", 1_000, "13800001234").await;
    house.settle(1_000).await;
    let mut aside = SqliteConnection::connect(&place.url).await.unwrap();
    rename(&mut aside, "call_messages", "call_messages_away").await;
    let bye = line::wire("one", 1_010, Way::In, "BYE sip:listener@127.0.0.1 SIP/2.0\r\n\r\n");
    house.hear(Heard::Wire(bye)).await;
    health.wait_for(|health| !health.ok).await.unwrap();
    let mut told = db.bus().listen();
    // one change each, of which the second waits for the first
    house.ring("two", 2_000, "13800005678").await;
    house.answered("one", 2_000).await;
    let back = async {
        while told.recv().await.unwrap().iter().all(|one| one.change != "answered") {}
        rename(&mut aside, "call_messages_away", "call_messages").await;
    };
    let stopping = house.stop();
    tokio::pin!(stopping);
    tokio::select! {
        () = &mut stopping => {}
        () = back => stopping.await,
    }
    assert_eq!(kinds(&db, 1).await, ["offered", "ringing", "answered"]);
    assert_eq!(kinds(&db, 2).await, ["offered", "ringing"]);
    assert_eq!(store::ladder(&db, CallId(1)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_reads_a_ladder_has_what_was_heard_the_moment_before() {
    for fresh in kit::stores().await {
        let house = House::open(&fresh.db).await;
        house.ring("one", 1_000, "13800001234").await;
        house.settle(1_000).await;
        let bye = line::wire("one", 1_010, Way::In, "BYE sip:listener@127.0.0.1 SIP/2.0\r\n\r\n");
        house.hear(Heard::Wire(bye)).await;
        house.room.live().written().await;
        let ladder = store::ladder(&fresh.db, CallId(1)).await.unwrap();
        assert_eq!(ladder.len(), 1);
        house.stop().await;
    }
}
