//! Messages about sources that begin to fail and that answer again, to a webhook or a command (`[notify]`).
//!
//! A message is sent once for each change, within bounded time; what goes wrong with it is reported and changes nothing
//! else.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cli::config::Config;
use crate::cli::notify_config::NotifyConfig;
use crate::cli::output::{self, Label, counted, plain};
use crate::display::excerpt;
use crate::http::{Client, Options, host_of};
use crate::redact::redact;
use crate::store::{SourceSettings, Time};

/// Longest time of a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause between two looks at whether a command has ended.
const LOOK: Duration = Duration::from_millis(50);
/// Sources that a message lists; JSON has all.
const LISTED: usize = 50;
/// Longest reason in a message, bytes.
const MAX_REASON: usize = 300;

/// A source in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Changed {
    name: String,
    base_url: String,
    /// Why it fails, or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// Start of the first run that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Time>,
}

/// The sources that began to fail, and those that answer again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Changes {
    failing: Vec<Changed>,
    recovered: Vec<Changed>,
}

impl Changes {
    /// Compares the sources before and after a run.
    pub(super) fn between(before: &[SourceSettings], after: &[SourceSettings]) -> Self {
        let known: HashMap<&str, &SourceSettings> = before
            .iter()
            .filter_map(|source| Some((source.spec.name.as_deref()?, source)))
            .collect();
        let mut changes = Self::default();
        for source in after {
            let Some(name) = source.spec.name.as_deref() else {
                continue;
            };
            let old = known.get(name);
            let failed = old.is_some_and(|old| old.attempts.failures > 0);
            match (failed, source.attempts.failures > 0) {
                (false, true) => changes.failing.push(Changed::of(name, source)),
                (true, false) => changes
                    .recovered
                    .extend(old.map(|old| Changed::of(name, old))),
                _ => {}
            }
        }
        changes
    }

    /// Adds changes of other sources.
    #[cfg(feature = "postgres")]
    pub(super) fn extend(&mut self, more: Self) {
        self.failing.extend(more.failing);
        self.recovered.extend(more.recovered);
    }

    /// Returns whether nothing has changed.
    pub(super) fn is_empty(&self) -> bool {
        self.failing.is_empty() && self.recovered.is_empty()
    }

    /// Returns the message in one line.
    fn summary(&self) -> String {
        let failing = format!("{} began to fail", counted(self.failing.len(), "source"));
        let recovered = self.recovered.len();
        let answer = if recovered == 1 { "answers" } else { "answer" };
        let recovered = format!("{} {answer} again", counted(recovered, "source"));
        match (self.failing.is_empty(), self.recovered.is_empty()) {
            (false, true) => format!("offprint: {failing}"),
            (true, _) => format!("offprint: {recovered}"),
            (false, false) => format!("offprint: {failing}, {recovered}"),
        }
    }

    /// Returns the message as text.
    fn text(&self) -> String {
        let mut text = format!("{}\n", self.summary());
        for (title, sources) in [("failing", &self.failing), ("recovered", &self.recovered)] {
            if sources.is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n{title}");
            for source in sources.iter().take(LISTED) {
                let _ = write!(text, "  {}  {}", plain(&source.name), source.base_url);
                if let (Some(error), "failing") = (&source.error, title) {
                    let _ = write!(text, "\n    {}", plain(&excerpt(error, MAX_REASON)));
                }
                text.push('\n');
            }
            if sources.len() > LISTED {
                let _ = writeln!(
                    text,
                    "  {} more: offprint status --failing",
                    sources.len() - LISTED
                );
            }
        }
        text
    }
}

impl Changed {
    fn of(name: &str, source: &SourceSettings) -> Self {
        Self {
            name: name.to_owned(),
            base_url: redact(&source.spec.base_url),
            error: source.attempts.error.as_deref().map(redact),
            since: source.attempts.failing_since,
        }
    }
}

/// The body of a request to a webhook. `text` is shown by chat servers that know nothing of the rest.
#[derive(Serialize)]
struct Body<'a> {
    text: String,
    #[serde(flatten)]
    changes: &'a Changes,
}

/// Sends messages to the receivers of the configuration.
#[derive(Clone, Debug)]
pub(super) struct Messenger {
    notify: NotifyConfig,
    contact: Option<String>,
    ca_file: Option<PathBuf>,
}

