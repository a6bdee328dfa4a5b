//! Hints: what may help, apart from what went wrong. They say what to type.

use crate::harvest::HarvestError;
use crate::harvest::endpoint::{Cause, RequestError};
use crate::http::{BlockPage, HttpError, TlsFailure};
use crate::oai::ReadError;
use crate::store::StoreError;

/// Returns a hint for an error of a harvest.
pub(crate) fn of_harvest(error: &HarvestError) -> Option<String> {
    match error {
        HarvestError::Request(error) => of_ask(error).map(str::to_owned),
        HarvestError::Store(error) => of_store(error).map(str::to_owned),
        HarvestError::UnknownSet { known, .. } => Some(some_of("its sets are", known)),
        HarvestError::NoSets => Some(
            "its OAI interface contradicts itself: report it to the repository, or try --set with one of its sets"
                .to_owned(),
        ),
        HarvestError::UnknownFormat { known, .. } => Some(some_of("it offers", known)),
        HarvestError::FormatLeftOut {
            source_name,
            prefix,
        } => Some(format!(
            "`offprint source drop-format {source_name} {prefix}` removes it; to keep it, add it to `prefixes` again"
        )),
        HarvestError::KnownAs { name, known, .. } => Some(format!(
            "omit --name, or run `offprint source rename {known} {name}` first"
        )),
        HarvestError::NameTaken { name, url, .. } => Some(format!(
            "choose another --name; if the source has moved, run `offprint source move {name} {url}`"
        )),
        HarvestError::ImportFormat { found, .. } => {
            Some(format!("import them with --prefix {}", found.join(",")))
        }
        HarvestError::Import { .. } => Some(
            "give a folder, .tar, .tar.gz, .xml or .xml.gz of complete OAI-PMH responses"
                .to_owned(),
        ),
        HarvestError::BadUrl { .. } => {
            Some("an OJS endpoint is https://HOST/index.php/JOURNAL/oai".to_owned())
        }
        _ => None,
    }
}

fn some_of(what: &str, names: &[String]) -> String {
    const SHOWN: usize = 12;
    let shown = names
        .iter()
        .take(SHOWN)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ");
    match names.len() {
        0 => "ask the journal for the names".to_owned(),
        len if len > SHOWN => format!("{what} {shown} and {} more", len - SHOWN),
        _ => format!("{what} {shown}"),
    }
}

fn of_ask(error: &RequestError) -> Option<&'static str> {
    match &error.cause {
        Cause::Http(error) => of_http(error),
        Cause::Read(ReadError::NotOai { .. }) | Cause::NoAnswer => {
            Some("is this the OAI-PMH base URL? On OJS it is https://HOST/index.php/JOURNAL/oai")
        }
        Cause::Read(ReadError::Empty | ReadError::Malformed { .. } | ReadError::TooDeep { .. }) => {
            Some(
                "the response cannot be read: open the URL in a browser, and report it to the journal",
            )
        }
        Cause::CutShort { .. } => {
            Some("the server closed the connection early; run again to resume")
        }
        _ => None,
    }
}

fn of_http(error: &HttpError) -> Option<&'static str> {
    Some(match error {
        HttpError::Dns { .. } => {
            "check the spelling of the host, and that this machine has a network"
        }
        HttpError::Connect { .. } => {
            "the server may be down, or you may need a proxy (HTTPS_PROXY)"
        }
        HttpError::Tls { failure, .. } => match failure {
            TlsFailure::NotTls | TlsFailure::Closed => {
                "the port may not speak TLS: try the URL with http:// instead of https://"
            }
            TlsFailure::Certificate => {
                "certificates are always checked: ask the journal to renew its own or to send the whole chain; --ca-file trusts another authority"
            }
            _ => {
                "the server refuses this client, or offers no TLS 1.2 or 1.3: open the URL in a browser, and report the message to the journal"
            }
        },
        HttpError::NoAuthorities { .. } => {
            "install the package ca-certificates, or name a file of authorities with --ca-file"
        }
        HttpError::NotHttp { .. } => {
            "the port may speak TLS: try the URL with https:// instead of http://"
        }
        HttpError::InvalidHead { .. } | HttpError::NoRedirectTarget { .. } => {
            "the server's HTTP is broken: open the URL in a browser, and report it to the journal"
        }
        HttpError::Timeout { .. } => "try again later, or give the server more time with --timeout",
        HttpError::Redirect { .. } => {
            "open the new URL in a browser, and harvest from there if it is the same journal"
        }
        HttpError::HostPaused { .. } => "run again after that time",
        HttpError::Status { status, page, .. } => return of_status(*status, page.as_ref()),
        HttpError::TooLarge { .. } => {
            "responses should not be this large: report it to the journal"
        }
        HttpError::UnsupportedEncoding { .. } => {
            "gzip was requested: tell the journal that its server uses an encoding that clients cannot read"
        }
        HttpError::ConnectionClosed { .. } | HttpError::ContentEncoding { .. } => {
            "the server closed the connection early; run again to resume"
        }
        _ => return None,
    })
}

