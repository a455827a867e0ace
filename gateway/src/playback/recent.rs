//! What was asked for lately, kept in bounded memory.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

/// Keeps values up to a weight in all.
///
/// Overflow: the values that were not asked for the longest go, until a quarter is free.
pub(super) struct Recent<K, V> {
    most: usize,
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    values: HashMap<K, Entry<V>>,
    weight: usize,
    clock: u64,
}

struct Entry<V> {
    value: V,
    weight: usize,
    asked: u64,
}

impl<K: Eq + Hash + Clone, V: Clone> Recent<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::new(Kept { values: HashMap::new(), weight: 0, clock: 0 }) }
    }

    pub(super) fn get(&self, key: &K) -> Option<V> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let now = kept.clock;
        let entry = kept.values.get_mut(key)?;
        entry.asked = now;
        Some(entry.value.clone())
    }

    pub(super) fn forget(&self, key: &K) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.weight -= kept.values.remove(key).map_or(0, |entry| entry.weight);
    }

    pub(super) fn put(&self, key: K, value: V, weight: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clock += 1;
        let entry = Entry { value, weight, asked: kept.clock };
        if let Some(before) = kept.values.insert(key, entry) {
            kept.weight -= before.weight;
        }
        kept.weight += weight;
        if kept.weight > self.most {
            kept.make_room(self.most / 4 * 3);
        }
    }
}

impl<K: Eq + Hash + Clone, V> Kept<K, V> {
    fn make_room(&mut self, allowed: usize) {
        let mut oldest: Vec<(u64, K)> = self.values.iter().map(|(key, entry)| (entry.asked, key.clone())).collect();
        oldest.sort_unstable_by_key(|(asked, _)| *asked);
        for (_, key) in oldest {
            if self.weight <= allowed {
                break;
            }
            self.weight -= self.values.remove(&key).map_or(0, |entry| entry.weight);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_asked_for_the_longest_goes_first() {
        let recent = Recent::new(8);
        for key in 0..8 {
            recent.put(key, key * 10, 1);
        }
        assert_eq!(recent.get(&0), Some(0));
        recent.put(8, 80, 1);
        assert_eq!((recent.get(&0), recent.get(&8)), (Some(0), Some(80)));
        assert_eq!((recent.get(&1), recent.get(&2), recent.get(&3)), (None, None, None));
        assert_eq!(recent.get(&4), Some(40));
    }

    #[test]
    fn a_value_put_twice_weighs_once() {
        let recent = Recent::new(4);
        for value in 0..20 {
            recent.put("key", value, 3);
        }
        recent.put("other", 0, 1);
        assert_eq!((recent.get(&"key"), recent.get(&"other")), (Some(19), Some(0)));
    }
}
