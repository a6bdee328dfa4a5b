//! Options of every command.

use std::path::PathBuf;

use clap::Args;
use clap::builder::FalseyValueParser;

use crate::cli::values::LogFormat;
use crate::store::Location;

/// Settings of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Store: a file, or a postgres:// URL [default: offprint.db beside the configuration file]
    #[arg(
        long,
        global = true,
        env = "OFFPRINT_STORE",
        hide_env_values = true,
        value_name = "FILE|URL"
    )]
    pub store: Option<Location>,

    /// Configuration file [default: offprint.toml here, in the XDG folder, in /etc/offprint]
    #[arg(long, global = true, env = "OFFPRINT_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Print only errors
    #[arg(long, short, global = true, env = "OFFPRINT_QUIET", value_parser = FalseyValueParser::new(), conflicts_with = "verbose")]
    pub quiet: bool,

    /// Increase log verbosity on stderr
    #[arg(long, short, global = true, env = "OFFPRINT_VERBOSE", value_parser = FalseyValueParser::new())]
    pub verbose: bool,

    /// Log format on stderr [default: text]
    #[arg(
        long,
        global = true,
        env = "OFFPRINT_LOG_FORMAT",
        value_name = "FORMAT"
    )]
    pub log_format: Option<LogFormat>,
}
