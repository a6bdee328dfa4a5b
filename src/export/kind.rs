//! Kinds of work in the terms of each format: one table, by the COAR Resource Types.
//!
//! An entry without a stated kind is an article if a journal is named, since journals hold articles.

use crate::article::Article;

use super::fields;

/// The words of each format for one kind of work.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Codes of the COAR Resource Types, the last segment of their URIs.
    codes: &'static [&'static str],
    /// Value of TY in RIS.
    pub(super) ris: &'static str,
    /// Entry type of biblatex.
    pub(super) bibtex: &'static str,
    /// Item type of CSL 1.0.2.
    pub(super) csl: &'static str,
    /// `resourceTypeGeneral` of DataCite 4.6.
    pub(super) datacite: &'static str,
    /// Type of schema.org.
    pub(super) schema_org: &'static str,
    /// Content in MARC.
    pub(super) content: Content,
    /// True if registration agencies and indexes take it as a part of a journal.
    pub(super) is_journal_content: bool,
}

/// The kind of a MARC record: leader byte 6, and the term and code of field 336 (RDA content types).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) leader: char,
    pub(super) term: &'static str,
    pub(super) code: &'static str,
}

const TEXT: Content = content('a', "text", "txt");

const fn content(leader: char, term: &'static str, code: &'static str) -> Content {
    Content { leader, term, code }
}

const fn text(
    codes: &'static [&'static str],
    ris: &'static str,
    bibtex: &'static str,
    csl: &'static str,
    datacite: &'static str,
    schema_org: &'static str,
) -> Kind {
    Kind {
        codes,
        ris,
        bibtex,
        csl,
        datacite,
        schema_org,
        content: TEXT,
        is_journal_content: false,
    }
}

const fn in_journal(codes: &'static [&'static str], csl: &'static str) -> Kind {
    Kind {
        is_journal_content: true,
        ..text(
            codes,
            "JOUR",
            "article",
            csl,
            "JournalArticle",
            "ScholarlyArticle",
        )
    }
}

const fn other(
    codes: &'static [&'static str],
    (ris, bibtex, csl): (&'static str, &'static str, &'static str),
    (datacite, schema_org): (&'static str, &'static str),
    content: Content,
) -> Kind {
    Kind {
        content,
        ..text(codes, ris, bibtex, csl, datacite, schema_org)
    }
}

/// An article in a journal.
static ARTICLE: Kind = in_journal(&[], "article-journal");

/// A text of no journal and no known kind.
static DOCUMENT: Kind = text(&[], "GEN", "misc", "document", "Text", "CreativeWork");

/// Kinds that are no plain article. What is not listed and has no journal is a [`DOCUMENT`].
static KINDS: [Kind; 26] = [
    in_journal(&["c_efa0", "H9BQ-739P"], "review"),
    in_journal(&["c_ba08"], "review-book"),
    text(
        &["c_998f", "c_2fe3"],
        "NEWS",
        "article",
        "article-newspaper",
        "Text",
        "NewsArticle",
    ),
    text(
        &["c_2cd9"],
        "MGZN",
        "article",
        "article-magazine",
        "Text",
        "Article",
    ),
    text(
        &["c_6947"],
        "BLOG",
        "online",
        "post-weblog",
        "Text",
        "BlogPosting",
    ),
    text(
        &["c_0640", "c_2659"],
        "SER",
        "periodical",
        "periodical",
        "Journal",
        "Periodical",
    ),
    text(
        &["c_2f33", "c_86bc"],
        "BOOK",
        "book",
        "book",
        "Book",
        "Book",
    ),
    text(
        &["c_3248"],
        "CHAP",
        "incollection",
        "chapter",
        "BookChapter",
        "Chapter",
    ),
    text(
        &["c_f744"],
        "CONF",
        "proceedings",
        "book",
        "ConferenceProceeding",
        "Book",
    ),
    text(
        &["c_c94f", "c_5794", "c_6670"],
        "CPAPER",
        "inproceedings",
        "paper-conference",
        "ConferencePaper",
        "ScholarlyArticle",
    ),
    text(
        &["R60J-J5BD", "c_8544"],
        "SLIDE",
        "unpublished",
        "speech",
        "Other",
        "PresentationDigitalDocument",
    ),
    text(
        &["c_7a1f"],
        "THES",
        "thesis",
        "thesis",
        "Dissertation",
        "Thesis",
    ),
    text(
        &["c_bdcc"],
        "THES",
        "mastersthesis",
        "thesis",
        "Dissertation",
        "Thesis",
    ),
    text(
        &["c_db06"],
        "THES",
        "phdthesis",
        "thesis",
        "Dissertation",
        "Thesis",
    ),
    text(
        &["c_46ec"],
        "THES",
        "thesis",
        "thesis",
        "Dissertation",
        "Thesis",
    ),
    text(
        &[
            "c_93fc", "c_18ws", "c_18gh", "c_186u", "c_18op", "c_18wz", "c_18hj", "c_18ww",
            "c_18wq", "c_ba1f", "c_8042", "c_71bd",
        ],
        "RPRT",
        "report",
        "report",
        "Report",
        "Report",
    ),
    text(
        &["c_816b"],
        "UNPB",
        "unpublished",
        "article",
        "Preprint",
        "ScholarlyArticle",
    ),
    text(
        &["c_0040"],
        "UNPB",
        "unpublished",
        "manuscript",
        "Text",
        "Manuscript",
    ),
    text(
        &["c_15cd"],
        "PAT",
        "patent",
        "patent",
        "Other",
        "CreativeWork",
    ),
    text(
        &["c_26e4"],
        "PCOMM",
        "misc",
        "interview",
        "Text",
        "Conversation",
    ),
    other(
        &["c_ddb1", "c_cb28"],
        ("DATA", "dataset", "dataset"),
        ("Dataset", "Dataset"),
        content('m', "computer dataset", "cod"),
    ),
    other(
        &["c_5ce6", "QH80-2R4E", "c_393c"],
        ("COMP", "software", "software"),
        ("Software", "SoftwareSourceCode"),
        content('m', "computer program", "cop"),
    ),
    other(
        &["c_c513", "c_ecc8"],
        ("FIGURE", "misc", "graphic"),
        ("Image", "ImageObject"),
        content('k', "still image", "sti"),
    ),
    other(
        &["c_8a7e", "c_12ce"],
        ("VIDEO", "misc", "motion_picture"),
        ("Audiovisual", "VideoObject"),
        content('g', "two-dimensional moving image", "tdi"),
    ),
    other(
        &["c_18cc"],
        ("SOUND", "misc", "song"),
        ("Sound", "AudioObject"),
        content('i', "spoken word", "spw"),
    ),
    other(
        &["c_12cc", "c_12cd"],
        ("MAP", "misc", "map"),
        ("Image", "Map"),
        content('e', "cartographic image", "cri"),
    ),
];

