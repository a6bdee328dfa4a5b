//! Lists whose values stand once, without going through the whole list for each value.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Length up to which a list is gone through: nearly all are short.
const SHORT: usize = 32;

/// Which values a list holds. The list may also grow in other ways, but never shrink.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Places by the hash of a key.
    places: HashMap<u64, Vec<usize>>,
    /// Values of the list that are in `places`.
    indexed: usize,
    hasher: RandomState,
}

impl Seen {
    /// Pushes a value, unless the list holds it. Equal values have equal keys.
    pub(crate) fn push<T: PartialEq>(
        &mut self,
        list: &mut Vec<T>,
        value: T,
        key: impl Fn(&T) -> &str,
    ) -> bool {
        let is_known = self
            .find(list, key(&value), |known| *known == value, &key)
            .is_some();
        if !is_known {
            list.push(value);
        }
        !is_known
    }

    /// The place of the first value with this key that passes the test.
    pub(crate) fn find<T>(
        &mut self,
        list: &[T],
        wanted: &str,
        test: impl Fn(&T) -> bool,
        key: impl Fn(&T) -> &str,
    ) -> Option<usize> {
        if list.len() <= SHORT {
            return list
                .iter()
                .position(|known| key(known) == wanted && test(known));
        }
        for (at, value) in list.iter().enumerate().skip(self.indexed) {
            let hash = self.hasher.hash_one(key(value));
            self.places.entry(hash).or_default().push(at);
        }
        self.indexed = list.len();
        let places = self.places.get(&self.hasher.hash_one(wanted))?;
        let is_it = |at: &usize| {
            list.get(*at)
                .is_some_and(|known| key(known) == wanted && test(known))
        };
        places.iter().copied().find(is_it)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_hold_each_value_once() {
        let (mut seen, mut list) = (Seen::default(), Vec::new());
        for number in (0..100).chain(0..100) {
            seen.push(&mut list, format!("value {number}"), String::as_str);
        }
        assert_eq!(list.len(), 100);
        list.push("from elsewhere".to_owned());
        assert!(!seen.push(&mut list, "from elsewhere".to_owned(), String::as_str));
    }
}
