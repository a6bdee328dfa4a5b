//! Applies a fault to a reply.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::{Compression, write::GzEncoder};

use crate::answer::Reply;
use crate::damage::find;
use crate::render;
use crate::script::{Coding, Fault, To, Wire};
use crate::walls::Wall;
use crate::wire::Request;

/// A reply that comes instead of the repository's.
pub(super) fn instead(fault: &Fault, request: &Request, base_url: &str) -> Option<Reply> {
    match fault {
        Fault::Wall(wall) => Some(html(*wall)),
        Fault::Status(status, headers) => {
            let mut reply = Reply {
                status: *status,
                body: b"<html><body>error</body></html>".to_vec(),
                ..Reply::default()
            };
            reply
                .headers
                .push(("Content-Type".into(), "text/html".into()));
            reply.headers.extend(
                headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), dated(value))),
            );
            Some(reply)
        }
        Fault::Nothing(status) => Some(Reply {
            status: *status,
            ..Reply::default()
        }),
        Fault::Redirect(to) => {
            let path = &request.path;
            let mut location = match to {
                To::Locale => path.replace("/oai", "/en/oai"),
                To::Itself => path.clone(),
                To::Login => path.replace("/oai", "/login"),
                To::FrontPage => path.replace("/oai", "/index"),
                To::OtherHost => base_url.replacen("127.0.0.1", "localhost", 1),
            };
            if !matches!(to, To::Login | To::FrontPage) {
                let _ = write!(location, "?{}", request.query);
            }
            if location.starts_with('/') {
                location = format!("{}{location}", base_url.trim_end_matches(path.as_str()));
            }
            let headers = vec![
                ("Location".to_owned(), location),
                (
                    "Set-Cookie".to_owned(),
                    "OJSSID=d41d8cd98f00; path=/; HttpOnly".to_owned(),
                ),
                ("Content-Type".to_owned(), "text/html".to_owned()),
            ];
            Some(Reply {
                status: 302,
                headers,
                ..Reply::default()
            })
        }
        Fault::Wire(wire @ (Wire::Reset | Wire::Vanish | Wire::StallHead)) => Some(Reply {
            status: 200,
            wire: Some((wire.clone(), 0)),
            ..Reply::default()
        }),
        _ => None,
    }
}

/// Does to a reply what a fault says.
pub(super) fn spoil(reply: &mut Reply, fault: &Fault, record: Option<&str>) {
    let body = &mut reply.body;
    match fault {
        Fault::Before(bytes) => {
            body.splice(0..0, bytes.iter().copied());
        }
        Fault::Declares(encoding) => {
            let at = find(body, b"UTF-8").expect("the declaration names the encoding");
            body.splice(at..at + 5, encoding.bytes());
        }
        Fault::Doctype(doctype) => {
            let at = find(body, b"?>\n").expect("there is a declaration") + 3;
            body.splice(at..at, doctype.bytes());
        }
        Fault::NoRootEnd => {
            body.truncate(body.len() - render::CLOSE_ENVELOPE.len());
        }
        Fault::Wire(wire) => {
            let middle = body.len() / 2;
            let at = match (wire, record) {
                (Wire::Flood(_), Some(record)) => {
                    let from =
                        find(body, format!("{record}</identifier>").as_bytes()).unwrap_or(middle);
                    let mark = render::TEXT_MARK.as_bytes();
                    find(&body[from..], mark).map_or(middle, |at| from + at + mark.len())
                }
                _ => middle,
            };
            reply.wire = Some((wire.clone(), at));
        }
        Fault::Coding(coding) => {
            let name = match coding {
                Coding::Other(name) | Coding::OtherTruncated(name) => {
                    name.trim_start_matches("bare ")
                }
                _ => "gzip",
            };
            let announce = ("Content-Encoding".to_owned(), name.to_owned());
            match coding {
                Coding::Gzip => *body = gzip(body),
                Coding::Unannounced => {
                    *body = gzip(body);
                    return;
                }
                Coding::OnlyAnnounced => {}
                Coding::Trailed => {
                    *body = gzip(body);
                    body.extend_from_slice(b"\r\n");
                }
                Coding::Truncated => {
                    *body = gzip(body);
                    body.truncate(body.len() / 2);
                }
                Coding::Other(name) => *body = pack(name, body),
                Coding::OtherTruncated(name) => {
                    *body = pack(name, body);
                    body.truncate(body.len() / 2);
                }
            }
            reply.headers.push(announce);
        }
        Fault::Headers(headers) => {
            reply.headers.extend(
                headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), dated(value))),
            );
        }
        _ => {}
    }
}

/// `date+N` and `epoch+N` as the time in N seconds; anything else as it is.
fn dated(value: &str) -> String {
    let time = |prefix| {
        let seconds = value.strip_prefix(prefix)?.parse().ok()?;
        Some(SystemTime::now() + Duration::from_secs(seconds))
    };
    if let Some(time) = time("date+") {
        httpdate::fmt_http_date(time)
    } else if let Some(time) = time("epoch+") {
        time.duration_since(UNIX_EPOCH)
            .expect("it is after 1970")
            .as_secs()
            .to_string()
    } else {
        value.to_owned()
    }
}

pub(super) fn html(wall: Wall) -> Reply {
    let (status, headers, body) = wall.answer();
    Reply {
        status,
        headers,
        body: body.as_bytes().to_vec(),
        ..Reply::default()
    }
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

/// A body in a coding of this name.
fn pack(name: &str, body: &[u8]) -> Vec<u8> {
    let deflate = |zlib: bool| {
        let mut packer = flate2::Compress::new(Compression::fast(), zlib);
        let mut out = Vec::with_capacity(body.len() + 1024);
        packer
            .compress_vec(body, &mut out, flate2::FlushCompress::Finish)
            .expect("there is room");
        out
    };
    match name {
        "deflate" => deflate(true),
        "bare deflate" => deflate(false),
        "zstd" => zstd::encode_all(body, 1).expect("writing to memory does not fail"),
        "br" => brotli(body),
        // What `compress` begins with.
        _ => [&[0x1F, 0x9D, 0x90], body].concat(),
    }
}

/// Brotli without compression (RFC 7932 §9): meta-blocks that are stored, and an empty last one.
fn brotli(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (number, chunk) in body.chunks(1 << 16).enumerate() {
        // A window of 16 bits; then for each: not the last, four digits of length, stored.
        let length = u32::try_from(chunk.len() - 1).expect("a chunk is small");
        let window = u32::from(number == 0);
        let head = (length << 3 | 1 << 19) << window;
        out.extend_from_slice(&head.to_le_bytes()[..3]);
        out.extend_from_slice(chunk);
    }
    out.push(0b11);
    out
}
