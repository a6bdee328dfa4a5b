//! Bytes in hexadecimal, small letters.

use sha2::{Digest, Sha256};

/// Two digits a byte.
pub(crate) fn write(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// Reads the output of [`write`]; `None` for anything else than pairs of digits.
#[cfg(feature = "serve")]
pub(crate) fn read(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// sha256 of some bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    write(&Sha256::digest(bytes))
}
