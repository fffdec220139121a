//! What is being done with the store while the writer listens: nothing, a change, or a pause after one
//! that failed.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::db::Error;

/// The pause after the first failure; it doubles up to [`PAUSE_MOST`].
const PAUSE_FIRST: Duration = Duration::from_millis(50);
const PAUSE_MOST: Duration = Duration::from_secs(2);

/// What is being done with something that is to be stored.
pub(super) enum Doing<B, R> {
    Nothing,
    Writing(Arc<B>, BoxFuture<'static, Result<R, Error>>),
    Resting(Arc<B>, BoxFuture<'static, ()>),
}

/// What came to its end.
pub(super) enum Step<R> {
    Stored(Result<R, Error>),
    Rested,
}

impl<B: Send + Sync, R: Send> Doing<B, R> {
    /// Whether nothing is being done.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(self, Self::Nothing)
    }

    /// What is being stored.
    pub(super) fn what(&self) -> Option<&B> {
        match self {
            Self::Nothing => None,
            Self::Writing(what, _) | Self::Resting(what, _) => Some(what),
        }
    }

    /// Waits for what is being done; for ever where that is nothing.
    pub(super) async fn step(&mut self) -> Step<R> {
        match self {
            Self::Nothing => std::future::pending().await,
            Self::Writing(_, writing) => Step::Stored(writing.await),
            Self::Resting(_, resting) => {
                resting.await;
                Step::Rested
            }
        }
    }
}

/// How long to wait before the next try.
pub(super) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(PAUSE_FIRST)
    }
}

impl Pause {
    /// It went well: the next failure is the first again.
    pub(super) fn over(&mut self) {
        *self = Self::default();
    }

    /// Rests after a failure.
    pub(super) fn rest<B, R>(&mut self, what: Arc<B>) -> Doing<B, R> {
        let pause = self.0;
        self.0 = (pause * 2).min(PAUSE_MOST);
        Doing::Resting(what, Box::pin(tokio::time::sleep(pause)))
    }
}
