//! The command under test, run as a person or cron runs it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The time after which the command counts as hanging, long enough for a busy machine.
pub const LIMIT: Duration = Duration::from_mins(5);

/// A finished run.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Exit code; `None` when a signal or the time limit ended it.
    pub code: Option<i32>,
    pub hung: bool,
    pub stdout: String,
    pub stderr: String,
}

/// A running harvest.
pub struct Running {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

/// `offprint harvest` with its arguments.
#[derive(Clone, Debug)]
pub struct Harvest {
    dir: PathBuf,
    store: PathBuf,
    arguments: Vec<String>,
    rate: Option<String>,
}

impl Harvest {
    /// Harvests `url` into `offprint.db` in `dir`, without a rate limit and with short waits.
    pub fn new(dir: &Path, url: &str) -> Self {
        Self {
            dir: dir.into(),
            store: dir.join("offprint.db"),
            arguments: vec![url.into()],
            rate: Some("unlimited".into()),
        }
    }

    /// Harvests without deriving articles, for tests that look at records alone: half the time.
    pub fn of_records(dir: &Path, url: &str) -> Self {
        Self::new(dir, url).arg("--no-derive")
    }

    pub fn arg(mut self, argument: impl Into<String>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// Requests a second and host; the default of the command when `None`.
    pub fn rate(mut self, rate: Option<&str>) -> Self {
        self.rate = rate.map(str::to_owned);
        self
    }

    pub fn store(&self) -> &Path {
        &self.store
    }

    /// Begins it.
    pub fn spawn(&self) -> Running {
        // Each run has files of its own: pipes could fill while nobody reads.
        let name = format!("{}-{}", fastrand::u64(..), self.arguments.len());
        let stdout = self.dir.join(format!("{name}.out"));
        let stderr = self.dir.join(format!("{name}.err"));
        let program = std::env::var_os("TEST_OFFPRINT")
            .unwrap_or_else(|| env!("CARGO_BIN_EXE_offprint").into());
        let mut command = Command::new(program);
        command
            .arg("--store")
            .arg(&self.store)
            .arg("harvest")
            .args(&self.arguments);
        if let Some(rate) = &self.rate {
            command.args(["--rate", rate]);
        }
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy().to_ascii_lowercase();
            if text.starts_with("offprint_") || text.ends_with("_proxy") {
                command.env_remove(&name);
            }
        }
        let child = command
            .env("OFFPRINT_BACKOFF", "0.01")
            .env("HOME", &self.dir)
            .env("XDG_CONFIG_HOME", &self.dir)
            .current_dir(&self.dir)
            .stdin(Stdio::null())
            .stdout(File::create(&stdout).expect("the directory is writable"))
            .stderr(File::create(&stderr).expect("the directory is writable"))
            .spawn()
            .expect("the binary was built");
        Running {
            child,
            stdout,
            stderr,
        }
    }

    /// Runs it to its end.
    pub fn run(&self) -> Finished {
        self.spawn().finish()
    }
}

impl Running {
    /// Waits for its end; kills it when it takes longer than [`LIMIT`].
    pub fn finish(mut self) -> Finished {
        let begun = Instant::now();
        let mut hung = false;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                break status;
            }
            if begun.elapsed() > LIMIT && !hung {
                hung = true;
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(3));
        };
        let read = |path: &Path| {
            String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
        };
        Finished {
            code: status.code(),
            hung,
            stdout: read(&self.stdout),
            stderr: read(&self.stderr),
        }
    }

    /// Returns whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_some()
    }

    /// Kills it at once: SIGKILL.
    pub fn kill(mut self) -> Finished {
        let _ = self.child.kill();
        self.finish()
    }

    /// Sends it a signal by name, such as `INT`.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(
            sent.expect("there is a kill command").success(),
            "no such process to signal"
        );
    }
}
