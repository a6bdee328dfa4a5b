//! The command line: one file per subcommand; configuration, progress, exit codes and hints.
//!
//! Data goes to stdout, everything else to stderr. A setting is taken from its flag, else from the
//! environment (`OFFPRINT_*`), else from the [configuration file](config), else it has its default.

pub mod ack;
pub mod add;
pub mod bounds;
pub mod check;
pub mod completions;
pub mod config;
pub mod config_check;
pub mod connection;
pub mod context;
pub mod demo;
pub mod duplicates;
pub mod exit;
pub mod export;
pub mod findings;
pub mod forget;
pub mod get;
pub mod globals;
pub mod harvest;
pub mod hint;
pub mod identify;
pub mod init;
pub mod kbart;
pub mod man;
pub mod notify_config;
pub mod output;
pub mod probe;
pub mod progress;
pub mod provider;
pub mod report;
pub mod run;
pub mod schedule;
#[cfg(feature = "serve")]
pub mod serve;
pub mod show;
pub mod signal;
pub mod snapshot;
pub mod snapshot_config;
pub mod source;
pub mod status;
pub mod store;
pub mod values;
#[cfg(feature = "postgres")]
pub mod worker;

mod config_file;
mod derived;
mod deriving;
mod due;
pub mod journal_config;
pub mod journals;
mod log;
#[cfg(test)]
mod messages;
mod notify;
mod stored_settings;

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::error::{ContextKind, ContextValue};
use clap::{CommandFactory as _, Parser, Subcommand};

use config::Config;
use context::Context;
use exit::Exit;
use output::Label;
use values::LogFormat;

use crate::display::{MAX_MESSAGE, excerpt};
use crate::phase;

pub use crate::redact::redact;
pub use globals::Globals;

/// The help of `offprint` without a command: the commands by what they are for.
const HELP: &str = "\
{about}

{usage-heading} {usage}

Start:
  get          Harvest a journal by its URL and write its articles to a file
  check        Show what the metadata of a journal lacks, and how to put it right
  demo         Harvest a sample journal on this machine, and export it

Harvest:
  harvest      Harvest endpoints, or saved responses, into the store
  run          Harvest all due sources, then run the configured exports
  add          Add a journal, those of a site or those of a list to offprint.toml
  worker       Harvest what is due as one of many workers over one PostgreSQL store
  identify     Show the Identify response of an endpoint
  probe        Find out what an endpoint supports and gets wrong

Look:
  status       Show the state of every source
  show         Show one record, from its raw bytes to its article
  findings     Show repaired, doubtful and dropped values
  duplicates   Show articles that are in the store more than once
  report       Write web pages with figures of the collection

Export:
  export       Write the articles of the store in another format
  kbart        List the journals with their first and last issue, for link resolvers
  snapshot     Write a source as a BagIt bag for an archive, or verify one

Serve:
  serve        Serve the collection over OAI-PMH, and as web pages

Manage:
  init         Write a commented offprint.toml
  config       Check offprint.toml
  source       List, move, rename and remove sources
  ack          Acknowledge gaps, so that they no longer fail a run
  forget       Take a record down permanently
  store        Check, compact, copy and back up the store
  completions  Print shell completions
  man          Write the manual pages

`offprint COMMAND --help` shows the options of a command with examples.

