//! A ringing call is stored on a server by one statement, and by several where that fails.

use sqlx::{Connection as _, PgConnection};
use switchboard::bus::Bus;
use switchboard::calls::store;
use switchboard::db::{self, Db};
use switchboard::kernel::CallId;

use super::kit;
use super::line::House;

/// What the connections of the house asked last: a call's statement, or the end of a change.
const LAST: &str = "SELECT count(*) FROM pg_stat_activity
                    WHERE datname = current_database() AND state = 'idle' AND query LIKE 'WITH e AS%'";
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
