//! The crosswalk from `arXiv` and `arXivRaw` to the article.
//!
//! arXiv's own record is of the preprint: its number is the identifier and its page the landing page. The DOI and the reference are
//! those of the publication in a journal, and are the article's.

use super::context::{FormatRecord, SourceContext};
use super::description::{Description, Kind};
use crate::article::{LinkRel, Role, Scheme};
use crate::metadata::arxiv::ArXiv;
use crate::metadata::stated::{Agent, Leaf, Organization, Typed};

/// Describes an article from its record of arXiv.
pub(crate) fn describe(
    record: &FormatRecord,
    article: ArXiv,
    context: &SourceContext,
) -> Description {
    let ArXiv {
        id,
        dates,
        authors,
        author_line,
        title,
        summary,
        categories,
        journal_ref,
        doi,
        license,
        rest,
        unread,
    } = article;
    let mut out = Description::new(&record.metadata_prefix, Kind::Native);
    out.note_unread(unread.as_ref());
    if let Some(title) = title {
        out.title_of(&title, None);
    }
    self::authors(&mut out, authors, author_line);
    out.abstracts_of(summary.into_iter().collect());
    if let Some(categories) = categories {
        let words = categories.value.split_whitespace().map(|word| Leaf {
            value: word.to_owned(),
            ..categories.clone()
        });
        out.keywords_of(words.collect());
    }
    self::dates(&mut out, dates);
    if let Some(id) = id {
        let number = id.value.trim_start_matches("arXiv:").to_owned();
        let page = format!("https://arxiv.org/abs/{number}");
        out.identify(&id.element, Scheme::Arxiv, number);
        out.link(&id.element, LinkRel::Landing, &page, None);
    }
    if let Some(leaf) = doi {
        dois(&mut out, &leaf);
    }
    if let Some(reference) = journal_ref {
        out.citation_of(&reference, context);
    }
    out.rights_of(license.as_ref(), None);
    out.add_unmapped_leaves(&rest);
    out
}

/// The authors: each by itself, else a line of them, which may hold notes and numbered affiliations.
fn authors(out: &mut Description, authors: Vec<Agent>, line: Option<Leaf>) {
    for author in authors {
        out.agent(Role::Author, author);
    }
    let Some(line) = line else { return };
    for author in split_authors(&line) {
        out.agent(Role::Author, author);
    }
    if line.value.contains('(') {
        out.add_unmapped_leaf(&line);
    }
}

/// The DOIs, of which the first is the article's.
fn dois(out: &mut Description, leaf: &Leaf) {
    let mut dois = leaf.value.split_whitespace();
    if let Some(first) = dois.next() {
        out.doi(&leaf.element, first);
    }
    for other in dois {
        let value = other.to_owned();
        out.add_unmapped_leaf(&Leaf {
            value,
            ..leaf.clone()
        });
    }
}

/// The day the first version came in is that of publication; later ones are kept.
fn dates(out: &mut Description, dates: Vec<Typed>) {
    let (first, others): (Vec<Typed>, Vec<Typed>) = dates
        .into_iter()
        .partition(|date| date.is(&["created", "v1"]));
    let first: Vec<Leaf> = first.into_iter().map(|date| date.leaf).collect();
    out.published_of(&first);
    for Typed { kind, leaf } in others {
        let kind = kind.unwrap_or_default();
        let element = if kind == leaf.element {
            kind
        } else {
            format!("version[{kind}]")
        };
        out.add_unmapped_leaf(&Leaf { element, ..leaf });
    }
}

/// The authors of one line: `Ann Roe (MIT), Bob Doe and Carl Poe ((1) ETH)`. What stands in brackets right behind a name is an
/// affiliation, unless it is a number that refers to a list.
fn split_authors(line: &Leaf) -> Vec<Agent> {
    let mut authors: Vec<Agent> = Vec::new();
    for part in top_level_parts(&line.value) {
        let (name, place) = match part.split_once('(') {
            Some((name, place)) => (name.trim(), Some(place.trim_end_matches([')', ' ']))),
            None => (part.as_str(), None),
        };
        let leaf = |text: &str| Leaf {
            value: text.trim().to_owned(),
            ..line.clone()
        };
        let is_name = |text: &&str| !text.is_empty() && text.contains(char::is_alphabetic);
        // `1`, `1 and 2`, `(1) ETH, (2) MIT`
        let is_place = |text: &&str| !text.starts_with(|c: char| c.is_ascii_digit() || c == '(');
        let affiliations = place
            .filter(is_name)
            .filter(is_place)
            .map(|text| Organization {
                name: Some(leaf(text)),
                id: None,
            });
        if is_name(&name) {
            authors.push(Agent {
                whole: Some(leaf(name)),
                affiliations: affiliations.into_iter().collect(),
                ..Agent::default()
            });
        }
    }
    authors
}

/// Splits at commas, semicolons and `and` outside brackets.
fn top_level_parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0_usize;
    for word in text.split_inclusive([' ', ',', ';']) {
        let bare = word.trim();
        if depth == 0 && matches!(bare, "and" | "&" | "and,") {
            parts.push(String::new());
            continue;
        }
        for c in word.chars() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 && matches!(c, ',' | ';') {
                parts.push(String::new());
            } else if let Some(last) = parts.last_mut() {
                last.push(c);
            }
        }
    }
    let parts = parts.into_iter().map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Ann Roe, Bob Doe and Carl Poe", &["Ann Roe", "Bob Doe", "Carl Poe"])]
    #[case("Ann Roe (MIT, Cambridge), Bob Doe (1 and 2)", &["Ann Roe", "Bob Doe"])]
    #[case("A. Roe (1), B. Doe (2) ((1) ETH, (2) MIT)", &["A. Roe", "B. Doe"])]
    #[case("Alexander Sand", &["Alexander Sand"])]
    fn splits_the_line_of_authors(#[case] line: &str, #[case] expected: &[&str]) {
        let line = Leaf {
            element: "authors".to_owned(),
            lang: None,
            value: line.to_owned(),
        };
        let names: Vec<String> = split_authors(&line)
            .into_iter()
            .filter_map(|author| Some(author.whole?.value))
            .collect();
        assert_eq!(names, expected);
    }
}
