//! The table for people, made of the cases themselves.

use std::fmt::Write as _;
use std::path::Path;

use crate::harvesting::case::Case;

const HEAD: &str = "# Faults

What goes wrong with an OAI-PMH endpoint, where, and what a harvest makes of it. Each line is a test: a server
that goes wrong in just this way is harvested by the real command, and the store, the gaps and the exit code are
looked at. `tests/it/faults.rs` holds the cases and writes this page (`OFFPRINT_BLESS=1 cargo test --test it faults`).

Exit 0: all there is was had. 4: finished, but something could not be had, and is listed. 1: nothing could be had.
In every case the records kept are exactly those that could be read, each byte as received; no cookie is sent, no
other host is asked, and no two requests are under way at once.
";

/// The page.
pub fn render(groups: &[(&str, Vec<Case>)]) -> String {
    let mut page = HEAD.to_owned();
    for (title, cases) in groups {
        let _ = write!(
            page,
            "\n## {title}\n\n| fault | place | what offprint does | exit |\n|---|---|---|---|\n"
        );
        let mut rows: Vec<(&str, Vec<&str>, &str, i32)> = Vec::new();
        for case in cases {
            let same = |row: &&mut (&str, Vec<&str>, &str, i32)| {
                (row.0, row.2, row.3) == (case.fault, case.does, case.expect.exit)
            };
            match rows.iter_mut().find(same) {
                Some(row) => row.1.push(case.place),
                None => rows.push((case.fault, vec![case.place], case.does, case.expect.exit)),
            }
        }
        for (fault, places, does, exit) in rows {
            let _ = writeln!(
                page,
                "| {fault} | {} | {does} | {exit} |",
                places.join(", ")
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
