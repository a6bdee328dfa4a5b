//! Connection settings, shared by all commands that contact endpoints.

use std::path::PathBuf;

use clap::Args;

use crate::cli::config::{Config, HostConfig, SourceConfig};
use crate::cli::exit::Failure;
use crate::cli::values::{Backoff, Contact, Endpoint, Timeout};
use crate::http::{Credentials, Options, Rate, host_of};

/// Connection settings.
#[derive(Clone, Debug, Default, Args)]
pub struct Connection {
    /// Requests per second and host: a number, a fraction (0.5, 1/3) or `unlimited` [default: 1]
    #[arg(long, env = "OFFPRINT_RATE", value_name = "N|unlimited")]
    pub rate: Option<Rate>,

    /// Your e-mail address, sent with each request so that operators can reach you
    #[arg(long, env = "OFFPRINT_CONTACT", value_name = "MAIL")]
    pub contact: Option<Contact>,

    /// Read timeout in seconds [default: 60]
    #[arg(long, env = "OFFPRINT_TIMEOUT", value_name = "SECONDS")]
    pub timeout: Option<Timeout>,

    /// First pause after a failed request, seconds; later pauses are longer [default: 2]
    #[arg(long, env = "OFFPRINT_BACKOFF", value_name = "SECONDS")]
    pub backoff: Option<Backoff>,

    /// Additional certificate authorities, a PEM file
    #[arg(long, env = "OFFPRINT_CA_FILE", value_name = "FILE")]
    pub ca_file: Option<PathBuf>,
}

impl Connection {
    /// Decides how endpoints are contacted. A rate given as a flag holds for every host; else a host has that of
    /// its table, or of the file, and the slowest of its sources holds.
    pub fn options<'a>(
        &self,
        config: &Config,
        sources: impl IntoIterator<Item = &'a SourceConfig>,
    ) -> Options {
        let mut options = Options::default();
        let rate = self.rate.or(config.rate).unwrap_or_default();
        options.host = HostConfig::default().bears(rate);
        options.hosts = config
            .host
            .iter()
            .map(|(host, table)| (host.clone(), table.bears(rate)))
            .collect();
        for source in sources {
            let Some(wanted) = source.rate else { continue };
            let host = host_of(source.url.url());
            let known = config
                .host
                .get(&host)
                .or_else(|| config.host.get(bare(&source.url)));
            let bears = || known.map_or_else(|| options.host.clone(), |table| table.bears(rate));
            let entry = options.hosts.entry(host).or_insert_with(bears);
            entry.rate = entry.rate.slower(wanted);
        }
        if let Some(rate) = self.rate {
            options.hosts.values_mut().for_each(|host| host.rate = rate);
        }
        let contact = self.contact.as_ref().or(config.contact.as_ref());
        options.contact = contact.map(|contact| contact.as_str().to_owned());
        let idle = self
            .timeout
            .or(config.timeout)
            .unwrap_or_default()
            .duration();
        options.idle_timeout = idle;
        options.connect_timeout = options.connect_timeout.min(idle);
        // A page that comes in steadily may take this many times the patience for silence.
        options.total_timeout = idle * 15;
        options.ca_file = self.ca_file.clone().or_else(|| config.ca_file.clone());
        options.backoff = self
            .backoff
            .or(config.backoff)
            .unwrap_or_default()
            .duration();
        options
    }
}

/// Returns the credentials of a source of the file.
///
/// # Errors
/// Wrong configuration: an invalid header, a password that is not in the environment.
pub fn credentials(source: &SourceConfig) -> Result<Credentials, Failure> {
    let mut credentials = Credentials::for_origin(source.url.url());
    for (name, value) in source.headers.iter().flatten() {
        credentials
            .header(name, value.reveal())
            .map_err(|error| Failure::config(format!("source {}: {error}", source.name)))?;
    }
    if source.user.is_none() && source.password_env.is_some() {
        return Err(Failure::config(format!(
            "source {}: password_env has no effect without user",
            source.name
        )));
    }
    if let Some(user) = &source.user {
        let password = match &source.password_env {
            Some(variable) => std::env::var(variable).map_err(|_| {
                Failure::config(format!(
                    "source {}: the environment variable {variable} is not set",
                    source.name
                ))
            })?,
            None => String::new(),
        };
        credentials.basic(user, &password);
    }
    Ok(credentials)
}

/// The host name without its port.
fn bare(endpoint: &Endpoint) -> &str {
    endpoint.url().host_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        rate = 4
        contact = "file@example.org"
        [host."slow.example"]
        rate = 0.5
        concurrency = 2
        [host."shared.example"]
        group = "shared"
        [[source]]
        name = "a"
        url = "https://slow.example/oai"
        rate = 2
        [[source]]
        name = "b"
        url = "https://plain.example:8443/oai"
        rate = 1
        [[source]]
        name = "c"
        url = "https://shared.example/oai"
    "#;

    fn rates(options: &Options) -> Vec<(&str, Rate)> {
        let mut rates: Vec<_> = options
            .hosts
            .iter()
            .map(|(host, limit)| (host.as_str(), limit.rate))
            .collect();
        rates.sort_by_key(|(host, _)| *host);
        rates
    }

    #[test]
    fn the_slowest_holds() {
        let config = Config::parse(FILE).unwrap();
        let options = Connection::default().options(&config, &config.source);
        assert_eq!(options.host.rate, Rate::PerSecond(4.0));
        assert_eq!(
            rates(&options),
            [
                ("plain.example:8443", Rate::PerSecond(1.0)),
                ("shared.example", Rate::PerSecond(4.0)),
                ("slow.example", Rate::PerSecond(0.5)),
            ]
        );
        assert_eq!(options.hosts["slow.example"].concurrency, 2);
        assert_eq!(
            options.hosts["shared.example"].group.as_deref(),
            Some("shared")
        );
        assert_eq!(options.contact.as_deref(), Some("file@example.org"));
    }

    #[test]
    fn a_flag_holds_over_the_file() {
        let config = Config::parse(FILE).unwrap();
        let connection = Connection {
            rate: Some(Rate::Unlimited),
            ..Connection::default()
        };
        let options = connection.options(&config, &config.source);
        assert_eq!(options.host.rate, Rate::Unlimited);
        assert!(
            rates(&options)
                .iter()
                .all(|(_, rate)| *rate == Rate::Unlimited)
        );
    }
}
