//! What the journal has told since the boards began to listen: its lines are asked for once, whatever is
//! drawn and whoever asks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::db::{self, Db};

/// Of each kind of line the newest. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    /// What was told up to this number is not known.
    from: i64,
    /// What was told up to this number is.
    to: i64,
    /// The newest number of each kind.
    last: BTreeMap<String, i64>,
    /// The numbers of bookings it told of, until somebody takes them.
    bookings: BTreeSet<String>,
}

/// So many lines are looked through; after more everything is drawn anew anyway.
const LOOKED: i64 = 200;

/// More bookings than so many are not named.
const HINTED: usize = 20;

impl Heard {
    /// Whether the journal has no line of these kinds between two numbers of it.
    pub(super) async fn is_quiet(
        &self,
        db: &Db,
        kinds: &[&str],
        seq: i64,
        head: i64,
    ) -> db::Result<bool> {
        if head <= seq {
            return Ok(true);
        }
        let mut told = self.0.lock().await;
        told.listen(db, seq, head).await?;
        let newer = |kind: &&str| told.last.get(*kind).is_some_and(|last| *last > seq);
        Ok(told.from <= seq && !kinds.iter().any(newer))
    }

    /// The numbers of bookings that were told of since this was asked last. A hint: of many, none is said.
    pub(super) async fn bookings(&self) -> BTreeSet<String> {
        std::mem::take(&mut self.0.lock().await.bookings)
    }
}

impl Told {
    /// Hears what was told up to `head`; whoever asks first has known what was before `seq`.
    async fn listen(&mut self, db: &Db, seq: i64, head: i64) -> db::Result<()> {
        if self.to == 0 {
            (self.from, self.to) = (seq, seq);
        }
        if head <= self.to {
            return Ok(());
        }
        if head - self.to > LOOKED {
            *self = Self { from: head, to: head, ..Self::default() };
            return Ok(());
        }
        for news in db::news_after(db, self.to, LOOKED).await? {
            self.to = self.to.max(news.seq);
            if let Some(no) = news.subject.strip_prefix("bookings/") {
                self.bookings.insert(no.to_owned());
            }
            self.last.insert(news.kind, news.seq);
        }
        if self.bookings.len() > HINTED {
            self.bookings.clear();
        }
        self.to = self.to.max(head);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Bus;
    use crate::db::{Change, Stamp};
    use crate::kernel::Moment;

    async fn told(db: &Db, kinds: &'static [&'static str]) -> i64 {
        told_of(db, kinds, "tests/1").await
    }

    async fn told_of(db: &Db, kinds: &'static [&'static str], subject: &'static str) -> i64 {
        let stamp = Stamp { now: Moment::from_millis(1_000), by: None };
        let write = db.write(stamp, move |tx| {
            Box::pin(async move {
                for kind in kinds.iter().copied() {
                    tx.record(Change::new(kind, subject.to_owned(), "made"));
                }
                Ok(())
            })
        });
        write.await.unwrap();
        db::head(db).await.unwrap()
    }

    #[tokio::test]
    async fn what_was_told_is_known_by_its_kind_and_too_much_of_it_is_news_of_anything() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
        let db = Db::open(&url, Bus::new()).await.unwrap();
        let heard = Heard::default();
        let first = told(&db, &["call"]).await;
        let second = told(&db, &["booking", "call"]).await;
        assert!(heard.is_quiet(&db, &["room"], first, second).await.unwrap());
        assert!(!heard.is_quiet(&db, &["room", "booking"], first, second).await.unwrap());
        assert!(heard.is_quiet(&db, &["booking"], second, second).await.unwrap());
        let third = told(&db, &["call"]).await;
        assert!(heard.is_quiet(&db, &["booking"], second, third).await.unwrap());
        assert!(!heard.is_quiet(&db, &["booking"], first, third).await.unwrap());
        // before it began to listen, and after more than it looks through, anything may have been told
        assert!(!heard.is_quiet(&db, &["room"], first - 1, third).await.unwrap());
        assert_eq!(heard.bookings().await.len(), 0);
        let third = told_of(&db, &["booking", "booking"], "bookings/B261129-001").await;
        assert!(!heard.is_quiet(&db, &["booking"], second, third).await.unwrap());
        let named = heard.bookings().await;
        assert_eq!(named.into_iter().collect::<Vec<_>>(), ["B261129-001"]);
        assert_eq!(heard.bookings().await.len(), 0, "they are said once");
        let last = told(&db, &["call"; 300]).await;
        assert!(!heard.is_quiet(&db, &["room"], third, last).await.unwrap());
        assert!(heard.is_quiet(&db, &["room"], last, last).await.unwrap());
        db.close().await;
    }
}
