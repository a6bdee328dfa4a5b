//! `offprint serve`: the collection over OAI-PMH, and as pages for people.

use std::collections::{BTreeMap, HashMap};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use clap::Args;
use tokio::net::TcpListener;

use crate::bounded_file;
use crate::cli::config::Config;
use crate::cli::context::Context;
use crate::cli::derived;
use crate::cli::due::next_attempts;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;
use crate::cli::provider::{ClientConnections, Connections, PageSize, ProviderConfig, TokenLife};
use crate::cli::stored_settings;
use crate::cli::values::{Contact, ControlText, Endpoint, Timeout};
use crate::provider::{Provider, Settings, VirtualSet, is_repository, is_set_spec};
use crate::store::{Store, StoreResult, Time};
use crate::web::{self, Limits, Schedule, Site};

/// Least length of a key for tokens, characters.
const LEAST_KEY: usize = 16;
/// Largest file of a token key, bytes.
const MAX_KEY_FILE: u64 = 1 << 16;

/// Arguments of `serve`.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "Examples:
  offprint serve
  offprint serve --port 8080
  offprint serve --listen 0.0.0.0:8080 --base-url https://catalog.example.org/oai --email library@example.org
  curl 'http://127.0.0.1:8080/oai?verb=ListRecords&metadataPrefix=oai_dc'

The collection is read as it was derived last: by `offprint run`, an export, or the start of
this command. It serves beside a running harvest. The address goes to stdout once it answers.")]
pub struct ServeArgs {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "OFFPRINT_LISTEN", value_name = "ADDR:PORT")]
    pub listen: Option<SocketAddr>,

    /// Port on this machine to listen on, in place of --listen
    #[arg(long, short, value_name = "PORT", conflicts_with = "listen")]
    pub port: Option<u16>,

    /// The public URL [default: http://ADDR:PORT/oai]
    #[arg(long, env = "OFFPRINT_BASE_URL", value_name = "URL")]
    pub base_url: Option<Endpoint>,

    /// Name of the repository [default: offprint]
    #[arg(long, env = "OFFPRINT_REPOSITORY_NAME", value_name = "NAME")]
    pub name: Option<ControlText>,

    /// E-mail address of the operator [default: the contact of the configuration]
    #[arg(long, env = "OFFPRINT_ADMIN_EMAIL", value_name = "MAIL")]
    pub email: Option<Contact>,

    /// Domain name of its OAI identifiers [default: made from the store's id]
    #[arg(long, env = "OFFPRINT_REPOSITORY", value_name = "DOMAIN")]
    pub repository: Option<ControlText>,

    /// Records per page, 1 to 1000 [default: 100]
    #[arg(long, env = "OFFPRINT_PAGE_SIZE", value_name = "N")]
    pub page_size: Option<PageSize>,

    /// Lifetime of a resumptionToken, hours, 1 to 720 [default: 24]
    #[arg(long, env = "OFFPRINT_TOKEN_LIFE", value_name = "HOURS")]
    pub token_life: Option<TokenLife>,

    /// File with the signing key of resumptionTokens, shared by several servers
    /// [default: a key of the store's own]
    #[arg(long, env = "OFFPRINT_TOKEN_KEY_FILE", value_name = "FILE")]
    pub token_key_file: Option<PathBuf>,

    /// Parallel connections; further ones wait [default: 1024]
    #[arg(long, env = "OFFPRINT_CONNECTIONS", value_name = "N")]
    pub connections: Option<Connections>,

    /// Parallel connections per client (an IPv4 address or a /64 of IPv6) [default: 256]
    #[arg(long, env = "OFFPRINT_CLIENT_CONNECTIONS", value_name = "N")]
    pub client_connections: Option<ClientConnections>,

    /// Response timeout in seconds [default: 60]
    #[arg(long, env = "OFFPRINT_ANSWER_TIMEOUT", value_name = "SECONDS")]
    pub answer_timeout: Option<Timeout>,
}

/// Runs `serve`.
pub(super) async fn run(context: &Context, args: &ServeArgs) -> anyhow::Result<Exit> {
    let config = &context.config.provider;
    // Derived once, then only read: the lock of the writer is free for a harvest.
    drop(derived::open_for_search(context).await?);
    let store = context.open_read().await?;
    if store.search_index().await?.is_none() {
        context.progress.println(
            "this store has no index of words yet and cannot be written to now, so there is no search: \
             start `offprint serve` again when it can, after a harvest for example",
        );
    }
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let on_port = args
        .port
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let wanted = on_port
        .or(args.listen)
        .or(config.listen)
        .unwrap_or(loopback);
    let listener = TcpListener::bind(wanted).await.map_err(|error| {
        Failure::config(format!("cannot listen on {wanted}: {error}"))
            .hint("name a free port with --listen, or one the system chooses with port 0")
    })?;
    let address = listener.local_addr()?;
    let settings = args.settings(context, config, address)?;
    let base_url = settings.base_url.clone();
    advise(context, &settings, address);
    let provider = Arc::new(Provider::open(store, settings).await?);
    for source in provider.sources().await? {
        if provider.settings().sets.contains_key(&source.set) {
            return Err(Failure::config(format!(
                "the set {:?} of the configuration has the name of a source",
                source.set
            ))
            .into());
        }
    }
    let _finishing = context.shutdown.finishing();
    output::to_stdout(&base_url)?;
    context.progress.println(&format!(
        "serving {base_url}, and pages for people at http://{address}/; Ctrl-C ends it"
    ));
    let schedule = ConfiguredSchedule(context.config.clone());
    let site = Site {
        provider,
        schedule: Some(Arc::new(schedule)),
    };
    web::serve(
        listener,
        site,
        args.limits(config),
        context.shutdown.token.clone(),
    )
    .await?;
    Ok(Exit::Done)
}

