//! `offprint init`: a commented offprint.toml.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::config::FILE_NAME;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::temporary::{Access, Temporary};

/// Every key with its default, commented out.
const EXAMPLE: &str = include_str!("../../offprint.example.toml");

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  offprint init
  offprint init /etc/offprint/offprint.toml
  offprint init --config journals.toml

Then `offprint add URL` for each journal, and `offprint run` from cron.")]
pub struct InitArgs {
    /// The file to write; an existing file is not changed [default: that of --config, else offprint.toml]
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// Writes a new file, whole or not at all, so that its owner alone can read it: it may come to hold credentials.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    let (temporary, mut file) = Temporary::file_beside(path, Access::Private)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    // A link replaces nothing that has come meanwhile; not every file system has links.
    match fs::hard_link(temporary.path(), path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => temporary.rename_to(path),
        linked => linked,
    }
}

/// Runs `init`.
pub(super) fn run(context: &Context, args: &InitArgs) -> anyhow::Result<Exit> {
    let named = args.file.as_ref().or(context.config_path.as_ref());
    let path: &Path = named.map_or(Path::new(FILE_NAME), PathBuf::as_path);
    let written = write_private(path, EXAMPLE);
    match written {
        Ok(()) => {
            context.progress.println(&format!(
                "{} is written; `offprint add URL` adds a journal",
                path.display()
            ));
            Ok(Exit::Done)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(Failure::config(format!(
            "{} is there already, and stays as it is",
            path.display()
        ))
        .into()),
        Err(error) => {
            Err(Failure::config(format!("cannot write {}: {error}", path.display())).into())
        }
    }
}
