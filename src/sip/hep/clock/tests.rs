//! What a sender's packets tell of its clock.

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

/// Packets that a clock stamps which is right until `set_back_at`, and behind by `by` from then on.
fn told_of(by: i64, packets: &[(i64, i64)], set_back_at: i64) -> Vec<(Moment, SetBack)> {
    let mut clock = SenderClock::new();
    let mut told = Vec::new();
    for (sent, delay) in packets {
        let behind = if *sent >= set_back_at { by } else { 0 };
        let heard_at = NOON.plus_millis(sent + delay);
        clock.hear(NOON.plus_millis(sent - behind), heard_at, || true);
        told.extend(clock.set_back().map(|set_back| (heard_at, set_back)));
    }
    told
}

#[test]
fn of_a_clock_that_is_set_back_it_is_known_since_which_packet() {
    let packets: Vec<_> = (0..80).map(|n| (n * 500, n % 5 * 10)).collect();
    let told = told_of(7_000, &packets, 10_000);
    let since = NOON.plus_millis(10_000);
    assert_eq!(told, [(NOON.plus_millis(20_000), SetBack { since, by_ms: 7_000 })]);
    // late by chance in between, it is not known which packets were late and which behind
    let delay = |(sent, delay): &(i64, i64)| match sent {
        9_000 => (*sent, 2_000),
        9_500 => (*sent, 4_000),
        _ => (*sent, *delay),
    };
    let late: Vec<_> = packets.iter().map(delay).collect();
    assert_eq!(told_of(7_000, &late, 10_000), []);
    // behind from the beginning, nothing was dated otherwise
    assert_eq!(told_of(7_000, &packets, 0), []);
}

#[test]
fn a_message_of_our_own_says_at_once_that_a_clock_was_set_back_and_since_when() {
    let mut clock = SenderClock::new();
    let hear = |clock: &mut SenderClock, after: i64, behind: i64| {
        let at = NOON.plus_millis(after);
        clock.hear(at.plus_millis(-behind), at.plus_millis(3), || true);
        clock.set_back()
    };
    for n in 0..20 {
        assert_eq!(hear(&mut clock, n * 100, 0), None);
    }
    assert_eq!(hear(&mut clock, 2_000, 7_000), None);
    clock.known(NOON.plus_millis(2_010), NOON.plus_millis(2_010 - 7_000));
    let since = NOON.plus_millis(2_003);
    assert_eq!(clock.set_back(), Some(SetBack { since, by_ms: 7_000 }));
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
            prop_assert_eq!(clock.set_back(), None);
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
            prop_assert_eq!(clock.set_back(), None);
        }
        prop_assert!(!clock.state().corrected);
    }
}
