//! How often somebody may try to sign in.
//!
//! Eight tries for one login from one address, then one every 30 s; a sign-in that succeeds begins
//! anew. A hundred tries from one address whatever the login, then one every 3 s; not from this
//! machine itself, where a proxy may stand for everyone. The 2⁶⁴ addresses of one IPv6 network are
//! one address here: they belong to one customer.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
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

/// Most keys that are remembered at once.
const MANY: usize = 10_000;

/// Counts by one kind of key, and never remembers more than [`MANY`] of them.
struct Counter<K: Hash + Eq + Clone> {
    burst: u32,
    every: Duration,
    clock: HouseClock,
    limiter: ArcSwap<Limiter<K>>,
}

impl<K: Hash + Eq + Clone> Counter<K> {
    fn new(burst: u32, every: Duration, clock: &HouseClock) -> Self {
        let limiter = ArcSwap::from_pointee(limiter(burst, every, clock));
        Self { burst, every, clock: clock.clone(), limiter }
    }

    fn count(&self, key: &K) -> Result<(), i64> {
        let mut limiter = self.limiter.load_full();
        if limiter.len() >= MANY {
            limiter.retain_recent();
            limiter.shrink_to_fit();
            if limiter.len() >= MANY {
                // all of them are recent: to begin anew gives a guesser a few tries more for
                // thousands of requests, to refuse strangers would shut everybody out
                limiter = Arc::new(self::limiter(self.burst, self.every, &self.clock));
                self.limiter.store(Arc::clone(&limiter));
            }
        }
        limiter.check_key(key).map_err(|not| self.seconds(&not))
    }

    fn seconds(&self, not: &NotUntil<Nanos>) -> i64 {
        let wait = not.wait_time_from(self.clock.now());
        i64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i64::MAX).max(1)
    }
}

pub(super) struct Throttle {
    by_login: Counter<Try>,
    by_address: Counter<IpAddr>,
}

impl Throttle {
    pub(super) fn new(clock: Clock) -> Self {
        let clock = HouseClock(clock);
        Self {
            by_login: Counter::new(8, Duration::from_secs(30), &clock),
            by_address: Counter::new(100, Duration::from_secs(3), &clock),
        }
    }

    /// Counts one try from an address, whatever the login. `Err` holds how many seconds to wait
    /// before the next.
    pub(super) fn may_come(&self, from: Option<IpAddr>) -> Result<(), i64> {
        let from = from.map(network).filter(|from| !from.is_loopback());
        from.map_or(Ok(()), |from| self.by_address.count(&from))
    }

    /// Counts one try for a login, which must not be longer than logins are. `Err` holds how many
    /// seconds to wait before the next.
    pub(super) fn may_try(
        &self,
        login: &str,
        from: Option<IpAddr>,
        successes: i64,
    ) -> Result<(), i64> {
        self.by_login.count(&(login.to_owned(), from.map(network), successes))
    }
}

/// Whom an address belongs to: of IPv6 the /64 (RFC 6177), and an IPv4 address that is written as
/// IPv6 is that IPv4 address. This machine stays itself.
fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(from) if !from.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(from.to_bits() & (u128::MAX << 64)))
        }
        from @ (IpAddr::V4(_) | IpAddr::V6(_)) => from,
    }
}

fn limiter<K: Hash + Eq + Clone>(burst: u32, every: Duration, clock: &HouseClock) -> Limiter<K> {
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
        for _ in 0..100 {
            assert_eq!(throttle.may_come(from(7)), Ok(()));
        }
        assert_eq!(throttle.may_come(from(7)), Err(3));
        assert_eq!(throttle.may_come(from(8)), Ok(()));
        let mapped = "::ffff:192.0.2.7".parse().ok();
        assert_eq!(throttle.may_come(mapped), Err(3), "the same address, written as IPv6");
        for here in ["127.0.0.1", "::1"].map(|here| here.parse().ok()) {
            assert!((0..200).all(|_| throttle.may_come(here).is_ok()), "a proxy is everyone");
        }
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one() {
        let throttle = Throttle::new(Clock::manual(Moment::from_millis(1_000_000)));
        let from = |net: u16, last: u16| {
            Some(IpAddr::from([0x2001, 0xdb8, 0, net, last, last, last, last]))
        };
        for last in 0..8 {
            assert_eq!(throttle.may_try("lihong", from(1, last), 0), Ok(()));
        }
        assert_eq!(throttle.may_try("lihong", from(1, 99), 0), Err(30));
        assert_eq!(throttle.may_try("lihong", from(2, 99), 0), Ok(()));
        assert!((0..100).all(|last| throttle.may_come(from(1, last)).is_ok()));
        assert_eq!(throttle.may_come(from(1, 100)), Err(3));
    }

    #[test]
    fn each_kind_of_key_is_forgotten_by_its_own_number_and_never_more_are_kept() {
        let clock = Clock::manual(Moment::from_millis(1_000_000));
        let throttle = Throttle::new(clock.clone());
        let from = |number: u32| Some(IpAddr::from(number.to_be_bytes()));
        for number in 1..=25_000 {
            assert_eq!(throttle.may_come(from(number)), Ok(()));
            assert!(throttle.by_address.limiter.load().len() <= MANY);
        }
        for number in 1..=25_000 {
            assert_eq!(throttle.may_try(&number.to_string(), None, 0), Ok(()));
            assert!(throttle.by_login.limiter.load().len() <= MANY);
        }
        assert!(clock.set(Moment::from_millis(10_000_000)));
        for number in 1..=6_000 {
            assert_eq!(throttle.may_come(from(number)), Ok(()));
        }
        assert!(throttle.by_address.limiter.load().len() <= 6_000, "the quiet are forgotten");
    }
}
