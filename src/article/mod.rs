//! The canonical article: one shape for every source format, and the line of the JSON Lines export.
//!
//! Field order is the key order of the export. Values that are absent are omitted; arrays are always
//! there, if empty. The published schema, `schemas/article.schema.json`, is generated from these types.

mod contributor;
mod date;
mod finding;
mod funding;
mod identifier;
mod journal;
mod pages;
mod provenance;
mod relation;
mod resource_type;
mod rights;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use contributor::{Affiliation, Contributor, ContributorKind, NameVariant, Role};
pub use date::{PartialDate, Precision};
pub use finding::{Code, Finding, Severity};
pub use funding::Funding;
pub use identifier::{Identifier, Link, LinkRel, Scheme};
pub use journal::Journal;
pub use pages::Pages;
pub use provenance::{Origin, Origins, Provenance};
pub use relation::{HistoryDate, HistoryEvent, Relation, RelationType};
pub use resource_type::ResourceType;
pub use rights::{Copyright, License};

/// Version of the exported shape. A change that breaks a reader raises the first number.
pub const SCHEMA_VERSION: &str = "1.0";

/// Shape of a BCP 47 tag in the schema: well-formed subtags, not looked up in the registry.
const LANG: &str = "^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$";
/// Shape of a bare DOI in the schema.
const DOI: &str = r"^10\.[0-9.]+/\S+$";

/// The status of an article: live or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Offered.
    Live,
    /// Withdrawn: a tombstone, or gone from a complete list.
    Deleted,
}

/// A text in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct LangText {
    /// Plain text, without markup or entities. A blank line separates paragraphs.
    pub value: String,
    /// BCP 47 tag, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = LANG))]
    pub lang: Option<String>,
}

/// A title in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Title {
    /// The whole title as the source gives it, a subtitle included, as plain text. Superscripts and subscripts
    /// are written with the characters of Unicode where each of theirs has one, else behind `^` and `_`.
    pub value: String,
    /// The same with inline markup that changes its meaning, as well-formed JATS: `italic`, `bold`, `sup`, `sub`,
    /// `sc`, and MathML in `inline-formula`. Absent where it would equal `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markup: Option<String>,
    /// BCP 47 tag, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = LANG))]
    pub lang: Option<String>,
    /// The subtitle, where a source gives it apart from the title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtitle: Option<String>,
}

/// An abstract in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Abstract {
    /// Plain text, without markup or entities. A blank line separates paragraphs.
    pub value: String,
    /// The same with the inline markup that a title may have, its paragraphs in `p`. Absent where it would say no
    /// more than `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markup: Option<String>,
    /// BCP 47 tag, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = LANG))]
    pub lang: Option<String>,
    /// The parts of a structured abstract; empty where the source does not mark any.
    pub sections: Vec<AbstractSection>,
}

impl Abstract {
    /// An abstract in plain text.
    pub fn plain(value: String, lang: Option<String>) -> Self {
        Self {
            value,
            lang,
            ..Self::default()
        }
    }
}

/// A part of a structured abstract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct AbstractSection {
    /// The heading: `Methods`.
    pub label: String,
    /// The plain text.
    pub value: String,
    /// The same with the inline markup that an abstract may have. Absent where it would say no more than `value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub markup: Option<String>,
}

/// A cited work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reference {
    /// The reference as printed.
    pub raw: String,
    /// A bare DOI found in it.
    #[schemars(regex(pattern = DOI))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
}

/// A value that found no place in the model, kept so that nothing is lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Unmapped {
    /// Element it came from, such as `dc:coverage`.
    pub element: String,
    /// The value.
    pub value: String,
    /// BCP 47 tag, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = LANG))]
    pub lang: Option<String>,
}

