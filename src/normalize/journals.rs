//! The journals of a source: one title and one set of ISSNs for each, whatever single records say.
//!
//! Registration agencies refuse a deposit whose journal title is not the registered one, and catalogs and facets count
//! each spelling as a journal. A journal is identified by its ISSN, else by the path that Open Journal Systems gives
//! it, else by its title. Its title is the one that is set, else the name that Identify gives where records have it as
//! a title too, else the most frequent one.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::context::SourceContext;
use super::journal_facts::{JournalFacts, JournalSetting, KnownJournal};
use super::text;
use crate::article::{Article, Code, Finding, Journal, LangText, Provenance};
use crate::oai::JournalPath;
use crate::values::SetSpec;

/// Most journals of a source that are remembered.
const MAX_JOURNALS: usize = 2_000;

/// Returns the journal's path among the journals of an OJS site: from the sets (`path:SECTION`), else from the base URL
/// (`…/index.php/path/oai`); `None` where the identifier is not one of OJS.
pub(crate) fn ojs_path(provenance: &Provenance) -> Option<JournalPath> {
    let (rest, number) = provenance.oai_identifier.rsplit_once('/')?;
    if !rest.ends_with(":article") || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    if let Some(set) = provenance.sets.iter().find(|set| set.contains(':')) {
        return JournalPath::of_set(set);
    }
    JournalPath::of(&Url::parse(&provenance.base_url).ok()?)
}

fn path_key(provenance: &Provenance) -> Option<String> {
    ojs_path(provenance).map(|path| path.to_string().to_lowercase())
}

fn folded(title: &str) -> String {
    title
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
}

fn issns(journal: &Journal) -> impl Iterator<Item = &String> {
    let known = [&journal.issn_print, &journal.issn_electronic];
    known
        .into_iter()
        .filter_map(Option::as_ref)
        .chain(&journal.issn_unknown)
}

/// Writes into an article what is set and known of its journal.
pub(super) fn settle(article: &mut Article, context: &SourceContext) {
    let profile = &context.profile;
    if let Some(known) = known(article, context) {
        write(article, &known.facts, "profile");
    }
    // The setting of a single journal goes before one of the whole source.
    for setting in profile.journal_settings.iter().rev() {
        if setting.selects(article) {
            write(article, &setting.facts, "settings");
        }
    }
}

impl JournalSetting {
    fn selects(&self, article: &Article) -> bool {
        let has_issn = |issn: &String| issns(&article.journal).any(|known| known == issn);
        let has_path = |path: &String| {
            path_key(&article.provenance).is_some_and(|known| known == path.to_lowercase())
        };
        let has_set = |set: &String| {
            let sets = &article.provenance.sets;
            sets.iter().any(|known| SetSpec::holds(set, known))
        };
        self.issn.as_ref().is_none_or(has_issn)
            && self.path.as_ref().is_none_or(has_path)
            && self.set.as_ref().is_none_or(has_set)
    }
}

/// Returns the journal that an article is of: by an ISSN, and for an article without one by its path or its title,
/// where that is the path or title of one journal alone. An ISSN counts together with the path or a title: repositories
/// put the ISSN of one journal into the records of others.
fn known<'a>(article: &Article, context: &'a SourceContext) -> Option<&'a KnownJournal> {
    let profile = &context.profile;
    if profile.journals.is_empty() {
        return None;
    }
    let mut own = issns(&article.journal).peekable();
    if own.peek().is_some() {
        let path = path_key(&article.provenance);
        let title = article.journal.title.as_deref().map(folded);
        let is_of = |known: &&KnownJournal| {
            path.as_ref().is_some_and(|path| known.paths.contains(path))
                || title
                    .as_ref()
                    .is_none_or(|title| known.titles.contains(title))
        };
        return own.find_map(|issn| profile.journals_by_issn(issn).find(is_of));
    }
    let path = path_key(&article.provenance);
    let by_path = path.and_then(|path| only(profile.journals_by_path(&path)));
    by_path.or_else(|| {
        let title = folded(article.journal.title.as_deref()?);
        only(profile.journals_by_title(&title))
    })
}

