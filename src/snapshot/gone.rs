//! `data/gone.tsv`: what a full list no longer held. No response says so, so that the pages alone would bring it back.

use std::fmt::Write as _;

use crate::store::StoredItem;

/// The columns.
pub(super) const HEAD: &str = "identifier\tformat\tdatestamp\tseq\n";

/// Cause of a record that went without a tombstone.
const CAUSE: &str = "gone";

/// A record that went without a tombstone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// OAI identifier.
    pub identifier: String,
    /// metadataPrefix.
    pub format: String,
    /// Datestamp of the version that was seen last.
    pub datestamp: String,
    /// The change of the source that its going was.
    pub seq: i64,
}

impl Gone {
    /// Reads the text of `gone.tsv`, in the order of the changes; an incomplete line is passed over.
    pub fn parse(text: &str) -> Vec<Self> {
        let one = |line: &str| {
            let mut cells = line.split('\t').map(str::to_owned);
            let (identifier, format, datestamp) = (cells.next()?, cells.next()?, cells.next()?);
            Some(Self {
                identifier,
                format,
                datestamp,
                seq: cells.next()?.parse().ok()?,
            })
        };
        let mut found: Vec<Self> = text.lines().skip(1).filter_map(one).collect();
        found.sort_by_key(|gone| gone.seq);
        found
    }
}

/// The lines of an item.
pub(super) fn lines(out: &mut String, item: &StoredItem) {
    // What cannot stand in a cell is no identifier that a list could have held.
    let is_cell = |text: &str| !text.contains(char::is_control);
    for record in item
        .records
        .iter()
        .filter(|record| record.cause.as_deref() == Some(CAUSE))
    {
        if is_cell(&item.identifier) && is_cell(&record.datestamp) {
            let (format, datestamp, seq) = (&record.metadata_prefix, &record.datestamp, record.seq);
            let _ = writeln!(out, "{}\t{format}\t{datestamp}\t{seq}", item.identifier);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_back_in_the_order_of_the_changes() {
        let text =
            format!("{HEAD}oai:a:2\tjats\t2024-01-01\t9\noai:a:1\toai_dc\t2024-02-02\t8\nbroken\n");
        let found = Gone::parse(&text);
        let told: Vec<_> = found
            .iter()
            .map(|gone| (&*gone.identifier, &*gone.format, gone.seq))
            .collect();
        assert_eq!(told, [("oai:a:1", "oai_dc", 8), ("oai:a:2", "jats", 9)]);
    }
}
