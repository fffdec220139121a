//! The one task that dates what was let in and gives it, in the order it came, to whoever sorts it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use super::gate::Batch;
use super::health::{Mirror, MirrorLine, Mirrors};
use super::own::Notes;
use super::seam::Hears;
use crate::clock::Clock;
use crate::kernel::{Moment, PbxId};
use crate::meters::{self, Meters};
use crate::sip::desk::tell;
use crate::sip::mirrored::Mirrored;
use crate::sip::{Heard, Telephone};

/// How often mirrors are looked after and shown.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What the task owns.
pub(super) struct Desk<S> {
    /// What was let in.
    pub(super) inbound: mpsc::Receiver<Batch>,
    /// Which addresses the names of the PBXes stand for.
    pub(super) addresses: watch::Receiver<BTreeMap<PbxId, Vec<SocketAddr>>>,
    /// What we sent and received ourselves.
    pub(super) own: Notes,
    /// Stamps what is noticed.
    pub(super) clock: Clock,
    /// Counts what is lost on the way up.
    pub(super) meters: Meters,
    /// Where everything heard goes.
    pub(super) out: mpsc::Sender<Heard>,
    /// Where senders are shown.
    pub(super) shown: watch::Sender<Vec<Mirror>>,
    /// Where it is shown what is mirrored of each PBX.
    pub(super) lines: watch::Sender<Vec<MirrorLine>>,
    /// Where it is shown what was seen of telephones.
    pub(super) telephones: watch::Sender<Vec<Telephone>>,
    /// What the PBXes are called.
    pub(super) names: Vec<String>,
    /// Senders and lines.
    pub(super) mirrors: Mirrors,
    /// What the sorter had let go when that was last counted.
    pub(super) counted: BTreeMap<&'static str, u64>,
    /// Makes sense of it.
    pub(super) sorter: S,
}

impl<S: Hears> Desk<S> {
    /// Serves until nobody sends any more.
    pub(super) async fn run(mut self) {
        loop {
            let serving = AssertUnwindSafe(self.serve()).catch_unwind().await;
            if serving.is_ok() {
                return;
            }
            // what came together with it is lost; a leg is known by its key, not by us
            tracing::error!("the desk for mirrored signalling stopped unexpectedly and goes on");
        }
    }

    async fn serve(&mut self) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.addresses.mark_changed();
        self.show_lines();
        loop {
            let next = self.sorter.next_timer();
            tokio::select! {
                _ = look.tick() => self.look(),
                () = until(&self.clock, next) => {
                    let Self { out, meters, sorter, clock, .. } = self;
                    sorter.wake(clock.now(), &mut |heard| tell(out, meters, heard));
                }
                Ok(()) = self.addresses.changed() => self.learn(),
                batch = self.inbound.recv() => match batch {
                    Some(batch) => self.hear(&batch),
                    None => return,
                },
            }
        }
    }

    fn hear(&mut self, batch: &Batch) {
        let Self { out, meters, mirrors, sorter, own, clock, .. } = self;
        own.gather(clock.now());
        let mut tell = |heard| tell(out, meters, heard);
        let mut turned = false;
        for (entry, payload) in batch.packets() {
            let message = entry.message.as_ref();
            let ours = own.passed_at(payload);
            let bends = || sorter.late_goes_on();
            let (at, told) = mirrors.hear(entry.sender, entry.heard_at, message, ours, bends);
            for one in told {
                turned |= matches!(one, Heard::Line(_));
                tell(one);
            }
            if let Some(passed) = message {
                let mirrored = Mirrored {
                    at,
                    heard_at: entry.heard_at,
                    transport: passed.transport,
                    source: passed.source,
                    destination: passed.destination,
                    payload,
                };
                sorter.hear(&mirrored, &mut tell);
            }
        }
        if turned {
            self.show_lines();
        }
    }

    /// Shows what is mirrored of each PBX; those who look are woken only by a turn.
    fn show_lines(&self) {
        let seen = self.mirrors.lines();
        for (line, name) in seen.iter().zip(&self.names) {
            let label = meters::Pbx { pbx: name.clone() };
            let up = i64::from(line.state.is_up());
            self.meters.mirrored.get_or_create(&label).set(up);
        }
        self.lines.send_if_modified(|shown| {
            let same = |(a, b): (&MirrorLine, &MirrorLine)| a.state == b.state;
            let turned = shown.len() != seen.len() || !shown.iter().zip(&seen).all(same);
            *shown = seen;
            turned
        });
    }

    fn look(&mut self) {
        let now = self.clock.now();
        self.own.gather(now);
        for change in self.mirrors.look(now) {
            tracing::warn!(
                pbx.id = change.source.pbx().0,
                "nothing is mirrored any more: calls are not seen that way"
            );
            tell(&self.out, &self.meters, Heard::Line(change));
        }
        self.show_lines();
        for (reason, count) in self.sorter.dropped() {
            let counted = self.counted.insert(reason, count).unwrap_or_default();
            let kind = meters::Kind { kind: format!("hep_{reason}") };
            self.meters.dropped.get_or_create(&kind).inc_by(count.saturating_sub(counted));
        }
        let seen = self.sorter.telephones();
        self.telephones.send_if_modified(|shown| {
            let changed = *shown != seen;
            *shown = seen;
            changed
        });
        let seen = self.mirrors.show(now);
        self.shown.send_if_modified(|shown| {
            let changed = *shown != seen;
            *shown = seen;
            changed
        });
    }

    fn learn(&mut self) {
        for (&pbx, found) in self.addresses.borrow_and_update().iter() {
            self.mirrors.learn(pbx, found);
            self.sorter.learn(pbx, found);
        }
    }
}

/// Returns at that moment, or never.
async fn until(clock: &Clock, at: Option<Moment>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
