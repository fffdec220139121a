//! The store and its journal.

use sqlx::{Connection as _, SqliteConnection};
use switchboard::bus::Bus;
use switchboard::db::{self, Change, Db, Error, Stamp};
use switchboard::kernel::Moment;

use super::kit;

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
