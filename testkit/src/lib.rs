//! OAI-PMH repositories for tests and benches.
//!
//! A [`repository::Repository`] holds synthetic records and answers as the specification asks. A [`script::Rule`] binds a
//! fault to a place and a number of times. [`server::Server`] serves repositories over HTTP/1.1 of its own, since a proper
//! HTTP library cannot be made to cut, stall or mis-frame a body.
//!
//! [`pages`] are the pages of a large journal, the same bytes on every machine, for measurements; [`plain`] serves such
//! prepared responses with as little work as possible.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "when the tools of a test fail, it has failed"
)]

pub mod answer;
pub mod damage;
#[cfg(unix)]
pub mod pages;
pub mod plain;
pub mod render;
pub mod repository;
pub mod script;
pub mod server;
pub mod spoil;
pub mod walls;
pub mod wire;
