//! How much each address may send: what is over it is dropped, so that a flood from one takes
//! nothing from the others.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// Above so many addresses those that spend nothing are forgotten.
const MANY: usize = 1_024;
/// How often that is looked at, in messages.
const LOOK_EVERY: u32 = 1_024;

/// So many messages a second, and so many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// In the long run.
    pub(crate) a_second: NonZeroU32,
    /// After a silence.
    pub(crate) at_once: NonZeroU32,
}

impl Allowance {
    /// `a_second` in the long run, `at_once` after a silence; a zero counts as one.
    pub(crate) const fn new(a_second: u32, at_once: u32) -> Self {
        const fn some(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(number) => number,
                None => NonZeroU32::MIN,
            }
        }
        Self { a_second: some(a_second), at_once: some(at_once) }
    }
}

/// One allowance for each address. The 2⁶⁴ addresses of one IPv6 network are one address here.
pub(crate) struct Budget<C: Clock = DefaultClock> {
    spent: RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, C, NoOpMiddleware<C::Instant>>,
    asked: AtomicU32,
}

impl Budget {
    /// Nobody has spent anything; time is the machine's, as for all of SIP's timers.
    pub(crate) fn new(allowance: Allowance) -> Self {
        Self::timed(allowance, DefaultClock::default())
    }
}

impl<C: Clock> Budget<C> {
    fn timed(Allowance { a_second, at_once }: Allowance, clock: C) -> Self {
        let quota = Quota::per_second(a_second).allow_burst(at_once);
        let spent = RateLimiter::new(quota, DefaultKeyedStateStore::default(), clock);
        Self { spent, asked: AtomicU32::new(0) }
    }

    /// Whether one more message from this address is within its allowance; counts it if so.
    pub(crate) fn allows(&self, ip: IpAddr) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked.checked_rem(LOOK_EVERY) == Some(0) && self.spent.len() > MANY {
            // an address whose allowance is whole again is as one that never spoke
            self.spent.retain_recent();
            self.spent.shrink_to_fit();
        }
        self.spent.check_key(&network(ip)).is_ok()
    }
}

fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V4(four) => IpAddr::V4(four),
        IpAddr::V6(six) => {
            let [a, b, c, d, ..] = six.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn budget() -> (Budget<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (Budget::timed(Allowance::new(50, 200), clock.clone()), clock)
    }

    fn spend(budget: &Budget<FakeRelativeClock>, ip: &str, messages: usize) -> usize {
        let ip = ip.parse().unwrap();
        (0..messages).filter(|_| budget.allows(ip)).count()
    }

    #[test]
    fn a_flood_from_one_address_takes_nothing_from_another() {
        let (budget, clock) = budget();
        assert_eq!(spend(&budget, "192.0.2.1", 2_000), 200);
        assert_eq!(spend(&budget, "192.0.2.2", 100), 100);
        clock.advance(Duration::from_secs(1));
        assert_eq!(spend(&budget, "192.0.2.1", 2_000), 50, "what a second brings back");
        assert_eq!(spend(&budget, "192.0.2.2", 200), 150);
    }

    #[test]
    fn one_network_of_ipv6_is_one_sender() {
        let (budget, _) = budget();
        assert_eq!(spend(&budget, "2001:db8::1", 150), 150);
        assert_eq!(spend(&budget, "2001:db8::2", 150), 50);
        assert_eq!(spend(&budget, "2001:db8:0:1::1", 150), 150);
        assert_eq!(spend(&budget, "::ffff:192.0.2.1", 150), 150);
        assert_eq!(spend(&budget, "192.0.2.1", 150), 50, "one host however it is written");
    }

    #[test]
    fn addresses_that_fell_silent_are_forgotten() {
        let (budget, clock) = budget();
        for n in 0..100_000_u32 {
            clock.advance(Duration::from_millis(1));
            assert!(budget.allows(std::net::Ipv4Addr::from(n).into()));
        }
        let remembered = budget.spent.len();
        assert!(remembered <= MANY + 1_024, "{remembered} of them are remembered");
    }
}