impl Messenger {
    /// Returns the messenger of a configuration, if it names receivers.
    pub(super) fn new(config: &Config) -> Option<Self> {
        Some(Self {
            notify: config.notify.clone()?,
            contact: config
                .contact
                .as_ref()
                .map(|contact| contact.as_str().to_owned()),
            ca_file: config.ca_file.clone(),
        })
    }

    /// Sends a message where something has changed.
    pub(super) async fn send(&self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        let failed = |what: &str, why: &str| {
            let message = format!("the message to {what} was not sent: {}", plain(why));
            output::labelled(Label::Warning, &message);
        };
        match self.notify.url() {
            Ok(Some(url)) => {
                if let Err(why) = self.post(&url, changes).await {
                    failed(&host_of(&url), &why);
                }
            }
            Ok(None) => {}
            Err(why) => failed("the webhook", &why),
        }
        if let Some(command) = self.notify.command.clone() {
            let text = changes.text();
            let ran = tokio::task::spawn_blocking(move || run(&command, &text)).await;
            if let Err(why) = ran.unwrap_or_else(|error| Err(error.to_string())) {
                failed("the command", &why);
            }
        }
    }

    /// Posts the changes to a webhook. A redirect is not followed, so that the message goes nowhere else.
    async fn post(&self, url: &url::Url, changes: &Changes) -> Result<(), String> {
        let options = Options {
            contact: self.contact.clone(),
            ca_file: self.ca_file.clone(),
            total_timeout: PATIENCE,
            ..Options::default()
        };
        let body = Body {
            text: changes.summary(),
            changes,
        };
        let body = serde_json::to_vec(&body).map_err(|error| error.to_string())?;
        let client = Client::new(options).map_err(|error| error.to_string())?;
        client
            .post_json(url, body)
            .await
            .map_err(|error| error.to_string())
    }
}

/// Runs a command with a text on its standard input.
fn run(command: &str, text: &str) -> Result<(), String> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("/bin/sh", "-c")
    };
    let mut child = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read its message has its reasons; its exit code tells.
        let _ = input.write_all(text.as_bytes());
    }
    wait(&mut child)
}

fn wait(child: &mut Child) -> Result<(), String> {
    let began = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("it ended with {status}")),
            Ok(None) if began.elapsed() < PATIENCE => std::thread::sleep(LOOK),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("it did not end within {} s", PATIENCE.as_secs()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Attempts, SourceSpec};

    fn source(name: &str, failures: i64) -> SourceSettings {
        SourceSettings {
            spec: SourceSpec {
                name: Some(name.to_owned()),
                base_url: format!("https://{name}.example.org/oai?api_key=secret"),
            },
            settings: None,
            attempts: Attempts {
                failures,
                error: (failures > 0).then(|| "status 500 after 5 attempts".to_owned()),
                ..Attempts::default()
            },
        }
    }

    #[test]
    fn a_message_names_what_changed_and_no_secret() {
        let before = [source("a", 0), source("b", 2), source("c", 1)];
        let after = [
            source("a", 1),
            source("b", 0),
            source("c", 2),
            source("d", 1),
        ];
        let changes = Changes::between(&before, &after);
        assert_eq!(
            changes.summary(),
            "offprint: 2 sources began to fail, 1 source answers again"
        );
        let text = changes.text();
        assert!(text.contains("    status 500 after 5 attempts\n"), "{text}");
        assert!(
            text.contains("recovered\n  b  https://b.example.org/oai"),
            "{text}"
        );
        assert!(!text.contains("secret"), "{text}");
        assert!(!text.contains("c.example.org"), "{text}");
    }

    #[test]
    fn nothing_is_sent_where_nothing_changed() {
        let same = [source("a", 0), source("b", 2)];
        let later = [source("a", 0), source("b", 3)];
        assert!(Changes::between(&same, &later).is_empty());
    }

    #[cfg(unix)]
    #[rstest::rstest]
    #[case("grep -q began", true)]
    #[case("exit 3", false)]
    fn a_command_reads_the_message(#[case] command: &str, #[case] is_done: bool) {
        let ran = run(command, "offprint: 1 source began to fail\n");
        assert_eq!(ran.is_ok(), is_done, "{ran:?}");
    }
}
