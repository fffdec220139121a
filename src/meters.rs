//! The figures of the machine itself, for `/metrics`: counted where things happen, read in one place.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// One label, `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Kind {
    /// Its value.
    pub kind: String,
}

/// Two labels: which account at which PBX.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Line {
    /// The PBX of the configuration.
    pub pbx: String,
    /// Our user there.
    pub account: String,
}

/// One label: which PBX.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Pbx {
    /// The PBX of the configuration.
    pub pbx: String,
}

/// Reasons of `dropped` by which a message of somebody who is trusted, or who should be, is lost.
const LOST: [&str; 18] = [
    "answers_full",
    "book_full",
    "budget",
    "connections_full",
    "hep_auth",
    "hep_budget",
    "hep_compressed",
    "hep_too_many_forks",
    "hep_too_many_legs",
    "hep_unreadable",
    "hep_untrusted",
    "inbound_full",
    "ladder_full",
    "queue_full",
    "refused_by_store",
    "store_full",
    "transactions_full",
    "untrusted",
];

/// Reasons for which a message could not be read; of a mirrored one with `hep_` before them.
const UNREADABLE: [&str; 7] = [
    "content_length",
    "cut_short",
    "header",
    "start_line",
    "too_long",
    "too_many_headers",
    "version",
];

/// Every meter of the house. Cheap to clone.
#[derive(Clone)]
pub struct Meters {
    registry: Arc<Registry>,
    /// Calls by outcome.
    pub calls: Family<Kind, Counter>,
    /// Rings begun at the answer.
    pub answer_rings: Histogram,
    /// Seconds from the first ring to the answer.
    pub answer_seconds: Histogram,
    /// SIP messages heard, by method or status class.
    pub sip_in: Family<Kind, Counter>,
    /// SIP messages sent, by method or status.
    pub sip_out: Family<Kind, Counter>,
    /// Mirrored packets let in, by what they carry: sip, or other.
    pub hep_in: Family<Kind, Counter>,
    /// Mirrored datagrams that the kernel dropped because we did not read them in time.
    pub hep_kernel_drops: Counter,
    /// What was dropped and why: untrusted source, unreadable, full queue, full table.
    pub dropped: Family<Kind, Counter>,
    /// 1 while registered, 0 while not.
    pub registered: Family<Line, Gauge>,
    /// Extensions a PBX tells us of.
    pub subscribed: Family<Pbx, Gauge>,
    /// 1 while the signalling that a PBX mirrors is heard, 0 while not.
    pub mirrored: Family<Pbx, Gauge>,
    /// NOTIFYs of watched extensions, by what they told.
    pub notifies: Family<Kind, Counter>,
    /// Sightings waiting for the book.
    pub queue_depth: Gauge,
    /// Entries waiting for the store.
    pub store_backlog: Gauge,
    /// Writes to the store that failed and are tried again.
    pub store_failures: Counter,
    /// Calls that are not over.
    pub live_calls: Gauge,
    /// Open `/live` streams.
    pub live_streams: Gauge,
}

impl Meters {
    /// Opens all meters at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("switchboard");
        let calls = Family::default();
        registry.register("calls", "Calls that ended, by outcome", calls.clone());
        let answer_rings = Histogram::new((1..=8).map(f64::from));
        registry.register("answer_rings", "Rings begun at the answer", answer_rings.clone());
        let answer_seconds =
            Histogram::new([1.0, 2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 20.0, 30.0, 60.0, 120.0]);
        registry.register(
            "answer_seconds",
            "Seconds from the first ring to the answer",
            answer_seconds.clone(),
        );
        let sip_in = Family::default();
        registry.register("sip_in", "SIP messages heard, by method or status", sip_in.clone());
        let sip_out = Family::default();
        registry.register("sip_out", "SIP messages sent, by method or status", sip_out.clone());
        let hep_in: Family<Kind, Counter> = Family::default();
        registry.register("hep_in", "Mirrored packets heard, by content", hep_in.clone());
        let hep_kernel_drops = Counter::default();
        registry.register(
            "hep_kernel_drops",
            "Mirrored datagrams that the kernel dropped",
            hep_kernel_drops.clone(),
        );
        let dropped = Family::default();
        registry.register("dropped", "What was dropped, by reason", dropped.clone());
        let registered = Family::default();
        registry.register("registered", "1 while registered at the PBX", registered.clone());
        let subscribed = Family::default();
        registry.register("subscribed", "Extensions the PBX tells us of", subscribed.clone());
        let mirrored = Family::default();
        registry.register(
            "mirrored",
            "1 while the signalling that the PBX mirrors is heard",
            mirrored.clone(),
        );
        let notifies = Family::default();
        registry.register(
            "notifies",
            "NOTIFYs of watched extensions, by what they told",
            notifies.clone(),
        );
        let queue_depth = Gauge::default();
        registry.register("queue_depth", "Sightings waiting for the book", queue_depth.clone());
        let store_backlog = Gauge::default();
        registry.register("store_backlog", "Entries waiting for the store", store_backlog.clone());
        let store_failures = Counter::default();
        registry.register("store_failures", "Failed writes, tried again", store_failures.clone());
        let live_calls = Gauge::default();
        registry.register("live_calls", "Calls that are not over", live_calls.clone());
        let live_streams = Gauge::default();
        registry.register("live_streams", "Open event streams", live_streams.clone());
        Self {
            registry: Arc::new(registry),
            calls,
            answer_rings,
            answer_seconds,
            sip_in,
            sip_out,
            hep_in,
            hep_kernel_drops,
            dropped,
            registered,
            subscribed,
            mirrored,
            notifies,
            queue_depth,
            store_backlog,
            store_failures,
            live_calls,
            live_streams,
        }
    }

    /// What was lost on the way in since the start, by reason, the most first: of these messages
    /// nothing is known.
    pub fn lost(&self) -> Vec<(&'static str, u64)> {
        let count =
            |reason: &str| self.dropped.get_or_create(&Kind { kind: reason.to_owned() }).get();
        let unread = |of: &str| {
            let counts = UNREADABLE.iter().map(|reason| count(&format!("{of}{reason}")));
            counts.fold(0, u64::saturating_add)
        };
        let mut lost: Vec<_> = LOST.iter().map(|&reason| (reason, count(reason))).collect();
        lost.push(("unreadable", unread("")));
        lost.push(("hep_message_unreadable", unread("hep_")));
        lost.push(("hep_kernel", self.hep_kernel_drops.get()));
        lost.retain(|(_, count)| *count > 0);
        lost.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        lost
    }

    /// Counts one thing dropped, by reason.
    pub fn drop_one(&self, reason: &str) {
        self.dropped.get_or_create(&Kind { kind: reason.to_owned() }).inc();
    }

    /// All meters in the Prometheus (OpenMetrics) text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        let written = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        // writing into a String cannot fail
        debug_assert!(written.is_ok(), "the meters cannot be written");
        text
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_was_lost_is_told_the_most_first_and_what_nobody_misses_is_not() {
        let meters = Meters::new();
        for reason in ["start_line", "cut_short", "start_line", "hep_header", "book_full"] {
            meters.drop_one(reason);
        }
        meters.drop_one("transactions_full");
        meters.drop_one("transactions_full");
        meters.drop_one("keep_alive");
        meters.drop_one("unasked_answer");
        assert_eq!(
            meters.lost(),
            [
                ("unreadable", 3),
                ("transactions_full", 2),
                ("book_full", 1),
                ("hep_message_unreadable", 1)
            ]
        );
    }
}
