//! Measures `duplicates` where it has the most to do: ten sources that overlap wholly, as one journal at ten addresses.

use std::fs::File;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use testkit::pages::Pages;

use crate::measure::{machine, run, run_with};
use crate::provider::{Manner, Provider};
use crate::{fresh, megabytes, offprint, size};

/// The number of sources.
const SOURCES: u8 = 10;

/// Harvests the pages from ten hosts into one store, and looks for duplicates.
pub(crate) fn compare(pages: &Arc<Pages>, folder: &Path) -> io::Result<()> {
    let store = fresh(folder)?;
    for number in 1..=SOURCES {
        eprintln!("harvest {number} of {SOURCES}");
        let address = Ipv4Addr::new(127, 0, 0, number);
        let provider = Provider::start_at(address, Arc::clone(pages), Manner::default())?;
        let mut harvest = offprint(&store);
        harvest.args(["harvest", "--rate", "unlimited", "--name"]);
        run(harvest.arg(format!("steppe-{number}")).arg(&provider.url))?;
    }
    println!("{}; store {}", machine(), megabytes(size(&store)?));
    println!("\n| | wall s | CPU s | peak MB | written |\n|---|---|---|---|---|");
    for arguments in [
        ["duplicates"].as_slice(),
        &["duplicates", "--json"],
        &["export", "jsonl", "--fold-duplicates"],
    ] {
        let written = folder.join("duplicates.out");
        let out = Stdio::from(File::create(&written)?);
        let cost = run_with(offprint(&store).args(arguments), out, &[0])?;
        println!(
            "| {} | {:.2} | {:.2} | {:.0} | {} |",
            arguments.join(" "),
            cost.wall,
            cost.cpu,
            cost.peak * 1.048_576,
            megabytes(std::fs::metadata(&written)?.len())
        );
    }
    Ok(())
}
