//! A harvest: windows, walking a list, resuming.

/// Why a harvest could not go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HarvestError {}
