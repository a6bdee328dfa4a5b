//! What many journals in one source add: instructions of a first export beside those of as many records of one journal.

use std::io;
use std::path::Path;
use std::process::Command;

use testkit::pages::Pages;

use crate::gate::{count, save};
use crate::measure::run;

/// Counts both.
pub(crate) fn compare(folder: &Path, records: usize, journals: usize) -> io::Result<()> {
    let mut counted = Vec::new();
    for journals in [1, journals] {
        let pages = Pages::of_journals(folder, records, journals)?;
        let place = folder.join("journals");
        let responses = save(&pages, &place)?;
        let store = place.join("offprint.db");
        let harvest = ["harvest", "--no-derive", "--name", "steppe"];
        run(Command::new(crate::program())
            .args(["--quiet", "--store"])
            .arg(&store)
            .args(harvest)
            .arg(&responses))?;
        let instructions = count(&store, &["export", "jsonl", "--output", "-"])?;
        println!(
            "{records} records of {journals} journals: {:.1} M instructions for the first export",
            instructions as f64 / 1e6
        );
        counted.push(instructions as f64);
    }
    println!("{:+.1} %", (counted[1] / counted[0] - 1.0) * 100.0);
    Ok(())
}
