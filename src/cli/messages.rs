//! Every message of an error with its hint and exit code, in one file for people to read through:
//! `tests/snapshots/messages.snap`.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::time::Duration;

use chrono::DateTime;

use super::config::Config;
use super::exit::Exit;
use super::format_error_chain;
use super::hint::hint;
use crate::export::{self, ExportError};
use crate::harvest::HarvestError;
use crate::harvest::endpoint::{Cause, RequestError};
use crate::http::retry::RetryDecision;
use crate::http::{BlockPage, HttpError, TlsFailure};
use crate::oai::ReadError;
use crate::store::StoreError;

const URL: &str = "https://journal.example.org/index.php/journal/oai?verb=Identify";

/// An answer that could not be used.
fn ask(cause: Cause, tries: u32) -> anyhow::Error {
    let error = RequestError {
        url: URL.into(),
        tries,
        cause,
        decision: RetryDecision::StopSource,
    };
    HarvestError::Request(error).into()
}

fn status(status: u16, page: Option<BlockPage>) -> anyhow::Error {
    ask(
        Cause::Http(HttpError::Status {
            status,
            page,
            retry_after: None,
        }),
        1,
    )
}

fn of_http() -> Vec<(&'static str, anyhow::Error)> {
    let host = || "journal.example.org".to_owned();
    let http = |error, tries| ask(Cause::Http(error), tries);
    vec![
        (
            "the host name is wrong",
            http(HttpError::Dns { host: host() }, 3),
        ),
        (
            "nothing listens there",
            http(
                HttpError::Connect {
                    host: host(),
                    detail: "connection refused".into(),
                },
                5,
            ),
        ),
        (
            "a bad certificate",
            http(
                HttpError::Tls {
                    host: host(),
                    failure: TlsFailure::Certificate,
                    detail: "invalid peer certificate: Expired".into(),
                },
                1,
            ),
        ),
        (
            "https to a port without TLS",
            http(
                HttpError::Tls {
                    host: host(),
                    failure: TlsFailure::NotTls,
                    detail: "received corrupt message of type InvalidContentType".into(),
                },
                1,
            ),
        ),
        (
            "http to a port with TLS",
            http(
                HttpError::NotHttp {
                    host: host(),
                    detail: "invalid HTTP version parsed".into(),
                },
                1,
            ),
        ),
        (
            "HTTP with a broken head",
            http(
                HttpError::InvalidHead {
                    host: host(),
                    detail: "invalid HTTP header parsed".into(),
                },
                1,
            ),
        ),
        (
            "a redirect without a target",
            http(
                HttpError::NoRedirectTarget {
                    location: "".into(),
                },
                1,
            ),
        ),
        (
            "silence",
            http(
                HttpError::Timeout {
                    stage: "waiting for the response",
                    after: Duration::from_mins(1),
                },
                5,
            ),
        ),
        (
            "a connection that breaks",
            http(
                HttpError::ConnectionClosed {
                    received: 4096,
                    detail: "unexpected end of file".into(),
                },
                5,
            ),
        ),
        (
            "broken compression",
            http(
                HttpError::ContentEncoding {
                    coding: "gzip".into(),
                    detail: "corrupt deflate stream".into(),
                },
                3,
            ),
        ),
        (
            "a coding that nobody reads",
            http(
                HttpError::UnsupportedEncoding {
                    coding: "compress".into(),
                },
                1,
            ),
        ),
        (
            "too large",
            http(HttpError::TooLarge { limit: 268_435_456 }, 1),
        ),
        (
            "a redirect elsewhere",
            http(
                HttpError::Redirect {
                    to: "http://other.example.org/".into(),
                    why: "it leaves https",
                },
                1,
            ),
        ),
        (
            "a host that is left alone",
            http(
                HttpError::HostPaused {
                    host: host(),
                    until: DateTime::UNIX_EPOCH,
                    why: "status 403: a Cloudflare block page".into(),
                },
                1,
            ),
        ),
        (
            "something else of HTTP",
            http(
                HttpError::Other {
                    detail: "invalid header".into(),
                },
                5,
            ),
        ),
        ("401", status(401, None)),
        ("403", status(403, None)),
        ("404", status(404, Some(BlockPage::WebPage))),
        ("429", status(429, None)),
        ("500", status(500, None)),
        ("503", status(503, None)),
        (
            "a Cloudflare block page",
            status(403, Some(BlockPage::Cloudflare)),
        ),
        ("an Anubis block page", status(200, Some(BlockPage::Anubis))),
        ("a captcha", status(200, Some(BlockPage::Captcha))),
        ("a login", status(200, Some(BlockPage::Login))),
        (
            "OAI is switched off",
            status(200, Some(BlockPage::Disabled)),
        ),
        (
            "sent to the front page",
            status(200, Some(BlockPage::FrontPage)),
        ),
        ("a web page", status(200, Some(BlockPage::WebPage))),
    ]
}

