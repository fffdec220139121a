//! Whom we hear: the networks of the configuration, and a word in the log about everyone else.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ipnet::IpNet;

use crate::kernel::Moment;

/// At most one log line of a kind in so many milliseconds.
const LOG_MS: i64 = 60_000;

/// The networks that are heard. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Trust {
    networks: Arc<[IpNet]>,
    strangers: Seldom,
}

impl Trust {
    /// Trusts these and no others.
    pub(crate) fn new(networks: &[IpNet]) -> Self {
        Self { networks: networks.into(), strangers: Seldom::default() }
    }

    /// Whether this address is in one of them.
    pub(crate) fn knows(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.networks.iter().any(|network| network.contains(&ip))
    }

    /// Whether it is time for a log line about a stranger again.
    pub(crate) fn says(&self, now: Moment) -> bool {
        self.strangers.is_due(now)
    }
}

/// Lets something be said once a minute.
#[derive(Debug, Clone)]
pub(crate) struct Seldom(Arc<AtomicI64>);

impl Default for Seldom {
    fn default() -> Self {
        Self(Arc::new(AtomicI64::new(i64::MIN)))
    }
}

impl Seldom {
    /// Whether it may be said now, by whoever asks first.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        let last = self.0.load(Ordering::Relaxed);
        let now = now.millis();
        now.saturating_sub(last) >= LOG_MS
            && self.0.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
