//! Validators of others, and what is given to them.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

pub(crate) mod jats;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use offprint::internals::export::{self, Options, Target};
use offprint::{Article, Entry};

use crate::articles::{broken, deletion, nasty};

/// The message for a missing validator.
pub(crate) const MISSING: &str = "a validator is missing: run scripts/install-validators.sh";

/// A file that the validators' script puts under `.tools/`.
pub(crate) fn tool(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(".tools")
        .join(path);
    assert!(path.exists(), "{MISSING} ({} is not there)", path.display());
    path
}

/// A file of the Python package that carries schemas of others.
pub(crate) fn schema(path: &str) -> PathBuf {
    python_package(&format!("commonmeta/resources/{path}"))
}

/// A file of a Python package.
pub(crate) fn python_package(path: &str) -> PathBuf {
    let lib = tool("python/lib");
    let version = std::fs::read_dir(&lib)
        .unwrap()
        .next()
        .expect(MISSING)
        .unwrap()
        .file_name();
    let package = format!(
        "python/lib/{}/site-packages/{path}",
        version.to_string_lossy()
    );
    tool(&package)
}

/// Runs a program with some bytes as its input.
pub(crate) fn run(
    program: impl AsRef<std::ffi::OsStr>,
    arguments: &[&str],
    input: &[u8],
) -> Output {
    let mut child = Command::new(program.as_ref())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!(
                "{MISSING} ({}: {error})",
                program.as_ref().to_string_lossy()
            )
        });
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// Runs a script of `tests/it/validators/` in the validators' Python; what it says on stdout. It has to succeed.
pub(crate) fn python(script: &str, arguments: &[&Path], input: &[u8]) -> String {
    let script = format!(
        "{}/tests/it/validators/{script}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut all = vec![script.as_str()];
    all.extend(arguments.iter().map(|path| path.to_str().unwrap()));
    let output = run(tool("python/bin/python"), &all, input);
    let said = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaint}");
    said
}

/// Validates a document by an XML Schema of others.
pub(crate) fn xmllint(schema: Option<&Path>, document: &[u8]) {
    let mut arguments = vec!["--nonet", "--noout"];
    if let Some(schema) = schema {
        arguments.extend(["--schema", schema.to_str().unwrap()]);
    }
    arguments.push("-");
    let output = run("xmllint", &arguments, document);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{}",
        said.chars().take(4000).collect::<String>()
    );
}

/// All entries in one stream.
pub(crate) fn stream(format: &str, options: &Options, entries: Vec<Entry>) -> Vec<u8> {
    let shared = Shared::default();
    let format = export::exporter(format, options).unwrap();
    let target = Target::stream(Box::new(shared.clone()), format).unwrap();
    export::export(entries, target).unwrap();
    let bytes = shared.0.lock().unwrap();
    bytes.clone()
}

pub(crate) fn live(articles: impl IntoIterator<Item = Article>) -> Vec<Entry> {
    articles
        .into_iter()
        .map(|article| Entry::Live(Box::new(article)))
        .collect()
}

/// Everything made in code, and a deletion.
pub(crate) fn everything() -> Vec<Entry> {
    let mut entries = live(nasty().into_iter().chain(broken()));
    entries.push(Entry::Deleted(deletion(1)));
    entries
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
