//! Changes that wait for each other anyway go to the store together.
//!
//! Whoever takes a room waits until nobody before them changes claims: each behind the begin, the
//! commit and the disk of all before. So those who stand in line are done one after the other in one
//! transaction, by one commit, and hear of it, and are told of, after that commit. While it is under way the next
//! gather; nobody waits for company.
//!
//! A change cannot tell whether it went alone: it sees what those before it did, has a moment and lines of
//! the journal of its own. Where one of them fails, nothing of any is kept and each is tried alone, so that
//! it fails alone.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};

use super::open::is_gone;
use super::tx::{Act, Made, Notes};
use super::write::{act, broken, made};
use super::{Db, Error, Result, Stamp, Tx};
use crate::bus::News;

/// So many go together at most: others wait for all of them, such as a call that rings.
const TOGETHER: usize = 8;

/// Who waits, and whose turn it is. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Line {
    waiting: Arc<Mutex<VecDeque<Place>>>,
    turn: Arc<Mutex<()>>,
}

/// A change that waits. One that gets no answer is to be tried alone.
struct Place {
    stamp: Stamp,
    change: Act,
    answer: oneshot::Sender<Result<Made>>,
}

/// What came of those who went together.
enum Together {
    /// All of it is stored.
    Done(Vec<Made>),
    /// Nothing of it is.
    Undone(Error),
    /// The store did not say.
    Unsure(Error),
}

/// What is done once a change is committed, and what is told of it.
type After = (Vec<Box<dyn FnOnce() + Send>>, Vec<News>);

impl Line {
    /// The next who go together.
    async fn next(&self) -> Vec<Place> {
        let mut waiting = self.waiting.lock().await;
        let many = waiting.len().min(TOGETHER);
        waiting.drain(..many).collect()
    }
}

impl Db {
    /// As [`Db::write`], for changes that wait for each other anyway, such as those of claims. It may share
    /// its transaction with others: it must be short, must ask nothing beside its own `tx` that such a
    /// change may have written, and its errors should be rare.
    #[expect(clippy::disallowed_methods, reason = "a write must outlive the caller who hangs up")]
    pub async fn write_in_line<R: Send + 'static>(
        &self,
        stamp: Stamp,
        change: impl for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<R>> + Send + Sync + 'static,
    ) -> Result<R> {
        let (db, change) = (self.clone(), act(change));
        let task = tokio::spawn(async move { db.in_line(stamp, change).await });
        match task.await {
            Ok(done) => made(done?),
            Err(died) => Err(broken(died)),
        }
    }

    async fn in_line(&self, stamp: Stamp, change: Act) -> Result<Made> {
        let (answer, mut answered) = oneshot::channel();
        let place = Place { stamp, change: Arc::clone(&change), answer };
        self.line.waiting.lock().await.push_back(place);
        loop {
            tokio::select! {
                biased;
                done = &mut answered => return match done {
                    Ok(done) => done,
                    Err(_) => self.tried(stamp, &change).await,
                },
                turn = Arc::clone(&self.line.turn).lock_owned() => self.serve(turn),
            }
        }
    }

    /// Does what waits until nothing does. In a task of its own: a change that panics takes none of the
    /// others with it.
    #[expect(clippy::disallowed_methods, reason = "it ends when nobody waits")]
    fn serve(&self, turn: OwnedMutexGuard<()>) {
        let db = self.clone();
        tokio::spawn(async move {
            loop {
                let places = db.line.next().await;
                if places.is_empty() {
                    break;
                }
                db.together(places).await;
            }
            // whoever came meanwhile waits for it
            drop(turn);
        });
    }

    async fn together(&self, mut places: Vec<Place>) {
        if places.len() == 1
            && let Some(Place { stamp, change, answer }) = places.pop()
        {
            match self.once(stamp, &change).await {
                // tried again beside the line
                Err(Error::Retry(_)) => {}
                done => drop(answer.send(done)),
            }
            return;
        }
        match self.as_one(&places).await {
            Together::Done(all) => {
                for (place, made) in places.into_iter().zip(all) {
                    drop(place.answer.send(Ok(made)));
                }
            }
            Together::Undone(error) => {
                tracing::debug!(%error, "changes that went together are tried alone");
            }
            Together::Unsure(error) => {
                for place in places {
                    drop(place.answer.send(Err(broken(error.to_string()))));
                }
            }
        }
    }

    async fn as_one(&self, places: &[Place]) -> Together {
        let Some(first) = places.first() else { return Together::Done(Vec::new()) };
        let engine = match self.begin().await {
            Ok((engine, _)) => engine,
            Err(error) => return Together::Undone(error),
        };
        let mut tx = Tx::of(engine, first.stamp);
        let (all, after) = match self.each(&mut tx, places).await {
            Ok(done) => done,
            Err(error) => {
                tx.rollback(&error).await;
                return Together::Undone(error);
            }
        };
        match tx.commit().await {
            Ok(()) => {}
            Err(error) if is_refused(&error) => return Together::Undone(error),
            Err(error) => return Together::Unsure(error),
        }
        for (then, news) in after {
            for then in then {
                then();
            }
            self.bus.tell(news);
        }
        self.committed();
        Together::Done(all)
    }

    /// One after the other; then their lines of the journal in the same order, so that others wait for its
    /// head no longer than they must.
    async fn each(&self, tx: &mut Tx, places: &[Place]) -> Result<(Vec<Made>, Vec<After>)> {
        let (mut all, mut notes) = (Vec::with_capacity(places.len()), Vec::new());
        for place in places {
            tx.notes = Notes::of(place.stamp);
            all.push((place.change)(tx).await?);
            self.attending.show(tx).await?;
            notes.push(std::mem::replace(&mut tx.notes, Notes::of(place.stamp)));
        }
        let mut after = Vec::with_capacity(places.len());
        for own in notes {
            tx.notes = own;
            let news = tx.journal().await?;
            after.push((std::mem::take(&mut tx.notes.then), news));
        }
        Ok((all, after))
    }
}

