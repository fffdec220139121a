//! What so many pairs of hands would give: the queueing formulas of Erlang (B, C) and Palm (A).
//!
//! Sources: Erlang 1917; Palm 1946; the worked figures in the tests are those of
//! `spec/telephony.md` §1.4, of the call-centre texts on Erlang C (traffic 48, 55 agents), and of
//! Gans, Koole and Mandelbaum, "Telephone Call Centers", 2003 (50 agents, 48 calls a minute).

#![expect(
    clippy::float_arithmetic,
    reason = "these formulas are about probabilities, not about money or moments; what leaves this \
              file is in thousandths and milliseconds"
)]

use serde::Serialize;
use utoipa::ToSchema;

/// More hands than this are never asked for.
pub(super) const HANDS_MOST: u32 = 200;

/// What so many pairs of hands give, in thousandths and milliseconds.
#[expect(clippy::struct_field_names, reason = "how many hands is what it is about")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Hands {
    /// How many.
    pub hands: u32,
    /// Erlang C: answered within the promise. 0 where the load is more than the hands can take.
    pub within_permille: i64,
    /// Erlang C: average speed of answer; null where the queue would grow for ever.
    pub answer_ms: Option<i64>,
    /// Erlang A: callers who leave.
    pub gone_permille: i64,
    /// Erlang A: how long a caller waits, on average.
    pub wait_ms: i64,
}

/// A load: calls an hour, how long each takes, how long callers are patient, what was promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Calls an hour, in thousandths.
    pub calls_permille: i64,
    /// Handling time of a call, in milliseconds.
    pub handling_ms: i64,
    /// How long a caller waits before leaving, on average, in milliseconds.
    pub patience_ms: i64,
    /// The promise, in milliseconds.
    pub promise_ms: i64,
}

impl Load {
    /// The offered load in erlang: calls that are talked at once, if none had to wait.
    fn erlang(self) -> f64 {
        self.calls_a_second() * seconds(self.handling_ms)
    }

    fn calls_a_second(self) -> f64 {
        number(self.calls_permille) / 1000.0 / 3600.0
    }

    /// The same in thousandths.
    pub fn erlang_permille(self) -> i64 {
        thousandths(self.erlang())
    }

    /// What so many pairs of hands give.
    pub fn with(self, hands: u32) -> Hands {
        let (load, handling) = (self.erlang(), seconds(self.handling_ms));
        let spare = f64::from(hands) - load;
        let (within, answer) = if spare > 0.0 {
            let waits = erlang_c(hands, load);
            let late = (-spare * seconds(self.promise_ms) / handling.max(1e-9)).exp();
            (1.0 - waits * late, Some(waits * handling / spare))
        } else {
            (0.0, None)
        };
        let (gone, wait) =
            erlang_a(hands, self.calls_a_second(), handling, seconds(self.patience_ms));
        Hands {
            hands,
            within_permille: thousandths(within),
            answer_ms: answer.map(thousandths),
            gone_permille: thousandths(gone),
            wait_ms: thousandths(wait),
        }
    }

    /// The fewest hands that answer so many thousandths within the promise, by Erlang C.
    pub fn hands_for(self, target_permille: i64) -> u32 {
        let enough = |hands: &u32| self.with(*hands).within_permille >= target_permille;
        (1..=HANDS_MOST).find(enough).unwrap_or(HANDS_MOST)
    }
}

/// Erlang B: the share of callers who find all `hands` busy where nobody waits.
/// `B(0) = 1`, `B(n) = a·B(n−1) / (n + a·B(n−1))`.
pub fn erlang_b(hands: u32, load: f64) -> f64 {
    let mut blocked = 1.0;
    for n in 1..=hands {
        let busy = load * blocked;
        blocked = busy / (f64::from(n) + busy);
    }
    blocked
}

/// Erlang C: the share of callers who must wait, everyone waiting for ever.
/// `C = B / (1 − (a/n)(1 − B))`; 1 where the load is more than the hands.
pub fn erlang_c(hands: u32, load: f64) -> f64 {
    if f64::from(hands) <= load {
        return 1.0;
    }
    let blocked = erlang_b(hands, load);
    blocked / (1.0 - load / f64::from(hands) * (1.0 - blocked))
}

