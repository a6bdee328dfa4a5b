//! The sample journal's articles against what its database holds.
//!
//! `samples/truth.jsonl` was exported from the database of the journal, not made from its OAI-PMH output.
//! It names in `oai_dc_lacks` what Dublin Core does not carry of an article; those cells are left out.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the truth has failed"
)]

use crate::support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use offprint::Entry;
use offprint::article::{Article, Code, LinkRel};
use offprint::internals::normalize::{Item, Profile, SourceContext, normalize};
use serde_json::{Value, json};

/// Fields with what the article and the truth say of them.
type Field = (
    &'static str,
    fn(&Article) -> Value,
    fn(&Value) -> Value,
    &'static [&'static str],
);

const FIELDS: [Field; 23] = [
    ("titles", titles, true_titles, &["titles"]),
    (
        "title in the article's language",
        first_title,
        true_first_title,
        &["titles"],
    ),
    ("authors", authors, true_authors, &[]),
    ("name variants", variants, true_variants, &[]),
    ("keywords and subjects", keywords, true_keywords, &[]),
    (
        "abstracts",
        abstracts,
        true_abstracts,
        &["abstracts_exact_spacing"],
    ),
    (
        "abstract languages",
        abstract_langs,
        true_abstract_langs,
        &[],
    ),
    (
        "journal titles",
        journal_titles,
        |t| t["journal_titles_by_lang"].clone(),
        &[],
    ),
    (
        "journal title",
        |a| json!(a.journal.title),
        |t| t["journal_title"].clone(),
        &[],
    ),
    (
        "issn_electronic",
        |a| json!(a.journal.issn_electronic),
        |t| t["issn_electronic"].clone(),
        &[],
    ),
    (
        "issn_print",
        |a| json!(a.journal.issn_print),
        |t| t["issn_print"].clone(),
        &[],
    ),
    ("volume", |a| json!(a.volume), |t| t["volume"].clone(), &[]),
    ("issue", |a| json!(a.issue), |t| t["issue"].clone(), &[]),
    (
        "issue_year",
        |a| json!(a.issue_year),
        |t| t["issue_year"].clone(),
        &[],
    ),
    (
        "issue_title",
        |a| json!(a.issue_title),
        |t| t["issue_title"].clone(),
        &[],
    ),
    ("pages", pages, true_pages, &[]),
    (
        "published",
        |a| json!(a.published.as_ref().map(|d| &d.date)),
        |t| t["published"].clone(),
        &[],
    ),
    ("doi", |a| json!(a.doi), true_doi, &[]),
    (
        "landing_url",
        landing_url,
        |t| t["landing_url"].clone(),
        &[],
    ),
    (
        "galley_count",
        galley_count,
        |t| t["galley_count"].clone(),
        &[],
    ),
    ("license_url", license_url, true_license_url, &[]),
    ("copyright", copyright, true_copyright, &["copyright_year"]),
    (
        "language",
        |a| json!(a.language),
        |t| t["language"].clone(),
        &["language"],
    ),
];

/// Fields that Dublin Core has no element for, or joins with others.
const RICH: [Field; 8] = [
    (
        "authors with affiliations",
        affiliated,
        true_affiliated,
        &[],
    ),
    ("ORCID iDs", orcids, true_orcids, &[]),
    (
        "ORCID iDs that are none",
        wrong_orcids,
        true_wrong_orcids,
        &[],
    ),
    ("references", references, |t| t["references"].clone(), &[]),
    (
        "section",
        |a| json!(a.section),
        |t| t["section"].clone(),
        &[],
    ),
    (
        "pages, raw",
        |a| json!(a.pages.as_ref().map(|pages| &pages.raw)),
        |t| t["pages_raw"].clone(),
        &[],
    ),
    ("license_url", license_url, true_license_url, &[]),
    ("copyright", copyright, true_copyright, &[]),
];

