//! Bodies: bounded, and decoded from gzip as they come, announced or not.

use std::io::Write;

use flate2::write::GzDecoder;

use crate::http::HttpError;

const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
/// Codings that are known (IANA) and not read here.
const NOT_ASKED_FOR: [&str; 6] = ["deflate", "br", "zstd", "compress", "exi", "pack200-gzip"];

/// Takes a body in, piece by piece.
pub(crate) struct Body {
    limit: u64,
    announced: String,
    received: u64,
    sink: Sink,
}

enum Sink {
    /// Too little has come to tell.
    Undecided(Vec<u8>),
    Plain(Vec<u8>),
    Gzip(Box<GzDecoder<Bounded>>),
    /// A gzip member has ended; another may follow. With the first byte after it, when it has come alone.
    Between(Bounded, Vec<u8>),
    /// What follows the gzip is none: a line break of the script that made it, or padding. It is passed over, as
    /// browsers do.
    Ended(Bounded),
}

/// A buffer that refuses to grow past its limit.
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    limit: u64,
}

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
        if (self.bytes.len() + piece.len()) as u64 > self.limit {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Body {
    /// A body of this announced content coding, at most `limit` bytes after decoding.
    pub(crate) fn new(content_coding: &str, limit: u64) -> Result<Self, HttpError> {
        let announced = content_coding.trim().to_ascii_lowercase();
        if NOT_ASKED_FOR.iter().any(|coding| announced.contains(coding)) {
            return Err(HttpError::Coding { coding: announced, detail: "it was not asked for".to_owned() });
        }
        // Some servers write `none` or a charset there: what is no coding was not applied.
        Ok(Self { limit, announced, received: 0, sink: Sink::Undecided(Vec::new()) })
    }

    /// Bytes received on the wire.
    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), HttpError> {
        self.received += piece.len() as u64;
        if let Sink::Undecided(start) = &mut self.sink {
            start.extend_from_slice(piece);
            if start.len() < 2 {
                return Ok(());
            }
            let start = std::mem::take(start);
            // By what it is, not by what it says: gzip comes unannounced, and plain text announced as gzip.
            self.sink = if start.starts_with(&GZIP_MAGIC) {
                let bounded = Bounded { bytes: Vec::new(), limit: self.limit };
                Sink::Gzip(Box::new(GzDecoder::new(bounded)))
            } else {
                Sink::Plain(Vec::new())
            };
            return self.push_decided(&start);
        }
        self.push_decided(piece)
    }

    fn push_decided(&mut self, piece: &[u8]) -> Result<(), HttpError> {
        match &mut self.sink {
            Sink::Undecided(bytes) | Sink::Plain(bytes) => {
                if (bytes.len() + piece.len()) as u64 > self.limit {
                    return Err(HttpError::TooLarge { limit: self.limit });
                }
                bytes.extend_from_slice(piece);
                Ok(())
            }
            _ => self.unpack(piece),
        }
    }

    /// Takes in a piece of gzip, member by member.
    fn unpack(&mut self, mut piece: &[u8]) -> Result<(), HttpError> {
        let limit = self.limit;
        let failed = |error: std::io::Error| gzip_error(&error, limit);
        while !piece.is_empty() {
            match &mut self.sink {
                Sink::Gzip(decoder) => {
                    let taken = decoder.write(piece).map_err(failed)?;
                    piece = &piece[taken..];
                    if taken == 0 {
                        decoder.try_finish().map_err(failed)?;
                        self.sink = Sink::Between(std::mem::take(decoder.get_mut()), Vec::new());
                    }
                }
                Sink::Between(bounded, start) => {
                    start.push(piece[0]);
                    piece = &piece[1..];
                    if start.len() < GZIP_MAGIC.len() && GZIP_MAGIC.starts_with(start) {
                        continue;
                    }
                    let bounded = std::mem::take(bounded);
                    self.sink = if *start == GZIP_MAGIC {
                        let mut decoder = GzDecoder::new(bounded);
                        decoder.write_all(start).map_err(failed)?;
                        Sink::Gzip(Box::new(decoder))
                    } else {
                        Sink::Ended(bounded)
                    };
                }
                _ => return Ok(()),
            }
        }
        Ok(())
    }

    /// The decoded body, and its coding on the wire.
    pub(crate) fn finish(self) -> Result<(Vec<u8>, &'static str), HttpError> {
        let bounded = match self.sink {
            Sink::Undecided(bytes) | Sink::Plain(bytes) => return Ok((bytes, "identity")),
            Sink::Gzip(decoder) => decoder.finish().map_err(|error| gzip_error(&error, self.limit))?,
            Sink::Between(bounded, _) | Sink::Ended(bounded) => bounded,
        };
        let announced = self.announced.contains("gzip");
        Ok((bounded.bytes, if announced { "gzip" } else { "gzip, unannounced" }))
    }
}

