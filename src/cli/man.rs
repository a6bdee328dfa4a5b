//! `offprint man`: the manual pages, one a command.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Command};
use clap_mangen::Man;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::export::{ExportError, OutFile};

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint man -o ~/.local/share/man/man1")]
pub struct ManArgs {
    /// The folder that they go to; made where it is not there
    #[arg(long, short, value_name = "DIR")]
    pub output: PathBuf,
}

/// Runs `man` for the whole command line.
pub(super) fn run(context: &Context, args: &ManArgs, command: Command) -> anyhow::Result<Exit> {
    std::fs::create_dir_all(&args.output)
        .map_err(|error| ExportError::io("make", args.output.clone(), error))?;
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let written = write(&command, args)?;
    context
        .progress
        .println(&format!("{written} pages in {}", args.output.display()));
    Ok(Exit::Done)
}

/// Writes the page of a command and of those below it; how many they are.
fn write(command: &Command, args: &ManArgs) -> anyhow::Result<usize> {
    let name = command
        .get_display_name()
        .unwrap_or_else(|| command.get_name())
        .to_owned();
    let path = args.output.join(format!("{name}.1"));
    let mut page = Vec::new();
    Man::new(command.clone())
        .title(name.to_uppercase())
        .source(format!("offprint {}", env!("CARGO_PKG_VERSION")))
        .manual("offprint")
        .render(&mut page)?;
    let mut file = OutFile::open(&path)?;
    file.write_all(&page)
        .map_err(|error| ExportError::io("write", &path, error))?;
    file.commit()?;
    let mut written = 1;
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        written += write(below, args)?;
    }
    Ok(written)
}
