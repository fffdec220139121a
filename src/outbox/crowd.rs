//! What a robot is given when there is more than it takes: as much as is left of its minute, and one summary
//! of everything for the last place.

use crate::kernel::Moment;

/// The window a robot counts in.
pub(super) const MINUTE_MS: i64 = 60_000;

/// What waits at one place, and what went there lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// How many wait and are due.
    pub waiting: usize,
    /// How many went out within the last minute.
    pub lately: usize,
    /// When the oldest of those went out.
    pub oldest: Option<Moment>,
    /// How many may go out in a minute.
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
    /// The minute is used up: not before this moment.
    Wait(Moment),
}

/// Decides for one place. A place whose minute is used up waits; one that is given more than the rest of its
/// minute gets everything in one message, if a person reads it there.
pub fn step(crowd: Crowd, now: Moment) -> Step {
    let left = crowd.limit.saturating_sub(crowd.lately);
    if left == 0 {
        let oldest = crowd.oldest.unwrap_or(now);
        return Step::Wait(oldest.plus_millis(MINUTE_MS + 1).max(now.plus_millis(1)));
    }
    if crowd.waiting <= left {
        return Step::Singly(crowd.waiting);
    }
    if crowd.merges { Step::Together } else { Step::Singly(left) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_minute_waits_and_a_crowd_becomes_one() {
        let now = Moment::from_millis(100_000);
        let crowd = |waiting, lately, merges| Crowd {
            waiting,
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
}
