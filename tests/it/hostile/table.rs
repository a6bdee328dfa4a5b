//! The table of `docs/hostile-input.md`: every input of the corpus, and what becomes of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use offprint::internals::display::TerminalText;
use offprint::internals::oai::{read_page, standalone_record};

use super::corpus::{METADATA, TERMINAL};
use super::{record, response};

const HEAD: &str = "\
# Hostile input

This page lists inputs that try to harm a terminal, a spreadsheet, a file elsewhere, or the readers of exported records, and the result of each. The tests in
`tests/it/hostile/` run every row. To try another input, add it to `corpus.rs` or `tried.rs` there, then run:

```sh
cargo nextest run --all-features --test it -E 'test(/^hostile::/)'
```

[Bad input](bad-input.md) lists the faults of honest servers.
";

/// A text as a table of the manual can hold it.
pub(super) fn cell(text: &str) -> String {
    let escaped: String = text
        .chars()
        .flat_map(|c| match c {
            '|' => vec!['\\', '|'],
            c if c.is_control()
                || matches!(c, '\u{200e}'..='\u{206f}' | '\u{61c}' | '\u{fffe}'..) =>
            {
                c.escape_unicode().collect()
            }
            c => vec![c],
        })
        .collect();
    if escaped.len() > 70 {
        format!("{}…", &escaped[..escaped.floor_char_boundary(60)])
    } else {
        escaped
    }
}

/// Returns a record as `raw`, `vufind` and the `raw_*` formats of the provider pass it on.
fn handed_on(metadata: &str) -> String {
    let page = response(&record("oai:h:1", metadata));
    let read = match read_page(page.as_bytes()) {
        Ok(read) => read,
        Err(error) => return format!("the page is not read: {}", cell(&error.to_string())),
    };
    let Some(place) = read.records.first() else {
        return "no record".to_owned();
    };
    let slice = &page.as_bytes()[place.offset..place.offset + place.len];
    match standalone_record(slice, &read.head) {
        Ok(one) if one.changes.is_empty() && one.record.contains(metadata) => {
            "as received".to_owned()
        }
        Ok(one) if one.changes.is_empty() => "repaired when it is read".to_owned(),
        Ok(one) => format!("written again: {}", cell(&one.changes.join("; "))),
        Err(_) => "left out, and counted".to_owned(),
    }
}

/// What `make scaling` measured, and the bound of `make soak`.
fn sizes(page: &mut String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scaling.tsv");
    let measured = fs::read_to_string(path).unwrap_or_default();
    page.push_str(
        "\n## Time against size\n\n```sh\nmake scaling\n```\n\nreads a record of each kind in three sizes, makes an article of it and writes \
         that in every format. Each size is ten times the one before: 10 KB, 100 KB and 1 MB in one value, or 1,000, 10,000 and \
         100,000 values, of which a record may have as many as the bounds on elements allow. It fails where ten times the \
         size costs more than 15 times the instructions.\n\n| ten times the size costs at most | kinds |\n|---|---|\n",
    );
    let mut kinds: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for line in measured.lines() {
        let mut cells = line.split('\t');
        if let (Some(name), Some(most)) = (cells.next(), cells.next()) {
            let name = format!("`{}`", name.replace('|', "\\|"));
            kinds.entry(most.parse().unwrap()).or_default().push(name);
        }
    }
    for (most, names) in kinds {
        let _ = writeln!(page, "| {most} times | {} |", names.join(", "));
    }
    let _ = write!(
        page,
        "\n## Memory\n\n```sh\nmake soak\n```\n\nmeasures the most that a command has resident. It fails where `export`, `report` or `serve` \
         have more than {} MB over pages of 64 MB, one of 20,000 records and one of 3, and where `harvest` has more than {} MB for \
         a million records, or for one of 10 MB.\n",
        crate::soak::MOST_READING / 1_000_000,
        crate::soak::MOST / 1_000_000
    );
}

#[cfg(unix)]
#[test]
fn the_table_lists_the_result_of_every_input() {
    let mut page = HEAD.to_owned();
    page.push_str(
        "\n## Records handed on as XML\n\n`raw`, `vufind` and the provider's `raw_*` formats; records written again carry a \
         comment that names the changes.\n\n| input | metadata | handed on |\n|---|---|---|\n",
    );
    for (name, metadata) in METADATA {
        let shown = cell(metadata).replace('`', "'");
        let _ = writeln!(page, "| {name} | `{shown}` | {} |", handed_on(metadata));
    }
    page.push_str(
        "\n## Text on a terminal\n\nIn names, titles, identifiers, addresses and messages of a server: on stdout for people, on \
         stderr and in logs. JSON has the character escaped.\n\n| input | text | shown as |\n|---|---|---|\n",
    );
    for (name, text) in TERMINAL {
        let shown = TerminalText::line(text).to_string();
        let _ = writeln!(page, "| {name} | `{}` | `{}` |", cell(text), cell(&shown));
    }
    super::tried::sections(&mut page);
    super::bags::section(&mut page);
    super::files::section(&mut page);
    sizes(&mut page);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hostile-input.md");
    if std::env::var_os("OFFPRINT_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "docs/hostile-input.md is out of date: run `OFFPRINT_BLESS=1 cargo test --test it hostile`"
    );
}
