//! The store and its journal.

use switchboard::db::{self, Change, Error, Stamp};
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
