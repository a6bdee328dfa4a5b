//! Looking at bytes in blocks, without a branch for each.

/// Length of the beginning of a text in which each byte fits the one behind it; `end` stands behind the last.
#[inline]
pub(crate) fn run_of_pairs<const BLOCK: usize>(
    text: &[u8],
    end: u8,
    fits: impl Fn(u8, u8) -> bool,
) -> usize {
    let mut start = 0;
    // each block with the one that begins a byte later
    let (blocks, _) = text.as_chunks::<BLOCK>();
    for block in blocks {
        let next = text[start + 1..].first_chunk::<BLOCK>();
        let fits_all = |next: &[u8; BLOCK]| {
            let pairs = block.iter().zip(next);
            pairs.fold(true, |all, (byte, next)| all & fits(*byte, *next))
        };
        if !next.is_some_and(fits_all) {
            break;
        }
        start += BLOCK;
    }
    let rest = text[start..].iter();
    let next = text
        .iter()
        .skip(start + 1)
        .chain(std::slice::from_ref(&end));
    start
        + rest
            .zip(next)
            .take_while(|(byte, next)| fits(**byte, **next))
            .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn blocks_come_to_the_same(text in "[ab ]{0,40}", end in 0_u8..) {
            let fits = |byte: u8, next: u8| byte != b'b' && (byte, next) != (b' ', b' ');
            let bytes = text.as_bytes();
            let pairs = (0..bytes.len()).map(|at| (bytes[at], bytes.get(at + 1).copied().unwrap_or(end)));
            let one_by_one = pairs.take_while(|(byte, next)| fits(*byte, *next)).count();
            proptest::prop_assert_eq!(run_of_pairs::<4>(bytes, end, fits), one_by_one);
        }
    }
}
