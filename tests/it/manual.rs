//! The manual is true: its examples run, its command lines are taken, its links lead somewhere, and what it
//! quotes is what is there.

mod examples;
mod generated;
mod lines;
mod links;
pub(crate) mod pages;
mod pictures;
mod shells;
