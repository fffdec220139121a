//! The store and its journal.

use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection, SqliteConnection};
use switchboard::bus::Bus;
use switchboard::calls::store;
use switchboard::db::{self, Change, Db, Error, Sql, Stamp};
use switchboard::kernel::{CallId, Moment};

use super::kit;
use super::registrar::PATIENCE;

#[tokio::test]
async fn a_change_is_journalled_in_the_same_transaction_and_told_after_the_commit() {
    for kit::Fresh { db, place: _place } in kit::stores().await {
        let mut news = db.bus().listen();
        let stamp = Stamp { now: Moment::from_millis(1_000), by: None };
        let refused = db
            .write(stamp, |tx| {
                Box::pin(async move {
                    tx.record(Change::new("test", "tests/1".into(), "made"));
                    Err::<(), _>(Error::Refused("no".into()))
                })
            })
            .await;
        assert!(matches!(refused, Err(Error::Refused(_))));
        assert!(news.try_recv().is_err(), "what was rolled back is no news");

        db.write(stamp, |tx| {
            Box::pin(async move {
                tx.record(Change::new("test", "tests/1".into(), "made").version(1));
                tx.record(Change::new("test", "tests/2".into(), "made"));
                Ok(())
            })
        })
        .await
        .unwrap();
        let told = news.recv().await.unwrap();
        let seqs: Vec<i64> = told.iter().map(|one| one.seq).collect();
        assert_eq!(seqs, [1, 2]);
        assert_eq!(db::news_after(&db, 0, 10).await.unwrap(), told.to_vec());
        assert_eq!(db::head(&db).await.unwrap(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_changes_that_go_together_each_is_all_there_or_not_at_all() {
    for kit::Fresh { db, place: _place } in kit::stores().await {
        let mut news = db.bus().listen();
        let mut people = tokio::task::JoinSet::new();
        for k in 0..24_i64 {
            let db = db.clone();
            people.spawn(async move {
                let stamp = Stamp { now: Moment::from_millis(k), by: None };
                let done = db.write_in_line(stamp, move |tx| {
                    Box::pin(async move {
                        let taken = db::counters::next(tx, "test").await?;
                        tx.record(Change::new("test", format!("tests/{k}"), "made"));
                        if k % 6 == 5 { Err(Error::Refused("no".into())) } else { Ok(taken) }
                    })
                });
                (k, done.await)
            });
        }
        let (mut taken, mut made) = (Vec::new(), Vec::new());
        for (k, done) in people.join_all().await {
            match done {
                Ok(number) => {
                    taken.push(number);
                    made.push((Moment::from_millis(k), format!("tests/{k}")));
                }
                Err(error) => assert!(error.is_refusal("no") && k % 6 == 5, "{k}: {error}"),
            }
        }
        taken.sort_unstable();
        assert_eq!(taken, (1..=20).collect::<Vec<_>>(), "no number twice, and none lost");
        let mut kept = db::news_after(&db, 0, 100).await.unwrap();
        assert_eq!(db::head(&db).await.unwrap(), 20);
        let mut told = Vec::new();
        while let Ok(some) = news.try_recv() {
            told.extend(some.iter().cloned());
        }
        told.sort_unstable_by_key(|one| one.seq);
        assert_eq!(told, kept, "told once each, as it is stored");
        made.sort_unstable();
        kept.sort_unstable_by_key(|one| one.at);
        let kept: Vec<_> = kept.into_iter().map(|one| (one.at, one.subject)).collect();
        assert_eq!(kept, made, "each at its own moment");
    }
}

#[tokio::test]
async fn a_change_that_sqlite_itself_rolled_back_stops_nobody_after_it() {
    let place = kit::sqlite();
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let mut aside = SqliteConnection::connect(&place.url).await.unwrap();
    // what a full disk does: SQLite ends the transaction, and the driver does not know
    let wall =
        "CREATE TRIGGER wall BEFORE INSERT ON journal BEGIN SELECT RAISE(ROLLBACK, 'full'); END";
    sqlx::raw_sql(wall).execute(&mut aside).await.unwrap();
    assert!(record_one(&db).await.is_err());
    sqlx::raw_sql("DROP TRIGGER wall").execute(&mut aside).await.unwrap();
    record_one(&db).await.unwrap();
    assert_eq!(db::head(&db).await.unwrap(), 1, "nothing of the first is left");
}

#[tokio::test]
async fn changes_and_questions_go_on_though_the_server_cut_every_connection_since_the_last() {
    const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
    const BEGUN: &str = "SELECT count(*) FROM pg_stat_activity
                         WHERE datname = current_database() AND state = 'idle in transaction'";
    let place = kit::postgres().await;
    let db = Db::open(&place.url, Bus::new()).await.unwrap();
    let (first, second, third) = tokio::join!(record_one(&db), record_one(&db), record_one(&db));
    first.and(second).and(third).unwrap();
    let (first, second, third) = tokio::join!(db::head(&db), db::head(&db), db::head(&db));
    assert_eq!((first.unwrap(), second.unwrap(), third.unwrap()), (3, 3, 3));
    let mut aside = PgConnection::connect(&place.url).await.unwrap();
    // the next change has begun already
    let begun = async {
        loop {
            let found: i64 = sqlx::query_scalar(BEGUN).fetch_one(&mut aside).await.unwrap();
            if found == 1 {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.expect("a change is begun ahead");
    let cut = sqlx::query(CUT).fetch_all(&mut aside).await.unwrap();
    assert!(cut.len() >= 4, "{} connections", cut.len());
    assert_eq!(db::head(&db).await.unwrap(), 3, "a question is asked again");
    record_one(&db).await.unwrap();
    assert_eq!(db::head(&db).await.unwrap(), 4);
}

async fn record_one(db: &Db) -> db::Result<()> {
    let stamp = Stamp { now: Moment::from_millis(1_000), by: None };
    db.write(stamp, |tx| {
        Box::pin(async move {
            tx.record(Change::new("test", "tests/1".into(), "made"));
            Ok(())
        })
    })
    .await
}

#[tokio::test]
async fn one_service_at_a_time_follows_calls_on_an_embedded_store() {
    let place = kit::sqlite();
    let first = Db::open(&place.url, Bus::new()).await.unwrap();
    let held = first.hold().unwrap();
    let second = Db::open(&place.url, Bus::new()).await.unwrap();
    let refused = second.hold().unwrap_err().to_string();
    assert!(refused.starts_with("another switchboard service is running on "), "{refused}");
    assert!(refused.ends_with("house.db; stop it first"), "{refused}");
    drop(held);
    second.hold().unwrap();
}

/// What the first release left behind.
const FIRST_RELEASE: &str = "
    INSERT INTO calls (uid, version, pbx, withheld, state, offered_at, rings, outcome, ended_by, end_seen,
        evidence, cycle_ms, target_rings, target_ms, colleague_rings, business_date, local_hour)
    VALUES ('main/1', 3, 'main', FALSE, 'ended', 1000, 1, 'abandoned', 'caller', TRUE, 'member', 5000, 3, 15000, 2,
        '2026-11-23', 12);
    INSERT INTO call_legs (call_id, leg, kind, offered_at, ended_at, ending)
    VALUES (1, 'main a b1', 'member', 1000, 2000, 'abandoned'), (1, 'main a b2', 'position', 1000, NULL, NULL)";

#[tokio::test]
async fn what_the_first_release_stored_is_all_there_after_an_update() {
    for place in kit::bare().await {
        let sqlite = place.url.starts_with("sqlite");
        let folder = if sqlite { "migrations/sqlite" } else { "migrations/postgres" };
        let mut first = Migrator::new(std::path::Path::new(folder)).await.unwrap();
        first.migrations.to_mut().retain(|one| one.version == 1);
        if sqlite {
            let url = format!("{}?mode=rwc", place.url);
            let mut on = SqliteConnection::connect(&url).await.unwrap();
            first.run(&mut on).await.unwrap();
            sqlx::raw_sql(FIRST_RELEASE).execute(&mut on).await.unwrap();
            on.close().await.unwrap();
        } else {
            let mut on = PgConnection::connect(&place.url).await.unwrap();
            first.run(&mut on).await.unwrap();
            sqlx::raw_sql(FIRST_RELEASE).execute(&mut on).await.unwrap();
            on.close().await.unwrap();
        }
        let db = Db::open(&place.url, Bus::new()).await.unwrap();
        let call = store::call(&db, CallId(1)).await.unwrap();
        assert_eq!((call.version, call.legs.len(), call.transfers.len()), (3, 2, 0));
        assert_eq!(call.legs[0].ended_at, Some(Moment::from_millis(2_000)));
        let legs: Vec<(i64, String)> = db.read(LEGS).all().await.unwrap();
        assert_eq!(legs, [(1, "main a b1".into()), (2, "main a b2".into())]);
        let stamp = Stamp { now: Moment::from_millis(3_000), by: None };
        for (sql, fits) in [(WIDER, true), (UNKNOWN, false), (TWICE, false)] {
            let put = db.write(stamp, move |tx| Box::pin(async move { tx.keep(sql).run().await }));
            let put = put.await;
            assert_eq!(put.is_ok(), fits, "{put:?}");
        }
        let legs: Vec<(i64, String)> = db.read(LEGS).all().await.unwrap();
        assert_eq!(legs.last(), Some(&(3, "main a b3".into())), "numbered on");
    }
}

const LEGS: Sql = Sql::both("SELECT id, leg FROM call_legs ORDER BY id");
const WIDER: Sql = Sql::both(
    "INSERT INTO call_legs (call_id, leg, kind, offered_at) VALUES (1, 'main a b3', 'outside', 2000)",
);
const UNKNOWN: Sql = Sql::both(
    "INSERT INTO call_legs (call_id, leg, kind, offered_at) VALUES (1, 'main a b4', 'fax', 2000)",
);
const TWICE: Sql = Sql::both(
    "INSERT INTO call_legs (call_id, leg, kind, offered_at) VALUES (1, 'main a b1', 'trunk', 2000)",
);
