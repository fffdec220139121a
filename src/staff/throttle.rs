//! How often somebody may try to sign in.
//!
//! Eight tries for one login from one address, then one every 30 s; a sign-in that succeeds begins
//! anew. A hundred tries from one address whatever the login, then one every 3 s; not from this
//! machine itself, where a proxy may stand for everyone.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{NotUntil, Quota, RateLimiter};

use crate::clock::Clock;

/// The house's clock as governor reads it, so that tests move it by hand.
#[derive(Clone)]
struct HouseClock(Clock);

impl GovernorClock for HouseClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let millis = self.0.now().millis().max(0).unsigned_abs();
        Nanos::from(millis.saturating_mul(1_000_000))
    }
}

/// Who tries: a login (lower case), from where, and after how many successes.
type Try = (String, Option<IpAddr>, i64);

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, HouseClock, NoOpMiddleware<Nanos>>;

/// Once more keys than this are known, those that have long been quiet are forgotten.
const MANY: usize = 10_000;

pub(super) struct Throttle {
    clock: HouseClock,
    by_login: Limiter<Try>,
    by_address: Limiter<IpAddr>,
}

impl Throttle {
    pub(super) fn new(clock: Clock) -> Self {
        let clock = HouseClock(clock);
        Self {
            by_login: limiter(8, Duration::from_secs(30), &clock),
            by_address: limiter(100, Duration::from_secs(3), &clock),
            clock,
        }
    }

    /// Counts one try. `Err` holds how many seconds to wait before the next.
    pub(super) fn may_try(
        &self,
        login: &str,
        from: Option<IpAddr>,
        successes: i64,
    ) -> Result<(), i64> {
        if self.by_login.len() > MANY {
            self.by_login.retain_recent();
            self.by_address.retain_recent();
        }
        if let Some(from) = from.filter(|from| !from.is_loopback()) {
            self.by_address.check_key(&from).map_err(|not| self.seconds(&not))?;
        }
        let who = (login.to_owned(), from, successes);
        self.by_login.check_key(&who).map_err(|not| self.seconds(&not))
    }

    fn seconds(&self, not: &NotUntil<Nanos>) -> i64 {
        let wait = not.wait_time_from(self.clock.now());
        i64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i64::MAX).max(1)
    }
}

fn limiter<K: std::hash::Hash + Eq + Clone>(
    burst: u32,
    every: Duration,
    clock: &HouseClock,
) -> Limiter<K> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    let quota = Quota::with_period(every).unwrap_or_else(|| Quota::per_second(burst));
    RateLimiter::new(quota.allow_burst(burst), DefaultKeyedStateStore::default(), clock.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Moment;

    #[test]
    fn eight_tries_and_then_one_every_half_minute() {
        let clock = Clock::manual(Moment::from_millis(1_000_000));
        let throttle = Throttle::new(clock.clone());
        let here = Some(IpAddr::from([192, 0, 2, 7]));
        for _ in 0..8 {
            assert_eq!(throttle.may_try("lihong", here, 3), Ok(()));
        }
        assert_eq!(throttle.may_try("lihong", here, 3), Err(30));
        assert_eq!(throttle.may_try("zhoumin", here, 3), Ok(()), "another person may");
        assert_eq!(throttle.may_try("lihong", here, 4), Ok(()), "a success begins anew");
        assert!(clock.set(Moment::from_millis(1_030_000)));
        assert_eq!(throttle.may_try("lihong", here, 3), Ok(()));
        assert_eq!(throttle.may_try("lihong", here, 3), Err(30));
    }

    #[test]
    fn one_address_may_not_try_all_logins() {
        let throttle = Throttle::new(Clock::manual(Moment::from_millis(1_000_000)));
        let from = |last: u8| Some(IpAddr::from([192, 0, 2, last]));
        let login = |number: u32| format!("person{number}");
        for number in 0..100 {
            assert_eq!(throttle.may_try(&login(number), from(7), 0), Ok(()));
        }
        assert_eq!(throttle.may_try(&login(100), from(7), 0), Err(3));
        assert_eq!(throttle.may_try(&login(100), from(8), 0), Ok(()));
    }
}
