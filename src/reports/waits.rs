//! How long answered calls waited, in tenths of a second: medians and the longest waits, which
//! cannot be made of sums.

use std::collections::BTreeMap;

/// Counts by tenths of a second.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waits(BTreeMap<i64, i64>);

impl Waits {
    /// Adds so many calls that waited so many whole tenths of a second.
    pub fn add(&mut self, tenths: i64, calls: i64) {
        *self.0.entry(tenths).or_default() += calls;
    }

    /// How many calls.
    pub fn count(&self) -> i64 {
        self.0.values().sum()
    }

    /// The wait that so many thousandths of the calls did not exceed, in milliseconds and cut to a
    /// tenth of a second: the nearest rank, so it is the wait of a call that was there. `None` over
    /// nothing. Exact at the grain it is shown in, for a bucket holds what reads the same.
    pub fn percentile_ms(&self, permille: i64) -> Option<i64> {
        let calls = self.count();
        // the smallest rank that covers the share: ⌈p·n⌉, at least the first call
        let rank = ((calls * permille + 999) / 1000).max(1);
        let mut passed = 0;
        for (&tenths, &here) in &self.0 {
            passed += here;
            if passed >= rank {
                return Some(tenths * 100);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_percentile_is_that_of_the_calls_themselves(
            mut waits in proptest::collection::vec(0_i64..60_000, 0..200),
            permille in 1_i64..=1000,
        ) {
            let mut counted = Waits::default();
            for wait in &waits {
                counted.add(wait / 100, 1);
            }
            waits.sort_unstable();
            let calls = i64::try_from(waits.len()).unwrap();
            let rank = usize::try_from((calls * permille + 999) / 1000).unwrap().max(1);
            let exact = waits.get(rank - 1).map(|wait| wait / 100 * 100);
            prop_assert_eq!(counted.percentile_ms(permille), exact);
        }
    }

    #[test]
    fn over_nothing_there_is_no_median() {
        assert_eq!(Waits::default().percentile_ms(500), None);
    }
}
