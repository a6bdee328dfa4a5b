//! JSON in one piece.

use std::io::{self, Write};

use serde::Serialize;

/// More than most articles come to.
const USUAL: usize = 8 << 10;

/// A value as JSON, on one line.
///
/// Errors: of the value's own serialization.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = Line(Vec::with_capacity(USUAL));
    serde_json::to_writer(&mut line, value)?;
    Ok(line.0)
}

/// Takes the pieces of a line: most are one sign, which costs less to put down as such.
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match bytes {
            [byte] => self.0.push(*byte),
            bytes => self.0.extend_from_slice(bytes),
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_serde_writes_it() {
        let value = serde_json::json!({ "a": ["", "é\"\n", 1, null], "b": {} });
        assert_eq!(line(&value).unwrap(), serde_json::to_vec(&value).unwrap());
    }
}
