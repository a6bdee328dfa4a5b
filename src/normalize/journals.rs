//! One title per journal of a source.
//!
//! A journal whose citations are in several languages has another title in each article. Agencies and catalogs know it under one:
//! the one that Identify names, where it is among the journal's titles, else the most frequent in its records. The others stay among
//! `journal.titles`. A journal is known by its ISSN, else by its path in OJS.

use super::SourceContext;
use crate::article::{Article, Journal, LangText};
use crate::oai::JournalPath;

/// Gives the article's journal the title that it has in all articles of the source.
pub(super) fn settle_title(article: &mut Article, context: &SourceContext) {
    let known = &context.profile.journals;
    if known.is_empty() {
        return;
    }
    let Some(current) = article.journal.title.clone() else {
        return;
    };
    let has_key = |key: &str| known.iter().find(|journal| journal.key == key);
    let of_issn = issns(&article.journal).find_map(|issn| has_key(&format!("issn:{issn}")));
    let journal = of_issn.or_else(|| {
        let path = path_of_sets(&article.provenance.sets)?;
        has_key(&format!("path:{path}"))
    });
    let Some(journal) = journal.filter(|journal| journal.titles.contains(&current)) else {
        return;
    };
    let named = context.repository_name.as_deref().map(str::trim);
    let of_identify = journal
        .titles
        .iter()
        .find(|title| named == Some(title.as_str()));
    let Some(title) = of_identify.or_else(|| journal.titles.first()) else {
        return;
    };
    if *title != current {
        let titles = &mut article.journal.titles;
        if !titles.iter().any(|known| known.value == current) {
            titles.push(LangText {
                value: current,
                lang: article.language.clone(),
            });
        }
        article.journal.title = Some(title.clone());
        let fields = &mut article.provenance.fields;
        fields.set("journal.title", "profile:journals".to_owned());
    }
}

fn issns(journal: &Journal) -> impl Iterator<Item = &String> {
    let media = [&journal.issn_electronic, &journal.issn_print];
    media.into_iter().flatten().chain(&journal.issn_unknown)
}

/// The path of the journal that the sets of a record in OJS name: `cac` of `cac:ART`.
pub(super) fn path_of_sets(sets: &[String]) -> Option<String> {
    sets.iter()
        .find_map(|set| JournalPath::of_set(set))
        .map(|path| path.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::{KnownJournal, Profile};
    use super::*;
    use crate::article::Provenance;

    fn source(key: &str, titles: &[&str], name: &str) -> SourceContext {
        let journal = KnownJournal {
            key: key.to_owned(),
            titles: titles.iter().map(|title| (*title).to_owned()).collect(),
        };
        SourceContext {
            repository_name: Some(name.to_owned()),
            profile: Profile {
                journals: vec![journal],
                ..Profile::default()
            },
            ..SourceContext::default()
        }
    }

    fn article(title: &str, issn: &str, set: &str) -> Article {
        let mut article = Article::new(String::new(), Provenance::default());
        article.language = Some("en".to_owned());
        article.journal.title = Some(title.to_owned());
        article.journal.issn_unknown = vec![issn.to_owned()];
        article.provenance.sets = vec![set.to_owned()];
        article
    }

    #[test]
    fn takes_the_most_frequent_title_and_keeps_the_other() {
        let context = source("issn:2049-3630", &["Вестник", "Bulletin"], "Site");
        let mut found = article("Bulletin", "2049-3630", "x");
        settle_title(&mut found, &context);
        assert_eq!(found.journal.title.as_deref(), Some("Вестник"));
        assert_eq!(found.journal.titles[0].value, "Bulletin");
    }

    #[test]
    fn takes_the_title_of_identify_where_the_journal_has_it() {
        let context = source("path:bul", &["Вестник", "Bulletin"], "Bulletin");
        let mut found = article("Вестник", "", "bul:ART");
        settle_title(&mut found, &context);
        assert_eq!(found.journal.title.as_deref(), Some("Bulletin"));
    }

    #[test]
    fn leaves_titles_of_other_journals() {
        let context = source("issn:2049-3630", &["Вестник", "Bulletin"], "Bulletin");
        for (title, issn) in [("Bulletin", "1234-5679"), ("Another", "2049-3630")] {
            let mut found = article(title, issn, "x");
            settle_title(&mut found, &context);
            assert_eq!(found.journal.title.as_deref(), Some(title));
        }
    }
}