{options}{after-help}";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "offprint",
    version,
    about = "Harvest article metadata over OAI-PMH, export it as JATS XML and JSON Lines",
    after_help = "Exit codes: 0 done · 1 failed · 2 wrong usage · 3 wrong configuration or no such store · \
                  4 finished but incomplete · 5 another run holds the lock · 130 interrupted · 143 terminated",
    arg_required_else_help = true,
    help_template = HELP,
    max_term_width = 100
)]
pub struct Cli {
    /// Settings of every command.
    #[command(flatten)]
    pub globals: Globals,
    /// The subcommand.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Harvest a sample journal on this machine over HTTP, and export it
    Demo(demo::DemoArgs),
    /// Harvest a journal by its URL and write its articles to a file
    Get(Box<get::GetArgs>),
    /// Show what the metadata of a journal lacks, and how to put it right
    Check(Box<check::CheckArgs>),
    /// Harvest records from endpoints, or from saved responses, into the store
    Harvest(harvest::HarvestArgs),
    /// Write the articles of the store in an export format
    Export(Box<export::ExportArgs>),
    /// Show the state of every source, gaps and the last runs
    #[command(visible_alias = "ls")]
    Status(status::StatusArgs),
    /// Show an endpoint's Identify response
    Identify(identify::IdentifyArgs),
    /// Write a commented offprint.toml to begin with
    Init(init::InitArgs),
    /// Probe a journal, or find those of a site or list, and add them to offprint.toml
    Add(add::AddArgs),
    /// Check offprint.toml
    Config(config_check::ConfigArgs),
    /// Harvest all due sources, then run the configured exports
    Run(run::RunArgs),
    /// Harvest due sources as one of many workers over one PostgreSQL store
    #[cfg(feature = "postgres")]
    Worker(worker::WorkerArgs),
    /// Probe an endpoint's capabilities and defects
    Probe(probe::ProbeArgs),
    /// List, move, rename and remove sources
    Source(source::SourceArgs),
    /// Acknowledge gaps, so that they no longer fail a run
    Ack(ack::AckArgs),
    /// Permanently suppress a record
    Forget(forget::ForgetArgs),
    /// Write a source as a BagIt bag for an archive, or check one
    Snapshot(snapshot::SnapshotArgs),
    /// Check, compact, copy and back up the store
    Store(store::StoreArgs),
    /// Show one record, from its raw bytes to its article
    Show(show::ShowArgs),
    /// List repaired, doubtful and dropped values by code
    Findings(findings::FindingsArgs),
    /// Show articles that are in the store more than once
    Duplicates(duplicates::DuplicatesArgs),
    /// List the journals with their first and last issue, for link resolvers (KBART)
    Kbart(kbart::KbartArgs),
    /// Write a web page with statistics of the collection
    Report(report::ReportArgs),
    /// Serve the collection over OAI-PMH and as web pages
    #[cfg(feature = "serve")]
    Serve(serve::ServeArgs),
    /// Print the completions of a shell
    Completions(completions::CompletionsArgs),
    /// Write the manual pages
    Man(man::ManArgs),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    run_with(std::env::args_os()).into()
}

/// Runs a command line, the name of the program first, and returns its exit code.
pub fn run_with(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments = with_format_first(arguments.into_iter().collect());
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            if let Some(url) = bare_url(&error) {
                output::labelled(Label::Error, &format!("{url:?} is not a command"));
                let hint = format!("offprint get {url} -o articles.jsonl");
                output::labelled(Label::Hint, &hint);
                return Exit::Usage;
            }
            let printed = print(&error);
            return if error.use_stderr() {
                Exit::Usage
            } else {
                printed.map_or_else(|error| report(&error.into(), false), |()| Exit::Done)
            };
        }
    };
    let json = cli.globals.log_format == Some(LogFormat::Json);
    match run(cli) {
        Ok(exit) => exit,
        Err(error) => report(&error, json),
    }
}

/// Prints help, or an error of clap, which quotes arguments: they may hold secrets.
fn print(error: &clap::Error) -> std::io::Result<()> {
    let text = error.render().to_string();
    let redacted = redact(&text);
    if redacted == text || !error.use_stderr() {
        error.print()
    } else {
        output::to_stderr(redacted.trim_end());
        Ok(())
    }
}

/// Moves the format of `export -f FORMAT` to its place, for those who type it as an option, as other tools have it.
fn with_format_first(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_none_or(|command| command != "export") {
        return arguments;
    }
    let is_option = |argument: &OsString| argument == "-f" || argument == "--format";
    if let Some(at) = arguments.iter().position(is_option)
        && at + 1 < arguments.len()
    {
        let format = arguments.remove(at + 1);
        arguments.remove(at);
        arguments.insert(2, format);
    }
    arguments
}

