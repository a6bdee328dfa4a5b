//! An OAI-PMH 2.0 provider over the collection: verbs in, XML out; HTTP is not its subject.
//!
//! Datestamps are the times of change in this collection. A list is what was changed up to the last whole second that
//! is known to be finished ([`Store::horizon`](crate::store::Store::horizon)), which is its
//! responseDate too: what is not in it has a later datestamp, and is listed for clients that ask from there on. What
//! changes while a list is being fetched leaves it, and comes the next time.

mod arguments;
mod collection;
mod format;
mod identifier;
mod list;
mod origin;
mod rendered;
mod response;
mod set;
mod settings;
mod token;
mod ttl_cache;
mod verbs;
mod view;

use std::sync::Arc;
use std::time::Duration;

use chrono::{SubsecRound as _, TimeDelta};
use tokio::sync::Semaphore;

pub use arguments::Arguments;
pub use identifier::is_repository;
pub use response::Answer;
pub use set::is_valid as is_set_spec;
pub use settings::{Settings, VirtualSet};
pub(crate) use ttl_cache::TtlCache;
pub use view::{SourceLine, View};

use crate::oai::ErrorCode;
use crate::store::{Store, StoreError, StoreIdentity, StoreResult, Time};
use arguments::{Asked, Refusal, Request};
use collection::Collection;
use format::Namespaces;
use rendered::Rendered;
use token::Signer;

/// Lifetime of cached sources, sets and formats.
const FRESH: Duration = Duration::from_secs(5);
/// Lifetime of a cached safe read time; it lags behind anyway.
const HORIZON_FRESH: Duration = Duration::from_millis(250);

pub(crate) fn refuse<T>(code: ErrorCode, message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::Protocol((code, message.into())))
}

/// Why there is no answer of the kind requested.
#[derive(Debug)]
pub(crate) enum Refused {
    /// A protocol error for the client.
    Protocol(Refusal),
    /// The store failed.
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A provider over a store.
pub struct Provider {
    store: Arc<dyn Store>,
    settings: Settings,
    repository: String,
    signer: Signer,
    rendered: Rendered,
    /// As many render at a time as there are processors.
    turns: Semaphore,
    namespaces: Namespaces,
    collection: TtlCache<Arc<Collection>>,
    horizon: TtlCache<Time>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider")
            .field("repository", &self.repository)
            .finish_non_exhaustive()
    }
}

impl Provider {
    /// Opens a provider. Errors: of the store.
    pub async fn open(store: Arc<dyn Store>, mut settings: Settings) -> StoreResult<Self> {
        let key = store.store_identity().await?;
        let repository = settings
            .repository
            .clone()
            .unwrap_or_else(|| default_repository(&key));
        if settings.emails.is_empty() {
            settings.emails.push(format!("nobody@{repository}"));
        }
        Ok(Self {
            signer: Signer::new(settings.token_key.as_deref(), &key),
            rendered: Rendered::new(settings.cache_bytes),
            turns: Semaphore::new(
                std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            ),
            namespaces: Namespaces::default(),
            collection: TtlCache::new(FRESH),
            horizon: TtlCache::new(HORIZON_FRESH),
            store,
            settings,
            repository,
        })
    }

    /// Returns the settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The store it passes on.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// Answers a request by its arguments, in the order they came.
    ///
    /// Errors: of the store; what a client did wrong is an answer.
    pub async fn answer(&self, arguments: &Arguments) -> StoreResult<Answer> {
        let response_date = self.response_date().await?;
        let asked = match Request::read(arguments) {
            Ok(asked) => asked,
            Err(refusals) => {
                let shown = refusals
                    .iter()
                    .all(|(code, _)| !matches!(code, ErrorCode::BadVerb | ErrorCode::BadArgument));
                return Ok(response::refusal(
                    &self.settings,
                    response_date,
                    arguments,
                    shown,
                    &refusals,
                ));
            }
        };
        let content = match &asked {
            Asked::Identify => self.identify(response_date).await,
            Asked::ListMetadataFormats { identifier } => self.formats(identifier.as_deref()).await,
            Asked::ListSets { token } => self.sets(token.as_deref()).await,
            Asked::GetRecord { identifier, prefix } => self.get_record(identifier, prefix).await,
            Asked::List(request) => self.list(request, response_date).await,
        };
        match content {
            Ok(content) => Ok(response::content(
                &self.settings,
                response_date,
                arguments,
                &content,
            )),
            Err(Refused::Protocol(refusal)) => {
                let shown = refusal.0 != ErrorCode::BadArgument;
                Ok(response::refusal(
                    &self.settings,
                    response_date,
                    arguments,
                    shown,
                    &[refusal],
                ))
            }
            Err(Refused::Store(error)) => Err(error),
        }
    }

    /// The last whole second that is finished, and all of whose changes can be seen.
    async fn response_date(&self) -> StoreResult<Time> {
        let horizon = self.horizon.get(|| self.store.safe_read_time()).await?;
        Ok(horizon.trunc_subsecs(0) - TimeDelta::seconds(1))
    }

    /// Sources, sets and formats.
    pub(crate) async fn collection(&self) -> StoreResult<Arc<Collection>> {
        let read = async || {
            Ok(Arc::new(
                Collection::read(&*self.store, &self.settings, &self.namespaces).await?,
            ))
        };
        self.collection.get(read).await
    }
}

/// A name under `.invalid` (RFC 6761) that no other store has.
fn default_repository(key: &StoreIdentity) -> String {
    let unique: String = key
        .uuid
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    format!("s{unique}.offprint.invalid")
}