#[test]
fn articles_agree_with_the_database() {
    let items = support::sample_items();
    let context = support::sample_context(&items);
    let tally = Tally::of(&items, &context, &FIELDS, true);
    assert_eq!((tally.live, tally.deleted), (265, 6));
    tally.expect(99.9, 99.5);
}

/// Beside JATS and MARC, all that Dublin Core tells stays as good, and what it lacks is there.
#[test]
fn richer_formats_add_and_take_nothing_away() {
    let items = support::sample_items_in_all_formats();
    let context = support::sample_context(&items);
    let alone = Tally::of(&support::sample_items(), &context, &FIELDS, false);
    let beside = Tally::of(&items, &context, &FIELDS, false);
    for (name, (right, _)) in &alone.fields {
        assert!(
            beside.fields[name].0 >= *right,
            "{name} is worse:\n{}",
            beside.misses.join("\n")
        );
    }
    // also the cells that Dublin Core alone cannot fill
    beside.expect(99.9, 99.5);
    let rich = Tally::of(&items, &context, &RICH, false);
    assert_eq!((rich.live, rich.deleted), (265, 6));
    rich.expect(99.5, 99.5);
}

/// The order in which formats were fetched decides nothing.
#[test]
fn the_order_of_the_records_decides_nothing() {
    let items = support::sample_items_in_all_formats();
    let context = support::sample_context(&items);
    for item in items.iter().filter(|item| item.records.len() > 2) {
        let mut reversed = item.clone();
        reversed.records[1..].reverse();
        let (Entry::Live(a), Entry::Live(b)) =
            (normalize(item, &context), normalize(&reversed, &context))
        else {
            continue;
        };
        let values = |article: &Article| {
            let mut article = article.clone();
            article.findings.clear();
            article.unmapped.clear();
            article.provenance.metadata_prefixes.clear();
            serde_json::to_value(article).unwrap()
        };
        assert_eq!(values(&a), values(&b), "{}", item.identifier);
    }
}

/// The manual's figures are these.
#[test]
fn the_manual_has_the_measured_figures() {
    let items = support::sample_items_in_all_formats();
    let context = support::sample_context(&items);
    let alone = Tally::of(&support::sample_items(), &context, &FIELDS, true);
    let beside = Tally::of(&items, &context, &FIELDS, false);
    let rich = Tally::of(&items, &context, &RICH, false);
    let cell = |(right, all): (u32, u32)| format!("{right} of {all}");
    let mut table = String::new();
    for name in &alone.order {
        let (alone, beside) = (cell(alone.fields[name]), cell(beside.fields[name]));
        writeln!(table, "| {name} | {alone} | {beside} |").unwrap();
    }
    for name in rich.order.iter().filter(|name| !alone.order.contains(name)) {
        writeln!(table, "| {name} | – | {} |", cell(rich.fields[name])).unwrap();
    }
    let manual =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/accuracy.md")).unwrap();
    assert!(
        manual.contains(&table),
        "docs/accuracy.md should have\n{table}"
    );
}

/// Formats that agree with each other give no conflicts.
#[test]
fn agreeing_formats_do_not_conflict() {
    let items = support::sample_items_in_all_formats();
    let context = support::sample_context(&items);
    let mut conflicts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in &items {
        let Entry::Live(article) = normalize(item, &context) else {
            continue;
        };
        let alone = Item {
            records: item.records[..1].to_vec(),
            ..item.clone()
        };
        let Entry::Live(alone) = normalize(&alone, &context) else {
            continue;
        };
        for finding in article
            .findings
            .iter()
            .filter(|finding| !alone.findings.contains(finding))
        {
            if finding.code == Code::Conflict {
                let raw = finding.raw.chars().take(300).collect::<String>();
                conflicts
                    .entry(finding.field.clone())
                    .or_default()
                    .push(format!("{} {raw}", item.identifier));
            }
        }
    }
    let told: Vec<String> = conflicts
        .iter()
        .map(|(field, all)| format!("{field}: {}, as {}", all.len(), all[0]))
        .collect();
    println!("{}", told.join("\n"));
    // titles and abstracts that Dublin Core cut, and media types that it counted wrong
    let allowed = ["titles", "abstracts", "links.media_type"];
    assert!(
        conflicts
            .keys()
            .all(|field| allowed.contains(&field.as_str())),
        "{}",
        told.join("\n")
    );
}