/// Returns the element of an iterator that has no other.
fn only<T>(mut found: impl Iterator<Item = T>) -> Option<T> {
    found.next().filter(|_| found.next().is_none())
}

fn write(article: &mut Article, facts: &JournalFacts, from: &str) {
    if let Some(title) = &facts.title {
        let language = article.language.clone();
        keep_stated_title(&mut article.journal, language.as_deref());
        set(article, "title", Some(title), from);
    }
    for (name, issn) in [
        ("issn_electronic", &facts.issn_electronic),
        ("issn_print", &facts.issn_print),
    ] {
        if let Some(issn) = issn {
            free(&mut article.journal, name, issn);
            set(article, name, Some(issn), from);
        }
    }
    set(article, "publisher", facts.publisher.as_ref(), from);
    set(
        article,
        "publisher_place",
        facts.publisher_place.as_ref(),
        from,
    );
    set(article, "doi", facts.doi.as_ref(), from);
}

/// The title as the record states it stays among the titles, in the article's language.
fn keep_stated_title(journal: &mut Journal, language: Option<&str>) {
    if let Some(stated) = journal.title.clone()
        && !journal.titles.iter().any(|title| title.value == stated)
    {
        journal.titles.push(LangText {
            value: stated,
            lang: language.map(str::to_owned),
        });
    }
}

/// Takes an ISSN out of every place but the named one.
fn free(journal: &mut Journal, name: &str, issn: &String) {
    journal.issn_unknown.retain(|known| known != issn);
    let other = match name {
        "issn_print" => &mut journal.issn_electronic,
        _ => &mut journal.issn_print,
    };
    if other.as_ref() == Some(issn) {
        *other = None;
    }
}

/// Sets a field of the journal. An ISSN that the record states otherwise is a finding.
fn set(article: &mut Article, name: &str, value: Option<&String>, from: &str) {
    let Some(value) = value else { return };
    let journal = &mut article.journal;
    let field = match name {
        "title" => &mut journal.title,
        "issn_print" => &mut journal.issn_print,
        "issn_electronic" => &mut journal.issn_electronic,
        "publisher" => &mut journal.publisher,
        "publisher_place" => &mut journal.publisher_place,
        _ => &mut journal.doi,
    };
    if field.as_ref() == Some(value) {
        return;
    }
    let old = field.replace(value.clone());
    let path = format!("journal.{name}");
    let fields = &mut article.provenance.fields;
    let origin = match from {
        "settings" => format!("settings:{name}"),
        _ => "profile:journals".to_owned(),
    };
    fields.set(&path, origin);
    if article.journal.issn_unknown.is_empty() {
        fields.remove("journal.issn_unknown");
        article
            .findings
            .retain(|finding| finding.code != Code::AmbiguousIssn);
    }
    if let Some(old) = old.filter(|_| name.starts_with("issn_")) {
        let finding = Finding::new(Code::Conflict, path, old);
        if !article.findings.contains(&finding) {
            article.findings.push(finding);
        }
    }
}

/// Learns the journals of a source from some of its articles; the same whatever order they come in.
#[derive(Debug, Default)]
pub(super) struct JournalLearner {
    /// Articles of the same journal, as far as one article tells.
    alike: BTreeMap<Alike, u64>,
}

/// Returns the facts about the journal in an article.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Alike {
    print: Option<String>,
    electronic: Option<String>,
    unknown: Vec<String>,
    path: Option<String>,
    title: Option<String>,
    /// All titles, in lower case.
    titles: BTreeSet<String>,
}

impl Alike {
    fn issns(&self) -> impl Iterator<Item = &String> {
        self.print
            .iter()
            .chain(&self.electronic)
            .chain(&self.unknown)
    }
}

