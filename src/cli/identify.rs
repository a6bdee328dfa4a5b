//! `offprint identify`: what an endpoint says of itself.

use std::fmt::Write as _;

use clap::Args;

use crate::cli::harvest::Connection;
use crate::cli::values::Endpoint;
use crate::oai::{DeletedRecord, Granularity, Identify};

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
