//! The only file in the house that asks the machine what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::Utc;
use tokio::sync::watch;

use crate::kernel::Moment;

/// Tells the time to the edges of the house; the inside takes `now` as an argument.
///
/// The house clock reads the wall once and is then carried by the monotonic clock, so no interval
/// is bent by someone who sets the wall clock. [`Clock::slew`] leads it back to the wall slowly.
#[derive(Clone)]
pub struct Clock(Arc<Kind>);

enum Kind {
    House { started: Instant, started_at: Moment, slewed_ms: AtomicI64, told: AtomicI64 },
    Manual(watch::Sender<Moment>),
}

/// How far [`Clock::slew`] moves the house clock at most: 1 ms in each second, once a minute.
const SLEW_STEP_MS: i64 = 60;

impl Clock {
    /// Starts the house clock.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn house() -> Self {
        let started_at = Moment::from(Utc::now());
        Self(Arc::new(Kind::House {
            started: Instant::now(),
            started_at,
            slewed_ms: AtomicI64::new(0),
            told: AtomicI64::new(i64::MIN),
        }))
    }

    /// A clock that stands still until [`Clock::set`] moves it: for tests and the demo.
    pub fn manual(at: Moment) -> Self {
        Self(Arc::new(Kind::Manual(watch::Sender::new(at))))
    }

    /// The current time, never earlier than a time told before.
    pub fn now(&self) -> Moment {
        match &*self.0 {
            Kind::House { started, started_at, slewed_ms, told } => {
                let carried = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
                let slewed = carried.saturating_add(slewed_ms.load(Ordering::Relaxed));
                let now = started_at.plus_millis(slewed);
                // what was told is not taken back: a step backwards is waited out
                Moment::from_millis(
                    told.fetch_max(now.millis(), Ordering::Relaxed).max(now.millis()),
                )
            }
            Kind::Manual(now) => *now.borrow(),
        }
    }

    /// Whether this clock moves only when told.
    pub fn is_manual(&self) -> bool {
        matches!(*self.0, Kind::Manual(_))
    }

    /// Moves a manual clock forward; a house clock and a step backwards are refused.
    pub fn set(&self, to: Moment) -> bool {
        match &*self.0 {
            Kind::House { .. } => false,
            Kind::Manual(now) => {
                let forward = to >= *now.borrow();
                if forward {
                    now.send_replace(to);
                }
                forward
            }
        }
    }

    /// Returns once `at` has come.
    pub async fn sleep_until(&self, at: Moment) {
        match &*self.0 {
            Kind::House { .. } => {
                // a timer may wake a hair early: look again rather than report a ring too soon
                loop {
                    let left = at.millis_since(self.now());
                    if left <= 0 {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(left.unsigned_abs())).await;
                }
            }
            Kind::Manual(now) => {
                // the sender lives in self, so waiting cannot fail before the moment comes
                drop(now.subscribe().wait_for(|now| *now >= at).await);
            }
        }
    }

    /// Leads the house clock back to the wall by at most 60 ms; to be called once a minute.
    /// Returns by how many milliseconds the two still differ.
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn slew(&self) -> i64 {
        match &*self.0 {
            Kind::House { slewed_ms, .. } => {
                let apart = Moment::from(Utc::now()).millis_since(self.now());
                let step = apart.clamp(-SLEW_STEP_MS, SLEW_STEP_MS);
                slewed_ms.fetch_add(step, Ordering::Relaxed);
                apart
            }
            Kind::Manual(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_moves_only_when_told_and_never_back() {
        let clock = Clock::manual(Moment::from_millis(1000));
        assert!(clock.set(Moment::from_millis(2000)));
        assert!(!clock.set(Moment::from_millis(1999)));
        assert_eq!(clock.now(), Moment::from_millis(2000));
        clock.sleep_until(Moment::from_millis(1500)).await;
        let waiting = {
            let clock = clock.clone();
            async move { clock.sleep_until(Moment::from_millis(9000)).await }
        };
        tokio::join!(waiting, async { assert!(clock.set(Moment::from_millis(9000))) });
    }
}
