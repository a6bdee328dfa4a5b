//! The HTTP client: politeness per host, retry, bounds, and telling a bot wall from a repository.
//!
//! A [`Client`] sends one request at a time to a host and never faster than its rate. What comes back is
//! bounded in size and time, decoded here, and classified; whether to try again is decided in
//! [`retry`], in one place.

mod access;
mod body;
mod client;
mod coding;
mod error;
mod host;
pub mod retry;
mod wall;

pub use access::{Access, Until};
pub use client::{Client, Expect, Options, Response};
pub(crate) use client::{address, host_of, shown};
pub use error::HttpError;
pub use host::{HostRate, Rate};
pub use wall::{Wall, looks_like_html, recognise};
