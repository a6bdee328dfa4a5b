//! Holdings by KBART (NISO RP-9, phase II): one row per journal, with its first and last issue in this collection.
//!
//! Link resolvers and knowledge bases load the list; a file of theirs is UTF-8, tab-separated, with a header.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::article::{Article, Entry};
use crate::export::{full_texts, issns, journal_page, journal_title, plain_text};
use crate::normalize::journals::ojs_path;
use crate::report::Articles;
use crate::store::StoreResult;

/// The columns, in their order (NISO RP-9-2014, 6.4.1).
const COLUMNS: [&str; 25] = [
    "publication_title",
    "print_identifier",
    "online_identifier",
    "date_first_issue_online",
    "num_first_vol_online",
    "num_first_issue_online",
    "date_last_issue_online",
    "num_last_vol_online",
    "num_last_issue_online",
    "title_url",
    "first_author",
    "title_id",
    "embargo_info",
    "coverage_depth",
    "notes",
    "publisher_name",
    "publication_type",
    "date_monograph_published_print",
    "date_monograph_published_online",
    "monograph_volume",
    "monograph_edition",
    "first_editor",
    "parent_publication_title_id",
    "preceding_publication_title_id",
    "access_type",
];

/// An issue, in the order of publication: by year, then by the numbers of volume and issue.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Issue {
    year: i32,
    /// Volume and issue as numbers, where they are some.
    numbers: (u64, u64),
    /// As precise as it is known: `2004-12-31`, `2004-12` or `2004`.
    date: String,
    volume: String,
    number: String,
}

impl Issue {
    /// Returns the issue of an article; `None` where no year is known.
    fn of(article: &Article) -> Option<Self> {
        let published = article.published.as_ref().map(|date| date.date.as_str());
        let published_year = published.and_then(|date| date.get(..4)?.parse().ok());
        let year = article.issue_year.or(published_year)?;
        // Back issues go online years later: then the year of the issue counts.
        let date = match published {
            Some(date) if published_year == Some(year) => date.to_owned(),
            _ => format!("{year:04}"),
        };
        let text = |value: &Option<String>| plain_text(value.as_deref()).unwrap_or_default();
        let (volume, issue) = (text(&article.volume), text(&article.issue));
        Some(Self {
            year,
            numbers: (number(&volume), number(&issue)),
            date,
            volume,
            number: issue,
        })
    }
}

/// The first number in a text; 0 if there is none.
fn number(text: &str) -> u64 {
    let digits: String = text
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(char::is_ascii_digit)
        .take(9)
        .collect();
    digits.parse().unwrap_or_default()
}

/// The counts of one journal.
#[derive(Debug, Default)]
struct Holding {
    title: String,
    print: String,
    online: String,
    publisher: String,
    url: String,
    id: String,
    coverage: Option<(Issue, Issue)>,
    articles: u64,
    with_text: u64,
    free: u64,
}

/// The holdings of a collection.
#[derive(Debug, Default)]
pub struct Holdings(BTreeMap<String, Holding>);

impl Holdings {
    /// Reads the live articles of every source.
    ///
    /// # Errors
    /// Failures of the store.
    pub async fn read(articles: &Articles<'_>) -> StoreResult<Self> {
        let mut holdings = Self::default();
        let sources: Vec<_> = articles.sources().map(|source| source.source_id).collect();
        for source_id in sources {
            articles
                .each(source_id, |_, entry| {
                    if let Entry::Live(article) = entry {
                        holdings.add(article);
                    }
                })
                .await?;
        }
        Ok(holdings)
    }

    /// Returns the number of journals.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts an article. One without a journal has no row.
    fn add(&mut self, article: &Article) {
        let journal = &article.journal;
        let Some(title) = journal_title(journal) else {
            return;
        };
        let key = issns(journal)
            .first()
            .map_or_else(|| title.to_lowercase(), |&issn| issn.to_owned());
        let holding = self.0.entry(key).or_default();
        if holding.title.is_empty() {
            holding.title = title;
            holding.publisher = plain_text(journal.publisher.as_deref()).unwrap_or_default();
            holding.url = journal_page(article);
            let path = ojs_path(&article.provenance).map(|path| path.to_string());
            holding.id = path.unwrap_or_else(|| article.provenance.source.clone());
        }
        for (own, stated) in [
            (&mut holding.print, &journal.issn_print),
            (&mut holding.online, &journal.issn_electronic),
        ] {
            if own.is_empty() {
                own.clone_from(&stated.clone().unwrap_or_default());
            }
        }
        // An ISSN of unknown medium is the online one: the articles are online.
        if holding.online.is_empty() && holding.print.is_empty() {
            holding.online = journal.issn_unknown.first().cloned().unwrap_or_default();
        }
        holding.articles += 1;
        holding.with_text += u64::from(!full_texts(article).is_empty());
        let license = article
            .license
            .as_ref()
            .and_then(|license| license.url.as_deref());
        holding.free += u64::from(license.is_some_and(|url| url.contains("creativecommons.org/")));
        if let Some(issue) = Issue::of(article) {
            holding.coverage = Some(match holding.coverage.take() {
                None => (issue.clone(), issue),
                Some((first, last)) => (first.min(issue.clone()), last.max(issue)),
            });
        }
    }

