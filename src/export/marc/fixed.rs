//! Leader and control fields: what stands at fixed places.

use super::options::Profile;
use crate::article::{Article, Provenance};
use crate::export::{fields, kind};
use crate::normalize::language;
use crate::oai::Datestamp;

/// Leader of a deletion: what it was of is not known.
pub(super) fn leader_of_deletion(profile: Profile) -> String {
    leader('d', 'a', part(profile))
}

/// Leader of an article: a part of its journal; where no journal is named, a work of its own.
pub(super) fn leader_of(article: &Article, profile: Profile) -> String {
    leader(
        'n',
        kind::of(article).content.leader,
        level(article, profile),
    )
}

/// Leader, lengths blank: encoded in UCS/Unicode, minimal level, ISBD punctuation included.
fn leader(status: char, content: char, level: char) -> String {
    format!("     {status}{content}{level} a22     7i 4500")
}

fn part(profile: Profile) -> char {
    match profile {
        Profile::Generic | Profile::Koha => 'b',
        Profile::VuFind => 'a',
    }
}

fn level(article: &Article, profile: Profile) -> char {
    let journal = &article.journal;
    let has_host = fields::journal_title(journal).is_some() || !fields::issns(journal).is_empty();
    if has_host { part(profile) } else { 'm' }
}

/// 006: an electronic resource, online, of documents.
pub(super) const ELECTRONIC: &str = "m     o  d        ";
/// 007: a remote electronic resource.
pub(super) const REMOTE: &str = "cr |n|||||||||";

/// 005: the record's datestamp, else when it was fetched.
pub(super) fn changed(provenance: &Provenance) -> Option<String> {
    stamp(provenance).map(|stamp| stamp.time.format("%Y%m%d%H%M%S.0").to_string())
}

fn stamp(provenance: &Provenance) -> Option<Datestamp> {
    Datestamp::parse(&provenance.datestamp)
        .or_else(|| Datestamp::parse(&provenance.harvested_at))
        .filter(|stamp| (0..=9999).contains(&chrono::Datelike::year(&stamp.time)))
}

/// 008: 40 characters, those of continuing resources for a serial component part, those of books for a part of
/// bibliographic level `a`.
pub(super) fn general(article: &Article, profile: Profile) -> String {
    let entered = stamp(&article.provenance).map_or_else(
        || "000101".to_owned(),
        |s| s.time.format("%y%m%d").to_string(),
    );
    let date = match fields::date(article) {
        Some(date) => format!("s{:04}    ", date.year),
        None => "nuuuuuuuu".to_owned(),
    };
    let material = match (kind::of(article).content.leader, level(article, profile)) {
        // Frequency and regularity not said, periodical, online; nothing said of the rest; 30-32 undefined.
        ('a', 'b') => "|| poo||||||   ||",
        // Nothing said of illustrations and audience; online; nothing said of the rest; 32 undefined.
        ('a', _) => "|||||o|||||||| ||",
        // No text: nothing said.
        _ => "|||||||||||||||||",
    };
    let language = article
        .language
        .as_deref()
        .and_then(language::marc)
        .unwrap_or("und");
    // Place unknown; record not modified; cataloguing source: other.
    format!("{entered}{date}xx {material}{language} d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_008_is_40_characters() {
        let mut article = Article::new(String::new(), Provenance::default());
        article.journal.title = Some("Journal".to_owned());
        for profile in [Profile::Generic, Profile::Koha, Profile::VuFind] {
            assert_eq!(general(&article, profile).len(), 40);
            assert_eq!(leader_of(&article, profile).len(), 24);
            assert_eq!(leader_of_deletion(profile).len(), 24);
        }
        assert_eq!(
            general(&article, Profile::Generic),
            "000101nuuuuuuuuxx || poo||||||   ||und d"
        );
        article.issue_year = Some(2004);
        article.language = Some("de-AT".to_owned());
        article.provenance.datestamp = "2020-02-23T14:36:31Z".to_owned();
        assert_eq!(
            general(&article, Profile::VuFind),
            "200223s2004    xx |||||o|||||||| ||ger d"
        );
        assert_eq!(
            changed(&article.provenance).as_deref(),
            Some("20200223143631.0")
        );
    }
}
