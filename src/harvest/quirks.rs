//! Known defects of Open Journal Systems, by version.
//!
//! One table, read by `probe` and by people (`docs/quirks.md` is held to it by a test). The harvest itself
//! believes what it sees rather than what a version promises: a server may be patched, or lie about its version.

use std::fmt;

use serde::Serialize;

use crate::oai::{Identify, Software};

/// A range of versions, both ends inclusive. An end of fewer than four numbers stands for all below it:
/// up to `[2, 3]` includes 2.3.8. An empty end is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    from: &'static [u32],
    until: &'static [u32],
}

impl Versions {
    const ALL: Self = Self {
        from: &[],
        until: &[],
    };

    const fn between(from: &'static [u32], until: &'static [u32]) -> Self {
        Self { from, until }
    }

    /// One release with all below it.
    const fn only(version: &'static [u32]) -> Self {
        Self {
            from: version,
            until: version,
        }
    }

    const fn since(from: &'static [u32]) -> Self {
        Self { from, until: &[] }
    }

    const fn up_to(until: &'static [u32]) -> Self {
        Self { from: &[], until }
    }

    /// Returns whether a version, as its four leading numbers, lies within.
    pub fn contains(self, version: [u32; 4]) -> bool {
        let above = |end: &[u32]| version.iter().take(end.len()).ge(end);
        let below = |end: &[u32]| version.iter().take(end.len()).le(end);
        above(self.from) && below(self.until)
    }

    /// Returns whether every version lies within, an unknown one too.
    pub fn is_all(self) -> bool {
        self == Self::ALL
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.until) {
            ([], []) => f.write_str("all"),
            ([], until) => write!(f, "up to {}", Release(until)),
            (from, []) => write!(f, "{} and later", Release(from)),
            (from, until) if from == until => Release(from).fmt(f),
            (from, until) => write!(f, "{} to {}", Release(from), Release(until)),
        }
    }
}

impl Serialize for Versions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A version as its project writes it: the fourth number is a build, `3.3.0-6`.
struct Release(&'static [u32]);

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, number) in self.0.iter().enumerate() {
            match place {
                0 => write!(f, "{number}")?,
                3 => write!(f, "-{number}")?,
                _ => write!(f, ".{number}")?,
            }
        }
        Ok(())
    }
}

/// One quirk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quirk {
    /// Name for programs.
    pub id: &'static str,
    /// Versions that have it.
    pub versions: Versions,
    /// The behaviour of the server.
    pub server: &'static str,
    /// The effect on a harvest, and the countermeasure.
    pub harvest: &'static str,
}

/// Returns whether the version that a repository names is known for a quirk; one that names none is not.
pub fn has(identify: &Identify, id: &str) -> bool {
    let Some(software) = &identify.software else {
        return false;
    };
    software.version_numbers().is_some() && quirks_of(software).iter().any(|quirk| quirk.id == id)
}

/// Returns whether the version that a repository names is known to end its lists with what the standard requests: a
/// page of full length without a resumptionToken is then the last.
pub fn ends_lists_properly(identify: &Identify) -> bool {
    let is_known = identify
        .software
        .as_ref()
        .is_some_and(|software| software.is_ojs() && software.version_numbers().is_some());
    is_known && !has(identify, "no-token") && !has(identify, "empty-token")
}

/// The quirks that this software has, in the order of the table: none of other software, and of an OJS whose
/// version is not known only those of all versions.
pub fn quirks_of(software: &Software) -> Vec<&'static Quirk> {
    if !software.is_ojs() {
        return Vec::new();
    }
    let version = software.version_numbers();
    QUIRKS
        .iter()
        .filter(|quirk| {
            version.map_or(quirk.versions.is_all(), |version| {
                quirk.versions.contains(version)
            })
        })
        .collect()
}