/// Says what a person who serves may not have thought of.
fn advise(context: &Context, settings: &Settings, address: SocketAddr) {
    if settings.emails.is_empty() {
        context.progress.println(
            "no mail address for Identify: name one with --email, contact or provider.email, so that harvesters can \
             reach you",
        );
    }
    if !address.ip().is_loopback() {
        context.progress.println(&format!(
            "{address} can be reached from other machines: whoever reaches it reads the whole collection, unencrypted; \
             a proxy in front of it is the place for TLS and access rules"
        ));
    }
}

/// The schedules of the configuration and of the sources whose settings are in the store.
struct ConfiguredSchedule(Config);

#[async_trait]
impl Schedule for ConfiguredSchedule {
    async fn next_attempts(&self, store: &dyn Store) -> StoreResult<HashMap<String, Time>> {
        // Settings that cannot be read are reported by the commands that use them.
        let config = stored_settings::of(&self.0, store).await;
        let config = config.as_ref().unwrap_or(&self.0);
        next_attempts(config, store, Utc::now()).await
    }
}

/// The sets of the configuration, by setSpec.
fn virtual_sets(config: &ProviderConfig) -> Result<BTreeMap<String, VirtualSet>, Failure> {
    let mut sets = BTreeMap::new();
    for (spec, set) in &config.set {
        if !is_set_spec(spec) {
            return Err(
                Failure::config(format!("provider.set.{spec:?} is not a setSpec"))
                    .hint("letters, digits and -_.!~*'(), with colons between the levels"),
            );
        }
        let title = set.title.as_ref();
        let virtual_set = VirtualSet {
            name: title.map_or_else(|| spec.clone(), ToString::to_string),
            facets: set.facets(),
        };
        sets.insert(spec.clone(), virtual_set);
    }
    Ok(sets)
}

impl ServeArgs {
    fn settings(
        &self,
        context: &Context,
        config: &ProviderConfig,
        address: SocketAddr,
    ) -> Result<Settings, Failure> {
        let base_url = self.base_url.as_ref().or(config.base_url.as_ref());
        let base_url = base_url.map_or_else(
            || format!("http://{address}/oai"),
            |url| url.url().to_string(),
        );
        let name = self.name.as_ref().or(config.name.as_ref());
        let email = self
            .email
            .as_ref()
            .or(config.email.as_ref())
            .or(context.config.contact.as_ref());
        let repository = self
            .repository
            .as_ref()
            .or(config.repository.as_ref())
            .map(ToString::to_string);
        if let Some(name) = repository.as_deref().filter(|name| !is_repository(name)) {
            return Err(Failure::config(format!(
                "invalid repository name {name:?}: OAI identifiers need a domain name"
            ))
            .hint(
                "two labels or more, each beginning with a letter, such as catalog.example.org",
            ));
        }
        let hours = u32::from(self.token_life.or(config.token_life).unwrap_or_default());
        let key_file = self
            .token_key_file
            .as_ref()
            .or(config.token_key_file.as_ref());
        let mut settings = Settings {
            base_url,
            name: name.map_or_else(|| "offprint".to_owned(), ToString::to_string),
            emails: email.map(ToString::to_string).into_iter().collect(),
            repository,
            page_size: u32::from(self.page_size.or(config.page_size).unwrap_or_default()) as usize,
            token_life: Duration::from_hours(hours.into()),
            token_key: key_file.map(|path| token_key(path)).transpose()?,
            ..Settings::default()
        };
        settings.sets = virtual_sets(config)?;
        Ok(settings)
    }

    fn limits(&self, config: &ProviderConfig) -> Limits {
        let connections = u32::from(self.connections.or(config.connections).unwrap_or_default());
        let time = self
            .answer_timeout
            .or(config.answer_timeout)
            .unwrap_or_default()
            .duration();
        let client_connections = self.client_connections.or(config.client_connections);
        Limits {
            connections: connections as usize,
            client_connections: u32::from(client_connections.unwrap_or_default()) as usize,
            time,
            ..Limits::default()
        }
    }
}

/// The first line of a file.
fn token_key(path: &std::path::Path) -> Result<String, Failure> {
    let text = bounded_file::read_text(path, MAX_KEY_FILE).map_err(|error| {
        Failure::config(format!(
            "cannot read the token key {}: {error}",
            path.display()
        ))
    })?;
    let key = text.lines().next().unwrap_or_default().trim();
    if key.len() < LEAST_KEY {
        return Err(Failure::config(format!("the token key in {} is too short", path.display()))
            .hint(format!("its first line has to have {LEAST_KEY} characters at least, such as `openssl rand -hex 32` gives")));
    }
    Ok(key.to_owned())
}
