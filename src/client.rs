//! The protocol client by itself: the six verbs of OAI-PMH, with lists as streams of records.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let journal = offprint::cli::demo::DemoJournal::start().await?;
//! # let url = journal.base_url();
//! use futures_util::TryStreamExt as _;
//! use offprint::client::Client;
//!
//! let client = Client::new(url)?;
//! let mut records = client.list_records("oai_dc").set("cac:RP").from("2020-01-01");
//! while let Some(record) = records.try_next().await? {
//!     println!("{} {}", record.header.identifier, record.metadata.unwrap_or_default());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Requests are sent one at a time, at most one per second to a host unless [`ClientBuilder::rate`] says otherwise.
//! Responses are bounded in size and time, repaired where XML is not well-formed, and requested again after a failure
//! that may pass.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream};
use tokio_util::sync::CancellationToken;

use crate::error::{Error, Result};
use crate::harvest::base_url::base_url;
use crate::harvest::{Endpoint, HarvestError, NoObserver, OaiResponse};
use crate::http::{self, Options, Rate};
use crate::oai::{ErrorCode, ListArgs, ListEnd, Request, Verb, read_record};
use crate::values::DisplaySafeUrl;

pub use crate::oai::{
    DeletedRecord, Granularity, Header, Identify, MetadataFormat, Record, Repair, Repairs, Set,
    Software,
};

/// Most sets that are read of an endpoint.
const MAX_SETS: usize = 1_000_000;

/// A client of one OAI-PMH endpoint. Cheap to clone; clones share the rate limit.
#[derive(Clone)]
pub struct Client {
    endpoint: Endpoint,
}

/// Sets up a [`Client`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing before `build`"]
pub struct ClientBuilder {
    base_url: String,
    options: Options,
}

impl ClientBuilder {
    /// Requests per second to the host; one by default.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.options.host.rate = rate;
        self
    }

    /// A mail address for the operator of the endpoint to write to, sent as `From`.
    pub fn contact(mut self, address: impl Into<String>) -> Self {
        self.options.contact = Some(address.into());
        self
    }

    /// Attempts per request; five by default.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.options.tries = attempts.max(1);
        self
    }

    /// Builds the client. Nothing is requested yet.
    ///
    /// # Errors
    /// When the base URL is invalid.
    pub fn build(self) -> Result<Client> {
        let url = base_url(&self.base_url)?;
        let client = http::Client::new(self.options).map_err(HarvestError::from)?;
        let name = url.host_str().unwrap_or_default().to_owned();
        let endpoint = Endpoint::new(
            client,
            url,
            &name,
            Arc::new(NoObserver),
            CancellationToken::new(),
        );
        Ok(Client { endpoint })
    }
}

impl Client {
    /// A client of the endpoint at this base URL, with the default rate of one request per second.
    ///
    /// # Errors
    /// When the base URL is invalid.
    pub fn new(base_url: impl Into<String>) -> Result<Self> {
        Self::builder(base_url).build()
    }

