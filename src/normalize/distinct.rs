//! Repeats in lists that are mostly short and sometimes hold thousands of values.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Lists up to this length are compared value by value.
const SHORT: usize = 32;

/// Remembers the values of a long list by their hashes, so that a value costs the same whatever the list's length.
#[derive(Clone, Debug, Default)]
pub(crate) struct Distinct(Option<HashSet<u64>>);

impl Distinct {
    /// Returns whether `value` is not among `known` yet; it is taken for known from then on.
    pub(crate) fn is_new<T: Hash + PartialEq>(&mut self, known: &[T], value: &T) -> bool {
        if known.len() < SHORT {
            return !known.contains(value);
        }
        let seen = self
            .0
            .get_or_insert_with(|| known.iter().map(hash).collect());
        seen.insert(hash(value))
    }
}

fn hash<T: Hash>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_in_short_and_long_lists() {
        let (mut distinct, mut known) = (Distinct::default(), Vec::new());
        for value in (0..100).chain(50..150) {
            if distinct.is_new(&known, &value) {
                known.push(value);
            }
        }
        assert_eq!(known, (0..150).collect::<Vec<_>>());
    }
}