/// Codes of texts that are parts of a journal, and of text in general.
const ARTICLES: [&str; 14] = [
    "c_3e5a",
    "c_6501",
    "c_2df8fbb1",
    "c_dcae04bc",
    "c_beb9",
    "c_7bab",
    "c_7acd",
    "c_545b",
    "c_b239",
    "D97F-VB57",
    "c_0857",
    "YZ1N-ZFT9",
    "c_18cf",
    "c_1843",
];

/// Returns what kind of work an article is.
pub(super) fn of(article: &Article) -> &'static Kind {
    let in_journal = fields::journal_title(&article.journal).is_some()
        || !fields::issns(&article.journal).is_empty();
    let Some(kind) = &article.resource_type else {
        return if in_journal { &ARTICLE } else { &DOCUMENT };
    };
    let code = kind.uri.rsplit('/').next().unwrap_or_default();
    if let Some(kind) = KINDS.iter().find(|kind| kind.codes.contains(&code)) {
        return kind;
    }
    // `text` and `other` say nothing: the journal does.
    let is_vague = matches!(code, "c_18cf" | "c_1843");
    if ARTICLES.contains(&code) && (in_journal || !is_vague) {
        &ARTICLE
    } else {
        &DOCUMENT
    }
}

/// Returns whether registration agencies and indexes take a work as a part of a journal. A conference paper counts
/// where the journal of its issue is named.
pub(super) fn is_journal_content(article: &Article) -> bool {
    let kind = of(article);
    kind.is_journal_content || kind.csl == "paper-conference"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Provenance, ResourceType};

    fn article(code: Option<&str>, journal: Option<&str>) -> Article {
        let mut article = Article::new("id".to_owned(), Provenance::default());
        article.resource_type = code.map(|code| ResourceType {
            label: String::new(),
            uri: format!("http://purl.org/coar/resource_type/{code}"),
            raw: String::new(),
        });
        article.journal.title = journal.map(str::to_owned);
        article
    }

    #[rstest::rstest]
    #[case::nothing_said(None, Some("J"), "JOUR", true)]
    #[case::no_journal(None, None, "GEN", false)]
    #[case::editorial(Some("c_b239"), Some("J"), "JOUR", true)]
    #[case::book_review(Some("c_ba08"), Some("J"), "JOUR", true)]
    #[case::text_in_a_journal(Some("c_18cf"), Some("J"), "JOUR", true)]
    #[case::text(Some("c_18cf"), None, "GEN", false)]
    #[case::book(Some("c_2f33"), Some("J"), "BOOK", false)]
    #[case::thesis(Some("c_db06"), None, "THES", false)]
    #[case::dataset(Some("c_ddb1"), Some("J"), "DATA", false)]
    #[case::conference_paper(Some("c_5794"), Some("J"), "CPAPER", true)]
    #[case::learning_object(Some("c_e059"), Some("J"), "GEN", false)]
    fn kinds_of_work(
        #[case] code: Option<&str>,
        #[case] journal: Option<&str>,
        #[case] ris: &str,
        #[case] is_content: bool,
    ) {
        let article = article(code, journal);
        assert_eq!(of(&article).ris, ris);
        assert_eq!(is_journal_content(&article), is_content);
    }
}
