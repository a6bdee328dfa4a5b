//! Harvest article metadata over OAI-PMH, normalize it to one article model, export it.
//!
//! Data goes one way: [`oai`] and [`http`] fetch and read pages, [`harvest`] walks lists, [`store`] keeps
//! every page as received, [`metadata`] reads a record's format, [`normalize`] maps it to the model of
//! [`mod@article`], and [`export`] writes it out.

pub mod article;
#[cfg(feature = "cli")]
pub mod cli;
pub mod error;
pub mod export;
pub mod harvest;
pub mod http;
pub mod metadata;
pub mod normalize;
pub mod oai;
pub mod redact;
pub mod report;
pub mod snapshot;
pub mod store;

pub use article::{Article, Deletion, Entry};
pub use error::{Error, Result};
