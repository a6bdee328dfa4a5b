//! Exit codes: what a script learns of a run.

use std::io;
use std::process::ExitCode;

use crate::error::{Cause, Error};
use crate::harvest::HarvestError;
use crate::store::StoreError;

/// The exit code of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, also when there was nothing new.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Wrong usage.
    Usage = 2,
    /// Wrong configuration, or no such store.
    Config = 3,
    /// Finished, but incomplete: some source, window or record could not be fetched.
    Incomplete = 4,
    /// Another run holds the lock.
    Locked = 5,
    /// Interrupted (SIGINT); ended at a page's edge.
    Interrupted = 130,
    /// Terminated (SIGTERM, SIGHUP); ended at a page's edge.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure of the command line itself, with its exit code and what may help.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// The failure: lower case, no full stop.
    pub message: String,
    /// A hint that says what to type.
    pub hint: Option<String>,
}

impl Failure {
    /// Wrong usage.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.into(),
            hint: None,
        }
    }

    /// Wrong configuration.
    pub fn config(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Config,
            message: message.into(),
            hint: None,
        }
    }

    /// The other side refused.
    pub fn refused(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.into(),
            hint: None,
        }
    }

    /// The same, with the place that it was found in before it.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        self.message = format!("{place}: {}", self.message);
        self
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Exit {
    /// Returns the exit code for an error.
    pub fn of(error: &anyhow::Error) -> Self {
        error.chain().find_map(Self::of_one).unwrap_or(Self::Failed)
    }

    fn of_one(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return Some(failure.exit);
        }
        if let Some(error) = store_error(error) {
            return Some(Self::of_store(error));
        }
        if let Some(error) = harvest_error(error) {
            return Some(Self::of_harvest(error));
        }
        // A reader that has seen enough, as `head` does, is not a failure.
        let io = error.downcast_ref::<io::Error>()?;
        (io.kind() == io::ErrorKind::BrokenPipe).then_some(Self::Done)
    }

    /// Returns the exit code for a source that could not be harvested.
    pub(super) fn of_harvest(error: &HarvestError) -> Self {
        match error {
            HarvestError::BadUrl { .. }
            | HarvestError::BadDate { .. }
            | HarvestError::UnknownSet { .. }
            | HarvestError::UnknownFormat { .. } => Self::Usage,
            _ => Self::Failed,
        }
    }

    fn of_store(error: &StoreError) -> Self {
        match error {
            StoreError::Missing { .. }
            | StoreError::NotAStore { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::Denied { .. }
            | StoreError::Unusable { .. }
            | StoreError::Unsupported { .. } => Self::Config,
            StoreError::Unknown { .. } => Self::Usage,
            StoreError::Locked { .. }
            | StoreError::Fenced { .. }
            | StoreError::Superseded { .. } => Self::Locked,
            _ => Self::Failed,
        }
    }
}

/// The store's error, alone or inside the library's: a transparent error hides itself from the chain.
pub(super) fn store_error<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a StoreError> {
    match (error.downcast_ref::<Error>(), harvest_error(error)) {
        (Some(Error(Cause::Store(error))), _) | (_, Some(HarvestError::Store(error))) => {
            Some(error)
        }
        _ => error.downcast_ref(),
    }
}

/// The harvest's error, likewise.
pub(super) fn harvest_error<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a HarvestError> {
    match error.downcast_ref::<Error>() {
        Some(Error(Cause::Harvest(error))) => Some(error),
        _ => error.downcast_ref(),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    fn missing() -> StoreError {
        StoreError::Missing {
            path: "a.db".to_owned(),
        }
    }

    #[test]
    fn codes_are_found_at_any_depth() {
        let deep = Err::<(), _>(Error::from(missing()))
            .context("export failed")
            .unwrap_err();
        assert_eq!(Exit::of(&deep), Exit::Config);
        assert_eq!(Exit::of(&anyhow::Error::from(missing())), Exit::Config);
        let locked = StoreError::Locked {
            path: "a.db".to_owned(),
        };
        assert_eq!(
            Exit::of(&anyhow::Error::from(locked).context("harvest failed")),
            Exit::Locked
        );
        let locked = HarvestError::Store(StoreError::Locked {
            path: "a.db".to_owned(),
        });
        assert_eq!(Exit::of(&Error::from(locked).into()), Exit::Locked);
        let set = HarvestError::UnknownSet {
            set: "a".to_owned(),
            known: Vec::new(),
        };
        assert_eq!(Exit::of(&set.into()), Exit::Usage);
        assert_eq!(Exit::of(&Failure::usage("no").into()), Exit::Usage);
        assert_eq!(Exit::of(&anyhow::anyhow!("something")), Exit::Failed);
    }

    #[test]
    fn exits_0_on_a_broken_pipe() {
        let error =
            anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing");
        assert_eq!(Exit::of(&error), Exit::Done);
        assert_eq!(
            Exit::of(&io::Error::from(io::ErrorKind::NotFound).into()),
            Exit::Failed
        );
    }
}
