//! Logs on stderr, beside progress bars rather than through them.

use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::context::Context;
use crate::cli::progress::Progress;
use crate::cli::redact;
use crate::cli::values::LogFormat;

/// Starts logging: warnings, with `--verbose` what the program does, with `--quiet` errors. RUST_LOG, where
/// it is set, decides in more detail.
pub(super) fn init(context: &Context) {
    let level = match (context.quiet, context.verbose) {
        (true, _) => "error",
        (false, true) => "warn,offprint=debug",
        (false, false) => "warn",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let colour = io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(colour)
        .with_writer(BesideBars(Arc::clone(&context.progress)));
    // Only the first call of a process can succeed, and that one has.
    let _ = match context.log_format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}

struct BesideBars(Arc<Progress>);

impl<'a> MakeWriter<'a> for BesideBars {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

struct Line<'a>(&'a Progress);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // An event comes in one piece, and whatever library made it.
        let shown = redact(&String::from_utf8_lossy(bytes));
        self.0
            .suspend(|| io::stderr().write_all(shown.as_bytes()))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
