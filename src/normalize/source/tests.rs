use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::normalize::labels::{self, IssueLabels};

/// The issue as OJS prints it, before 3.0 with a comma between volume and number.
fn printed(labels: &IssueLabels, comma: bool, issue: &Expected<'_>) -> String {
    let volume = issue
        .volume
        .map(|volume| format!("{} {volume}", labels.volume));
    let number = issue
        .number
        .map(|number| format!("{} {number}", labels.number));
    let parts: Vec<String> = volume.into_iter().chain(number).collect();
    let mut out = parts.join(if comma { ", " } else { " " });
    if let Some(year) = issue.year {
        out = if out.is_empty() {
            year.to_string()
        } else {
            format!("{out} ({year})")
        };
    }
    match issue.title {
        Some(title) if out.is_empty() => title.to_owned(),
        Some(title) => format!("{out}: {title}"),
        None => out,
    }
}

/// The parts of an issue; an empty string is a part that is shown without a value.
#[derive(Clone, Copy, Debug)]
struct Expected<'a> {
    volume: Option<&'a str>,
    number: Option<&'a str>,
    year: Option<i32>,
    title: Option<&'a str>,
}

impl Expected<'_> {
    fn citation(&self, journal: &str, pages: Option<&str>) -> Citation {
        let filled = |part: Option<&str>| part.filter(|part| !part.is_empty()).map(str::to_owned);
        Citation {
            journal: Some(journal.to_owned()),
            volume: filled(self.volume),
            number: filled(self.number),
            year: self.year,
            issue_title: filled(self.title),
            pages: pages.map(str::to_owned),
            leftover: None,
        }
    }
}

fn shapes() -> Vec<Expected<'static>> {
    let mut out = Vec::new();
    for volume in [None, Some("5"), Some("0"), Some("")] {
        for number in [
            None,
            Some("6"),
            Some("1-2"),
            Some("Supl. 1"),
            Some("03"),
            Some("special issue"),
            Some(""),
        ] {
            for year in [None, Some(2004)] {
                for title in [None, Some("Title"), Some("Energy; Water: Part (2), 2030")] {
                    let shape = Expected {
                        volume,
                        number,
                        year,
                        title,
                    };
                    let nothing =
                        volume.is_none() && number.is_none() && year.is_none() && title.is_none();
                    if !nothing {
                        out.push(shape);
                    }
                }
            }
        }
    }
    out
}

const PAGES: &[Option<&str>] = &[None, Some("103-110")];
const MORE_PAGES: &[Option<&str>] = &[
    Some("7, 9–12; 34"),
    Some("e12345"),
    Some("pp. 12-19"),
    Some("xiv-xx"),
];

