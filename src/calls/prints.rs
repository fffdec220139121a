//! Names of any length as prints of one size: what an index holds and compares, long after the name
//! itself has gone.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::sip::LegKey;

/// The print of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Print(u128);

/// What is found by a print.
pub(super) type ByPrint<V> = HashMap<Print, V, BuildHasherDefault<AsItIs>>;

/// Makes prints. A sender chooses its names, so every process has seeds of its own: nobody can write
/// two names of one print without knowing them, and by chance 2⁶⁴ names have one such pair.
#[derive(Debug)]
pub(super) struct Printer {
    call_id: u64,
    branch: u64,
}

impl Default for Printer {
    fn default() -> Self {
        let chance = RandomState::new();
        Self { call_id: chance.hash_one(0_u8), branch: chance.hash_one(1_u8) }
    }
}

impl Printer {
    /// The print of a Call-ID.
    pub(super) fn call_id(&self, call_id: &str) -> Print {
        Print(xxh3_128_with_seed(call_id.as_bytes(), self.call_id))
    }

    /// The print of a leg.
    pub(super) fn leg(&self, leg: &LegKey) -> Print {
        let Print(call_id) = self.call_id(&leg.call_id);
        Print(call_id ^ xxh3_128_with_seed(leg.branch.as_bytes(), self.branch))
    }
}

/// A print is spread well already: its begin is its place in a table.
#[derive(Debug, Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Some(begin) = bytes.first_chunk() {
            self.0 ^= u64::from_ne_bytes(*begin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legs_differ_where_either_part_does_and_where_the_parts_are_exchanged() {
        let printer = Printer::default();
        let leg = |call_id: &str, branch: &str| {
            printer.leg(&LegKey { call_id: call_id.into(), branch: branch.into() })
        };
        let all = [leg("a", "b"), leg("b", "a"), leg("a", "a"), leg("b", "b"), leg("ab", "")];
        for (place, one) in all.iter().enumerate() {
            assert_eq!(all.iter().position(|other| other == one), Some(place));
        }
        assert_eq!(leg("a", "b"), all[0]);
        assert_ne!(printer.call_id("a"), Printer::default().call_id("a"), "seeds of its own");
    }
}
