//! How far a sender's clock is off, told from its packets alone.
//!
//! A stamp in the past proves nothing: packets wait in buffers, in a broken connection, or are a
//! recording that is played again. So a clock is believed to be wrong only when
//! - packets come with the *same* delay for a while: what is late is late by chance, and a recording
//!   played faster or slower catches up or falls behind; or
//! - a stamp lies in the future, which no delay explains; or
//! - a message of our own is mirrored, whose true time we know.
//!
//! What steady delays told is applied only once nothing goes on that began as late as that: the
//! distances within a call matter more than its date, and half of it moved would be a wait of an hour.
//!
//! Of a clock that agreed with what was applied until one packet, and from that packet on was steadily behind, it
//! is known when it was set back. What was told in between is dated too early by as much, and whoever dated a call
//! half before and half after it is told so ([`SetBack`]).

use crate::kernel::Moment;

/// So many packets ...
const PACKETS: u32 = 20;
/// ... over so many milliseconds of arrival ...
const OVER_MS: i64 = 10_000;
/// ... with delays no further apart than this are steady. A correction is kept while what is
/// measured stays this near to it; a clock that is off by no more is not worth a word, and a stamp
/// further in the future is believed to be wrong at once.
const APART_MS: i64 = 250;
/// A clock that was off by so much and agrees with ours has been set right. One that was ahead by
/// less may look so because a packet was late: of it, only steady delays say that.
const FAR_MS: i64 = 1_000;
/// So many packets in a row that agree with what is applied show that a clock was not behind until then.
const AGREED: u32 = 8;
/// How long a measurement by a message of our own outweighs what delays tell.
const EXACT_MS: i64 = 600_000;
/// How long what goes on may keep a correction waiting: some house is never quiet.
const WAITS_MS: i64 = 600_000;

/// What is known of a sender's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClockState {
    /// Our time less its time, in milliseconds: above zero its clock is behind.
    pub offset_ms: i64,
    /// It is off by more than 250 ms: that is shown, and its stamps are moved by `offset_ms`.
    pub corrected: bool,
}

/// When a clock was set back, and by how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SetBack {
    /// When the first packet came that was stamped by the clock as it is now.
    pub(super) since: Moment,
    /// In milliseconds; above zero.
    pub(super) by_ms: i64,
}

/// Follows one sender's clock.
#[derive(Debug, Clone, Default)]
pub struct SenderClock {
    state: ClockState,
    /// What stamps are moved by.
    applied_ms: i64,
    /// When at the latest what is known is applied.
    turns_by: Option<Moment>,
    run: Option<Run>,
    exact_at: Option<Moment>,
    /// Packets in a row, up to the last, that agree with what is applied.
    agreed: u32,
    set_back: Option<SetBack>,
}

/// Packets in a row whose delays lie together.
#[derive(Debug, Clone, Copy)]
struct Run {
    since: Moment,
    packets: u32,
    least: i64,
    most: i64,
    /// How many before it agreed with what was applied, where its own do not.
    after: u32,
}

impl SenderClock {
    /// A clock that is right until proven wrong.
    pub fn new() -> Self {
        Self::default()
    }

    /// What is known of it now.
    pub fn state(&self) -> ClockState {
        self.state
    }

    /// A packet came: when what it tells of happened, by our clock; never after it came. `bends` says
    /// whether something goes on that a correction would bend.
    pub fn hear(
        &mut self,
        packet_at: Moment,
        heard_at: Moment,
        bends: impl FnOnce() -> bool,
    ) -> Moment {
        let delay = heard_at.millis_since(packet_at);
        let ahead = self.applied_ms.saturating_sub(delay);
        let far = self.applied_ms.saturating_abs() >= FAR_MS;
        let was_set_right = far && delay.saturating_abs() <= APART_MS;
        if ahead > APART_MS || was_set_right {
            self.run = None;
            self.measured(delay);
            self.apply();
        } else {
            let agrees = delay.saturating_sub(self.applied_ms) <= APART_MS;
            let after = if agrees { 0 } else { std::mem::take(&mut self.agreed) };
            self.agreed = self.agreed.saturating_add(u32::from(agrees));
            if let Some(run) = self.steady(delay, heard_at, after)
                && self.exact_at.is_none_or(|at| heard_at.millis_since(at) >= EXACT_MS)
            {
                self.behind_since(run, run.least);
                self.measured(run.least);
            }
            self.turn(heard_at, bends);
        }
        packet_at.plus_millis(self.applied_ms).min(heard_at)
    }

    /// A mirrored message that we sent or received ourselves at `our_time` carries `packet_time`.
    pub fn known(&mut self, our_time: Moment, packet_time: Moment) {
        self.exact_at = Some(our_time);
        let offset = our_time.millis_since(packet_time);
        let near = |run: &Run| run.least.saturating_sub(offset).saturating_abs() <= APART_MS;
        if let Some(run) = self.run.filter(near) {
            self.behind_since(run, offset);
        }
        self.measured(offset);
        self.apply();
    }

    /// That the clock was set back, once that is known; told once.
    pub(super) fn set_back(&mut self) -> Option<SetBack> {
        self.set_back.take()
    }

    /// Packets are steadily behind: where all before them were not, it is known since when.
    fn behind_since(&mut self, run: Run, offset_ms: i64) {
        let by_ms = offset_ms.saturating_sub(self.applied_ms);
        if run.after >= AGREED && by_ms > APART_MS {
            self.set_back = Some(SetBack { since: run.since, by_ms });
        }
    }

    const fn wanted(&self) -> i64 {
        if self.state.corrected { self.state.offset_ms } else { 0 }
    }

    const fn apply(&mut self) {
        self.applied_ms = self.wanted();
        self.turns_by = None;
    }

    /// Applies what is known as soon as it bends nothing.
    fn turn(&mut self, heard_at: Moment, bends: impl FnOnce() -> bool) {
        if self.applied_ms == self.wanted() {
            self.turns_by = None;
            return;
        }
        let by = *self.turns_by.get_or_insert(heard_at.plus_millis(WAITS_MS));
        if heard_at >= by || !bends() {
            self.apply();
        }
    }

    fn measured(&mut self, offset_ms: i64) {
        // within a hair's breadth of what is known nothing moves: no call is bent by a measurement
        if offset_ms.saturating_sub(self.state.offset_ms).saturating_abs() <= APART_MS {
            return;
        }
        self.state = ClockState { offset_ms, corrected: offset_ms.saturating_abs() > APART_MS };
    }

    /// A run that has lasted long enough; the next begins then.
    fn steady(&mut self, delay: i64, heard_at: Moment, after: u32) -> Option<Run> {
        let alone = Run { since: heard_at, packets: 1, least: delay, most: delay, after };
        let run = self.run.get_or_insert(alone);
        let longer = Run {
            since: run.since,
            packets: run.packets.saturating_add(1),
            least: run.least.min(delay),
            most: run.most.max(delay),
            after: run.after,
        };
        if longer.most.saturating_sub(longer.least) > APART_MS {
            *run = alone;
            return None;
        }
        *run = longer;
        let whole = longer.packets >= PACKETS && heard_at.millis_since(longer.since) >= OVER_MS;
        whole.then(|| {
            *run = alone;
            longer
        })
    }
}

#[cfg(test)]
mod tests;
