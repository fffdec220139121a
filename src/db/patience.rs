//! How long a server's answer is waited for.
//!
//! A link that dies without a word (a pulled cable, a firewall that forgets) tells nobody: the driver would wait for
//! as long as TCP does, a quarter of an hour or for ever. So every statement has its time here. Whoever is not answered
//! within it hears that the server cannot be reached, and every connection that answered last before that is replaced
//! before it is used again. An embedded store knows nothing of this.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

/// What rings and what a page asks takes milliseconds.
const SHORT: Duration = Duration::from_secs(20);
/// An import or a sum may take minutes.
const LONG: Duration = Duration::from_mins(10);
/// Whether a connection still lives is said at once.
const BRIEF: Duration = Duration::from_secs(2);

/// The patience with one server. Cheap to clone; clones know of each other's losses.
#[derive(Clone)]
pub(super) struct Patience {
    most: Duration,
    /// Whether it is at its end already: how a story lets the time pass.
    over: watch::Sender<bool>,
    /// How often nobody answered in time.
    lost: Arc<AtomicU64>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { most: SHORT, over: watch::Sender::new(false), lost: Arc::default() }
    }
}

impl Patience {
    /// The same with what may take minutes.
    pub(super) fn long(&self) -> Self {
        Self { most: LONG, ..self.clone() }
    }

    /// The same with what takes no time, such as a BEGIN.
    pub(super) fn short(&self) -> Self {
        Self { most: SHORT, ..self.clone() }
    }

    /// Lets all the time pass at once, or gives it back.
    pub(super) fn end(&self, over: bool) {
        self.over.send_replace(over);
    }

    /// How often nobody answered in time so far: who answered before the last of these may be gone.
    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// The answer, or that there was none in time.
    pub(super) async fn with<T>(
        &self,
        asking: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        self.at_most(self.most, asking).await
    }

    /// The same for what is answered at once.
    pub(super) async fn briefly<T>(
        &self,
        asking: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        self.at_most(BRIEF, asking).await
    }

    async fn at_most<T>(
        &self,
        most: Duration,
        asking: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        let mut over = self.over.subscribe();
        let ended = async { drop(over.wait_for(|over| *over).await) };
        tokio::select! {
            biased;
            done = asking => return done,
            () = tokio::time::sleep(most) => {}
            () = ended => {}
        }
        self.lost.fetch_add(1, Ordering::Relaxed);
        let why = "the server did not answer in time";
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, why)))
    }
}

/// Whether nobody answered in time; the server may be at it still.
pub(super) fn is_overdue(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(why) if why.kind() == io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use futures_util::FutureExt as _;

    use super::*;
    use crate::db::Error;
    use crate::db::open::is_gone;

    #[tokio::test]
    async fn whoever_is_not_answered_in_time_hears_that_the_server_cannot_be_reached() {
        let patience = Patience { most: Duration::ZERO, ..Patience::default() };
        assert_eq!(patience.with(ready(Ok(7))).await.unwrap(), 7, "who answers is heard");
        assert_eq!(patience.lost(), 0);
        let error = patience.with(pending::<sqlx::Result<()>>()).await.unwrap_err();
        assert!(is_overdue(&error) && is_gone(&error));
        assert_eq!(Error::from(error).ailment(), "unreachable");

        // an import is given its time, unless a story lets that pass
        let long = patience.long();
        let mut asked = Box::pin(long.with(pending::<sqlx::Result<()>>()));
        assert!(asked.as_mut().now_or_never().is_none());
        patience.end(true);
        assert!(is_overdue(&asked.await.unwrap_err()));
        assert_eq!(long.with(ready(Ok(7))).await.unwrap(), 7);
        patience.end(false);
        assert!(long.with(pending::<sqlx::Result<()>>()).now_or_never().is_none());
        assert_eq!(patience.lost(), 2, "one count for all");
    }
}