    /// Returns the list: a header, and a row per journal by title.
    pub fn to_tsv(&self) -> String {
        let mut text = COLUMNS.join("\t") + "\n";
        let mut rows: Vec<&Holding> = self.0.values().collect();
        rows.sort_by_key(|holding| holding.title.to_lowercase());
        for holding in rows {
            let _ = writeln!(text, "{}", holding.row().join("\t"));
        }
        text
    }
}

impl Holding {
    fn row(&self) -> Vec<String> {
        let (first, last) = self.coverage.clone().unwrap_or_default();
        let depth = match (self.with_text, self.articles) {
            (0, _) => "abstracts",
            (with_text, articles) if with_text == articles => "fulltext",
            _ => "selected articles",
        };
        // `F` where every article may be read and passed on; of the others nothing is known.
        let access = if self.free == self.articles { "F" } else { "" };
        let cell = |name: &str| match name {
            "publication_title" => &self.title,
            "print_identifier" => &self.print,
            "online_identifier" => &self.online,
            "date_first_issue_online" => &first.date,
            "num_first_vol_online" => &first.volume,
            "num_first_issue_online" => &first.number,
            "date_last_issue_online" => &last.date,
            "num_last_vol_online" => &last.volume,
            "num_last_issue_online" => &last.number,
            "title_url" => &self.url,
            "title_id" => &self.id,
            "publisher_name" => &self.publisher,
            "coverage_depth" => depth,
            "publication_type" => "serial",
            "access_type" => access,
            _ => "",
        };
        COLUMNS.map(|name| cell(name).to_owned()).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Link, LinkRel, Provenance};

    fn article(title: &str, issn: Option<&str>, issue: (i32, &str, &str)) -> Article {
        let provenance = Provenance {
            source: "cac".to_owned(),
            base_url: "https://j.example.org/index.php/cac/oai".to_owned(),
            ..Provenance::default()
        };
        let mut article = Article::new("id".to_owned(), provenance);
        article.journal.title = Some(title.to_owned());
        article.journal.issn_electronic = issn.map(str::to_owned);
        article.issue_year = Some(issue.0);
        article.volume = Some(issue.1.to_owned());
        article.issue = Some(issue.2.to_owned());
        article
    }

    #[test]
    fn a_journal_has_a_row_with_its_first_and_last_issue() {
        let mut holdings = Holdings::default();
        for issue in [(2004, "5", "10"), (2000, "1", "1"), (2004, "5", "9")] {
            holdings.add(&article("B", Some("2002-3839"), issue));
        }
        let mut other = article("A", None, (2010, "", "№ 3"));
        other.links.push(Link {
            rel: LinkRel::Fulltext,
            url: "https://j.example.org/index.php/a/article/download/1/2".to_owned(),
            media_type: None,
        });
        holdings.add(&other);
        let text = holdings.to_tsv();
        let rows: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split('\t').collect())
            .collect();
        assert_eq!(rows.len(), 3);
        assert!(rows.iter().all(|row| row.len() == 25));
        assert_eq!(
            rows[1][..10],
            [
                "A",
                "",
                "",
                "2010",
                "",
                "№ 3",
                "2010",
                "",
                "№ 3",
                "https://j.example.org/index.php/cac"
            ]
        );
        assert_eq!(rows[1][13], "fulltext");
        assert_eq!(
            rows[2][..9],
            ["B", "", "2002-3839", "2000", "1", "1", "2004", "5", "10"]
        );
        assert_eq!(rows[2][13], "abstracts");
    }

    #[test]
    fn a_tab_in_a_title_does_not_end_its_cell() {
        let mut holdings = Holdings::default();
        holdings.add(&article("A\tB", None, (2010, "1", "1")));
        assert!(holdings.to_tsv().contains("\nA B\t"));
    }
}