/// Cells that agree, by field.
struct Tally {
    fields: BTreeMap<&'static str, (u32, u32)>,
    order: Vec<&'static str>,
    misses: Vec<String>,
    live: u32,
    deleted: u32,
}

impl Tally {
    /// `lenient` leaves the cells out that Dublin Core does not carry.
    fn of(items: &[Item], context: &SourceContext, fields: &[Field], lenient: bool) -> Self {
        let truth = truth();
        let order = fields.iter().map(|field| field.0).collect();
        let mut tally = Self {
            fields: BTreeMap::new(),
            order,
            misses: Vec::new(),
            live: 0,
            deleted: 0,
        };
        for item in items {
            let expected = &truth[&item.identifier];
            let article = match normalize(item, context) {
                Entry::Live(article) => article,
                Entry::Deleted(_) => {
                    assert_eq!(expected["deleted"], true, "{}", item.identifier);
                    tally.deleted += 1;
                    continue;
                }
            };
            assert_eq!(expected["deleted"], false, "{}", item.identifier);
            tally.live += 1;
            let lacks: BTreeSet<&str> = expected["oai_dc_lacks"]
                .as_array()
                .unwrap()
                .iter()
                .filter_map(Value::as_str)
                .collect();
            for (name, got, wanted, needs) in fields {
                if lenient && needs.iter().any(|need| lacks.contains(need)) {
                    continue;
                }
                let cells = tally.fields.entry(name).or_default();
                cells.1 += 1;
                let (got, wanted) = (got(&article), wanted(expected));
                if got == wanted {
                    cells.0 += 1;
                } else {
                    tally
                        .misses
                        .push(format!("{} {name}: {got} is not {wanted}", item.identifier));
                }
            }
        }
        tally
    }

    /// At least so many of a hundred cells are right, of all and of each field.
    fn expect(&self, of_all: f64, of_each: f64) {
        for name in &self.order {
            let (right, all) = self.fields[name];
            println!(
                "{name:32} {right:4} of {all:4}  {:7.3} %",
                percent(right, all)
            );
        }
        let (right, all) = self
            .fields
            .values()
            .fold((0, 0), |sum, tally| (sum.0 + tally.0, sum.1 + tally.1));
        println!(
            "{:32} {right:4} of {all:4}  {:7.3} %",
            "all",
            percent(right, all)
        );
        let shown = self
            .misses
            .iter()
            .take(40)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            percent(right, all) >= of_all,
            "{right} of {all} cells are right:\n{shown}"
        );
        for (name, (right, all)) in &self.fields {
            assert!(
                percent(*right, *all) >= of_each,
                "{name}: {right} of {all} are right:\n{shown}"
            );
        }
    }
}

#[test]
fn articles_are_the_same_without_identify_and_profile() {
    let items = support::sample_items();
    let known = support::sample_context(&items);
    let blind = SourceContext {
        software: None,
        repository_name: None,
        profile: Profile::default(),
        ..known.clone()
    };
    for item in &items {
        assert_eq!(normalize(item, &blind), normalize(item, &known));
    }
}

fn percent(right: u32, all: u32) -> f64 {
    f64::from(right) * 100.0 / f64::from(all)
}

