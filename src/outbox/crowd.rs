//! What a robot is given when there is more than it takes: as much as is left of its minute and of its second, and
//! one summary of everything for the last place.

use crate::kernel::Moment;

/// The window every robot counts in.
pub(super) const MINUTE_MS: i64 = 60_000;
/// The window some count in as well.
pub(super) const SECOND_MS: i64 = 1_000;

/// What waits at one place, and what went there lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// How many wait and are due.
    pub waiting: usize,
    /// The window that is counted in, in milliseconds.
    pub window_ms: i64,
    /// How many went out within the last window.
    pub lately: usize,
    /// When the oldest of those went out.
    pub oldest: Option<Moment>,
    /// How many may go out in a window.
    pub limit: usize,
    /// Whether a summary may stand for many.
    pub merges: bool,
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send so many, each by itself, oldest first.
    Singly(usize),
    /// Make one message of all that wait.
    Together,
    /// The window is used up: not before this moment.
    Wait(Moment),
}

/// Decides for one place. A place whose window is used up waits; one that is given more than the rest of its
/// window gets everything in one message, if a person reads it there.
pub fn step(crowd: Crowd, now: Moment) -> Step {
    let left = crowd.limit.saturating_sub(crowd.lately);
    if left == 0 {
        let oldest = crowd.oldest.unwrap_or(now);
        return Step::Wait(oldest.plus_millis(crowd.window_ms + 1).max(now.plus_millis(1)));
    }
    if crowd.waiting <= left {
        return Step::Singly(crowd.waiting);
    }
    if crowd.merges { Step::Together } else { Step::Singly(left) }
}

/// What two windows allow together.
pub(super) fn both(one: Step, other: Step) -> Step {
    match (one, other) {
        (Step::Wait(at), Step::Wait(until)) => Step::Wait(at.max(until)),
        (Step::Wait(at), _) | (_, Step::Wait(at)) => Step::Wait(at),
        (Step::Together, _) | (_, Step::Together) => Step::Together,
        (Step::Singly(most), Step::Singly(few)) => Step::Singly(most.min(few)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_minute_waits_and_a_crowd_becomes_one() {
        let now = Moment::from_millis(100_000);
        let crowd = |waiting, lately, merges| Crowd {
            waiting,
            window_ms: MINUTE_MS,
            lately,
            oldest: Some(Moment::from_millis(70_000)),
            limit: 20,
            merges,
        };
        assert_eq!(step(crowd(3, 17, true), now), Step::Singly(3));
        assert_eq!(step(crowd(4, 17, true), now), Step::Together);
        assert_eq!(step(crowd(4, 17, false), now), Step::Singly(3));
        assert_eq!(step(crowd(1, 20, true), now), Step::Wait(Moment::from_millis(130_001)));
    }

    #[test]
    fn of_two_windows_the_narrower_counts() {
        let at = Moment::from_millis;
        assert_eq!(both(Step::Singly(5), Step::Singly(3)), Step::Singly(3));
        assert_eq!(both(Step::Singly(5), Step::Together), Step::Together);
        assert_eq!(both(Step::Wait(at(1)), Step::Together), Step::Wait(at(1)));
        assert_eq!(both(Step::Wait(at(1)), Step::Wait(at(2))), Step::Wait(at(2)));
    }
}