/// Labels × separators × shapes × pages; calls `check` with value, labels, what is expected.
fn matrix(journal: &str, mut check: impl FnMut(&str, &IssueLabels, &Expected<'_>, Option<&str>)) {
    for labels in labels::issue() {
        let labels = if labels.volume.is_empty() && labels.number.is_empty() {
            // Printed as the untranslated labels' names.
            IssueLabels {
                lang: labels.lang,
                volume: "##issue.vol##",
                number: "##issue.no##",
            }
        } else {
            *labels
        };
        for comma in [false, true] {
            for shape in shapes() {
                // Nothing is printed for a part that is neither labelled nor there; the comma needs two parts.
                if (labels.volume.is_empty() && shape.volume == Some(""))
                    || (comma && (shape.volume.is_none() || shape.number.is_none()))
                {
                    continue;
                }
                let more = if ["en", "ru"].contains(&labels.lang) {
                    MORE_PAGES
                } else {
                    &[]
                };
                for pages in PAGES.iter().chain(more) {
                    let mut value = format!("{journal}; {}", printed(&labels, comma, &shape));
                    if let Some(pages) = pages {
                        value = format!("{value}; {pages}");
                    }
                    check(&value, &labels, &shape, *pages);
                }
            }
        }
    }
}

#[test]
fn every_label_and_shape_with_language_and_title_known() {
    let journal = "Acta; Nova: Studies";
    let known = vec!["Acta".to_owned(), journal.to_owned()];
    let mut wrong = Vec::new();
    let mut count = 0;
    matrix(journal, |value, labels, shape, pages| {
        count += 1;
        let got = parse(value, Some(labels.lang), &known);
        let want = shape.citation(journal, pages);
        if got != want {
            wrong.push(format!(
                "{value} [{}]\n  got  {got:?}\n  want {want:?}",
                labels.lang
            ));
        }
    });
    assert!(
        wrong.is_empty(),
        "{} of {count} wrong, the first:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(count > 20_000);
}

#[test]
fn every_label_and_shape_with_nothing_known() {
    let mut wrong = Vec::new();
    let mut count = 0;
    matrix("Acta Nova: Studies", |value, labels, shape, pages| {
        // Without volume, year and language a label of one letter may be an initial, and words no number.
        let words = shape.number.is_some_and(|number| {
            !number.is_empty() && !number.starts_with(|c: char| c.is_ascii_digit())
        });
        if shape.volume.is_none_or(str::is_empty)
            && (words || shape.number.is_none_or(str::is_empty))
            && (shape.volume.is_some() || shape.number.is_some())
        {
            return;
        }
        // A language without a label for volumes: figures alone may be a number's or a title's.
        if labels.volume.is_empty() && shape.volume.is_some() && shape.number.is_none_or(|_| words)
        {
            return;
        }
        count += 1;
        let got = parse(value, None, &[]);
        let want = shape.citation("Acta Nova: Studies", pages);
        if got != want {
            wrong.push(format!("{value}\n  got  {got:?}\n  want {want:?}"));
        }
    });
    assert!(
        wrong.is_empty(),
        "{} of {count} wrong, the first:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(12)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
    assert!(count > 15_000);
}

/// journal, volume, number, year, issue title, pages, leftover; `-` is nothing
#[rstest]
// as OJS 2.2 to 3.5 print it
#[case(
    "CENTRAL ASIA AND THE CAUCASUS; Vol. 5 No. 6 (2004); 103-110",
    "CENTRAL ASIA AND THE CAUCASUS|5|6|2004|-|103-110|-"
)]
#[case(
    "ЦЕНТРАЛЬНАЯ АЗИЯ И КАВКАЗ; Том 4 № 6 (2003): Специальный выпуск; 7, 9–12; 34",
    "ЦЕНТРАЛЬНАЯ АЗИЯ И КАВКАЗ|4|6|2003|Специальный выпуск|7, 9–12; 34|-"
)]
#[case("Religio; No 2 (2006)", "Religio|-|2|2006|-|-|-")]
#[case(
    "Religio; Vol 12 No 1-2 (2004): Tematické číslo; 5-26",
    "Religio|12|1-2|2004|Tematické číslo|5-26|-"
)]
#[case(
    "Revista da Sociedade; v. 23, n. 1 (2013): Ano 21; 7",
    "Revista da Sociedade|23|1|2013|Ano 21|7|-"
)]
#[case(
    "Advancements; Vol 1, No 2 (2010): Advancements Vol 1 No 2; 163-165",
    "Advancements|1|2|2010|Advancements Vol 1 No 2|163-165|-"
)]
#[case(
    "Proceedings of IASEAI; Vol. 2 No. 1: IASEAI '26; 1-12",
    "Proceedings of IASEAI|2|1|-|IASEAI '26|1-12|-"
)]
#[case(
    "Journal of Better Geolocations; 2022",
    "Journal of Better Geolocations|-|-|2022|-|-|-"
)]
#[case("Journal; 2022: A theme; 5-9", "Journal|-|-|2022|A theme|5-9|-")]
#[case("Journal; Vol.  No.  (2004)", "Journal|-|-|2004|-|-|-")]
#[case(
    "Journal; ##issue.vol## 5 ##issue.no## 6 (2004)",
    "Journal|5|6|2004|-|-|-"
)]
#[case("Journal; ", "Journal|-|-|-|-|-|-")]
#[case("Journal;", "Journal|-|-|-|-|-|-")]
#[case("Journal; ; 15-20", "Journal|-|-|-|-|15-20|-")]
#[case("Journal; Special Issue", "Journal|-|-|-|Special Issue|-|-")]
#[case("Journal; Special Issue; 15-20", "Journal|-|-|-|Special Issue|15-20|-")]
#[case("Journal; 第5卷; 15-20", "Journal|-|-|-|第5卷|15-20|-")]
#[case("学报; 卷 5 期 6 (2004): 第5卷", "学报|5|6|2004|第5卷|-|-")]
#[case(
    "Journal; Vol. 5 No. 6 (2004): Agenda; 2030; 5-13",
    "Journal|5|6|2004|Agenda; 2030|5-13|-"
)]
#[case(
    "Journal; Vol. 5 No. 6 (2004); in print",
    "Journal|5|6|2004|-|in print|-"
)]
#[case(
    "Journal; Vol. 5 No. 1; 2 (2004): Title; 7",
    "Journal|5|1; 2|2004|Title|7|-"
)]
#[case(
    "Acta; Series B: Physics; Vol. 5 No. 6 (2004); 7",
    "Acta; Series B: Physics|5|6|2004|-|7|-"
)]
#[case("Journal; Vol. XII No. 3 (2004); 7", "Journal|XII|3|2004|-|7|-")]
#[case("Journal; Vol. 5-6 No. 1 (2004)", "Journal|5-6|1|2004|-|-|-")]
#[case("Journal; Vol. 0 No. 0 (2004)", "Journal|0|0|2004|-|-|-")]
#[case("مجله; دوره ۵ شماره ۶ (۱۳۹۹); ۱۲-۱۹", "مجله|۵|۶|1399|-|۱۲-۱۹|-")]
#[case("المجلة; مجلد 5 عدد 6 (2004): عنوان", "المجلة|5|6|2004|عنوان|-|-")]
#[case("पत्रिका; खंड ५ No. ६ (२००४)", "पत्रिका|५|६|2004|-|-|-")]
#[case("วารสาร; เล่ม 5 หมายเลข 6 (2563)", "วารสาร|5|6|2563|-|-|-")]
#[case("Vol 5, No 6 (2004); 7-9", "-|5|6|2004|-|7-9|-")]
// what journals make of it themselves
#[case("Dergi; Cilt: 5 Sayı: 6 (2004); 1-12", "Dergi|5|6|2004|-|1-12|-")]
#[case(
    "Journal; Vol. : 2030 Agenda; 1-12",
    "Journal|-|-|-|2030 Agenda|1-12|-"
)]
#[case("Journal; (2004); 1-2", "Journal|-|-|2004|-|1-2|-")]
#[case("Journal; (2004): Theme; 1-2", "Journal|-|-|2004|Theme|1-2|-")]
#[case("Journal; Title (2004); 1-2", "Journal|-|-|-|Title (2004)|1-2|-")]
#[case(
    "Journal; Vol. 12 Supplement (2004); 1-2",
    "Journal|12|Supplement|2004|-|1-2|-"
)]
#[case(
    "Journal; Vol. 12 Special Issue (2004): X; 1-2",
    "Journal|12|Special Issue|2004|X|1-2|-"
)]
#[case(
    "Journal; Vol. 12 Ed. 2 (2004): X (2005); 1-2",
    "Journal|12|-|2004|X (2005)|1-2|Ed. 2"
)]
#[case(
    "Folyóirat; 5. évf. 6. szám (2004); 1-12",
    "Folyóirat|-|-|-|5. évf. 6. szám (2004)|1-12|-"
)]
#[case(
    "学会誌; 5 巻 6 号 (2004); 1-12",
    "学会誌|-|-|-|5 巻 6 号 (2004)|1-12|-"
)]
#[case(
    "مجله; دوره ۵، شماره ۶ (۱۳۹۹): عنوان; ۱-۱۲",
    "مجله|۵|۶|1399|عنوان|۱-۱۲|-"
)]
#[case("مجلة؛ مجلد 5 عدد 6 (2020)؛ 1-12", "مجلة|5|6|2020|-|1-12|-")]
#[case(
    "Journal; Vol. 5 No. 6 (2004): Title; i-iv, 1-12",
    "Journal|5|6|2004|Title|i-iv, 1-12|-"
)]
#[case("Journal; Vol. 5 No. 6 (2004): Title; –", "Journal|5|6|2004|Title|–|-")]
#[case(
    "Journal of Things, 5(2), 10-20, (2021-03-04)",
    "Journal of Things|5|2|2021|-|10-20|-"
)]
// titles that begin like labels
#[case(
    "Journal; Tom Sawyer Revisited; 5-9",
    "Journal|-|-|-|Tom Sawyer Revisited|5-9|-"
)]
#[case("Journal; No Man's Land", "Journal|-|-|-|No Man's Land|-|-")]
#[case(
    "Journal; T. S. Eliot in Context",
    "Journal|-|-|-|T. S. Eliot in Context|-|-"
)]
#[case(
    "V. N. Karazin Herald; Vol. 5 No. 6 (2004)",
    "V. N. Karazin Herald|5|6|2004|-|-|-"
)]
#[case("Journal; 2004–2005; 5-9", "Journal|-|-|-|2004–2005|5-9|-")]
// other software, customised labels
#[case("Journal; Volume 5, Issue 6 (2004); 7-9", "Journal|5|6|2004|-|7-9|-")]
#[case("Journal; VOL. 5 NO. 6 (2004)", "Journal|5|6|2004|-|-|-")]
#[case("Zeitschrift; Bd. 5 Heft 6 (2004)", "Zeitschrift|5|6|2004|-|-|-")]
#[case("Журнал; Том 5 Выпуск 6 (2004)", "Журнал|5|6|2004|-|-|-")]
#[case("Journal of X, Vol 5 (2), pp. 3-4", "Journal of X|5|2|-|-|3-4|-")]
#[case(
    "Religio, Vol 12, Iss 1-2, Pp 5-26 (2004)",
    "Religio|12|1-2|2004|-|5-26|-"
)]
#[case(
    "Journal of X, 5 (2). pp. 3-4. ISSN 1234-5679",
    "Journal of X|5|2|-|-|3-4|ISSN 1234-5679"
)]
#[case("Journal of X 5(2): 3-4", "Journal of X|5|2|-|-|3-4|-")]
#[case(
    "Journal; Volume 5, Number 2, 2020; 12-19",
    "Journal|5|2|2020|-|12-19|-"
)]
#[case(
    "Journal; Vol. 5 No. 2-3 (2019-2020): Title",
    "Journal|5|2-3|-|Title|-|2019-2020"
)]
#[case(
    "Studia; Vol 12 No 3(45) (2019): Foo; 7-19",
    "Studia|12|3(45)|2019|Foo|7-19|-"
)]
#[case("Acta Biologica 2015;5(2):10-20", "Acta Biologica|5|2|2015|-|10-20|-")]
#[case(
    "Acta Biologica, vol. 5, no. 2, p. 10-20, 2015",
    "Acta Biologica|5|2|2015|-|10-20|-"
)]
#[case(
    "Proceedings of X. Berlin: Springer, 2010, S. 5-9",
    "-|-|-|-|-|-|Proceedings of X. Berlin: Springer, 2010, S. 5-9"
)]
#[case("reponame:Repositório", "-|-|-|-|-|-|reponame:Repositório")]
#[case("Journal of X", "Journal of X|-|-|-|-|-|-")]
#[case("Journal 2004 15", "-|-|-|-|-|-|Journal 2004 15")]
#[case("2002-3839", "-|-|-|-|-|-|2002-3839")]
#[case("10.14419/ijaa.v1i2", "-|-|-|-|-|-|10.14419/ijaa.v1i2")]
#[case("https://example.org/x", "-|-|-|-|-|-|https://example.org/x")]
fn as_printed(#[case] value: &str, #[case] expected: &str) {
    let cells: Vec<Option<&str>> = expected
        .split('|')
        .map(|cell| Some(cell).filter(|cell| *cell != "-"))
        .collect();
    let text = |at: usize| cells[at].map(str::to_owned);
    let want = Citation {
        journal: text(0),
        volume: text(1),
        number: text(2),
        year: cells[3].map(|year| year.parse().unwrap()),
        issue_title: text(4),
        pages: text(5),
        leftover: text(6),
    };
    assert_eq!(parse(value, None, &[]), want);
}

