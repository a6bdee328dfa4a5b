//! Parts of a collection that are exported side by side.

use std::fmt;
use std::str::FromStr;

use crate::store::ItemNo;
use xxhash_rust::xxh3::xxh3_64;

/// Items that stay together, as a power of two: a block of 1,024 by their numbers.
const BLOCK_BITS: u32 = 10;
/// Most shards.
const MAX: u64 = 4096;

/// One of N parts. Each item of a collection is in one part and no other, and stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    index: u64,
    count: u64,
}

impl Shard {
    /// Part `index`, from 1, of `count`.
    pub fn new(index: u64, count: u64) -> Option<Self> {
        ((1..=count).contains(&index) && count <= MAX).then(|| Self {
            index: index - 1,
            count,
        })
    }

    /// Returns whether an item of a source is in this part.
    pub fn has(self, source: &str, item_no: ItemNo) -> bool {
        self.part_of(source, item_no) == self.index
    }

    fn part_of(self, source: &str, item_no: ItemNo) -> u64 {
        let block = u64::try_from(item_no.0).unwrap_or_default() >> BLOCK_BITS;
        xxh3_64(source.as_bytes()).wrapping_add(block) % self.count
    }

    /// The item number before the first, after `after`, that may be in this part: what lies between is not read.
    pub(super) fn skip(self, source: &str, after: ItemNo) -> ItemNo {
        let mut item_no = after.next();
        // Parts follow one another block by block, so that the next one of this part is less than N blocks on.
        for _ in 0..self.count {
            if self.has(source, item_no) {
                break;
            }
            item_no = ItemNo(((item_no.0 >> BLOCK_BITS) + 1).saturating_mul(1 << BLOCK_BITS));
        }
        item_no.previous()
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once('/')
            .and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        parts
            .and_then(|(index, count)| Self::new(index, count))
            .ok_or_else(|| format!("a shard is I/N, such as 1/4 to 4/4; N is {MAX} at most"))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index + 1, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_read_as_they_are_written() {
        assert_eq!(
            "2/4"
                .parse::<Shard>()
                .map(|shard| shard.to_string())
                .as_deref(),
            Ok("2/4")
        );
        for text in ["0/4", "5/4", "1/0", "1", "a/b", "-1/2", "1/5000", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_item_is_in_one_shard(source in ".{0,12}", item_no in 0..i64::MAX / 2, count in 1..50_u64) {
            let of = (1..=count).filter_map(|index| Shard::new(index, count));
            proptest::prop_assert_eq!(of.filter(|shard| shard.has(&source, ItemNo(item_no))).count(), 1);
        }

        #[test]
        fn skipping_misses_nothing(source in ".{0,12}", after in 0..5_000_i64, count in 1..5_u64, index in 1..5_u64) {
            let Some(shard) = Shard::new(index, count) else { return Ok(()) };
            let reached = shard.skip(&source, ItemNo(after)).0;
            proptest::prop_assert!(reached >= after && shard.has(&source, ItemNo(reached + 1)));
            proptest::prop_assert!((after + 1..=reached).all(|item_no| !shard.has(&source, ItemNo(item_no))));
        }
    }
}
