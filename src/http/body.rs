//! Bodies: bounded, and decoded as they come: from gzip, announced or not, and from codings that were not requested.

use std::io::Write;

use flate2::write::GzDecoder;

use super::bounded::Bounded;
use super::coding::{Unpacker, is_text};
use crate::http::HttpError;

const GZIP_MAGIC: [u8; 2] = [0x1F, 0x8B];
/// Codings that are known (IANA) and not read here.
const UNREAD: [&str; 6] = ["compress", "exi", "pack200-gzip", "aes128gcm", "dcb", "dcz"];

/// Takes a body in, piece by piece.
pub(crate) struct Body {
    limit: u64,
    announced: String,
    received: u64,
    sink: Sink,
}

enum Sink {
    /// Too little has arrived to decide.
    Undecided(Vec<u8>),
    Plain(Vec<u8>),
    Gzip(Box<GzDecoder<Bounded>>),
    /// A gzip member has ended; another may follow. With the first byte after it, when it has come alone.
    Between(Bounded, Vec<u8>),
    /// After the gzip data comes something else: a line break of the script that made it, or padding. It is ignored, as
    /// browsers do.
    Ended(Bounded),
    Other(Box<Unpacker>),
}

impl Body {
    /// A body of this announced content coding, at most `limit` bytes after decoding.
    pub(crate) fn new(content_coding: &str, limit: u64) -> Self {
        let announced = content_coding.trim().to_ascii_lowercase();
        Self {
            limit,
            announced,
            received: 0,
            sink: Sink::Undecided(Vec::new()),
        }
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
            self.sink = self.decide(&start)?;
            return self.push_decided(&start);
        }
        self.push_decided(piece)
    }

    /// Chooses the decoder of a body by its first bytes before its announced coding: gzip comes unannounced, and plain
    /// text announced as gzip.
    fn decide(&self, start: &[u8]) -> Result<Sink, HttpError> {
        if start.starts_with(&GZIP_MAGIC) {
            return Ok(Sink::Gzip(Box::new(GzDecoder::new(Bounded::new(
                self.limit,
            )))));
        }
        if let Some(unpacker) = Unpacker::of(&self.announced, start, self.limit)? {
            return Ok(Sink::Other(Box::new(unpacker)));
        }
        let says = |coding: &&str| {
            self.announced
                .split(',')
                .any(|said| said.trim().trim_start_matches("x-") == *coding)
        };
        if !is_text(start) && UNREAD.iter().any(says) {
            return Err(HttpError::UnsupportedEncoding {
                coding: self.announced.clone(),
            });
        }
        // Some servers write `none` or a charset there: what is no coding was not applied.
        Ok(Sink::Plain(Vec::new()))
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
            Sink::Other(unpacker) => unpacker.push(piece),
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
            Sink::Gzip(decoder) => decoder
                .finish()
                .map_err(|error| gzip_error(&error, self.limit))?,
            Sink::Between(bounded, _) | Sink::Ended(bounded) => bounded,
            Sink::Other(unpacker) => return unpacker.finish(),
        };
        let announced = self.announced.contains("gzip");
        Ok((
            bounded.into_bytes(),
            if announced {
                "gzip"
            } else {
                "gzip, unannounced"
            },
        ))
    }
}

