//! `offprint completions`: what a shell needs to complete the command line.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::exit::Exit;
use crate::cli::output;

/// Arguments of `completions`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Examples:
  offprint completions bash > ~/.local/share/bash-completion/completions/offprint
  offprint completions zsh > ~/.zfunc/_offprint
  offprint completions fish > ~/.config/fish/completions/offprint.fish
  offprint completions powershell >> $PROFILE")]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

/// Runs `completions` for the whole command line.
pub(super) fn run(args: &CompletionsArgs, mut command: Command) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "offprint", &mut script);
    output::to_stdout(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
