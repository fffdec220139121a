//! How long to wait before asking a PBX again: for a registration, for a subscription.

use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::sip::transaction::{Ms, PATIENCE};

/// The first pause after a PBX that is away.
const SHORT: Ms = 2_000;
/// The longest.
const SHORT_MOST: Ms = 30_000;
/// The first pause after a refusal that only a person can change.
const LONG: Ms = 300_000;
/// The longest.
const LONG_MOST: Ms = 1_800_000;
/// The longest `Retry-After` we obey, in seconds.
const RETRY_AFTER_MOST_S: u32 = 600;

/// Pauses that double with each failure, spread by a quarter so that many never return at once.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    failures: u32,
}

impl Pauses {
    /// The next failure begins anew.
    pub(crate) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// After a PBX that is away or busy.
    pub(crate) fn short(&mut self, retry_after_s: Option<u32>, rng: &mut StdRng) -> Ms {
        let own = self.doubled(SHORT, SHORT_MOST);
        let asked = retry_after_s.map(|wait| u64::from(wait.min(RETRY_AFTER_MOST_S)));
        spread(asked.map_or(own, |wait| own.max(wait.saturating_mul(1000))), rng)
    }

    /// After a refusal.
    pub(crate) fn long(&mut self, rng: &mut StdRng) -> Ms {
        spread(self.doubled(LONG, LONG_MOST), rng)
    }

    fn doubled(&mut self, first: Ms, most: Ms) -> Ms {
        let factor = 1_u64 << self.failures.min(16);
        self.failures = self.failures.saturating_add(1);
        first.saturating_mul(factor).min(most)
    }
}

/// `pause` and up to a quarter more.
fn spread(pause: Ms, rng: &mut StdRng) -> Ms {
    pause.saturating_add(rng.random_range(0..=pause.checked_div(4).unwrap_or(0)))
}

/// When to refresh what was granted for so many seconds, from its begin: early enough for one whole
/// attempt before it lapses, where it is long enough for that.
pub(crate) fn refresh_ms(granted_s: u32, rng: &mut StdRng) -> Ms {
    let granted = u64::from(granted_s).saturating_mul(1000);
    let half = granted.checked_div(2).unwrap_or(0);
    let attempt = granted.saturating_sub(PATIENCE.saturating_add(3_000));
    let three_quarters = half.saturating_add(half.checked_div(2).unwrap_or(0));
    let latest = three_quarters.min(attempt).max(half);
    // a few per cent earlier, so that lines do not refresh in step
    latest.saturating_sub(rng.random_range(0..=latest.checked_div(20).unwrap_or(0)))
}