impl JournalLearner {
    /// Takes an article in.
    pub(super) fn see(&mut self, article: &Article) {
        let journal = &article.journal;
        let stated = journal.titles.iter().map(|title| &title.value);
        let alike = Alike {
            print: journal.issn_print.clone(),
            electronic: journal.issn_electronic.clone(),
            unknown: journal.issn_unknown.clone(),
            path: path_key(&article.provenance),
            title: journal.title.clone(),
            titles: journal
                .title
                .iter()
                .chain(stated)
                .map(|title| folded(title))
                .collect(),
        };
        *self.alike.entry(alike).or_insert(0) += 1;
    }

    /// Returns what was learned.
    pub(super) fn finish(self, repository_name: Option<&str>) -> Vec<KnownJournal> {
        let mut groups: Vec<Group> = Vec::new();
        let (with_issn, without): (Vec<_>, Vec<_>) = self
            .alike
            .into_iter()
            .partition(|(alike, _)| alike.issns().next().is_some());
        for (alike, count) in with_issn {
            let shares = |group: &Group| alike.issns().any(|issn| group.known.issns.contains(issn));
            // An article with the ISSNs of two groups makes them one.
            let (same, other) = groups.into_iter().partition(shares);
            groups = other;
            groups.push(Group::merged(same, alike, count));
        }
        let (with_path, others): (Vec<_>, Vec<_>) = without
            .into_iter()
            .partition(|(alike, _)| alike.path.is_some());
        for (alike, count) in with_path {
            let path = alike.path.clone().unwrap_or_default();
            join(&mut groups, alike, count, &|known| {
                known.paths.contains(&path)
            });
        }
        for (alike, count) in others {
            let titles = alike.titles.clone();
            join(&mut groups, alike, count, &|known| {
                !known.titles.is_disjoint(&titles)
            });
        }
        let mut known: Vec<KnownJournal> = groups
            .into_iter()
            .filter_map(|group| group.finish(repository_name))
            .collect();
        known.sort_by(|a, b| (&a.issns, &a.paths, &a.titles).cmp(&(&b.issns, &b.paths, &b.titles)));
        known.truncate(MAX_JOURNALS);
        known
    }
}

/// Adds to the one group that has it; makes a new one where none has.
fn join(groups: &mut Vec<Group>, alike: Alike, count: u64, has: &dyn Fn(&KnownJournal) -> bool) {
    let found: Vec<usize> = (0..groups.len())
        .filter(|&at| has(&groups[at].known))
        .collect();
    match found.as_slice() {
        [] => groups.push(Group::merged(Vec::new(), alike, count)),
        [only] => groups[*only].add(alike, count),
        // Of which of them it is, it is unclear.
        _ => {}
    }
}

/// Articles of one journal.
#[derive(Debug, Default)]
struct Group {
    known: KnownJournal,
    titles: BTreeMap<String, u64>,
    /// Articles that state a title, in lower case.
    stated: BTreeMap<String, u64>,
    records: u64,
    print: BTreeMap<String, u64>,
    electronic: BTreeMap<String, u64>,
}

impl Group {
    fn merged(groups: Vec<Self>, alike: Alike, count: u64) -> Self {
        let mut all = Self::default();
        for group in groups {
            all.known.issns.extend(group.known.issns);
            all.known.paths.extend(group.known.paths);
            all.known.titles.extend(group.known.titles);
            all.records += group.records;
            for (sum, counts) in [
                (&mut all.titles, group.titles),
                (&mut all.stated, group.stated),
                (&mut all.print, group.print),
                (&mut all.electronic, group.electronic),
            ] {
                for (value, count) in counts {
                    *sum.entry(value).or_insert(0) += count;
                }
            }
        }
        all.add(alike, count);
        all
    }

    fn add(&mut self, alike: Alike, count: u64) {
        self.known.issns.extend(alike.issns().cloned());
        self.known.paths.extend(alike.path);
        self.records += count;
        for title in &alike.titles {
            *self.stated.entry(title.clone()).or_insert(0) += count;
        }
        self.known.titles.extend(alike.titles);
        for (sum, value) in [
            (&mut self.titles, alike.title),
            (&mut self.print, alike.print),
            (&mut self.electronic, alike.electronic),
        ] {
            if let Some(value) = value {
                *sum.entry(value).or_insert(0) += count;
            }
        }
    }

