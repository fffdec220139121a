//! What was learnt lately, and never more than so much of it.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// A map that forgets when it is full what was put in longest ago; what is put in again is new.
#[derive(Debug)]
pub(in crate::sip) struct Recent<K, V> {
    known: HashMap<K, (u64, V)>,
    order: BTreeMap<u64, K>,
    last: u64,
    most: usize,
}

impl<K: Hash + Eq + Clone, V> Recent<K, V> {
    /// Room for so many.
    pub(in crate::sip) fn new(most: usize) -> Self {
        Self { known: HashMap::new(), order: BTreeMap::new(), last: 0, most }
    }

    /// Puts one in, in the place of what had the same name.
    pub(in crate::sip) fn put(&mut self, key: K, value: V) {
        self.last = self.last.wrapping_add(1);
        if let Some((before, _)) = self.known.insert(key.clone(), (self.last, value)) {
            self.order.remove(&before);
        }
        self.order.insert(self.last, key);
        while self.order.len() > self.most
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.known.remove(&oldest);
        }
    }

    /// What has this name.
    pub(in crate::sip) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.known.get(key).map(|(_, value)| value)
    }

    /// What has this name, to change it; that makes it no newer.
    pub(in crate::sip) fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.known.get_mut(key).map(|(_, value)| value)
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_longest_ago_goes_first_and_what_comes_again_is_new() {
        let mut recent = Recent::new(2);
        for (key, value) in [("a", 1), ("b", 2), ("a", 3), ("c", 4)] {
            recent.put(key, value);
        }
        assert_eq!((recent.get("a"), recent.get("b"), recent.get("c")), (Some(&3), None, Some(&4)));
        for _ in 0..100 {
            recent.put("c", 5);
        }
        assert_eq!((recent.len(), recent.order.len()), (2, 2));
    }
}
