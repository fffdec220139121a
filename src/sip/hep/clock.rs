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
}

/// Packets in a row whose delays lie together.
#[derive(Debug, Clone, Copy)]
struct Run {
    since: Moment,
    packets: u32,
    least: i64,
    most: i64,
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
            if let Some(least) = self.steady(delay, heard_at)
                && self.exact_at.is_none_or(|at| heard_at.millis_since(at) >= EXACT_MS)
            {
                self.measured(least);
            }
            self.turn(heard_at, bends);
        }
        packet_at.plus_millis(self.applied_ms).min(heard_at)
    }

    /// A mirrored message that we sent or received ourselves at `our_time` carries `packet_time`.
    pub fn known(&mut self, our_time: Moment, packet_time: Moment) {
        self.exact_at = Some(our_time);
        self.measured(our_time.millis_since(packet_time));
        self.apply();
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

    /// The least delay of a run that has lasted long enough, which then begins anew.
    fn steady(&mut self, delay: i64, heard_at: Moment) -> Option<i64> {
        let alone = Run { since: heard_at, packets: 1, least: delay, most: delay };
        let run = self.run.get_or_insert(alone);
        let longer = Run {
            since: run.since,
            packets: run.packets.saturating_add(1),
            least: run.least.min(delay),
            most: run.most.max(delay),
        };
        if longer.most.saturating_sub(longer.least) > APART_MS {
            *run = alone;
            return None;
        }
        *run = longer;
        let whole = longer.packets >= PACKETS && heard_at.millis_since(longer.since) >= OVER_MS;
        whole.then(|| {
            *run = alone;
            longer.least
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::arithmetic_side_effects, reason = "a story that goes wrong should stop")]

    use proptest::prelude::*;

    use super::*;

    const NOON: Moment = Moment::from_millis(1_795_443_600_000);

    /// Feeds packets of `(true time, delay)`, both in milliseconds, stamped by a clock that is
    /// `behind` by so much; gives the greatest error of the last half and what is known at the end.
    fn play(behind: i64, packets: &[(i64, i64)]) -> (i64, ClockState) {
        let mut clock = SenderClock::new();
        let mut worst = 0;
        for (index, (sent, delay)) in packets.iter().enumerate() {
            let sent = NOON.plus_millis(*sent);
            let heard_at = sent.plus_millis(*delay);
            let at = clock.hear(sent.plus_millis(-behind), heard_at, || false);
            assert!(at <= heard_at, "nothing is dated after it was heard");
            if index >= packets.len() / 2 {
                worst = worst.max((at.millis() - sent.millis()).abs());
            }
        }
        (worst, clock.state())
    }

    #[test]
    fn a_clock_that_is_right_is_left_alone() {
        let packets: Vec<_> = (0..100).map(|n| (n * 500, n % 7 * 20)).collect();
        assert_eq!(play(0, &packets), (0, ClockState::default()));
    }

    #[test]
    fn a_clock_half_a_second_behind_is_corrected_once_its_delays_are_steady() {
        let packets: Vec<_> = (0..100).map(|n| (n * 500, 2)).collect();
        assert_eq!(play(500, &packets), (2, ClockState { offset_ms: 502, corrected: true }));
    }

    #[test]
    fn of_a_clock_half_a_second_ahead_a_late_packet_keeps_its_distance_to_the_others() {
        let mut clock = SenderClock::new();
        let stamp = |after: i64| NOON.plus_millis(500 + after);
        assert_eq!(clock.hear(stamp(0), NOON, || false), NOON);
        assert_eq!(clock.state(), ClockState { offset_ms: -500, corrected: true });
        // nearly as late as the clock is ahead: it looks right, and is not
        let late = clock.hear(stamp(1_000), NOON.plus_millis(1_450), || false);
        assert_eq!(late, NOON.plus_millis(1_000));
        assert!(clock.state().corrected);
        for n in 0..30 {
            let at = NOON.plus_millis(60_000 + n * 500);
            clock.hear(at, at.plus_millis(3), || false);
        }
        assert!(!clock.state().corrected, "it was set right");
        let later = NOON.plus_millis(90_000);
        assert_eq!(clock.hear(later, later.plus_millis(5), || false), later);
    }

    #[test]
    fn a_stamp_in_the_future_is_corrected_with_the_first_packet() {
        let mut clock = SenderClock::new();
        let stamp = NOON.plus_millis(3_600_000);
        assert_eq!(clock.hear(stamp, NOON, || false), NOON);
        assert!(clock.state().corrected);
        let next = clock.hear(stamp.plus_millis(700), NOON.plus_millis(900), || false);
        assert_eq!(next, NOON.plus_millis(700), "the distance between two packets is theirs");
    }

    #[test]
    fn what_began_under_a_wrong_clock_keeps_its_distances_and_what_begins_next_its_date() {
        const BEHIND: i64 = 3_600_000;
        let mut clock = SenderClock::new();
        let stamp = |sent: Moment| sent.plus_millis(-BEHIND);
        for n in 0..60 {
            let sent = NOON.plus_millis(n * 500);
            let at = clock.hear(stamp(sent), sent.plus_millis(2), || true);
            assert_eq!(at, stamp(sent), "packet {n} of one call");
        }
        let known = ClockState { offset_ms: BEHIND + 2, corrected: true };
        assert_eq!(clock.state(), known, "it is shown at once");
        let next = NOON.plus_millis(40_000);
        assert_eq!(clock.hear(stamp(next), next.plus_millis(2), || false), next.plus_millis(2));
        let later = NOON.plus_millis(41_000);
        let at = clock.hear(stamp(later), later.plus_millis(2), || true);
        assert_eq!(at, later.plus_millis(2), "what is applied stays");
    }

    #[test]
    fn where_something_always_goes_on_a_clock_is_put_right_after_ten_minutes() {
        let mut clock = SenderClock::new();
        let hear = |clock: &mut SenderClock, after: i64| {
            let sent = NOON.plus_millis(after);
            clock.hear(sent.plus_millis(-180_000), sent.plus_millis(2), || true).millis_since(sent)
        };
        for n in 0..1_100 {
            assert_eq!(hear(&mut clock, n * 500), -180_000);
        }
        assert_eq!(hear(&mut clock, 630_000), 2);
    }

    #[test]
    fn a_clock_that_is_set_right_is_believed_again_at_once() {
        for behind in [3_600_000, -3_600_000] {
            let mut clock = SenderClock::new();
            for n in 0..50 {
                let at = NOON.plus_millis(n * 500);
                clock.hear(at.plus_millis(-behind), at.plus_millis(3), || false);
            }
            assert!(clock.state().corrected, "off by {behind}");
            let later = NOON.plus_millis(60_000);
            assert_eq!(clock.hear(later, later.plus_millis(5), || false), later);
            assert!(!clock.state().corrected);
        }
    }

    #[test]
    fn what_a_broken_connection_kept_back_does_not_bend_the_clock() {
        // a minute of signalling comes in one go, then it goes on as before
        let kept = (0..120).map(|n| (n * 500, 60_000 - n * 500));
        let live = (0..120).map(|n| (60_000 + n * 500, 4));
        let packets: Vec<_> = kept.chain(live).collect();
        assert_eq!(play(0, &packets), (0, ClockState::default()));
    }

    #[test]
    fn a_message_of_our_own_tells_the_offset_at_once_and_outweighs_a_steady_delay() {
        let mut clock = SenderClock::new();
        clock.known(NOON, NOON.plus_millis(-90_000));
        assert_eq!(
            clock.hear(NOON.plus_millis(-89_000), NOON.plus_millis(6_000), || false).millis(),
            NOON.millis() + 1_000
        );
        for n in 0..60 {
            // it is held back for five seconds each time, and its clock is ninety behind
            let sent = NOON.plus_millis(n * 500);
            clock.hear(sent.plus_millis(-90_000), sent.plus_millis(5_000), || false);
        }
        assert_eq!(clock.state().offset_ms, 90_000);
    }

    proptest! {
        #[test]
        fn a_clock_half_a_second_to_an_hour_off_is_corrected_to_a_quarter_of_a_second(
            sign in prop::sample::select(vec![-1_i64, 1]),
            off in 500_i64..3_600_000,
            gaps in prop::collection::vec((1_i64..900, 0_i64..200), 120..200),
        ) {
            let mut sent = 0;
            let packets: Vec<_> = gaps.iter().map(|(gap, delay)| { sent += gap; (sent, *delay) }).collect();
            prop_assume!(sent > 30_000);
            let (worst, state) = play(sign * off, &packets);
            prop_assert!(worst <= 450, "off by {} in the end", worst);
            let left = (state.offset_ms - sign * off).abs();
            prop_assert!(left <= 250, "{} ms are left", left);
        }

        #[test]
        fn packets_that_are_late_by_chance_never_correct_anything(
            late in prop::collection::vec((1_i64..800, 0_i64..120_000), 60..300),
        ) {
            let mut clock = SenderClock::new();
            let mut heard = 0;
            for (index, (gap, delay)) in late.iter().enumerate() {
                heard += gap;
                // every few packets one is in time, as on any network
                let delay = if index % 7 == 0 { 3 } else { *delay };
                let at = NOON.plus_millis(heard);
                let stamp = at.plus_millis(-delay);
                prop_assert_eq!(clock.hear(stamp, at, || false), stamp);
            }
            prop_assert!(!clock.state().corrected);
        }

        #[test]
        fn a_recording_played_faster_never_corrects_anything(
            speed in 2_i64..40,
            begun_ago in 0_i64..86_400_000,
            gaps in prop::collection::vec(0_i64..4_000, 60..400),
        ) {
            let length: i64 = gaps.iter().sum();
            let mut clock = SenderClock::new();
            let mut recorded = 0;
            for gap in &gaps {
                recorded += gap;
                // nothing in a recording is ever stamped in the future
                let at = NOON.plus_millis(recorded / speed);
                let stamp = NOON.plus_millis(recorded - length - begun_ago);
                prop_assert_eq!(clock.hear(stamp, at, || false), stamp);
            }
            prop_assert!(!clock.state().corrected);
        }
    }
}