    /// Returns the journal; `None` where it would say no more than its articles do.
    fn finish(mut self, repository_name: Option<&str>) -> Option<KnownJournal> {
        if self.known.paths.is_empty() {
            // Elsewhere than in OJS a title needs a third of the records, or is the most frequent one.
            let most = self.stated.values().copied().max().unwrap_or_default();
            let (stated, records) = (&self.stated, self.records);
            let is_sure = |title: &String| {
                let count = stated.get(title).copied().unwrap_or_default();
                count == most || count * 3 >= records
            };
            self.known.titles.retain(is_sure);
        }
        let name = repository_name.map(|name| text::plain(name).value);
        let named = name.filter(|name| self.known.titles.contains(&folded(name)));
        let print = most_frequent(&self.print);
        let electronic = most_frequent(&self.electronic);
        // One ISSN under both media: the more frequent holds.
        let (print, electronic) = match (print, electronic) {
            (Some((issn, prints)), Some((same, others))) if issn == same => {
                if prints > others {
                    (Some(issn), None)
                } else {
                    (None, Some(same))
                }
            }
            (print, electronic) => (
                print.map(|(issn, _)| issn),
                electronic.map(|(issn, _)| issn),
            ),
        };
        let is_plain = self.known.issns.is_empty() && self.known.titles.len() < 2;
        self.known.facts = JournalFacts {
            title: named.or_else(|| most_frequent(&self.titles).map(|(title, _)| title)),
            issn_print: print,
            issn_electronic: electronic,
            ..JournalFacts::default()
        };
        (!is_plain).then_some(self.known)
    }
}