/// Returns the URL that stands in the place of a subcommand, without secrets.
fn bare_url(error: &clap::Error) -> Option<String> {
    let ContextValue::String(word) = error.get(ContextKind::InvalidSubcommand)? else {
        return None;
    };
    let is_url = word.contains("://") || (word.contains('.') && word.contains('/'));
    is_url.then(|| redact(word))
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    // What makes the file, or says what is wrong with it, does not need it to be right.
    let (config, config_path) = match cli.command {
        Command::Init(_) => (Config::default(), cli.globals.config.clone()),
        Command::Config(_) | Command::Completions(_) | Command::Man(_) => (
            Config::default(),
            Config::locate(cli.globals.config.as_deref()),
        ),
        _ => Config::find(cli.globals.config.as_deref())?,
    };
    let context = Context::new(cli.globals, config, config_path);
    log::init(&context);
    if let Some(path) = &context.config_path {
        tracing::debug!(path = %path.display(), "configuration read");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let done = runtime.block_on(async {
        let context = context.listen_to_signals()?;
        let done = tokio::select! {
            done = shown(&context, dispatch(&context, cli.command)) => done,
            () = context.shutdown.stops() => Ok(Exit::Interrupted),
        };
        // A command that was asked to end early ended for that reason, whatever it says itself.
        match context.shutdown.exit() {
            Some(exit) => done.map(|_| exit).or_else(|error| {
                tracing::debug!("{}", format_error_chain(&error));
                Ok(exit)
            }),
            None => done,
        }
    });
    // What still runs on other threads is of no use any more when the command was stopped.
    if matches!(done, Ok(Exit::Interrupted | Exit::Terminated)) {
        crate::temporary::stop();
        runtime.shutdown_background();
    }
    done
}

/// Shows the phases of a command where there is a terminal.
async fn shown<T>(context: &Context, command: impl Future<Output = T>) -> T {
    if context.progress.has_bars() {
        phase::observed(Arc::clone(&context.progress) as _, command).await
    } else {
        command.await
    }
}

/// Runs the command.
async fn dispatch(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(args) => Box::pin(demo::run(context, &args)).await,
        Command::Get(args) => Box::pin(get::run(context, &args)).await,
        Command::Check(args) => Box::pin(check::run(context, &args)).await,
        Command::Harvest(args) => harvest::run(context, &args).await,
        Command::Export(args) => match &args.url {
            Some(url) => Box::pin(get::export_url(context, url, &args)).await,
            None => Box::pin(export::run(context, &args)).await,
        },
        Command::Status(args) => status::run(context, &args).await,
        Command::Identify(args) => identify::run(context, &args).await,
        Command::Init(args) => init::run(context, &args),
        Command::Add(args) => add::run(context, &args).await,
        Command::Config(args) => config_check::run(context, &args),
        Command::Run(args) => run::run(context, &args).await,
        #[cfg(feature = "postgres")]
        Command::Worker(args) => worker::run(context, &args).await,
        Command::Probe(args) => probe::run(context, &args).await,
        Command::Source(args) => source::run(context, &args).await,
        Command::Ack(args) => ack::run(context, &args).await,
        Command::Forget(args) => forget::run(context, &args).await,
        Command::Snapshot(args) => snapshot::run(context, &args).await,
        Command::Store(args) => store::run(context, &args).await,
        Command::Show(args) => show::run(context, &args).await,
        Command::Findings(args) => findings::run(context, &args).await,
        Command::Duplicates(args) => duplicates::run(context, &args).await,
        Command::Kbart(args) => kbart::run(context, &args).await,
        Command::Report(args) => report::run(context, &args).await,
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(context, &args).await,
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Man(args) => man::run(context, &args, Cli::command()),
    }
}

/// Prints what failed, and what may help.
fn report(error: &anyhow::Error, json: bool) -> Exit {
    let exit = Exit::of(error);
    if exit == Exit::Done {
        return exit;
    }
    let message = format_error_chain(error);
    let hint = hint::hint(error);
    if json {
        let message = excerpt(&message, MAX_MESSAGE);
        let hint = hint.as_deref().map(|hint| excerpt(hint, MAX_MESSAGE));
        output::json_to_stderr(
            &serde_json::json!({"level": "ERROR", "error": message, "hint": hint, "exit": exit as u8}),
        );
    } else {
        output::labelled(Label::Error, &message);
        if let Some(hint) = hint {
            output::labelled(Label::Hint, &hint);
        }
    }
    exit
}

/// An error with its causes in one line; a cause whose words the error has already is not said again.
fn format_error_chain(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if message.is_empty() {
            message = cause;
        } else if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    redact(&message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("offprint export -f jats -o jats/", "offprint export jats -o jats/")]
    #[case(
        "offprint export --limit 3 --format csv",
        "offprint export csv --limit 3"
    )]
    #[case("offprint get URL -f csv", "offprint get URL -f csv")]
    #[case("offprint export csv", "offprint export csv")]
    #[case("offprint export -f", "offprint export -f")]
    fn the_format_of_export_may_be_an_option(#[case] given: &str, #[case] expected: &str) {
        let words = |text: &str| -> Vec<OsString> { text.split(' ').map(OsString::from).collect() };
        assert_eq!(with_format_first(words(given)), words(expected));
    }
}
