//! Lists whose values stand once, without going through the whole list for each value.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// Length up to which a list is gone through: nearly all are short.
const SHORT: usize = 32;

/// Finds the values of one list by a key. The list may also change in other ways, except in the keys of its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Option<Box<Index>>);

#[derive(Clone, Debug, Default)]
struct Index {
    /// Places by the hash of a key.
    places: HashMap<u64, Vec<usize>>,
    /// Values of the list that are in `places`.
    indexed: usize,
    hasher: RandomState,
}

impl Seen {
    /// Pushes a value, unless the list holds it. Returns whether it is new.
    pub(crate) fn push<T: Hash + PartialEq>(&mut self, list: &mut Vec<T>, value: T) -> bool {
        let is_new = self.find(list, &&value, |known| known).is_none();
        if is_new {
            list.push(value);
        }
        is_new
    }

    /// Returns the place of the first value with this key.
    pub(crate) fn find<'a, T, K: Hash + PartialEq>(
        &mut self,
        list: &'a [T],
        wanted: &K,
        key: impl Fn(&'a T) -> K,
    ) -> Option<usize> {
        if list.len() <= SHORT {
            return list.iter().position(|known| key(known) == *wanted);
        }
        let index = self.0.get_or_insert_default();
        if list.len() < index.indexed {
            index.places.clear();
            index.indexed = 0;
        }
        for (at, value) in list.iter().enumerate().skip(index.indexed) {
            let hash = index.hasher.hash_one(key(value));
            index.places.entry(hash).or_default().push(at);
        }
        index.indexed = list.len();
        let places = index.places.get(&index.hasher.hash_one(wanted))?;
        places
            .iter()
            .copied()
            .find(|at| list.get(*at).is_some_and(|known| key(known) == *wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_hold_each_value_once() {
        let (mut seen, mut list) = (Seen::default(), Vec::new());
        for number in (0..100).chain(0..100) {
            seen.push(&mut list, format!("value {number}"));
        }
        assert_eq!(list.len(), 100);
        list.push("from elsewhere".to_owned());
        assert!(!seen.push(&mut list, "from elsewhere".to_owned()));
    }

    #[test]
    fn finds_the_first_place_of_a_key() {
        let (mut seen, list) = (Seen::default(), (0..100).collect::<Vec<_>>());
        assert_eq!(seen.find(&list, &3, |number| number % 50), Some(3));
        assert_eq!(seen.find(&list, &49, |number| number % 50), Some(49));
        assert_eq!(seen.find(&list, &50, |number| number % 50), None);
    }

    #[test]
    fn values_may_be_removed() {
        let (mut seen, mut list) = (Seen::default(), (0..100).collect::<Vec<_>>());
        assert_eq!(seen.find(&list, &99, |number| *number), Some(99));
        list.retain(|number| number % 2 == 1);
        assert_eq!(seen.find(&list, &99, |number| *number), Some(49));
        assert_eq!(seen.find(&list, &98, |number| *number), None);
    }
}
