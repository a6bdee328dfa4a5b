//! `offprint identify`: what an endpoint says of itself.

use std::fmt::Write as _;

use clap::Args;

use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::harvest::{Connection, Target, connection_options};
use crate::cli::output;
use crate::cli::values::Endpoint;
use crate::harvest::{self, HarvestError};
use crate::http::{Client, HostRate};
use crate::oai::{DeletedRecord, Granularity, Identify, Request};

/// Arguments of `identify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint identify https://journal.example.org/index.php/journal/oai
  offprint identify https://journal.example.org/index.php/journal/oai --json | jq -r .software.version")]
pub struct IdentifyArgs {
    /// Base URL of the endpoint
    pub url: Endpoint,

    /// Print JSON
    #[arg(long)]
    pub json: bool,

    /// How the endpoint is asked.
    #[command(flatten)]
    pub connection: Connection,
}

/// Runs `identify`.
pub(super) async fn run(context: &Context, args: &IdentifyArgs) -> anyhow::Result<Exit> {
    let config = &context.config;
    let target = (Target::Endpoint(args.url.clone()), None);
    let hosts = args.connection.limits(config, [&target]).into_iter().map(|(host, limit)| {
        (host, HostRate { rate: limit.rate, concurrency: limit.concurrency.into(), group: None })
    });
    let options = connection_options(
        args.connection.timeout.or(config.timeout).unwrap_or_default(),
        args.connection.backoff.or(config.backoff).unwrap_or_default(),
        args.connection.contact.as_ref().or(config.contact.as_ref()),
        hosts.collect(),
    );
    let url = harvest::source::base_url(args.url.url().as_str())?;
    let observer = std::sync::Arc::clone(&context.progress) as std::sync::Arc<dyn harvest::Observer>;
    let client = Client::new(options)?;
    let endpoint = harvest::Endpoint::new(client, url, "identify", observer, context.shutdown.token.clone());
    let answer = endpoint.ask(&Request::Identify).await.map_err(HarvestError::from)?;
    let Some(identify) = answer.page.identify else {
        let refused = answer.page.errors.first().map_or_else(String::new, |error| format!(": {error}"));
        return Err(Failure {
            exit: Exit::Failed,
            message: format!("Identify was refused{refused}"),
            hint: None,
        }
        .into());
    };
    if args.json {
        output::json(&identify)?;
    } else {
        output::to_stdout(&describe(&args.url, &identify))?;
    }
    Ok(Exit::Done)
}

/// The answer for people, one fact a line.
pub fn describe(url: &Endpoint, identify: &Identify) -> String {
    let mut lines = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            // What comes from outside must not steer a terminal.
            let value: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let _ = writeln!(lines, "{name:<20} {value}");
        }
    };
    line("name", &identify.repository_name);
    line("asked at", &url.to_string());
    line("base URL", &identify.base_url);
    if let Some(software) = &identify.software {
        let version = software.version.as_deref().unwrap_or_default();
        line("software", format!("{} {version}", software.name).trim_end());
    }
    line("protocol", &identify.protocol_version);
    line("earliest datestamp", &identify.earliest_datestamp);
    line(
        "granularity",
        match identify.granularity {
            Granularity::Day => "days",
            Granularity::Second => "seconds",
        },
    );
    line(
        "deleted records",
        match identify.deleted_record {
            DeletedRecord::No => "not told",
            DeletedRecord::Transient => "told for some time",
            DeletedRecord::Persistent => "told",
        },
    );
    line("compression", &identify.compressions.join(", "));
    line("identifier example", identify.sample_identifier.as_deref().unwrap_or_default());
    line("contact", &identify.admin_emails.join(", "));
    lines
}