fn of_protocol() -> Vec<(&'static str, anyhow::Error)> {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let harvest = |error: HarvestError| anyhow::Error::from(error);
    vec![
        ("an empty answer", ask(Cause::Read(ReadError::Empty), 3)),
        (
            "no OAI-PMH",
            ask(Cause::Read(ReadError::NotOai { root: "rss".into() }), 3),
        ),
        (
            "malformed",
            ask(
                Cause::Read(ReadError::Malformed {
                    offset: 1234,
                    detail: "a tag has no end".into(),
                }),
                2,
            ),
        ),
        (
            "too deep",
            ask(Cause::Read(ReadError::TooDeep { offset: 1234 }), 1),
        ),
        ("cut short", ask(Cause::CutShort { bytes: 4096 }, 3)),
        ("no answer to the question", ask(Cause::NoAnswer, 3)),
        (
            "no such set",
            harvest(HarvestError::UnknownSet {
                set: "j:ARTT".into(),
                known: names(&["j", "j:ART"]),
            }),
        ),
        ("no sets", harvest(HarvestError::NoSets)),
        (
            "no such format",
            harvest(HarvestError::UnknownFormat {
                prefix: "jats".into(),
                known: names(&["oai_dc", "marcxml"]),
            }),
        ),
        (
            "no such address",
            harvest(HarvestError::BadUrl {
                url: "journal.example.org".into(),
                detail: "relative URL without a base".into(),
            }),
        ),
        (
            "no such date",
            harvest(HarvestError::BadDate {
                value: "yesterday".into(),
            }),
        ),
        (
            "saved responses that are none",
            harvest(HarvestError::Import {
                path: "pages/".into(),
                detail: "no response in it".into(),
            }),
        ),
        ("interrupted", harvest(HarvestError::Interrupted)),
    ]
}

fn of_store() -> Vec<(&'static str, anyhow::Error)> {
    let path = || "offprint.db".to_owned();
    let store = |error: StoreError| anyhow::Error::from(crate::Error::from(error));
    vec![
        ("no store", store(StoreError::Missing { path: path() })),
        ("another run", store(StoreError::Locked { path: path() })),
        (
            "a store that went away",
            store(StoreError::Replaced { path: path() }),
        ),
        (
            "a pipe in the place of a lock file",
            store(StoreError::Unusable {
                path: path(),
                detail: "offprint.db.lock is a named pipe, not a file".into(),
            }),
        ),
        (
            "a store that may not be read",
            store(StoreError::Denied {
                path: path(),
                detail: "cannot read: Permission denied (os error 13)".into(),
            }),
        ),
        (
            "another writer of the source",
            store(StoreError::Fenced {
                source_name: "journal".into(),
            }),
        ),
        (
            "another process that derives the source",
            store(StoreError::Superseded {
                source_name: "journal".into(),
            }),
        ),
        (
            "a newer store",
            store(StoreError::Newer {
                path: path(),
                found: 3,
                known: 1,
            }),
        ),
        (
            "another file",
            store(StoreError::NotAStore {
                path: path(),
                detail: "file is not a database".into(),
            }),
        ),
        ("the disk is full", store(StoreError::Full { path: path() })),
        (
            "damage",
            store(StoreError::Damaged("page 12 does not unpack".into())),
        ),
        (
            "no such source",
            store(StoreError::Unknown {
                what: "source",
                name: "jornal".into(),
            }),
        ),
        (
            "no such run",
            store(StoreError::Unknown {
                what: "run",
                name: "99".into(),
            }),
        ),
        (
            "no such record",
            store(StoreError::Unknown {
                what: "record",
                name: "oai:a:1".into(),
            }),
        ),
        (
            "refused",
            store(StoreError::Invalid(
                "another source has the name journal".into(),
            )),
        ),
        (
            "not in this engine",
            store(StoreError::Unsupported {
                what: "backups of a PostgreSQL store".into(),
                instead: "pg_dump makes them",
            }),
        ),
        (
            "the engine",
            store(StoreError::Engine {
                path: path(),
                detail: "disk I/O error".into(),
            }),
        ),
        (
            "the server",
            store(StoreError::Engine {
                path: "postgres://***@db.example.org/offprint".into(),
                detail: "permission denied for table record".into(),
            }),
        ),
        (
            "the server's certificate",
            store(StoreError::Engine {
                path: "postgres://***@db.example.org/offprint".into(),
                detail: "error performing TLS handshake: invalid peer certificate: UnknownIssuer"
                    .into(),
            }),
        ),
    ]
}