/// Whether the store said that a commit did not come about. What it did not say is not known.
fn is_refused(error: &Error) -> bool {
    let silent = |why: &sqlx::Error| why.as_database_error().is_none() || is_gone(why);
    !matches!(error, Error::Broken(why) if silent(why))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;
    use crate::bus::Bus;
    use crate::db::{Change, counters, head};
    use crate::kernel::Moment;

    /// Takes a number; every third is refused where `some_fail`. Gives it, and counts how often it ran.
    async fn take(db: &Db, k: i64, some_fail: bool, runs: &Arc<AtomicUsize>) -> Result<i64> {
        let (runs, stamp) = (Arc::clone(runs), Stamp { now: Moment::from_millis(k), by: None });
        db.write_in_line(stamp, move |tx| {
            runs.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                let taken = counters::next(tx, "test").await?;
                tx.record(Change::new("test", format!("tests/{k}"), "made"));
                if some_fail && k % 3 == 2 { Err(Error::NotFound) } else { Ok(taken) }
            })
        })
        .await
    }

    /// All of them at once, none before all of them wait.
    async fn at_once(db: &Db, many: usize, some_fail: bool) -> (Vec<Result<i64>>, usize) {
        let (runs, all) = (Arc::default(), 0_i64..);
        let turn = Arc::clone(&db.line.turn).lock_owned().await;
        let begin = async {
            while db.line.waiting.lock().await.len() < many {
                tokio::task::yield_now().await;
            }
            drop(turn);
        };
        let all = all.take(many).map(|k| take(db, k, some_fail, &runs));
        let (done, ()) = tokio::join!(join_all(all), begin);
        (done, runs.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn those_who_wait_go_together_and_whoever_fails_fails_alone() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("house.db").display());
        let bus = Bus::new();
        let mut told = bus.listen();
        let db = Db::open(&url, bus).await.unwrap();

        let (done, runs) = at_once(&db, 4, false).await;
        let taken: Vec<i64> = done.into_iter().map(|taken| taken.unwrap()).collect();
        assert_eq!((taken, runs), (vec![1, 2, 3, 4], 4), "each sees what those before it did");
        for k in 0..4 {
            let news = told.try_recv().unwrap();
            let one = &news[0];
            let own = (news.len(), one.seq, one.at, one.subject.as_str());
            assert_eq!(own, (1, k + 1, Moment::from_millis(k), format!("tests/{k}").as_str()));
        }

        let (done, runs) = at_once(&db, 4, true).await;
        // together up to the one that fails, then each alone
        assert_eq!(runs, 3 + 4);
        let failed: Vec<bool> = done.iter().map(Result::is_err).collect();
        assert_eq!(failed, [false, false, true, false]);
        let mut taken: Vec<i64> = done.into_iter().flatten().collect();
        taken.sort_unstable();
        assert_eq!(taken, [5, 6, 7], "what failed gave its number back");
        assert_eq!(head(&db).await.unwrap(), 7);
        let mut subjects: Vec<String> = Vec::new();
        while let Ok(news) = told.try_recv() {
            subjects.extend(news.iter().map(|one| one.subject.clone()));
        }
        subjects.sort_unstable();
        assert_eq!(subjects, ["tests/0", "tests/1", "tests/3"], "each is told once");
    }
}
