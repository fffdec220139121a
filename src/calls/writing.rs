//! How a batch of happenings gets into the store: by one statement where that is all, else as a change of
//! several.

use std::sync::Arc;

use super::call::Call;
use super::caller;
use super::live::LiveCalls;
use super::store::{self, Batch, Stored};
use crate::config::Config;
use crate::db::{Db, Error, Stamp};

/// What refuses an event whose number is taken: a person did something to the call at this very moment. They have
/// done it by then, and it is numbered behind them.
const NUMBERED: &str = "call_events_pkey";
/// So often at most.
const TURNS: usize = 4;

/// One batch on its way into the store.
#[derive(Clone)]
pub(super) struct Writing {
    pub(super) db: Db,
    pub(super) stamp: Stamp,
    pub(super) batch: Arc<Batch>,
    pub(super) config: Arc<Config>,
    pub(super) live: LiveCalls,
    /// Looked up beside the change, once for a call; the statement is sent first.
    pub(super) known: caller::Looking,
}

impl Writing {
    /// Writes it; `again` where it may be there already, since nobody said that it is not.
    pub(super) async fn write(self, again: bool) -> Result<Vec<Stored>, Error> {
        if again || !store::is_one_statement(&self.batch) {
            return self.write_whole(again).await;
        }
        let Self { db, stamp, .. } = self.clone();
        let one = self.clone();
        let written = db.write_alone(stamp, move |alone| {
            Box::pin(async move {
                let (stored, names) = tokio::join!(
                    store::store_alone(alone, &one.batch, &one.config),
                    caller::in_time(one.known.clone()),
                );
                let stored = stored?;
                let calls = named(&stored, &names);
                alone.after_commit(move || one.live.put(&calls));
                Ok(stored)
            })
        });
        match written.await {
            Ok(stored) => Ok(stored),
            Err(error) => {
                tracing::debug!(%error, "a change of one statement failed; it is tried the long way");
                self.write_whole(true).await
            }
        }
    }

    async fn write_whole(self, again: bool) -> Result<Vec<Stored>, Error> {
        for _ in 1..TURNS {
            match self.clone().once_whole(again).await {
                Err(error) if error.is_refusal(NUMBERED) => {
                    tracing::debug!("a person was quicker with an event of the call");
                }
                done => return done,
            }
        }
        self.once_whole(again).await
    }

    async fn once_whole(self, again: bool) -> Result<Vec<Stored>, Error> {
        let Self { db, stamp, .. } = self.clone();
        let writing = db.write(stamp, move |tx| {
            let one = self.clone();
            Box::pin(async move {
                let storing = async {
                    let found = if again { store::confirm(tx, &one.batch).await? } else { None };
                    match found {
                        Some(stored) => Ok(stored),
                        None => store::store(tx, &one.batch, &one.config).await,
                    }
                };
                let (stored, names) = tokio::join!(storing, caller::in_time(one.known.clone()));
                let stored = stored?;
                let calls = named(&stored, &names);
                tx.after_commit(move || one.live.put(&calls));
                Ok(stored)
            })
        });
        writing.await
    }
}

/// The calls with their callers' names, where these were found in time.
fn named(stored: &[Stored], names: &caller::Names) -> Vec<Arc<Call>> {
    stored.iter().map(|(_, call)| names.named(call)).collect()
}