/// All that is known.
pub const QUIRKS: &[Quirk] = &[
    // Lists
    Quirk {
        id: "no-token",
        versions: Versions::between(&[3, 3, 0, 1], &[3, 3, 0, 5]),
        server: "a list has no resumptionToken, however long it is",
        harvest: "the first page is not the whole list; the list is fetched in smaller windows of dates, then by identifier",
    },
    Quirk {
        id: "empty-token",
        versions: Versions::between(&[3, 3, 0, 6], &[3, 3, 0, 7]),
        server: "the resumptionToken after the first page is empty",
        harvest: "the list falls short of its completeListSize and is fetched in smaller windows",
    },
    Quirk {
        id: "whole-days",
        versions: Versions::since(&[3, 4, 0, 2]),
        server: "from and until are compared by day, although seconds are advertised",
        harvest: "an incremental harvest reaches back two days, and no window is split below a day",
    },
    Quirk {
        id: "moving-pages",
        versions: Versions::ALL,
        server: "pages are counted again at each request, so that an edit in between shifts records across a page boundary",
        harvest: "a list that contradicts its completeListSize is checked by identifiers",
    },
    Quirk {
        id: "poisoned-page",
        versions: Versions::ALL,
        server: "one article that cannot be written makes its whole page status 500, and gives no next token",
        harvest: "the record is isolated by dates and identifiers, and kept as a gap; the rest is harvested",
    },
    Quirk {
        id: "token-alone",
        versions: Versions::ALL,
        server: "a resumptionToken beside any other argument is a badArgument",
        harvest: "a token is sent alone",
    },
    Quirk {
        id: "double-count",
        versions: Versions::ALL,
        server: "completeListSize can count a record twice",
        harvest: "a list that falls short by identifiers that do not exist costs a second look each time",
    },
    // Deletions
    Quirk {
        id: "no-deletions",
        versions: Versions::up_to(&[2, 3]),
        server: "deletions are not reported (deletedRecord is no)",
        harvest: "only a full harvest finds them: records missing from a complete list have vanished",
    },
    Quirk {
        id: "site-tombstones",
        versions: Versions::only(&[3, 0, 2]),
        server: "a journal's list has the tombstones of the whole site",
        harvest: "tombstones whose set is of another journal are dropped",
    },
    Quirk {
        id: "live-and-deleted",
        versions: Versions::between(&[3, 2], &[3, 3]),
        server: "one list can hold a record both live and deleted",
        harvest: "live wins within a list; a tombstone alone is accepted if GetRecord no longer returns the \
                  record",
    },
    Quirk {
        id: "missing-tombstones",
        versions: Versions::only(&[3, 3]),
        server: "a deletion can leave no tombstone",
        harvest: "a regular full harvest finds vanished records",
    },
    Quirk {
        id: "foreign-tombstones",
        versions: Versions::since(&[3, 4]),
        server: "a journal that is not the first of its site shows the tombstones of the first, and none of its own",
        harvest: "tombstones whose set is of another journal are dropped; a full harvest finds the journal's own",
    },
    Quirk {
        id: "site-set-tombstones",
        versions: Versions::since(&[3, 4]),
        server: "the site-wide endpoint, asked for the set of one journal, shows the tombstones of the first journal alone",
        harvest: "harvest the site without a set, or the journal's own endpoint; a full harvest finds vanished records",
    },
    Quirk {
        id: "section-tombstones",
        versions: Versions::since(&[3, 4]),
        server: "a list of a section's set holds all its tombstones, regardless of from and until",
        harvest: "they are listed each time and change nothing",
    },
    // Dates
    Quirk {
        id: "earliest-is-now",
        versions: Versions::between(&[3, 3, 0, 2], &[3, 3, 0, 3]),
        server: "earliestDatestamp is the present time",
        harvest: "a first harvest sends no from, so that no record is missed",
    },
    Quirk {
        id: "earliest-shifted",
        versions: Versions::ALL,
        server: "earliestDatestamp can be off by a time zone",
        harvest: "a first harvest sends no from, so that no record is missed",
    },
    // Identifiers and sets
    Quirk {
        id: "shared-identifiers",
        versions: Versions::ALL,
        server: "many sites keep the default repository identifier, so that their records have the same identifiers",
        harvest: "a record is identified by its source and identifier together",
    },
    Quirk {
        id: "encoded-identifier",
        versions: Versions::only(&[3, 1, 0]),
        server: "an identifier with percent-encoded : and / is not found",
        harvest: "both are sent as they are",
    },
    Quirk {
        id: "versioned-identifiers",
        versions: Versions::since(&[3, 6]),
        server: "a journal that gives each version a DOI has one record per version, …/version/VoR/1",
        harvest: "each is a record of its own",
    },
    Quirk {
        id: "encoded-sets",
        versions: Versions::up_to(&[3, 3]),
        server: "the section in a setSpec is percent-encoded, with + for a blank",
        harvest: "sets are sent as the server lists them; they change when the site moves to 3.4",
    },
    Quirk {
        id: "transliterated-sets",
        versions: Versions::since(&[3, 4]),
        server: "the section in a setSpec is transliterated",
        harvest: "look sets up again after an upgrade from 3.3",
    },
    Quirk {
        id: "driver-set",
        versions: Versions::ALL,
        server: "the totals of the set driver are wrong",
        harvest: "harvest the journal or its sections instead",
    },
    // Addresses
    Quirk {
        id: "locale-redirect",
        versions: Versions::since(&[3, 5]),
        server: "a journal in several languages redirects to a URL with its primary locale",
        harvest: "the redirect is followed in each run, so that a change of the primary language does no harm; the URL \
                  is kept as given",
    },
    Quirk {
        id: "locale-loop",
        versions: Versions::since(&[3, 5]),
        server: "a URL in another locale redirects to itself until the locale comes back as a cookie",
        harvest: "the locale of the URL is sent as Accept-Language; no cookies are sent",
    },
    Quirk {
        id: "site-wide-landing",
        versions: Versions::only(&[3, 5]),
        server: "the site-wide endpoint gives landing pages URLs that do not exist, below /index/",
        harvest: "the journal's path, taken from the record's sets, is put in the place of /index/",
    },
    Quirk {
        id: "no-landing-page",
        versions: Versions::since(&[3, 5]),
        server: "a journal that publishes elsewhere (publishing mode \"none\") gives neither landing page nor galleys",
        harvest: "such articles have no links",
    },
    Quirk {
        id: "oai-disabled",
        versions: Versions::since(&[3, 5]),
        server: "with OAI-PMH switched off, Identify is still answered and no records are listed",
        harvest: "the journal is empty; an empty list of a journal that had records is not accepted",
    },
    // Formats
    Quirk {
        id: "partial-jats",
        versions: Versions::ALL,
        server: "a list in jats is refused with cannotDisseminateFormat as soon as one article in it has no JATS, or is \
                 under subscription or embargo",
        harvest: "the records are fetched one by one; those without JATS are complete without it",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(version: &str) -> Vec<&'static str> {
        let software = Software {
            name: "Open Journal Systems".into(),
            version: Some(version.into()),
        };
        quirks_of(&software)
            .iter()
            .filter(|quirk| !quirk.versions.is_all())
            .map(|quirk| quirk.id)
            .collect()
    }

    #[rstest::rstest]
    #[case("2.3.8", &["no-deletions", "encoded-sets"])]
    #[case("2.4.0.0", &["encoded-sets"])]
    #[case("3.0.1.0", &["encoded-sets"])]
    #[case("3.0.2.0", &["site-tombstones", "encoded-sets"])]
    #[case("3.1.0.1", &["encoded-identifier", "encoded-sets"])]
    #[case("3.1.1.0", &["encoded-sets"])]
    #[case("3.2.0.0", &["live-and-deleted", "encoded-sets"])]
    #[case("3.3.0.0", &["live-and-deleted", "missing-tombstones", "encoded-sets"])]
    #[case("3.3.0.1", &["no-token", "live-and-deleted", "missing-tombstones", "encoded-sets"])]
    #[case("3.3.0-2", &["no-token", "live-and-deleted", "missing-tombstones", "earliest-is-now", "encoded-sets"])]
    #[case("3.3.0.4", &["no-token", "live-and-deleted", "missing-tombstones", "encoded-sets"])]
    #[case("3.3.0.6", &["empty-token", "live-and-deleted", "missing-tombstones", "encoded-sets"])]
    #[case("3.3.0.8", &["live-and-deleted", "missing-tombstones", "encoded-sets"])]
    #[case("3.4.0.1", &["foreign-tombstones", "site-set-tombstones", "section-tombstones", "transliterated-sets"])]
    #[case("3.4.0.10", &["whole-days", "foreign-tombstones", "site-set-tombstones", "section-tombstones", "transliterated-sets"])]
    #[case("3.5.0.0", &["whole-days", "foreign-tombstones", "site-set-tombstones", "section-tombstones", "transliterated-sets", "locale-redirect", "locale-loop", "site-wide-landing", "no-landing-page", "oai-disabled"])]
    #[case("3.6.0.0", &["whole-days", "foreign-tombstones", "site-set-tombstones", "section-tombstones", "versioned-identifiers", "transliterated-sets", "locale-redirect", "locale-loop", "no-landing-page", "oai-disabled"])]
    fn quirks_at_the_edges(#[case] version: &str, #[case] expected: &[&str]) {
        assert_eq!(ids(version), expected);
    }

    #[test]
    fn unknown_versions_have_what_all_have_and_others_nothing() {
        let of = |name: &str, version: Option<&str>| {
            quirks_of(&Software {
                name: name.into(),
                version: version.map(str::to_owned),
            })
        };
        let unknown = of("Open Journal Systems", None);
        assert!(!unknown.is_empty() && unknown.iter().all(|quirk| quirk.versions.is_all()));
        assert_eq!(of("Open Journal Systems", Some("next")), unknown);
        assert!(of("DSpace", Some("3.4.0")).is_empty());
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = QUIRKS.iter().map(|quirk| quirk.id).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), QUIRKS.len());
    }

    #[test]
    fn versions_read_as_their_project_writes_them() {
        let texts = |id: &str| {
            QUIRKS
                .iter()
                .find(|quirk| quirk.id == id)
                .unwrap()
                .versions
                .to_string()
        };
        assert_eq!(texts("no-token"), "3.3.0-1 to 3.3.0-5");
        assert_eq!(texts("no-deletions"), "up to 2.3");
        assert_eq!(texts("whole-days"), "3.4.0-2 and later");
        assert_eq!(texts("missing-tombstones"), "3.3");
        assert_eq!(texts("driver-set"), "all");
    }

    /// Each row of the page is a row of the table, in its order and words.
    #[test]
    fn the_manual_page_matches_the_table() {
        let page = include_str!("../../docs/quirks.md");
        let shown: Vec<&str> = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .collect();
        let rows: Vec<String> = QUIRKS
            .iter()
            .map(|quirk| {
                format!(
                    "| `{}` | {} | {} | {} |",
                    quirk.id, quirk.versions, quirk.server, quirk.harvest
                )
            })
            .collect();
        assert_eq!(
            shown,
            rows,
            "docs/quirks.md should have these rows:\n{}",
            rows.join("\n")
        );
    }
}