fn gzip_error(error: &std::io::Error, limit: u64) -> HttpError {
    if error.kind() == std::io::ErrorKind::FileTooLarge {
        HttpError::TooLarge { limit }
    } else {
        HttpError::Coding { coding: "gzip".to_owned(), detail: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn take(announced: &str, pieces: &[&[u8]], limit: u64) -> Result<(Vec<u8>, &'static str), HttpError> {
        let mut body = Body::new(announced, limit)?;
        for piece in pieces {
            body.push(piece)?;
        }
        body.finish()
    }

    #[test]
    fn gzip_is_known_by_what_it_is() {
        let packed = gzip(b"hello");
        assert_eq!(take("gzip", &[&packed], 100).unwrap(), (b"hello".to_vec(), "gzip"));
        assert_eq!(
            take("", &[&packed[..1], &packed[1..]], 100).unwrap(),
            (b"hello".to_vec(), "gzip, unannounced")
        );
        assert_eq!(take("gzip", &[b"hello"], 100).unwrap(), (b"hello".to_vec(), "identity"));
    }

    #[test]
    fn truncated_gzip_is_an_error() {
        let packed = gzip(&b"hello world ".repeat(100));
        for cut in 2..packed.len() {
            assert!(
                matches!(take("gzip", &[&packed[..cut]], 10_000), Err(HttpError::Coding { .. })),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn bodies_are_bounded_after_decoding() {
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        assert!(matches!(take("gzip", &[&bomb], 1 << 16), Err(HttpError::TooLarge { .. })));
        assert!(matches!(take("", &[&[b'x'; 101]], 100), Err(HttpError::TooLarge { .. })));
        assert!(take("", &[&[b'x'; 100]], 100).is_ok());
    }

    #[test]
    fn a_coding_that_was_not_asked_for_is_refused() {
        assert!(matches!(take("br", &[b"x"], 100), Err(HttpError::Coding { .. })));
        assert!(matches!(take("gzip, deflate", &[b"x"], 100), Err(HttpError::Coding { .. })));
        // But what is no coding is none.
        for announced in ["UTF-8", "none", "binary"] {
            assert_eq!(take(announced, &[b"hello"], 100).unwrap(), (b"hello".to_vec(), "identity"));
        }
    }

    #[test]
    fn what_follows_a_gzip() {
        let (one, two) = (gzip(b"hello"), gzip(b" world"));
        let unpacked = |body: &[u8], piece: usize| {
            let pieces: Vec<&[u8]> = body.chunks(piece).collect();
            take("gzip", &pieces, 100).map(|(bytes, _)| String::from_utf8(bytes).unwrap())
        };
        let joined = |parts: &[&[u8]]| parts.concat();
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(unpacked(&joined(&[&one, &two]), piece).unwrap(), "hello world");
            for junk in [&b"\r\n"[..], b"\0\0\0\0", b"\x1f", b"\x1f\x00", b"<br>"] {
                assert_eq!(unpacked(&joined(&[&one, junk]), piece).unwrap(), "hello", "{junk:?} by {piece}");
            }
            assert!(unpacked(&joined(&[&one, &two[..two.len() - 3]]), piece).is_err());
        }
    }
}
