//! What becomes of a message after an attempt: sent, tried again later, given up, or left to a person.

use crate::kernel::Moment;

/// What an attempt came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side took it; how it knows it.
    Sent {
        /// Message-ID, Call-ID, or nothing.
        reference: Option<String>,
    },
    /// It certainly did not go out; another attempt may help.
    Later {
        /// A word or the receiver's code, without names and numbers of people.
        why: String,
        /// How long the receiver asked us to wait, in milliseconds.
        pause_ms: Option<i64>,
        /// Whether the receiver takes nothing at all meanwhile.
        everything: bool,
    },
    /// It certainly did not go out, and no other attempt will help.
    Never {
        /// A word or the receiver's code.
        why: String,
    },
    /// Nobody knows whether it went out.
    Unclear {
        /// What was seen.
        why: String,
    },
}

/// What it means for the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// Done.
    Sent,
    /// Tried again at this moment.
    Again(Moment),
    /// For a person: it may have gone out.
    Uncertain,
    /// Given up; the next way is tried.
    Dead,
}

/// After so many attempts a message is given up: about an hour and a half of trying.
const ATTEMPTS: i64 = 12;
/// The first pause; each doubles the one before.
const FIRST_MS: i64 = 5_000;
/// The longest pause.
const LONGEST_MS: i64 = 15 * 60 * 1000;

/// `attempts` counts this one; `chance` is 0 to 999 and spreads the pauses by a fifth.
pub fn settle(attempts: i64, outcome: &Outcome, now: Moment, chance: i64) -> Settled {
    match outcome {
        Outcome::Sent { .. } => Settled::Sent,
        Outcome::Never { .. } => Settled::Dead,
        Outcome::Unclear { .. } => Settled::Uncertain,
        Outcome::Later { .. } if attempts >= ATTEMPTS => Settled::Dead,
        Outcome::Later { pause_ms, .. } => {
            let doubled = FIRST_MS << attempts.clamp(1, 20).saturating_sub(1);
            let pause = doubled.min(LONGEST_MS);
            let spread = pause / 5 * chance.clamp(0, 999) / 1000;
            Settled::Again(now.plus_millis((pause + spread).max(pause_ms.unwrap_or(0))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(pause_ms: Option<i64>) -> Outcome {
        Outcome::Later { why: "503".to_owned(), pause_ms, everything: false }
    }

    #[test]
    fn pauses_double_and_end() {
        let now = Moment::from_millis(0);
        let pause = |attempts| match settle(attempts, &later(None), now, 0) {
            Settled::Again(at) => at.millis(),
            Settled::Sent | Settled::Uncertain | Settled::Dead => -1,
        };
        assert_eq!([1, 2, 3, 4].map(pause), [5_000, 10_000, 20_000, 40_000]);
        assert_eq!(pause(11), 900_000);
        assert_eq!(settle(ATTEMPTS, &later(None), now, 0), Settled::Dead);
        assert_eq!(
            settle(1, &later(Some(600_000)), now, 999),
            Settled::Again(Moment::from_millis(600_000)),
            "as long as the receiver asks"
        );
    }
}
