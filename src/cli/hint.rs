//! Hints: what may help, apart from what went wrong.

use crate::cli::exit::{Failure, harvest_error, store_error};
use crate::error::{Cause as ErrorCause, Error};
use crate::export::ExportError;
use crate::harvest::HarvestError;
use crate::harvest::endpoint::{AskError, Cause};
use crate::http::{BlockPage, HttpError, TlsFailure};
use crate::oai::ReadError;
use crate::store::StoreError;

/// Returns a hint for an error, where one is known.
pub fn hint(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(|error| {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return failure.hint.clone();
        }
        if let Some(error) = store_error(error) {
            return of_store(error).map(str::to_owned);
        }
        if let Some(error) = harvest_error(error) {
            return of_harvest(error);
        }
        match error.downcast_ref::<Error>() {
            Some(Error(ErrorCause::Export(error))) => error.hint().map(str::to_owned),
            _ => error
                .downcast_ref::<ExportError>()
                .and_then(ExportError::hint)
                .map(str::to_owned),
        }
    })
}

/// Returns a hint for an error of a harvest.
pub fn of_harvest(error: &HarvestError) -> Option<String> {
    match error {
        HarvestError::Ask(error) => of_ask(error).map(str::to_owned),
        HarvestError::Store(error) => of_store(error).map(str::to_owned),
        HarvestError::UnknownSet { known, .. } => Some(some_of("its sets are", known)),
        HarvestError::UnknownFormat { known, .. } => Some(some_of("it offers", known)),
        HarvestError::KnownAs { name, known, .. } => Some(format!(
            "leave --name out, or run `offprint source rename {known} {name}` first"
        )),
        HarvestError::NameTaken { name, url, .. } => Some(format!(
            "choose another --name; if the source has moved, run `offprint source move {name} {url}`"
        )),
        HarvestError::ImportFormat { found, .. } => {
            Some(format!("import them with --prefix {}", found.join(",")))
        }
        HarvestError::Import { .. } => Some(
            "saved responses are a folder, .tar, .tar.gz, .xml or .xml.gz of whole OAI-PMH answers"
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
        0 => "ask the journal which it offers".to_owned(),
        len if len > SHOWN => format!("{what} {shown} and {} more", len - SHOWN),
        _ => format!("{what} {shown}"),
    }
}

fn of_ask(error: &AskError) -> Option<&'static str> {
    match &error.cause {
        Cause::Http(error) => of_http(error),
        Cause::Read(ReadError::NotOai { .. }) | Cause::NoAnswer => {
            Some("is this the OAI-PMH base URL? On OJS it is https://HOST/index.php/JOURNAL/oai")
        }
        Cause::Read(ReadError::Empty | ReadError::Malformed { .. } | ReadError::TooDeep { .. }) => {
            Some(
                "the journal's answer cannot be read: look at the address in a browser, and show it to the journal",
            )
        }
        Cause::CutShort { .. } => {
            Some("the server breaks off; run again later, the harvest goes on where it stood")
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
                "the server refuses this client, or offers no TLS 1.2 or 1.3: open the URL in a browser, and show the message to the journal"
            }
        },
        HttpError::NotHttp { .. } => {
            "the port may speak TLS: try the URL with https:// instead of http://"
        }
        HttpError::Timeout { .. } => "try again later, or give the server more time with --timeout",
        HttpError::Redirect { .. } => {
            "look at the new address in a browser, and harvest from there if it is right"
        }
        HttpError::HostPaused { .. } => "run again after that time",
        HttpError::Status {
            page: Some(page), ..
        } if page.is_bot_protection() => {
            "offprint does not bypass bot protection; ask the journal to allow its User-Agent or IP address"
        }
        HttpError::Status {
            page: Some(BlockPage::Login),
            ..
        } => "the journal wants a login; ask it to open its OAI interface",
        HttpError::Status {
            page: Some(BlockPage::Disabled | BlockPage::FrontPage),
            ..
        } => "ask the journal to switch its OAI interface on",
        HttpError::Status { status: 401, .. } => {
            "the journal wants a login: `user` and `password_env` of its [[source]] in offprint.toml send one, to the scheme, host and port of its `url` alone"
        }
        HttpError::Status { status: 403, .. } => {
            "the server does not let this harvester in: ask the journal to allow its User-Agent, which begins with offprint"
        }
        HttpError::Status {
            status: 404 | 410, ..
        }
        | HttpError::Status { status: 200, .. } => {
            "check the address in a browser: an OJS endpoint is https://HOST/index.php/JOURNAL/oai"
        }
        HttpError::Status {
            status: 429 | 503, ..
        } => "the server is busy; run again later, and with a lower --rate",
        HttpError::Status { status: 500.., .. } => {
            "the journal's server fails at this request: tell the journal, and run again later"
        }
        HttpError::TooLarge { .. } => {
            "no answer of a journal should be this large: show it to the journal"
        }
        HttpError::UnsupportedEncoding { .. } => {
            "gzip was asked for: tell the journal that its server encodes in a way that clients do not read"
        }
        HttpError::ConnectionClosed { .. } | HttpError::ContentEncoding { .. } => {
            "the server breaks off; run again later, the harvest goes on where it stood"
        }
        _ => return None,
    })
}

fn of_store(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::Missing { .. } => {
            "`offprint harvest URL` makes one; --store or OFFPRINT_STORE says where another is"
        }
        StoreError::Locked { .. } => {
            "wait until it has ended, or harvest into another store with --store"
        }
        StoreError::Replaced { .. } => {
            "leave the files of a store alone while it is written to; what came after the last commit is lost, run again"
        }
        StoreError::Denied { .. } => {
            "read it as its owner; or copy the file, with the -wal beside it, to a folder that you may write to"
        }
        StoreError::Fenced { .. } => "it is harvested elsewhere at the same time; nothing is lost",
        StoreError::NotAStore { .. } => "--store or OFFPRINT_STORE names another",
        StoreError::Engine { path, detail } if path.starts_with("postgres") => {
            if detail.contains("TLS") {
                "`?sslrootcert=FILE` in the store's URL names the authority that signed the server's certificate"
            } else {
                "the server's own log may say more; what was committed is safe"
            }
        }
        StoreError::Engine { .. } => {
            "is the disk sound, and in this machine? `offprint store check` reads all of the store"
        }
        StoreError::Damaged(_) => {
            "`offprint store check` lists what is wrong; a copy made by `offprint store backup` can take its place"
        }
        StoreError::Older { .. } => {
            "any command that writes brings it up to date, such as `offprint harvest`"
        }
        StoreError::Newer { .. } => "use the version that wrote it, or a later one",
        StoreError::Full { .. } => "make room and run again: it goes on where this run stopped",
        StoreError::Unknown { what: "source", .. } => {
            "`offprint status` lists the sources of the store"
        }
        StoreError::Unsupported { instead, .. } => instead,
        StoreError::Away { .. } => {
            "see that the server runs and can be reached, and run again: it goes on where it stopped"
        }
        StoreError::Unknown { what: "run", .. } => "`offprint status` lists the runs of the store",
        _ => return None,
    })
}
