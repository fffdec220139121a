//! What is let in of what senders give: from a trusted network, within the sender's budget, a
//! packet that can be read, with the right key. All else is counted and gone.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use prometheus_client::metrics::counter::Counter;
use subtle::ConstantTimeEq as _;
use tokio::sync::mpsc;

use super::read::{self, Content, Unreadable};
use crate::clock::Clock;
use crate::config::{self, Transport};
use crate::kernel::{Moment, Secret};
use crate::meters::{Kind, Meters};
use crate::sip::budget::{Allowance, Budget};
use crate::sip::trust::{Seldom, Trust};

/// What one sender may give: twice what a busy PBX was measured to mirror at its worst, so that it
/// is never noticed by one that is well, and less than what one core reads, so that one that is
/// not well leaves room for the others.
const EACH: Allowance = Allowance::new(200_000, 200_000);
/// Packets that travel together at most ...
const TOGETHER: usize = 256;
/// ... and their bytes, but for the last packet.
const BYTES: usize = 262_144;
/// Batches that wait at most: about 20 MB, a fifth of a second of the worst PBX.
pub(super) const WAITING: usize = 64;

/// Decides what is let in. Cheap to clone.
#[derive(Clone)]
pub(super) struct Gate(Arc<Inside>);

struct Inside {
    clock: Clock,
    trust: Trust,
    key: Option<Secret>,
    wrong_key: Seldom,
    budget: Budget,
    count: Counts,
    desk: mpsc::Sender<Batch>,
}

/// Opened once: a packet a hundred thousand times a second looks up no label.
struct Counts {
    sip: Counter,
    other: Counter,
    untrusted: Counter,
    over_budget: Counter,
    wrong_key: Counter,
    unreadable: Counter,
    compressed: Counter,
}

/// Packets that were let in, in the order they came.
#[derive(Debug)]
pub(super) struct Batch {
    packets: Vec<Entry>,
    bytes: Vec<u8>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// When it came.
    pub(super) heard_at: Moment,
    /// Who mirrored it: its address, and which of its captures.
    pub(super) sender: (IpAddr, u32),
    /// The SIP message in it; anything else is a sign of life.
    pub(super) message: Option<Passed>,
}

/// Where and when a mirrored message passed, and where its bytes are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passed {
    /// When, by the sender's clock.
    pub(super) stamp: Option<Moment>,
    /// How it travelled.
    pub(super) transport: Transport,
    /// From where.
    pub(super) source: SocketAddr,
    /// To where.
    pub(super) destination: SocketAddr,
    pub(super) from: usize,
    pub(super) to: usize,
}

impl Batch {
    /// Room for as many packets as came last time.
    pub(super) fn like(packets: usize, bytes: usize) -> Self {
        Self { packets: Vec::with_capacity(packets), bytes: Vec::with_capacity(bytes) }
    }

    /// It should go now.
    pub(super) fn is_full(&self) -> bool {
        self.packets.len() >= TOGETHER || self.bytes.len() >= BYTES
    }

    /// The packets, each with the bytes of its message.
    pub(super) fn packets(&self) -> impl Iterator<Item = (&Entry, &[u8])> {
        self.packets.iter().map(|entry| {
            let place = entry.message.map_or(0..0, |passed| passed.from..passed.to);
            (entry, self.bytes.get(place).unwrap_or_default())
        })
    }
}

impl Gate {
    /// The gate of this configuration; what is let in goes to `desk`.
    pub(super) fn new(
        hep: &config::Hep,
        clock: Clock,
        meters: &Meters,
        desk: mpsc::Sender<Batch>,
    ) -> Self {
        let dropped =
            |why: &str| meters.dropped.get_or_create_owned(&Kind { kind: why.to_owned() });
        let heard = |kind: &str| meters.hep_in.get_or_create_owned(&Kind { kind: kind.to_owned() });
        let count = Counts {
            sip: heard("sip"),
            other: heard("other"),
            untrusted: dropped("hep_untrusted"),
            over_budget: dropped("hep_budget"),
            wrong_key: dropped("hep_auth"),
            unreadable: dropped("hep_unreadable"),
            compressed: dropped("hep_compressed"),
        };
        Self(Arc::new(Inside {
            clock,
            trust: Trust::new(&hep.trusted),
            key: hep.auth_key.clone(),
            wrong_key: Seldom::default(),
            budget: Budget::new(EACH),
            count,
            desk,
        }))
    }

    /// What time it is.
    pub(super) fn now(&self) -> Moment {
        self.0.clock.now()
    }

    /// Whether this address may mirror to us. A stranger is counted, and logged once a minute.
    pub(super) fn trusts(&self, ip: IpAddr) -> bool {
        let Inside { trust, count, .. } = &*self.0;
        if trust.knows(ip) {
            return true;
        }
        count.untrusted.inc();
        if trust.says(self.now()) {
            tracing::warn!(peer.ip = %ip, "a stranger mirrors signalling to us and is not heard; if it is yours, add it to hep.trusted");
        }
        false
    }

    /// A trusted sender gave this packet: it joins the batch, or is counted and gone.
    pub(super) fn take(&self, batch: &mut Batch, ip: IpAddr, heard_at: Moment, bytes: &[u8]) {
        let Inside { key, wrong_key, budget, count, .. } = &*self.0;
        if !budget.allows(ip) {
            count.over_budget.inc();
            return;
        }
        let read = read::read(bytes).and_then(|envelope| {
            Ok((envelope.capture_id()?, envelope.auth_key(), envelope.content()?))
        });
        let (capture_id, given, content) = match read {
            Ok(read) => read,
            Err(why) => return self.unreadable(ip, why),
        };
        if let Some(key) = key
            && !bool::from(key.reveal().as_bytes().ct_eq(given.unwrap_or_default()))
        {
            count.wrong_key.inc();
            if wrong_key.is_due(heard_at) {
                tracing::warn!(peer.ip = %ip, "a sender mirrors signalling with another key than hep.auth_key and is not heard");
            }
            return;
        }
        let message = match content {
            Content::Sip(packet) => {
                count.sip.inc();
                let from = batch.bytes.len();
                batch.bytes.extend_from_slice(packet.payload);
                Some(Passed {
                    stamp: packet.stamp,
                    transport: packet.transport,
                    source: packet.source,
                    destination: packet.destination,
                    from,
                    to: batch.bytes.len(),
                })
            }
            Content::Compressed => {
                count.compressed.inc();
                None
            }
            Content::Other => {
                count.other.inc();
                None
            }
        };
        batch.packets.push(Entry { heard_at, sender: (ip.to_canonical(), capture_id), message });
    }

    /// Bytes that are no packet were counted.
    pub(super) fn unreadable(&self, ip: IpAddr, why: Unreadable) {
        self.0.count.unreadable.inc();
        tracing::debug!(peer.ip = %ip, "a mirrored packet cannot be read: {why}");
    }

    /// Passes a batch on and begins the next; `false` when nobody listens any more. It waits for
    /// its turn: the kernel, or a sender's connection, holds what comes meanwhile.
    pub(super) async fn pass(&self, batch: &mut Batch) -> bool {
        if batch.packets.is_empty() {
            return true;
        }
        let next = Batch::like(batch.packets.len(), batch.bytes.len());
        self.0.desk.send(std::mem::replace(batch, next)).await.is_ok()
    }
}