/// One live article.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
// shape: mirrors schemas/article.schema.json, flat, in the order of the export
pub struct Article {
    /// Version of the shape of the line.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+$"))]
    pub schema_version: String,
    /// Stable id: UUIDv5 of the source's frozen key and the OAI identifier.
    #[schemars(extend("format" = "uuid"))]
    pub id: String,
    /// Always `live` here.
    #[schemars(extend("const" = "live"))]
    pub status: Status,
    /// The article's own DOI, bare and in lower case (`10.1234/abc`); also among `identifiers`.
    #[schemars(regex(pattern = DOI))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    /// The kind of work, as a term of the COAR Resource Types; absent where the source says nothing that the
    /// vocabulary has a term for.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// Language of the text, BCP 47.
    #[schemars(regex(pattern = LANG))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Titles; the one in the article's own language first.
    pub titles: Vec<Title>,
    /// Authors, editors, translators, in the order of the source.
    pub contributors: Vec<Contributor>,
    /// Abstracts by language.
    pub abstracts: Vec<Abstract>,
    /// Keywords and subjects, one each.
    pub keywords: Vec<LangText>,
    /// The journal.
    pub journal: Journal,
    /// Section of the journal, such as `REGIONAL POLITICS`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// Volume, as printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
    /// Issue number, as printed: free text (`1-2`, `Supl. 1`, `03`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// Title of the issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_title: Option<String>,
    /// Year of the issue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue_year: Option<i32>,
    /// Pages or article number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pages: Option<Pages>,
    /// Date of publication, as precise as the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<PartialDate>,
    /// Identifiers of the article, of its issue and of its galleys, each with its scheme.
    pub identifiers: Vec<Identifier>,
    /// Landing page, full texts and other links.
    pub links: Vec<Link>,
    /// Licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license: Option<License>,
    /// Copyright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<Copyright>,
    /// Funders and sponsors.
    pub funding: Vec<Funding>,
    /// Works that it corrects, reviews, translates or belongs together with.
    pub relations: Vec<Relation>,
    /// Dated events beside its publication.
    pub history: Vec<HistoryDate>,
    /// Works cited.
    pub references: Vec<Reference>,
    /// Where the article came from.
    pub provenance: Provenance,
    /// The findings.
    pub findings: Vec<Finding>,
    /// Values without a place in the model.
    pub unmapped: Vec<Unmapped>,
}

/// An article that its source has withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Deletion {
    /// Version of the shape of the line.
    #[schemars(regex(pattern = r"^[0-9]+\.[0-9]+$"))]
    pub schema_version: String,
    /// The id the live article had.
    #[schemars(extend("format" = "uuid"))]
    pub id: String,
    /// Always `deleted` here.
    #[schemars(extend("const" = "deleted"))]
    pub status: Status,
    /// Where the deletion was seen.
    pub provenance: Provenance,
}

/// One line of the export: a deletion is a line too, never an omission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[expect(
    clippy::large_enum_variant,
    reason = "entries are handled one at a time; deletions are few and need no box"
)]
pub enum Entry {
    /// A live article.
    Live(Box<Article>),
    /// A withdrawn one.
    Deleted(Deletion),
}

impl Entry {
    /// The stable id.
    pub fn id(&self) -> &str {
        match self {
            Self::Live(article) => &article.id,
            Self::Deleted(deletion) => &deletion.id,
        }
    }

    /// Where it came from.
    pub fn provenance(&self) -> &Provenance {
        match self {
            Self::Live(article) => &article.provenance,
            Self::Deleted(deletion) => &deletion.provenance,
        }
    }

    /// Live or deleted.
    pub fn status(&self) -> Status {
        match self {
            Self::Live(_) => Status::Live,
            Self::Deleted(_) => Status::Deleted,
        }
    }
}

impl Article {
    /// Returns whether nothing is known of the article because no crosswalk reads the formats of its records.
    pub fn is_unread(&self) -> bool {
        self.titles.is_empty()
            && self.contributors.is_empty()
            && self.identifiers.is_empty()
            && self.links.is_empty()
            && self
                .findings
                .iter()
                .any(|finding| finding.code == Code::Unread)
    }

    /// An article that holds nothing but its id and provenance.
    pub fn new(id: String, provenance: Provenance) -> Self {
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            id,
            status: Status::Live,
            doi: None,
            resource_type: None,
            language: None,
            titles: Vec::new(),
            contributors: Vec::new(),
            abstracts: Vec::new(),
            keywords: Vec::new(),
            journal: Journal::default(),
            section: None,
            volume: None,
            issue: None,
            issue_title: None,
            issue_year: None,
            pages: None,
            published: None,
            identifiers: Vec::new(),
            links: Vec::new(),
            license: None,
            copyright: None,
            funding: Vec::new(),
            relations: Vec::new(),
            history: Vec::new(),
            references: Vec::new(),
            provenance,
            findings: Vec::new(),
            unmapped: Vec::new(),
        }
    }
}

impl Deletion {
    /// The deletion of the article with this id.
    pub fn new(id: String, provenance: Provenance) -> Self {
        Self {
            schema_version: SCHEMA_VERSION.to_owned(),
            id,
            status: Status::Deleted,
            provenance,
        }
    }
}