fn truth() -> BTreeMap<String, Value> {
    let lines =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/truth.jsonl"))
            .unwrap();
    let values = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    values
        .map(|value| (value["oai_identifier"].as_str().unwrap().to_owned(), value))
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn titles(article: &Article) -> Value {
    article
        .titles
        .iter()
        .map(|t| json!([t.lang, unscripted(&t.value)]))
        .collect()
}

/// A title without its superscripts and subscripts, which the database's plain titles lack.
fn unscripted(title: &str) -> String {
    const SCRIPTS: &str = "₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹";
    let digit = |c: char| {
        let at = SCRIPTS.chars().position(|known| known == c)?;
        "01234567890123456789".chars().nth(at)
    };
    title.chars().map(|c| digit(c).unwrap_or(c)).collect()
}

/// The article's language first, as the model has it.
fn true_titles(truth: &Value) -> Value {
    let mut titles: Vec<&Value> = list(&truth["titles"]).collect();
    titles.sort_by_key(|title| title["lang"] != truth["language"]);
    titles
        .into_iter()
        .map(|t| json!([t["lang"], squeezed(&t["value"])]))
        .collect()
}

fn first_title(article: &Article) -> Value {
    json!(article.titles.first().map(|title| unscripted(&title.value)))
}

fn true_first_title(truth: &Value) -> Value {
    true_titles(truth)[0][1].clone()
}

fn authors(article: &Article) -> Value {
    article
        .contributors
        .iter()
        .map(|c| json!([c.family, c.given]))
        .collect()
}

fn true_authors(truth: &Value) -> Value {
    list(&truth["authors"])
        .map(|a| json!([a["family"], a["given"]]))
        .collect()
}

fn variants(article: &Article) -> Value {
    let of = |v: &offprint::article::NameVariant| json!([v.lang, v.family, v.given]);
    article
        .contributors
        .iter()
        .map(|c| c.variants.iter().map(of).collect::<Value>())
        .collect()
}

fn true_variants(truth: &Value) -> Value {
    list(&truth["authors"])
        .map(|author| {
            let names = author["names_by_lang"].as_object().unwrap().iter();
            let others = names.filter(|(lang, _)| **lang != truth["language"].as_str().unwrap());
            others
                .map(|(lang, name)| json!([lang, name[0], name[1]]))
                .collect::<Value>()
        })
        .collect()
}

fn keywords(article: &Article) -> Value {
    sorted(
        article
            .keywords
            .iter()
            .map(|k| json!([k.lang, k.value]))
            .collect(),
    )
}

fn true_keywords(truth: &Value) -> Value {
    let mixed = list(&truth["keywords"]).chain(list(&truth["subjects"]));
    sorted(
        mixed
            .map(|k| json!([k["lang"], squeezed(&k["value"])]))
            .collect(),
    )
}

/// Spacing is compared as single blanks: paragraphs are a matter of the source's markup.
fn journal_titles(article: &Article) -> Value {
    let titles = article.journal.titles.iter();
    let titles = titles.map(|title| {
        let lang = title.lang.clone().unwrap_or_else(|| "und".to_owned());
        (lang, json!(title.value))
    });
    Value::Object(titles.collect())
}

fn abstracts(article: &Article) -> Value {
    sorted(
        article
            .abstracts
            .iter()
            .map(|a| json!([a.lang, squeezed(&json!(a.value))]))
            .collect(),
    )
}

fn true_abstracts(truth: &Value) -> Value {
    sorted(
        list(&truth["abstracts"])
            .map(|a| json!([a["lang"], squeezed(&a["value"])]))
            .collect(),
    )
}

fn abstract_langs(article: &Article) -> Value {
    sorted(article.abstracts.iter().map(|a| json!(a.lang)).collect())
}

fn true_abstract_langs(truth: &Value) -> Value {
    sorted(list(&truth["abstract_langs"]).cloned().collect())
}

fn pages(article: &Article) -> Value {
    let pages = article.pages.clone().unwrap_or_default();
    let raw = Some(pages.raw).filter(|raw| !raw.is_empty());
    json!([raw, pages.first, pages.last])
}

/// First and last page are those of a plain range: none of `7, 9–12; 34` or of an article number.
fn true_pages(truth: &Value) -> Value {
    json!([truth["pages_raw"], truth["first_page"], truth["last_page"]])
}

/// DOIs are compared without regard to case (DOI Handbook, 2.4), and the article has them in lower case.
fn true_doi(truth: &Value) -> Value {
    json!(truth["doi"].as_str().map(str::to_lowercase))
}

fn landing_url(article: &Article) -> Value {
    let landing = article
        .links
        .iter()
        .find(|link| link.rel == LinkRel::Landing);
    json!(landing.map(|link| link.url.trim_start_matches("http://127.0.0.1:8081")))
}

fn galley_count(article: &Article) -> Value {
    json!(
        article
            .links
            .iter()
            .filter(|link| link.rel == LinkRel::Galley)
            .count()
    )
}

fn license_url(article: &Article) -> Value {
    json!(
        article
            .license
            .as_ref()
            .and_then(|license| license.url.as_ref())
    )
}

/// The article has the canonical form, with the last slash.
fn true_license_url(truth: &Value) -> Value {
    json!(
        truth["license_url"]
            .as_str()
            .map(|url| format!("{}/", url.trim_end_matches('/')))
    )
}

fn copyright(article: &Article) -> Value {
    let copyright = article.copyright.clone().unwrap_or_default();
    json!([
        copyright.year.map(|year| year.to_string()),
        copyright.holder
    ])
}

fn true_copyright(truth: &Value) -> Value {
    json!([truth["copyright_year"], truth["copyright_holder"]])
}

fn affiliated(article: &Article) -> Value {
    let of = |c: &offprint::article::Contributor| {
        json!([
            c.family,
            c.given,
            c.affiliations.iter().map(|a| &a.name).collect::<Vec<_>>()
        ])
    };
    article.contributors.iter().map(of).collect()
}

fn true_affiliated(truth: &Value) -> Value {
    let of = |a: &Value| {
        let affiliations: Vec<Value> = a["affiliation"]
            .as_str()
            .map(|_| squeezed(&a["affiliation"]))
            .into_iter()
            .collect();
        json!([a["family"], a["given"], affiliations])
    };
    list(&truth["authors"]).map(of).collect()
}

fn orcids(article: &Article) -> Value {
    article
        .contributors
        .iter()
        .map(|c| json!(c.orcid))
        .collect()
}

/// The database has made-up iDs among them: one whose check digit is wrong names nobody.
fn true_orcids(truth: &Value) -> Value {
    let of = |author: &Value| {
        author["orcid"]
            .as_str()
            .filter(|orcid| is_orcid(orcid))
            .map(str::to_owned)
    };
    list(&truth["authors"])
        .map(|author| json!(of(author)))
        .collect()
}

/// ISO 7064 MOD 11-2 over all sixteen places: the check digit makes the whole one.
fn is_orcid(url: &str) -> bool {
    let places = url
        .chars()
        .rev()
        .filter(|c| c.is_ascii_digit() || *c == 'X')
        .take(16);
    let mut places: Vec<u32> = places.map(|c| c.to_digit(10).unwrap_or(10)).collect();
    places.reverse();
    places
        .into_iter()
        .fold(0, |sum, place| (sum * 2 + place) % 11)
        == 1
}

/// The others are kept as they are.
fn wrong_orcids(article: &Article) -> Value {
    let kept = article
        .unmapped
        .iter()
        .filter(|unmapped| unmapped.value.contains("orcid.org"));
    let kept: BTreeSet<&str> = kept.map(|unmapped| unmapped.value.as_str()).collect();
    json!(kept)
}

fn true_wrong_orcids(truth: &Value) -> Value {
    let all = list(&truth["authors"]).filter_map(|author| author["orcid"].as_str());
    json!(
        all.filter(|orcid| !is_orcid(orcid))
            .collect::<BTreeSet<_>>()
    )
}

fn references(article: &Article) -> Value {
    article
        .references
        .iter()
        .map(|reference| json!(reference.raw))
        .collect()
}

fn squeezed(value: &Value) -> Value {
    json!(
        value
            .as_str()
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    )
}

fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_key(Value::to_string);
    Value::Array(values)
}