#[test]
fn figures_alone_where_the_language_has_no_labels() {
    let known = vec!["Jurnal".to_owned()];
    let got = parse("Jurnal;  5  6 (2004): Title; 7-9", Some("uz"), &known);
    let want = Citation {
        journal: Some("Jurnal".into()),
        volume: Some("5".into()),
        number: Some("6".into()),
        year: Some(2004),
        issue_title: Some("Title".into()),
        pages: Some("7-9".into()),
        leftover: None,
    };
    assert_eq!(got, want);
    assert_eq!(
        parse("Jurnal;  5,  6 (2004): Title; 7-9", Some("sq"), &[]),
        want
    );
}

#[test]
fn a_known_title_in_another_case_or_cut_short() {
    let known = vec!["Central Asia".to_owned()];
    assert_eq!(
        parse("CENTRAL ASIA; Vol. 5 No. 6 (2004)", None, &known).journal,
        Some("CENTRAL ASIA".into())
    );
    let longer = parse(
        "Central Asia; and the Caucasus; Vol. 5 No. 6 (2004)",
        None,
        &known,
    );
    assert_eq!(
        (longer.journal, longer.volume),
        (
            Some("Central Asia; and the Caucasus".into()),
            Some("5".into())
        )
    );
    let other = parse("Central Asia, Vol 5 (2), pp. 3-4", None, &known);
    assert_eq!(
        (other.journal, other.volume, other.number),
        (
            Some("Central Asia".into()),
            Some("5".into()),
            Some("2".into())
        )
    );
    let apart = parse("Central Asiatic Review; Vol. 5 No. 6 (2004)", None, &known);
    assert_eq!(apart.journal, Some("Central Asiatic Review".into()));
}

