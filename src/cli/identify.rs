//! `offprint identify`: what an endpoint says of itself.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use crate::cli::connection::Connection;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{self, plain};
use crate::cli::values::Endpoint;
use crate::harvest::discovery::{Discovery, find_endpoint};
use crate::harvest::{self, HarvestError};
use crate::http::Client;
use crate::oai::{DeletedRecord, Granularity, Identify};
use crate::values::DisplaySafeUrl;

/// Tries of the request: a server that is busy may answer the third.
const TRIES: u32 = 3;

/// Arguments of `identify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint identify https://journal.example.org/index.php/journal/oai
  offprint identify https://journal.example.org/oai --json | jq .software")]
pub struct IdentifyArgs {
    /// Base URL of the endpoint, or a page of the journal
    pub url: Endpoint,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// Connection settings.
    #[command(flatten)]
    pub connection: Connection,
}

/// The answer, and where it came from.
#[derive(Debug, Serialize)]
struct OaiResponse<'a> {
    /// The base URL that answered, after redirects.
    answered_at: &'a str,
    #[serde(flatten)]
    identify: &'a Identify,
}

/// Runs `identify`.
pub(super) async fn run(context: &Context, args: &IdentifyArgs) -> anyhow::Result<Exit> {
    let client =
        Client::new(args.connection.options(&context.config, None)).map_err(HarvestError::from)?;
    let observer = Arc::clone(&context.progress) as _;
    let cancel = context.shutdown.token.clone();
    let url = args.url.url().clone();
    let mut endpoint = harvest::Endpoint::new(client, url, &args.url.to_string(), observer, cancel);
    let Discovery { answer, found, .. } = find_endpoint(&mut endpoint, TRIES)
        .await
        .map_err(HarvestError::from)?;
    if let Some(found) = found {
        let found = plain(&DisplaySafeUrl::from(&found));
        context
            .progress
            .println(&format!("using the endpoint {found}"));
    }
    let answered_at = DisplaySafeUrl::from(endpoint.base_url());
    let Some(identify) = answer.page.identify else {
        let said = answer
            .page
            .errors
            .first()
            .map_or_else(String::new, |error| format!(": {error}"));
        return Err(
            Failure::refused(format!("{answered_at} refused Identify{}", plain(&said))).into(),
        );
    };
    if args.json {
        output::json(&OaiResponse {
            answered_at: &answered_at,
            identify: &identify,
        })?;
    } else {
        output::to_stdout(&describe(&answered_at, &identify))?;
    }
    Ok(Exit::Done)
}

/// The answer for people, one fact a line.
fn describe(answered_at: &str, identify: &Identify) -> String {
    let mut lines = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(lines, "{name:<20} {}", plain(value));
        }
    };
    line("name", &identify.repository_name);
    line("answered at", answered_at);
    line("base URL", &identify.base_url);
    if let Some(software) = &identify.software {
        let version = software.version.as_deref().unwrap_or_default();
        line(
            "software",
            format!("{} {version}", software.name).trim_end(),
        );
    }
    line("protocol", &identify.protocol_version);
    line("earliest datestamp", &identify.earliest_datestamp);
    let granularity = match identify.granularity {
        Granularity::Day => "days",
        Granularity::Second => "seconds",
    };
    line("granularity", granularity);
    let deleted = match identify.deleted_record {
        DeletedRecord::No => "not reported",
        DeletedRecord::Transient => "reported for a limited time",
        DeletedRecord::Persistent => "reported",
    };
    line("deleted records", deleted);
    line("compression", &identify.compressions.join(", "));
    line(
        "identifier example",
        identify.sample_identifier.as_deref().unwrap_or_default(),
    );
    line("contact", &identify.admin_emails.join(", "));
    lines
}
