//! Content codings that nobody requested, and some servers use all the same: deflate, zstd, Brotli.

use std::io::Write as _;

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as Zstd, Operation as _};

use super::bounded::Bounded;
use crate::http::HttpError;

/// Bytes decoded in one step.
const STEP: usize = 16 * 1024;
/// Largest window of zstd, log2 of bytes: what HTTP allows (RFC 9659 §3).
const ZSTD_WINDOW: u32 = 23;
/// First byte of a frame of zstd.
const ZSTD_FRAME: u8 = 0x28;

type Brotli = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

/// Decodes a body as it comes, into bounded memory.
pub(super) struct Unpacker {
    decoder: Decoder,
    out: Bounded,
    /// The coding's own end was seen; what follows is padding.
    ended: bool,
}

enum Decoder {
    Deflate(Decompress),
    Brotli(Box<Brotli>),
    Zstd(Zstd<'static>),
}

/// The result of one step.
struct Step {
    read: usize,
    written: usize,
    ended: bool,
}

impl Unpacker {
    /// For a body of this coding that begins so; none where it is not one that is read here.
    pub(super) fn of(announced: &str, start: &[u8], limit: u64) -> Result<Option<Self>, HttpError> {
        let decoder = if start.starts_with(&[ZSTD_FRAME, 0xB5]) {
            let mut zstd = Zstd::new().map_err(|error| failed("zstd", &error))?;
            zstd.set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW))
                .map_err(|error| failed("zstd", &error))?;
            Decoder::Zstd(zstd)
        } else if is_text(start) {
            return Ok(None);
        } else if announced.contains("deflate") {
            // It should be zlib (RFC 9110 §8.4.1.2); some send it bare.
            Decoder::Deflate(Decompress::new(is_zlib(start)))
        } else if announced.split(',').any(|coding| coding.trim() == "br") {
            let alloc = StandardAlloc::default;
            Decoder::Brotli(Box::new(BrotliState::new_strict(alloc(), alloc(), alloc())))
        } else {
            return Ok(None);
        };
        Ok(Some(Self {
            decoder,
            out: Bounded::new(limit),
            ended: false,
        }))
    }

    /// Takes in a piece.
    pub(super) fn push(&mut self, mut piece: &[u8]) -> Result<(), HttpError> {
        let mut buffer = [0; STEP];
        loop {
            if self.ended {
                let goes_on =
                    matches!(self.decoder, Decoder::Zstd(_)) && piece.first() == Some(&ZSTD_FRAME);
                if !goes_on {
                    return Ok(());
                }
                self.ended = false;
            }
            let step = self.decoder.step(piece, &mut buffer);
            let step = step.map_err(|detail| failed(self.name(), &detail))?;
            piece = &piece[step.read..];
            let limit = self.out.limit();
            self.out
                .write_all(&buffer[..step.written])
                .map_err(|_| HttpError::TooLarge { limit })?;
            self.ended = step.ended;
            if piece.is_empty() && step.written < STEP {
                return Ok(());
            }
            if !step.ended && step.read + step.written == 0 {
                return Err(failed(self.name(), &"it leads nowhere"));
            }
        }
    }

    /// Returns the decoded bytes and the coding.
    pub(super) fn finish(self) -> Result<(Vec<u8>, &'static str), HttpError> {
        let name = self.name();
        if self.ended {
            Ok((self.out.into_bytes(), name))
        } else {
            Err(failed(name, &"it ends too soon"))
        }
    }

    fn name(&self) -> &'static str {
        match self.decoder {
            Decoder::Deflate(_) => "deflate",
            Decoder::Brotli(_) => "br",
            Decoder::Zstd(_) => "zstd",
        }
    }
}

impl Decoder {
    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Result<Step, String> {
        match self {
            Self::Deflate(inflate) => {
                let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
                let status = inflate
                    .decompress(input, output, FlushDecompress::None)
                    .map_err(|error| error.to_string())?;
                let length = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
                Ok(Step {
                    read: length(inflate.total_in() - before_in),
                    written: length(inflate.total_out() - before_out),
                    ended: status == Status::StreamEnd,
                })
            }
            Self::Brotli(state) => {
                let (mut read, mut written, mut total) = (0, 0, 0);
                let (mut left, mut room) = (input.len(), output.len());
                let result = BrotliDecompressStream(
                    &mut left,
                    &mut read,
                    input,
                    &mut room,
                    &mut written,
                    output,
                    &mut total,
                    state,
                );
                match result {
                    BrotliResult::ResultFailure => Err("it is corrupt".to_owned()),
                    result => Ok(Step {
                        read,
                        written,
                        ended: matches!(result, BrotliResult::ResultSuccess),
                    }),
                }
            }
            Self::Zstd(zstd) => {
                let status = zstd
                    .run_on_buffers(input, output)
                    .map_err(|error| error.to_string())?;
                Ok(Step {
                    read: status.bytes_read,
                    written: status.bytes_written,
                    // Without input it tells of the frame before, or of none.
                    ended: status.remaining == 0,
                })
            }
        }
    }
}

/// Returns whether a body begins as text does, whatever coding was announced: with a mark of its encoding, a tag or
/// white space.
pub(super) fn is_text(start: &[u8]) -> bool {
    match start {
        [0xEF, 0xBB, ..] | [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] => true,
        [b'<', second, ..] => second.is_ascii_alphabetic() || matches!(second, b'?' | b'!'),
        [first, second, ..] => {
            first.is_ascii_whitespace() && (second.is_ascii_whitespace() || *second == b'<')
        }
        _ => true,
    }
}

/// Returns whether a body begins with the header of zlib (RFC 1950 §2.2).
fn is_zlib(start: &[u8]) -> bool {
    let &[method, flags, ..] = start else {
        return false;
    };
    method & 0x0F == 8 && method >> 4 <= 7 && u16::from_be_bytes([method, flags]).is_multiple_of(31)
}

fn failed(coding: &str, detail: &dyn std::fmt::Display) -> HttpError {
    HttpError::ContentEncoding {
        coding: coding.to_owned(),
        detail: detail.to_string(),
    }
}
