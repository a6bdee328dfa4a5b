//! The gate: how many instructions each stage takes, beside those it took before. They hardly depend on the machine
//! or on what else it does; a change of more than a twentieth is told and fails.
//!
//! `make gate` compares with `benches/instructions.txt`, `OFFPRINT_GATE=write make gate` writes it again. Responses
//! come from files, so that no network has a part in it. Valgrind's processor has no SHA instructions: of what is
//! counted for a harvest, a third is hashing that really takes next to nothing.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::pages::Pages;

const RECORDS: usize = 1000;
const BASELINE: &str = "benches/instructions.txt";
/// The largest change of a stage that passes, as a share of its instructions.
const TOLERANCE: f64 = 0.05;

/// Counts every stage and compares; an error where one has moved too far.
pub(crate) fn compare(folder: &Path) -> io::Result<()> {
    let pages = Pages::open(folder, RECORDS)?;
    let place = folder.join("gate");
    let responses = save(&pages, &place)?;
    let store = place.join("offprint.db");
    let responses = responses.to_string_lossy();
    let hashing = instructions(
        Command::new("valgrind")
            .args(CALLGRIND)
            .arg(std::env::current_exe()?)
            .env(crate::STAGE, "hash")
            .env("OFFPRINT_BENCH", format!("records={RECORDS}")),
    )?;
    println!("hashing, taken off         {:>8.1} M", hashing as f64 / 1e6);
    let harvest = count(
        &store,
        &["harvest", "--no-derive", "--name", "steppe", &responses],
    )?;
    let mut counted = vec![("harvest", harvest.saturating_sub(hashing))];
    for (stage, format) in [
        ("export jsonl, first", "jsonl"),
        ("export jsonl, again", "jsonl"),
        ("export jats", "jats"),
        ("export marcxml", "marcxml"),
    ] {
        let all = count(&store, &["export", format, "--output", "-"])?;
        // Later exports read the article that is kept.
        let hashed = if counted.len() == 1 { hashing } else { 0 };
        counted.push((stage, all.saturating_sub(hashed)));
    }
    if std::env::var("OFFPRINT_GATE").as_deref() == Ok("write") {
        let mut text = String::new();
        for (stage, instructions) in counted {
            let _ = writeln!(text, "{instructions}\t{stage}");
        }
        return fs::write(BASELINE, text);
    }
    let baseline = fs::read_to_string(BASELINE)?;
    let mut moved = Vec::new();
    for (stage, now) in counted {
        let line = baseline
            .lines()
            .filter_map(|line| line.split_once('\t'))
            .find(|(_, known)| *known == stage);
        let before: u64 = line.and_then(|(count, _)| count.parse().ok()).unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "a few thousand million")]
        let change = now as f64 / before as f64 - 1.0;
        println!(
            "{stage:<22} {:>8.1} M, {:+.1} %",
            now as f64 / 1e6,
            change * 100.0
        );
        if change.is_nan() || change.abs() > TOLERANCE {
            moved.push(stage);
        }
    }
    if moved.is_empty() {
        return Ok(());
    }
    let hint = "if it is meant, OFFPRINT_GATE=write make gate";
    Err(io::Error::other(format!(
        "moved by more than 5 %: {}; {hint}",
        moved.join(", ")
    )))
}

/// Saves pages as responses in a folder of a place, which is emptied; returns the folder.
pub(crate) fn save(pages: &Pages, place: &Path) -> io::Result<PathBuf> {
    if place.exists() {
        fs::remove_dir_all(place)?;
    }
    let responses = place.join("responses");
    fs::create_dir_all(&responses)?;
    let mut page = Vec::new();
    for number in 0..pages.len() {
        pages.read(number, &mut page)?;
        fs::write(responses.join(format!("{number:05}.xml")), &page)?;
    }
    Ok(responses)
}

/// Valgrind with the tool that counts.
const CALLGRIND: [&str; 2] = ["--tool=callgrind", "--callgrind-out-file=/dev/null"];

/// Instructions of one command in all its threads.
pub(crate) fn count(store: &Path, arguments: &[&str]) -> io::Result<u64> {
    instructions(
        Command::new("valgrind")
            .args(CALLGRIND)
            .arg(crate::program())
            .args(["--quiet", "--store"])
            .arg(store)
            .args(arguments),
    )
}

fn instructions(command: &mut Command) -> io::Result<u64> {
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(io::Error::other(format!("{command:?}: {said}")));
    }
    let counted = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    counted
        .and_then(|(_, number)| number.trim().parse().ok())
        .ok_or_else(|| io::Error::other(format!("valgrind has not counted: {said}")))
}
