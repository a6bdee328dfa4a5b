//! A harvest: windows, walking a list, resuming.

pub mod observe;

pub use observe::{NoObserver, Observer};

/// Why a harvest could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HarvestError {}