fn of_export() -> Vec<(&'static str, anyhow::Error)> {
    let io = |path: &str, kind: io::ErrorKind| {
        anyhow::Error::from(ExportError::io("open", path, kind.into()))
    };
    let format = |name| match export::exporter(name, &export::Options::default()) {
        Err(error) => anyhow::Error::from(error),
        Ok(_) => panic!("{name} is a format that needs nothing"),
    };
    vec![
        (
            "no such folder",
            io("nowhere/a.jsonl", io::ErrorKind::NotFound),
        ),
        (
            "not allowed",
            io("/a.jsonl", io::ErrorKind::PermissionDenied),
        ),
        (
            "the disk is full",
            io("a.jsonl", io::ErrorKind::StorageFull),
        ),
        ("another export", ExportError::busy("jats/").into()),
        (
            "a folder of another format",
            ExportError::foreign_folder("jats/", "a.json".into(), "xml").into(),
        ),
        (
            "another index",
            ExportError::damaged_index("jats/index.jsonl", 3).into(),
        ),
        ("no such format", format("docx")),
        ("a setting is missing", format("crossref")),
    ]
}

fn of_config() -> Vec<(&'static str, anyhow::Error)> {
    let wrong = |text: &str| {
        let error = Config::parse(text).expect_err("a wrong configuration");
        anyhow::Error::from(super::exit::Failure::config(format!(
            "offprint.toml:{error}"
        )))
    };
    let missing = Config::find(Some(Path::new("nowhere/offprint.toml")))
        .expect_err("a file that is not there");
    vec![
        ("no such file", missing.into()),
        ("no such key", wrong("stroe = \"a.db\"\n")),
        ("a wrong value", wrong("rate = \"fast\"\n")),
        (
            "a source without an address",
            wrong("[[source]]\nname = \"a\"\n"),
        ),
        (
            "a wrong address",
            wrong("[[source]]\nname = \"a\"\nurl = \"ftp://h/\"\n"),
        ),
        ("no TOML", wrong("rate = \n")),
    ]
}

#[test]
fn messages_can_be_read_through() {
    let mut out = String::new();
    let chapters = [
        ("Asking a journal", of_http()),
        ("What a journal answers", of_protocol()),
        ("The store", of_store()),
        ("Exports", of_export()),
        ("The configuration", of_config()),
    ];
    for (chapter, errors) in chapters {
        let _ = writeln!(out, "# {chapter}\n");
        for (name, error) in errors {
            let message = format_error_chain(&error);
            let _ = writeln!(out, "{name}\n  error: {}", message.replace('\n', "\n  "));
            if let Some(hint) = hint(&error) {
                let _ = writeln!(out, "  hint: {hint}");
            }
            let _ = writeln!(out, "  exit {}\n", Exit::of(&error) as u8);
            assert!(!message.ends_with('.'), "{message}");
        }
    }
    insta::with_settings!({snapshot_path => "../../tests/snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("messages", out);
    });
}
