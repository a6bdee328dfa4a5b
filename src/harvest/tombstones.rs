//! Tombstones that a server shows to a journal though they belong to another one of its site.
//!
//! OJS 3.0.2 shows the tombstones of the whole site, OJS 3.4 and later those of the site's first journal. A tombstone
//! is dropped on positive evidence alone: its sets name another journal than the source's, and no live record of it is
//! in the store.

use std::collections::HashSet;

use url::Url;

use crate::harvest::HarvestError;
use crate::harvest::plan::is_ojs;
use crate::harvest::work::ListWork;
use crate::oai::{Identify, JournalPath, RecordRef};

/// The journals that an endpoint may be of; empty for a whole site and for other software.
pub(super) fn journals_of(identify: &Identify, base_url: &Url) -> Vec<JournalPath> {
    if is_ojs(identify, base_url.as_str()) {
        JournalPath::candidates(base_url)
    } else {
        Vec::new()
    }
}

/// The journal that the tombstones of a page have to be of; empty if that is unknown.
#[derive(Debug, PartialEq)]
pub(super) struct Owner(Vec<JournalPath>);

impl Owner {
    /// Decides by the URL of the endpoint and the sets of the live records, which are the source's own.
    pub(super) fn of(journals: &[JournalPath], records: &[RecordRef]) -> Self {
        if journals.is_empty() {
            return Self(Vec::new());
        }
        let mut live: Vec<JournalPath> = Vec::new();
        for record in records.iter().filter(|record| !record.deleted) {
            for journal in journals_of_sets(record) {
                if !live.contains(&journal) {
                    live.push(journal);
                }
            }
        }
        let agreed: Vec<JournalPath> = journals
            .iter()
            .filter(|journal| live.contains(journal))
            .cloned()
            .collect();
        Self(match (live.len(), agreed.len()) {
            (0, _) => journals.to_vec(),
            // The path is hidden behind an alias: the sets say it.
            (1, 0) => live,
            (_, 0) => Vec::new(),
            _ => agreed,
        })
    }

    /// Returns whether the sets of a tombstone are all of other journals.
    pub(super) fn disowns(&self, record: &RecordRef) -> bool {
        let mut journals = journals_of_sets(record).peekable();
        record.deleted
            && !self.0.is_empty()
            && journals.peek().is_some()
            && !journals.any(|journal| self.0.contains(&journal))
    }
}

fn journals_of_sets(record: &RecordRef) -> impl Iterator<Item = JournalPath> {
    record
        .set_specs
        .iter()
        .filter_map(|set| JournalPath::of_set(set))
}

/// Returns the identifiers of the tombstones of a page that belong to another journal.
pub(super) async fn foreign_tombstones(
    work: &ListWork<'_>,
    records: &[RecordRef],
) -> Result<HashSet<String>, HarvestError> {
    let cx = work.cx;
    let owner = Owner::of(&cx.habits.journals, records);
    let foreign: Vec<String> = records
        .iter()
        .filter(|record| owner.disowns(record))
        .map(|record| record.identifier.clone())
        .collect();
    if foreign.is_empty() {
        return Ok(HashSet::new());
    }
    // Whatever its sets say, the tombstone of a record that is live here is the source's own.
    let live = cx
        .store
        .live_datestamps(cx.source.source_id, work.stream.format_no, &foreign)
        .await?;
    Ok(foreign
        .into_iter()
        .zip(live)
        .filter_map(|(identifier, live)| live.is_none().then_some(identifier))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(set: &str, deleted: bool) -> RecordRef {
        RecordRef {
            deleted,
            set_specs: vec![set.to_owned()],
            ..RecordRef::default()
        }
    }

    fn journals(url: &str) -> Vec<JournalPath> {
        JournalPath::candidates(&Url::parse(url).unwrap())
    }

    #[rstest::rstest]
    #[case("https://a.example/ojs/cac/oai", &[], "cac:ART", false)]
    #[case("https://a.example/ojs/cac/oai", &[], "other:ART", true)]
    #[case("https://a.example/ojs/cac/oai", &["cac:ART"], "other:ART", true)]
    #[case("https://a.example/index.php/cac/oai", &["cac:ART"], "cac:ART", false)]
    #[case("https://a.example/ojs/en/oai", &[], "en:ART", false)]
    #[case("https://a.example/ojs/en/oai", &[], "ojs:ART", false)]
    #[case("https://a.example/ojs/en/oai", &["ojs:ART"], "en:ART", true)]
    // An alias hides the path.
    #[case("https://a.example/journal/oai", &["cac:ART"], "cac:REV", false)]
    #[case("https://a.example/journal/oai", &["cac:ART"], "other:ART", true)]
    #[case("https://a.example/journal/oai", &["cac:ART", "b:ART"], "other:ART", false)]
    // A whole site, and no path at all.
    #[case("https://a.example/index.php/index/oai", &["cac:ART"], "other:ART", false)]
    #[case("https://a.example/oai", &["cac:ART"], "other:ART", false)]
    #[case("https://a.example/index.php/cac/oai", &["cac:ART"], "driver", false)]
    fn a_tombstone_is_foreign_on_evidence_alone(
        #[case] url: &str,
        #[case] live: &[&str],
        #[case] set: &str,
        #[case] foreign: bool,
    ) {
        let records: Vec<RecordRef> = live.iter().map(|set| record(set, false)).collect();
        let owner = Owner::of(&journals(url), &records);
        assert_eq!(owner.disowns(&record(set, true)), foreign);
        assert!(
            !owner.disowns(&record(set, false)),
            "live records are never dropped"
        );
    }
}
