//! Seven users follow the manual, each on a machine of its own: a librarian, an archivist, a data scientist, the manager
//! of a journal, a programmer, an aggregator, and someone who wants the references of a journal.
//!
//! The commands are those of the pages, read from `docs/`; see [`machine`].

mod aggregator;
mod archivist;
mod data_scientist;
mod journal_manager;
mod librarian;
mod machine;
mod programmer;
mod references;
