//! Shared by the harvest tests: a repository, a server that misbehaves by script, the command under test,
//! and the expectations.
//!
//! A [`repository::Repository`] holds synthetic records and answers as the specification asks; a
//! [`script::Rule`] binds a fault to a place and a number of times; [`server::Server`] speaks HTTP/1.1 of its
//! own, since a proper HTTP library cannot be made to cut, stall or mis-frame a body; [`command`] runs the
//! real binary; [`case`] is a line of the table of faults; [`outcome`] looks into the store it left.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses its part of this module"
)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "when the tools of a test fail, it has failed"
)]

pub mod case;
pub mod command;
pub mod outcome;
pub mod store;
pub mod tls;

pub use testkit::{damage, render, repository, script, server, walls, wire};
