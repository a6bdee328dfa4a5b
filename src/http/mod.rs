//! The HTTP client: limits per host, retries, bounds, and telling a block page from a repository.
//!
//! A [`Client`] sends one request at a time to a host and never faster than its rate. What comes back is
//! bounded in size and time, decoded here, and classified; whether to try again is decided in
//! [`retry`], in one place.

mod address;
mod block_page;
mod body;
mod bounded;
mod client;
mod coding;
mod credentials;
mod error;
mod failure;
mod host;
mod internal;
mod redirect;
pub mod retry;

pub(crate) use address::{address, host_of};
pub use block_page::{BlockPage, looks_like_html, recognise};
pub use client::{Client, Expect, Options, Response};
pub use credentials::{Credentials, Deadline};
pub use error::{HttpError, TlsFailure};
pub use host::{HostRate, Rate};
pub use internal::is_internal;
