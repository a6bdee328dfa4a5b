//! A machine in a temporary folder, and a user on it who types the commands of the manual.
//!
//! `/etc`, `/srv`, `/usr/local/bin` and `/var/lib` of the manual are folders of the machine, and its journals are servers
//! of the test. The environment has nothing but a home, a short path, and a rate limit that does not slow the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::manual::pages::{Block, Page, root};

/// Folders of the manual that are folders of the machine.
const FOLDERS: [&str; 5] = [
    "/etc/offprint",
    "/srv/",
    "/usr/local/bin/",
    "/var/lib/offprint",
    "/var/lib/node_exporter",
];

/// A user and the machine.
pub(super) struct User {
    machine: TempDir,
    /// What the manual writes, and what stands for it here; longer texts first.
    stands_for: Vec<(String, String)>,
    /// Variables beside those of the login.
    variables: Vec<(String, String)>,
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl User {
    pub(super) fn new() -> Self {
        let machine = TempDir::new().unwrap();
        for folder in [
            "etc",
            "home",
            "srv/backup",
            "usr/local/bin",
            "var/lib/node_exporter",
            "var/lib/offprint",
        ] {
            fs::create_dir_all(machine.path().join(folder)).unwrap();
        }
        let command = machine.path().join("usr/local/bin/offprint");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_offprint"), command).unwrap();
        Self {
            machine,
            stands_for: Vec::new(),
            variables: Vec::new(),
        }
    }

    /// Lets a text of the manual, such as the URL of a journal, stand for another.
    pub(super) fn says(&mut self, manual: &str, here: &str) {
        self.stands_for.push((manual.to_owned(), here.to_owned()));
        self.stands_for
            .sort_by_key(|(manual, _)| std::cmp::Reverse(manual.len()));
    }

    /// Sets a variable of the user's environment.
    pub(super) fn exports(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Returns a path of the manual, or one below the user's home, on this machine.
    pub(super) fn path(&self, path: &str) -> PathBuf {
        match path.strip_prefix('/') {
            Some(path) => self.machine.path().join(path),
            None => self.machine.path().join("home").join(path),
        }
    }

    /// Returns the folder in which the user logs in.
    pub(super) fn home(&self) -> PathBuf {
        self.machine.path().join("home")
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Returns the names in a folder, in order.
    pub(super) fn list(&self, path: &str) -> Vec<String> {
        let folder =
            fs::read_dir(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut names: Vec<String> = folder
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Appends a block of settings of the manual to a file.
    pub(super) fn writes(&self, file: &str, page: &str, marker: &str) {
        let block = block(page, marker);
        self.appends(file, &block.text);
    }

    /// Appends a text to a file.
    pub(super) fn appends(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let old = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, format!("{old}{}\n", self.here(text))).unwrap();
    }

    /// Runs the commands of the block of a page that has this text, which succeed; returns what they print.
    pub(super) fn follows(&self, page: &str, marker: &str) -> String {
        let done = self.tries(page, marker);
        assert_eq!(done.code, Some(0), "{page}, {marker}: {done:?}");
        done.stdout
    }

    /// Runs the commands of the block of a page that has this text.
    pub(super) fn tries(&self, page: &str, marker: &str) -> Done {
        self.shell(&self.home(), &commands(page, marker).join("\n"))
    }

    /// Runs one command of a page, the one that has this text.
    pub(super) fn types(&self, page: &str, marker: &str) -> Done {
        let commands = commands(page, marker);
        let mut found = commands.iter().filter(|line| line.contains(marker));
        let line = found.next().unwrap();
        assert!(found.next().is_none(), "{page}: {marker} stands twice");
        self.shell(&self.home(), line)
    }

    /// Runs the line of a crontab: by `sh`, as cron does, but in `/`, so that nothing depends on where it starts.
    pub(super) fn cron(&self, page: &str, marker: &str) -> Done {
        let block = block(page, marker);
        let line = block.text.lines().find(|line| line.contains(marker));
        let command = line
            .unwrap()
            .splitn(6, char::is_whitespace)
            .nth(5)
            .unwrap()
            .trim();
        self.shell(Path::new("/"), command)
    }

    /// Runs a text as a script of the shell.
    pub(super) fn shell(&self, folder: &Path, script: &str) -> Done {
        let script = self.here(script);
        let bin = self.path("/usr/local/bin");
        let mut command = Command::new("/bin/sh");
        command
            .args(["-euc", &script])
            .current_dir(folder)
            .env_clear()
            .env("HOME", self.home())
            .env("LOGNAME", "offprint")
            .env("SHELL", "/bin/sh")
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("OFFPRINT_RATE", "unlimited")
            .env("OFFPRINT_BACKOFF", "0.01")
            .envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        Done {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Returns a text of the manual as it is on this machine.
    fn here(&self, text: &str) -> String {
        let machine = self.machine.path().display();
        let text = FOLDERS.iter().fold(text.to_owned(), |text, folder| {
            text.replace(folder, &format!("{machine}{folder}"))
        });
        self.stands_for
            .iter()
            .fold(text, |text, (manual, here)| text.replace(manual, here))
    }
}

/// The only block of a page that has this text.
fn block(page: &str, marker: &str) -> Block {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let path = page.to_owned();
    let mut blocks = Page { path, text }.blocks();
    blocks.retain(|block| block.text.contains(marker));
    assert_eq!(blocks.len(), 1, "{page}: blocks with {marker:?}");
    blocks.remove(0)
}

/// The commands of a block: its lines, or of a session those behind the prompt.
pub(super) fn commands(page: &str, marker: &str) -> Vec<String> {
    let block = block(page, marker);
    let text = block.text.replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    match block.language.as_str() {
        "console" => lines
            .filter_map(|line| line.strip_prefix("$ "))
            .map(str::to_owned)
            .collect(),
        "sh" => lines.map(str::to_owned).collect(),
        other => panic!("{page}: {marker} is in a block of {other:?}"),
    }
}