fn gzip_error(error: &std::io::Error, limit: u64) -> HttpError {
    if error.kind() == std::io::ErrorKind::FileTooLarge {
        HttpError::TooLarge { limit }
    } else {
        HttpError::ContentEncoding {
            coding: "gzip".to_owned(),
            detail: error.to_string(),
        }
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

    fn take(
        announced: &str,
        pieces: &[&[u8]],
        limit: u64,
    ) -> Result<(Vec<u8>, &'static str), HttpError> {
        let mut body = Body::new(announced, limit);
        for piece in pieces {
            body.push(piece)?;
        }
        body.finish()
    }

    #[test]
    fn gzip_is_known_by_what_it_is() {
        let packed = gzip(b"hello");
        assert_eq!(
            take("gzip", &[&packed], 100).unwrap(),
            (b"hello".to_vec(), "gzip")
        );
        assert_eq!(
            take("", &[&packed[..1], &packed[1..]], 100).unwrap(),
            (b"hello".to_vec(), "gzip, unannounced")
        );
        assert_eq!(
            take("gzip", &[b"hello"], 100).unwrap(),
            (b"hello".to_vec(), "identity")
        );
    }

    #[test]
    fn truncated_gzip_is_an_error() {
        let packed = gzip(&b"hello world ".repeat(100));
        for cut in 2..packed.len() {
            assert!(
                matches!(
                    take("gzip", &[&packed[..cut]], 10_000),
                    Err(HttpError::ContentEncoding { .. })
                ),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn bodies_are_bounded_after_decoding() {
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        assert!(matches!(
            take("gzip", &[&bomb], 1 << 16),
            Err(HttpError::TooLarge { .. })
        ));
        assert!(matches!(
            take("", &[&[b'x'; 101]], 100),
            Err(HttpError::TooLarge { .. })
        ));
        assert!(take("", &[&[b'x'; 100]], 100).is_ok());
    }

    /// A text in the codings that are read beside gzip, by their names.
    fn others(text: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
        let level = flate2::Compression::default();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        zlib.write_all(text).unwrap();
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), level);
        bare.write_all(text).unwrap();
        vec![
            ("deflate", zlib.finish().unwrap()),
            ("deflate", bare.finish().unwrap()),
            ("zstd", zstd::encode_all(text, 3).unwrap()),
        ]
    }

    /// `hello world ` a hundred times, and a MiB of zeros, in Brotli.
    const BROTLI: [&[u8]; 2] = [
        &[
            0x1B, 0xAF, 0x04, 0xF8, 0x8D, 0x94, 0x6E, 0xDE, 0x44, 0x55, 0x86, 0x96, 0x20, 0x6C,
            0x6F, 0x35, 0x8B, 0x63, 0xB5, 0x40, 0x06, 0x54, 0xDB, 0x0B, 0x00,
        ],
        &[
            0x5B, 0xFF, 0xFF, 0x8F, 0x7F, 0x02, 0x20, 0x1E, 0x0B, 0x04, 0x72, 0xEF, 0x1F, 0x00,
        ],
    ];

    #[test]
    fn decodes_unrequested_codings_completely_or_fails() {
        let text = b"hello world ".repeat(100);
        let mut all = others(&text);
        all.push(("br", BROTLI[0].to_vec()));
        for (coding, packed) in all {
            for piece in [1, 3, 10_000] {
                let pieces: Vec<&[u8]> = packed.chunks(piece).collect();
                assert_eq!(take(coding, &pieces, 2000).unwrap(), (text.clone(), coding));
            }
            for cut in 2..packed.len() {
                let taken = take(coding, &[&packed[..cut]], 2000);
                assert!(
                    matches!(taken, Err(HttpError::ContentEncoding { .. })),
                    "{coding} cut at {cut}"
                );
            }
            // As after gzip, padding is passed over.
            let padded = [&packed[..], b"\r\n"].concat();
            assert_eq!(take(coding, &[&padded], 2000).unwrap().0, text);
            assert!(matches!(
                take(coding, &[&packed], 1199),
                Err(HttpError::TooLarge { limit: 1199 })
            ));
        }
        let twice = [
            zstd::encode_all(&text[..], 3).unwrap(),
            zstd::encode_all(&b"!"[..], 3).unwrap(),
        ]
        .concat();
        assert_eq!(
            take("", &[&twice], 2000).unwrap(),
            ([&text[..], b"!"].concat(), "zstd")
        );
    }

    #[test]
    fn stops_decompression_bombs() {
        let mut bombs = others(&vec![0; 1 << 20]);
        bombs.push(("br", BROTLI[1].to_vec()));
        for (coding, bomb) in bombs {
            assert!(bomb.len() < 2000);
            assert!(
                matches!(
                    take(coding, &[&bomb], 1 << 16),
                    Err(HttpError::TooLarge { .. })
                ),
                "{coding}"
            );
        }
    }

    #[test]
    fn text_is_text_whatever_is_announced_and_an_unread_coding_is_named() {
        for announced in [
            "UTF-8", "none", "binary", "deflate", "br", "zstd", "compress",
        ] {
            for text in [
                &b"<?xml version='1.0'?>"[..],
                b"\xEF\xBB\xBF<OAI-PMH/>",
                b"\r\n<OAI-PMH>",
            ] {
                assert_eq!(
                    take(announced, &[text], 100).unwrap(),
                    (text.to_vec(), "identity"),
                    "{announced}"
                );
            }
        }
        for announced in ["compress", "x-compress", "gzip, exi"] {
            let taken = take(announced, &[b"\x1f\x9d\x90"], 100);
            assert!(
                matches!(taken, Err(HttpError::UnsupportedEncoding { .. })),
                "{announced}: {taken:?}"
            );
        }
    }

    #[test]
    fn ignores_bytes_after_gzip() {
        let (one, two) = (gzip(b"hello"), gzip(b" world"));
        let unpacked = |body: &[u8], piece: usize| {
            let pieces: Vec<&[u8]> = body.chunks(piece).collect();
            take("gzip", &pieces, 100).map(|(bytes, _)| String::from_utf8(bytes).unwrap())
        };
        let joined = |parts: &[&[u8]]| parts.concat();
        for piece in [1, 2, 3, 7, 1000] {
            assert_eq!(
                unpacked(&joined(&[&one, &two]), piece).unwrap(),
                "hello world"
            );
            for junk in [&b"\r\n"[..], b"\0\0\0\0", b"\x1f", b"\x1f\x00", b"<br>"] {
                assert_eq!(
                    unpacked(&joined(&[&one, junk]), piece).unwrap(),
                    "hello",
                    "{junk:?} by {piece}"
                );
            }
            assert!(unpacked(&joined(&[&one, &two[..two.len() - 3]]), piece).is_err());
        }
    }
}
