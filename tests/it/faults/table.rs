//! The table for people, made of the cases themselves.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use crate::harvesting::case::{Case, requests_file};

const HEAD: &str = "# Faults

How offprint handles faulty endpoints. Each line is a test: a server that fails in just this way is harvested by the real
command, and the store, the gaps and the exit code are checked. `tests/it/faults.rs` holds the cases and writes this page
(`OFFPRINT_BLESS=1 cargo test --test it faults`).

- Exit 0: every record was harvested. 4: finished, but something is missing, and is listed. 1: nothing could be harvested.
- Requests: what the harvest sent when this page was written (of several places, the most). No harvest may send more than the
  bound: twice the requests of a plain client (Identify and the pages of one complete list; one for each window where the
  server accepts only narrow ones), three for each record that its lists do not bring, and 40.
- In every case the records kept are exactly those that could be read, each byte as received; no cookie is sent, no other host
  is asked, and no two requests are under way at once.
";

/// Requests of each case, as it was last measured: by fault and place.
fn requests() -> HashMap<(String, String), usize> {
    let text = std::fs::read_to_string(requests_file()).unwrap_or_default();
    text.lines()
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let (fault, place) = (cells.next()?, cells.next()?);
            let requests = cells.next()?.parse().ok()?;
            Some(((fault.to_owned(), place.to_owned()), requests))
        })
        .collect()
}

/// A row of the page: one or more cases that differ in their place only.
struct Row<'c> {
    first: &'c Case,
    places: Vec<&'c str>,
    most: usize,
    bound: usize,
}

/// The page.
pub fn render(groups: &[(&str, Vec<Case>)]) -> String {
    let requests = requests();
    let mut page = HEAD.to_owned();
    for (title, cases) in groups {
        let _ = write!(
            page,
            "\n## {title}\n\n| fault | place | what offprint does | exit | requests | bound |\n|---|---|---|---|---|---|\n"
        );
        let mut rows: Vec<Row<'_>> = Vec::new();
        for case in cases {
            let key = (case.fault.to_owned(), case.noted_place());
            let most = requests.get(&key).copied().unwrap_or_default();
            let same = |row: &&mut Row<'_>| {
                (row.first.fault, row.first.does, row.first.expect.exit)
                    == (case.fault, case.does, case.expect.exit)
            };
            match rows.iter_mut().find(same) {
                Some(row) => {
                    row.places.push(case.place);
                    row.most = row.most.max(most);
                    row.bound = row.bound.max(case.bound());
                }
                None => rows.push(Row {
                    first: case,
                    places: vec![case.place],
                    most,
                    bound: case.bound(),
                }),
            }
        }
        for row in rows {
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} |",
                row.first.fault,
                row.places.join(", "),
                row.first.does,
                row.first.expect.exit,
                row.most,
                // Without a number that grows from month to month.
                if row.first.is_dated {
                    "2 × windows + 40".to_owned()
                } else {
                    row.bound.to_string()
                },
            );
        }
    }
    page
}

#[test]
fn the_page_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    let page = render(&super::groups());
    if std::env::var_os("OFFPRINT_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == written,
        "docs/faults.md differs from the cases; OFFPRINT_BLESS=1 writes it anew"
    );
}
