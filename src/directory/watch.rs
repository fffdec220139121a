//! Who is restricted, kept in memory: for the door, which says of everyone who comes what is closed
//! to them, and for streams, which tell many readers of every call.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::closed::Restricted;
use super::store::restricted::restricted;
use crate::bus::News;
use crate::db::{Db, Result};
use crate::kernel::{Closed, Moment};
use crate::web::{KnowsClosed, OnDuty};

/// What the numbers of restricted people and the looks at them come from.
const KINDS: [&str; 3] = ["directory", "disclosure", "staff"];

/// Everyone restricted, read anew once a person, a grant or an account has changed.
#[derive(Default)]
pub struct Watch(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    heard: Option<Receiver<Arc<[News]>>>,
    /// The newest number of the journal that was heard of.
    seq: i64,
    known: Option<Arc<Restricted>>,
}

impl Kept {
    /// Whether a commit leaves what is known as it is; a number that was jumped over is another
    /// program's change.
    fn keeps(&mut self, commit: &[News]) -> bool {
        let (Some(first), Some(last)) = (commit.first(), commit.last()) else { return true };
        let follows = self.seq == 0 || first.seq == self.seq + 1;
        self.seq = last.seq;
        follows && !commit.iter().any(|news| KINDS.contains(&news.kind.as_str()))
    }

    /// Forgets what the news since the last look have changed.
    fn catch_up(&mut self, db: &Db) {
        let mut heard = self.heard.take().unwrap_or_else(|| db.bus().listen());
        loop {
            match heard.try_recv() {
                Ok(commit) => {
                    if !self.keeps(&commit) {
                        self.known = None;
                    }
                }
                Err(TryRecvError::Lagged(_)) => self.known = None,
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        self.heard = Some(heard);
    }
}

impl Watch {
    /// Everyone restricted at this moment.
    pub async fn now(&self, db: &Db, now: Moment) -> Result<Arc<Restricted>> {
        let mut kept = self.0.lock().await;
        // listens before it reads, so that no change falls between
        kept.catch_up(db);
        if let Some(known) = &kept.known {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(restricted(db, now).await?);
        kept.known = Some(Arc::clone(&known));
        Ok(known)
    }
}

impl KnowsClosed for Watch {
    fn closed_to<'a>(
        &'a self,
        db: &'a Db,
        reader: &'a OnDuty,
        now: Moment,
    ) -> BoxFuture<'a, Result<(Closed, Closed)>> {
        async move {
            let restricted = self.now(db, now).await?;
            Ok((restricted.closed_to(reader, now), restricted.closed_to_all()))
        }
        .boxed()
    }
}
