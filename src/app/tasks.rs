//! The tasks of the house: each has a name, none dies unnoticed, all stop in order.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long a task that is started again waits first.
const PAUSE: Duration = Duration::from_secs(1);

/// Every task of the house. Cheap to clone.
#[derive(Clone)]
pub struct Tasks {
    /// Knows all tasks, also those the rooms start themselves.
    pub tracker: TaskTracker,
    /// Cancelled when the house closes.
    pub stop: CancellationToken,
    dead: Arc<watch::Sender<BTreeSet<&'static str>>>,
    pause: Duration,
}

impl Tasks {
    /// No task yet; `stop` will end them.
    pub fn new(stop: CancellationToken) -> Self {
        Self {
            tracker: TaskTracker::new(),
            stop,
            dead: Arc::new(watch::Sender::default()),
            pause: PAUSE,
        }
    }

    /// Starts a task that the house cannot do without: when it panics, `/readyz` says so by its
    /// name until the service is started again.
    pub fn vital(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let running = self.tracker.spawn(task);
        let dead = Arc::clone(&self.dead);
        let stop = self.stop.clone();
        self.tracker.spawn(async move {
            if let Err(why) = running.await
                && !stop.is_cancelled()
            {
                tracing::error!(
                    task = name,
                    panicked = why.is_panic(),
                    "{name} died; start the service again"
                );
                dead.send_modify(|dead| {
                    dead.insert(name);
                });
            }
        });
    }

    /// Listens for the death of a task that a room started itself.
    pub fn mourn(&self, mut died: watch::Receiver<Option<&'static str>>) {
        let (dead, stop) = (Arc::clone(&self.dead), self.stop.clone());
        self.tracker.spawn(async move {
            let named = stop.run_until_cancelled(died.wait_for(Option::is_some)).await;
            if let Some(Ok(name)) = named {
                dead.send_modify(|dead| dead.extend(*name));
            }
        });
    }

    /// Starts a task that is started again, after a second, when it panics.
    pub fn lasting<F>(&self, name: &'static str, mut task: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (tracker, stop, pause) = (self.tracker.clone(), self.stop.clone(), self.pause);
        self.tracker.spawn(async move {
            while tracker.spawn(task()).await.is_err_and(|why| why.is_panic()) {
                tracing::error!(task = name, "{name} died and is started again");
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        });
    }

    /// The vital tasks that died.
    pub fn dead(&self) -> Vec<&'static str> {
        self.dead.borrow().iter().copied().collect()
    }

    /// Waits until every task has ended, at most so long; `false` where one had to be left.
    pub async fn ended(&self, within: Duration) -> bool {
        self.tracker.close();
        tokio::time::timeout(within, self.tracker.wait()).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_vital_task_that_panics_is_named() {
        let tasks = Tasks::new(CancellationToken::new());
        tasks.vital("the quiet one", async {});
        tasks.vital("the writer", async { panic!("as planned") });
        assert!(tasks.ended(Duration::from_secs(5)).await);
        assert_eq!(tasks.dead(), ["the writer"]);
    }

    #[tokio::test]
    async fn the_death_of_a_rooms_own_task_is_heard_of() {
        let tasks = Tasks::new(CancellationToken::new());
        let (grave, died) = watch::channel(None);
        tasks.mourn(died);
        grave.send_replace(Some("the writer of calls"));
        assert!(tasks.ended(Duration::from_secs(5)).await);
        assert_eq!(tasks.dead(), ["the writer of calls"]);
    }

    #[tokio::test]
    async fn a_lasting_task_is_started_again() {
        let mut tasks = Tasks::new(CancellationToken::new());
        tasks.pause = Duration::ZERO;
        let (tell, mut told) = watch::channel(0);
        tasks.lasting("the clock", move || {
            let tell = tell.clone();
            async move {
                tell.send_modify(|runs| *runs += 1);
                assert!(*tell.borrow() > 2, "as planned");
            }
        });
        told.wait_for(|&runs| runs == 3).await.unwrap();
        assert!(tasks.ended(Duration::from_secs(5)).await);
        assert!(tasks.dead().is_empty());
    }
}