/// Returns the hint for a response with an error status, or with a web page in the place of XML.
fn of_status(status: u16, page: Option<&BlockPage>) -> Option<&'static str> {
    let by_page = page.and_then(|page| match page {
        page if page.is_bot_protection() => Some(
            "offprint does not bypass bot protection; ask the journal to allow its User-Agent or IP address",
        ),
        BlockPage::Login => Some("the journal requires a login; ask it to open its OAI interface"),
        BlockPage::Disabled | BlockPage::FrontPage => {
            Some("ask the journal to switch its OAI interface on")
        }
        _ => None,
    });
    by_page.or(Some(match status {
        401 => {
            "the journal requires a login: set `user` and `password_env` of its [[source]] in offprint.toml; they are sent only to the scheme, host and port of its `url`"
        }
        403 => {
            "the server refuses this harvester: ask the journal to allow its User-Agent, which begins with offprint"
        }
        200 | 404 | 410 => {
            "check the URL in a browser: an OJS endpoint is https://HOST/index.php/JOURNAL/oai"
        }
        429 | 503 => "the server is busy; run again later with a lower --rate",
        500.. => {
            "the journal's server fails on this request: report it to the journal, and run again later"
        }
        _ => return None,
    }))
}

/// Returns a hint for an error of the store.
pub(crate) fn of_store(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::Missing { .. } => {
            "run `offprint harvest URL` to create it, or name another with --store or OFFPRINT_STORE"
        }
        StoreError::Locked { .. } => {
            "wait until it ends, or harvest into another store with --store"
        }
        StoreError::Replaced { .. } => {
            "do not move or delete the files of a store while it is written to; records after the last commit are lost, run again"
        }
        StoreError::Denied { .. } => {
            "read it as its owner, or copy the file and the -wal file beside it to a folder that you can write to"
        }
        StoreError::Unusable { .. } => {
            "put that right, or name another store with --store or OFFPRINT_STORE"
        }
        StoreError::Fenced { .. } => {
            "another process harvests it at the same time; nothing is lost"
        }
        StoreError::Superseded { .. } => {
            "use the same version and the same settings of journals on all machines, and run the command again"
        }
        StoreError::NotAStore { .. } => "name another with --store or OFFPRINT_STORE",
        StoreError::Engine { path, detail } if path.starts_with("postgres") => {
            if detail.contains("TLS") {
                "add `?sslrootcert=FILE` to the store's URL, with the authority that signed the server's certificate"
            } else {
                "look at the server's log; committed data are safe"
            }
        }
        StoreError::Engine { .. } => {
            "check that the disk is healthy and local; `offprint store check` reads the whole store"
        }
        StoreError::Damaged(_) => {
            "run `offprint store check` to list the damage, then restore a copy made by `offprint store backup`"
        }
        StoreError::Older { .. } => {
            "harvest again into a new store with --store, or use the version that wrote this one"
        }
        StoreError::Newer { .. } => "use the version that wrote it, or a newer one",
        StoreError::Full { .. } => "free some space and run again to resume",
        StoreError::Unknown { what: "source", .. } => {
            "`offprint status` lists the sources of the store"
        }
        StoreError::Unsupported { instead, .. } => instead,
        StoreError::Away { .. } => {
            "check that the server is running and reachable, then run again to resume"
        }
        StoreError::Unknown { what: "run", .. } => "`offprint status` lists the runs of the store",
        _ => return None,
    })
}
