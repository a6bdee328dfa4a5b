//! The manual is true: its examples run, its command lines are taken, its links lead somewhere, and what it
//! quotes is what is there.

#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may stop at once")]

mod cli_support;
#[path = "manual/examples.rs"]
mod examples;
#[path = "manual/generated.rs"]
mod generated;
#[path = "manual/lines.rs"]
mod lines;
#[path = "manual/links.rs"]
mod links;
#[path = "manual/pages.rs"]
mod pages;
#[path = "manual/shells.rs"]
mod shells;