/// Erlang A: the share of callers who leave, and how long a caller waits on average in seconds, each
/// being patient for an exponential time with the mean `patience` (seconds). Birth and death:
/// with `j` callers, one more comes at `calls` a second; one goes at `min(j, n)/handling` by being
/// served and at `(j − n)/patience` by leaving.
pub fn erlang_a(hands: u32, calls: f64, handling: f64, patience: f64) -> (f64, f64) {
    if calls <= 0.0 || handling <= 0.0 || patience <= 0.0 {
        return (0.0, 0.0);
    }
    let (served, leaving) = (1.0 / handling, 1.0 / patience);
    // relative to an empty house; scaled down before it overflows
    let (mut state, mut all, mut queued) = (1.0_f64, 1.0_f64, 0.0_f64);
    for j in 1..=hands {
        state *= calls / (f64::from(j) * served);
        all += state;
        if all > 1e200 {
            state /= 1e200;
            all /= 1e200;
        }
    }
    let busy = f64::from(hands) * served;
    for waiting in 1..=100_000_u32 {
        state *= calls / (busy + f64::from(waiting) * leaving);
        all += state;
        queued += f64::from(waiting) * state;
        if state < all * 1e-15 {
            break;
        }
    }
    let queue = queued / all;
    // by Little's law the queue is calls · wait, and who leaves does so at queue / patience
    (queue * leaving / calls, queue / calls)
}

fn seconds(millis: i64) -> f64 {
    number(millis) / 1000.0
}

fn number(whole: i64) -> f64 {
    // counts of calls and milliseconds of a day are far below what a double holds exactly
    i32::try_from(whole).map_or(f64::from(i32::MAX), f64::from)
}

#[expect(clippy::cast_possible_truncation, reason = "a share or a wait, bounded before the cast")]
fn thousandths(share: f64) -> i64 {
    (share * 1000.0).clamp(0.0, 1e12).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, published: f64, within: f64) {
        assert!((found - published).abs() <= within, "{found} is not {published}");
    }

    fn load(calls_an_hour: i64, patience_s: i64) -> Load {
        Load {
            calls_permille: calls_an_hour * 1000,
            handling_ms: 180_000,
            patience_ms: patience_s * 1000,
            promise_ms: 15_000,
        }
    }

    #[test]
    fn erlang_b_is_as_in_the_tables() {
        near(erlang_b(10, 5.0), 0.0184, 0.000_05);
        near(erlang_b(5, 3.0), 0.1101, 0.000_05);
        near(erlang_b(0, 3.0), 1.0, 0.0);
    }

    #[test]
    fn erlang_c_is_as_published() {
        near(erlang_c(14, 10.0), 0.174, 0.000_5);
        near(erlang_c(10, 8.0), 0.409, 0.000_5);
        // 360 calls in half an hour, 4 minutes each, 55 agents: 0.239 wait, 84.6 % within 15 s
        let agents = Load {
            calls_permille: 720_000,
            handling_ms: 240_000,
            patience_ms: 1,
            promise_ms: 15_000,
        };
        near(erlang_c(55, 48.0), 0.239, 0.000_5);
        assert_eq!(agents.with(55).within_permille, 846);
        // 48 calls a minute, 1 minute each, 50 agents: 20.8 s on average
        let tutorial = Load {
            calls_permille: 2_880_000,
            handling_ms: 60_000,
            patience_ms: 120_000,
            promise_ms: 15_000,
        };
        assert_eq!(tutorial.with(50).answer_ms, Some(20_834));
    }

    #[test]
    fn erlang_a_is_as_published() {
        // the same with callers who are patient for two minutes: 3.1 % leave, 3.7 s on average
        let (gone, wait) = erlang_a(50, 0.8, 60.0, 120.0);
        near(gone, 0.031, 0.000_5);
        near(wait, 3.7, 0.05);
        // ten calls an hour, patience a minute: 27.6 % leave one operator, 5.2 % two
        assert_eq!(load(10, 60).with(1).gone_permille, 276);
        assert_eq!(load(10, 60).with(2).gone_permille, 52);
        assert_eq!(erlang_a(2, 0.0, 60.0, 60.0), (0.0, 0.0));
        assert!(erlang_a(1, 1.0, 600.0, 60.0).0 < 1.0, "an overloaded house still serves some");
    }

    /// `spec/telephony.md` §1.4: handling 180 s, promise 15 s.
    #[test]
    fn one_more_pair_of_hands_gives_what_the_table_says() {
        let rows = [
            (2, [907, 996, 1000]),
            (4, [813, 984, 999]),
            (6, [717, 966, 997]),
            (8, [620, 942, 993]),
            (10, [520, 912, 988]),
            (15, [265, 816, 963]),
        ];
        for (calls, within) in rows {
            for (hands, permille) in (1..).zip(within) {
                let found = load(calls, 60).with(hands).within_permille;
                assert!((found - permille).abs() <= 1, "{calls} calls, {hands}: {found}");
            }
        }
        assert_eq!(load(10, 60).hands_for(950), 3);
        assert_eq!(load(2, 60).hands_for(950), 2);
        assert_eq!(load(60, 60).with(3).answer_ms, None, "three hands never catch up");
    }
}
