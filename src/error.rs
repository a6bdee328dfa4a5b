//! The error of the library: what failed, where, and what may help.

/// A result of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Anything that stops a piece of work. A loss that work goes on without is a gap of the
/// [harvest](crate::harvest), and a doubt about a value is a [finding](crate::article::Finding).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A harvest could not go on.
    #[error(transparent)]
    Harvest(#[from] crate::harvest::HarvestError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// An export failed.
    #[error(transparent)]
    Export(#[from] crate::export::ExportError),
}