/// Returns the most frequent value with its count; of equally frequent ones the first in order.
fn most_frequent(counts: &BTreeMap<String, u64>) -> Option<(String, u64)> {
    let mut best: Option<(&String, u64)> = None;
    for (value, count) in counts {
        if best.is_none_or(|(_, most)| *count > most) {
            best = Some((value, *count));
        }
    }
    best.map(|(value, count)| (value.clone(), count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normalize::Profile;

    fn article(path: &str, title: &str, print: Option<&str>, electronic: Option<&str>) -> Article {
        let provenance = Provenance {
            oai_identifier: "oai:x.org:article/1".to_owned(),
            sets: vec![format!("{path}:ART")],
            ..Provenance::default()
        };
        let mut article = Article::new("id".to_owned(), provenance);
        article.journal.title = Some(title.to_owned());
        article.journal.titles.push(LangText {
            value: title.to_owned(),
            lang: Some("ru".to_owned()),
        });
        article.journal.issn_print = print.map(str::to_owned);
        article.journal.issn_electronic = electronic.map(str::to_owned);
        article
    }

    fn learned(articles: &[Article], name: Option<&str>) -> SourceContext {
        let mut learner = JournalLearner::default();
        for article in articles {
            learner.see(article);
        }
        SourceContext {
            profile: Profile {
                journals: learner.finish(name),
                ..Profile::default()
            },
            ..SourceContext::default()
        }
    }

    fn settled(mut article: Article, context: &SourceContext) -> Article {
        settle(&mut article, context);
        article
    }

    #[test]
    fn a_journal_has_its_most_frequent_title_and_one_set_of_issns() {
        let articles = [
            article("v", "Вестник", Some("1404-6091"), Some("2002-3839")),
            article("v", "Вестник", Some("1404-6091"), None),
            article("v", "Bulletin", None, Some("2002-3839")),
            article("v", "Хабаршы", None, None),
            article("w", "Other", None, Some("2049-3630")),
        ];
        let context = learned(&articles, None);
        for one in &articles[..4] {
            let journal = settled(one.clone(), &context).journal;
            assert_eq!(journal.title.as_deref(), Some("Вестник"));
            assert_eq!(journal.issn_print.as_deref(), Some("1404-6091"));
            assert_eq!(journal.issn_electronic.as_deref(), Some("2002-3839"));
            // The record's own title is there for citations.
            assert_eq!(journal.titles, one.journal.titles);
        }
        let other = settled(articles[4].clone(), &context).journal;
        assert_eq!(other, articles[4].journal);
    }

    #[test]
    fn identify_names_the_journal_where_records_do_too() {
        let articles = [
            article("v", "Вестник", None, Some("2002-3839")),
            article("v", "Вестник", None, Some("2002-3839")),
            article("v", "BULLETIN", None, Some("2002-3839")),
        ];
        let title = |name| {
            let context = learned(&articles, name);
            settled(articles[0].clone(), &context).journal.title
        };
        assert_eq!(title(Some("Bulletin")).as_deref(), Some("Bulletin"));
        assert_eq!(title(Some("Our journals")).as_deref(), Some("Вестник"));
    }

    #[test]
    fn an_issn_in_records_of_other_journals_gives_them_no_title() {
        let of = |title: &str| {
            let mut article = article("", title, None, Some("2049-3630"));
            article.provenance = Provenance::default();
            article
        };
        let mut articles = vec![of("Annals"), of("Annals"), of("Annals"), of("Annals")];
        articles.push(of("Another"));
        let context = learned(&articles, None);
        let title = |at: usize| settled(articles[at].clone(), &context).journal.title;
        assert_eq!(title(0).as_deref(), Some("Annals"));
        assert_eq!(title(4).as_deref(), Some("Another"));
    }

    #[test]
    fn the_order_of_articles_does_not_matter() {
        let mut articles = vec![
            article("v", "A", Some("1404-6091"), None),
            article("v", "B", None, Some("2002-3839")),
            article("v", "A", Some("1404-6091"), Some("2002-3839")),
        ];
        let forwards = learned(&articles, None).profile;
        articles.reverse();
        assert_eq!(learned(&articles, None).profile, forwards);
        assert_eq!(forwards.journals.len(), 1);
    }

    #[test]
    fn settings_go_before_what_is_learned() {
        let articles = [
            article("v", "Вестник", None, Some("2002-3839")),
            article("w", "Other", Some("1404-6091"), None),
        ];
        let mut context = learned(&articles, None);
        let setting = |path: Option<&str>, title: &str| JournalSetting {
            path: path.map(str::to_owned),
            facts: JournalFacts {
                title: Some(title.to_owned()),
                ..JournalFacts::default()
            },
            ..JournalSetting::default()
        };
        context.profile.journal_settings =
            vec![setting(Some("V"), "Of the path"), setting(None, "Of all")];
        let title = |at: usize| settled(articles[at].clone(), &context).journal.title;
        assert_eq!(title(0).as_deref(), Some("Of the path"));
        assert_eq!(title(1).as_deref(), Some("Of all"));
    }

    #[test]
    fn a_set_medium_moves_an_issn() {
        let mut one = article("v", "Вестник", Some("2002-3839"), None);
        one.journal.issn_unknown = vec!["1404-6091".to_owned()];
        let mut context = SourceContext::default();
        context.profile.journal_settings = vec![JournalSetting {
            facts: JournalFacts {
                issn_electronic: Some("2002-3839".to_owned()),
                issn_print: Some("1404-6091".to_owned()),
                ..JournalFacts::default()
            },
            ..JournalSetting::default()
        }];
        let one = settled(one, &context);
        assert_eq!(one.journal.issn_electronic.as_deref(), Some("2002-3839"));
        assert_eq!(one.journal.issn_print.as_deref(), Some("1404-6091"));
        assert!(one.journal.issn_unknown.is_empty() && one.findings.is_empty());
        assert_eq!(
            one.provenance.fields.get("journal.issn_print"),
            Some("settings:issn_print")
        );
    }
}