proptest! {
    #[test]
    fn never_panics_and_writes_no_control_character(
        value in "(\\PC{0,6}|; |: |Vol\\. ?|No\\. ?|\\([0-9]{4}\\)|[0-9]{1,4}|, |##issue\\.vol##|Том |\\x07|第){0,14}",
        lang in proptest::option::of("[a-z]{2}"),
        known in proptest::collection::vec("\\PC{0,8}", 0..3),
    ) {
        let found = parse(&value, lang.as_deref(), &known);
        let parts = [&found.journal, &found.volume, &found.number, &found.issue_title, &found.pages, &found.leftover];
        for part in parts.into_iter().flatten() {
            prop_assert!(!part.is_empty());
            prop_assert!(!part.chars().any(char::is_control));
        }
    }

    #[test]
    fn round_trip(
        row in 0..labels::issue().len(),
        comma: bool,
        volume in proptest::option::of(0_u16..999),
        number in "[0-9]{1,3}|[0-9]{1,2}[-/–][0-9]{1,2}",
        year in proptest::option::of(1000_i32..=2100),
        title in proptest::option::of("[A-Z][a-z]{2,8}( [a-z]{3,8}){0,3}"),
        journal in "[A-Z][a-z]{3,8}( [A-Z][a-z]{3,8}){0,2}",
    ) {
        let labels = labels::issue()[row];
        prop_assume!(!labels.volume.is_empty() && !labels.number.is_empty());
        let volume = volume.map(|volume| volume.to_string());
        let shown = Expected { volume: volume.as_deref(), number: Some(&number), year, title: title.as_deref() };
        let value = format!("{journal}; {}", printed(&labels, comma, &shown));
        let found = parse(&value, Some(labels.lang), &[]);
        prop_assert_eq!(found, Citation {
            journal: Some(journal), volume, number: Some(number), year, issue_title: title, pages: None, leftover: None,
        });
    }
}

#[test]
fn more_than_four_digits_are_not_a_year() {
    let citation = parse(
        "Journal; Vol. 5 No. 6 (99999999999999999999)",
        Some("en"),
        &[],
    );
    assert_eq!(citation.year, None);
}