    /// A client with settings of its own.
    pub fn builder(base_url: impl Into<String>) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.into(),
            options: Options::default(),
        }
    }

    /// Requests Identify (§4.2).
    ///
    /// # Errors
    /// As of every request: when there is no usable response after all attempts, or the response is a protocol error.
    ///
    /// # Examples
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let journal = offprint::cli::demo::DemoJournal::start().await?;
    /// # let url = journal.base_url();
    /// # use offprint::client::Client;
    /// let identify = Client::new(url)?.identify().await?;
    /// assert_eq!(identify.repository_name, "CENTRAL ASIA AND THE CAUCASUS");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn identify(&self) -> Result<Identify> {
        let answer = self.request(&Request::Identify).await?;
        Ok(answer.page.identify.unwrap_or_default())
    }

    /// The formats that the repository offers (§4.4).
    ///
    /// # Errors
    /// As of [`identify`](Self::identify).
    pub async fn list_metadata_formats(&self) -> Result<Vec<MetadataFormat>> {
        let request = Request::ListMetadataFormats { identifier: None };
        Ok(self.request(&request).await?.page.formats)
    }

    /// The sets of the repository (§4.6), from all pages of the list; none where it has no sets.
    ///
    /// # Errors
    /// As of [`identify`](Self::identify), and when the list repeats itself.
    pub async fn list_sets(&self) -> Result<Vec<Set>> {
        let mut sets = Vec::new();
        let mut tokens = HashSet::new();
        let mut request = Request::ListSets;
        loop {
            let page = match self.request(&request).await {
                Ok(answer) => answer.page,
                Err(error) if error.has_code(&ErrorCode::NoSetHierarchy) => return Ok(sets),
                Err(error) => return Err(error),
            };
            sets.extend(page.sets);
            match page.end {
                ListEnd::More(token) if sets.len() < MAX_SETS => {
                    if !tokens.insert(token.value.clone()) {
                        return Err(Error::list_repeats(self.endpoint.base_url()));
                    }
                    request = Request::Resume {
                        verb: Verb::ListSets,
                        token: token.value,
                        metadata_prefix: None,
                    };
                }
                _ => return Ok(sets),
            }
        }
    }

    /// One record in a format (§4.1); `None` where the repository does not know the identifier.
    ///
    /// # Errors
    /// As of [`identify`](Self::identify).
    pub async fn get_record(
        &self,
        identifier: impl Into<String>,
        metadata_prefix: impl Into<String>,
    ) -> Result<Option<Record>> {
        let request = Request::GetRecord {
            identifier: identifier.into(),
            metadata_prefix: metadata_prefix.into(),
        };
        match self.request(&request).await {
            Ok(answer) => Ok(records(&answer)?.pop_front()),
            Err(error) if error.has_code(&ErrorCode::IdDoesNotExist) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The records of the repository in a format (§4.5), as a stream that follows the resumptionTokens.
    pub fn list_records(&self, metadata_prefix: impl Into<String>) -> ListRecords {
        ListRecords(List::new(self, Verb::ListRecords, metadata_prefix.into()))
    }

    /// The headers of the records in a format (§4.3), as a stream that follows the resumptionTokens.
    pub fn list_identifiers(&self, metadata_prefix: impl Into<String>) -> ListIdentifiers {
        ListIdentifiers(List::new(
            self,
            Verb::ListIdentifiers,
            metadata_prefix.into(),
        ))
    }

    /// Sends a request; a protocol error is an error.
    async fn request(&self, request: &Request) -> Result<OaiResponse> {
        let answer = self
            .endpoint
            .request(request)
            .await
            .map_err(HarvestError::from)?;
        match answer.page.errors.first() {
            Some(error) if answer.page.records.is_empty() && answer.page.sets.is_empty() => {
                Err(Error::protocol(error.clone(), &answer.url))
            }
            _ => Ok(answer),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &DisplaySafeUrl::from(self.endpoint.base_url()))
            .finish_non_exhaustive()
    }
}

/// The records of a page.
fn records(answer: &OaiResponse) -> Result<VecDeque<Record>> {
    let body = &answer.response.body;
    answer
        .page
        .records
        .iter()
        .map(|at| {
            Ok(read_record(
                &body[at.offset..at.offset + at.len],
                &answer.page.head,
            )?)
        })
        .collect()
}

/// A list request and the pages that answer it.
struct List {
    client: Client,
    verb: Verb,
    arguments: ListArgs,
    /// Records that were received and not yet taken.
    received: VecDeque<Record>,
    position: Position,
    /// Hashes of the pages so far: one that comes again is a loop.
    pages: HashSet<u64>,
}

enum Position {
    Next(Request),
    Waiting(BoxFuture<'static, Result<OaiResponse>>),
    Start,
    End,
}

impl List {
    fn new(client: &Client, verb: Verb, metadata_prefix: String) -> Self {
        Self {
            client: client.clone(),
            verb,
            arguments: ListArgs {
                metadata_prefix,
                ..ListArgs::default()
            },
            received: VecDeque::new(),
            position: Position::Start,
            pages: HashSet::new(),
        }
    }

    fn first_request(&self) -> Request {
        match self.verb {
            Verb::ListIdentifiers => Request::ListIdentifiers(self.arguments.clone()),
            _ => Request::ListRecords(self.arguments.clone()),
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Record>>> {
        loop {
            if let Some(record) = self.received.pop_front() {
                return Poll::Ready(Some(Ok(record)));
            }
            match &mut self.position {
                Position::Start => self.position = Position::Next(self.first_request()),
                Position::Next(request) => {
                    let (client, request) = (self.client.clone(), request.clone());
                    self.position =
                        Position::Waiting(async move { client.request(&request).await }.boxed());
                }
                Position::Waiting(response) => {
                    let answer = match response.poll_unpin(context) {
                        Poll::Pending => return Poll::Pending,
                        Poll::Ready(answer) => answer,
                    };
                    self.position = Position::End;
                    if let Err(error) = answer.and_then(|answer| self.take(&answer))
                        && !error.has_code(&ErrorCode::NoRecordsMatch)
                    {
                        return Poll::Ready(Some(Err(error)));
                    }
                }
                Position::End => return Poll::Ready(None),
            }
        }
    }

    /// Takes the records of a page, and the request for the next one.
    fn take(&mut self, answer: &OaiResponse) -> Result<()> {
        if let ListEnd::More(token) = &answer.page.end {
            if !self
                .pages
                .insert(answer.page.list_hash(&answer.response.body))
            {
                return Err(Error::list_repeats(self.client.endpoint.base_url()));
            }
            self.position = Position::Next(Request::Resume {
                verb: self.verb,
                token: token.value.clone(),
                metadata_prefix: None,
            });
        }
        self.received = records(answer)?;
        Ok(())
    }
}

/// A list is a list of records or of headers: the same settings, and a stream.
macro_rules! list {
    ($name:ident, $item:ty, $what:literal, $of:expr) => {
        #[doc = concat!("A stream of ", $what, ", narrowed before it is read. The list ends with an error where a page cannot be had.")]
        #[must_use = "a stream does nothing unless it is read"]
        pub struct $name(List);

        impl $name {
            /// Only records in this set.
            pub fn set(mut self, spec: impl Into<String>) -> Self {
                self.0.arguments.set = Some(spec.into());
                self
            }

            /// Only records with this datestamp or a later one, in the granularity of the repository.
            pub fn from(mut self, datestamp: impl Into<String>) -> Self {
                self.0.arguments.from = Some(datestamp.into());
                self
            }

            /// Only records with this datestamp or an earlier one, in the granularity of the repository.
            pub fn until(mut self, datestamp: impl Into<String>) -> Self {
                self.0.arguments.until = Some(datestamp.into());
                self
            }
        }

        impl Stream for $name {
            type Item = Result<$item>;

            fn poll_next(
                mut self: Pin<&mut Self>,
                context: &mut Context<'_>,
            ) -> Poll<Option<Self::Item>> {
                self.0.poll(context).map_ok($of)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.0.arguments).finish()
            }
        }
    };
}

list!(ListRecords, Record, "records", |record| record);
list!(ListIdentifiers, Header, "headers", |record: Record| record
    .header);
