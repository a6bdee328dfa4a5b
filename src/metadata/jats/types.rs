//! Values that the reader of JATS returns.

use crate::metadata::stated::Leaf;
use crate::metadata::text::Text;

/// An identifier and its `pub-id-type`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Id {
    /// `doi`, `publisher-id` …
    pub kind: Option<String>,
    /// As received.
    pub value: String,
}

/// An ISSN and the medium that its attributes name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issn {
    /// `publication-format` or `pub-type`: `epub`, `ppub`, `electronic`, `print`.
    pub medium: Option<String>,
    /// As received.
    pub value: String,
}

/// A title and what stands with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title {
    /// `article-title` or `trans-title`.
    pub value: String,
    /// `subtitle` or `trans-subtitle`; several are joined.
    pub subtitle: Option<String>,
    /// As received.
    pub lang: Option<String>,
}

/// An affiliation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affiliation {
    /// The text, without label, identifiers and mail addresses; may be empty where there is a ROR id.
    pub name: String,
    /// ROR id, as received.
    pub ror: Option<String>,
    /// `country/@country`: a code of ISO 3166-1.
    pub country: Option<String>,
}

/// A person's name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// `surname`
    pub surname: Option<String>,
    /// `given-names`
    pub given: Option<String>,
    /// `suffix`
    pub suffix: Option<String>,
    /// The name as a whole, where it is not split.
    pub whole: Option<String>,
    /// As received.
    pub lang: Option<String>,
}

/// A contributor.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an element or attribute of its own"
)]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contributor {
    /// `contrib-type`, of the contributor or its group: `author`, `editor` …
    pub kind: Option<String>,
    /// The name in its forms, the main one first; empty for an organisation.
    pub names: Vec<PersonName>,
    /// `collab`: an organisation or group.
    pub collab: Option<String>,
    /// True if it is `anonymous`.
    pub is_anonymous: bool,
    /// True if it is a member of the group before it.
    pub is_member: bool,
    /// ORCID iD, as received.
    pub orcid: Option<String>,
    /// `contrib-id/@authenticated`: whether the person confirmed the ORCID iD.
    pub orcid_authenticated: bool,
    /// `corresp`: whether letters go to this contributor.
    pub corresponding: bool,
    /// `role`: words and terms of vocabularies such as `CRediT`.
    pub roles: Vec<ContributorRole>,
    /// Affiliations, by reference and inside the element.
    pub affiliations: Vec<Affiliation>,
}

/// The role of a contributor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContributorRole {
    /// In words.
    pub word: String,
    /// `vocab-term-identifier`, `content-type`: the URI of the term.
    pub uri: Option<String>,
}

/// A date of publication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PubDate {
    /// `date-type` or `pub-type`: `pub`, `epub`, `ppub`, `collection`.
    pub kind: Option<String>,
    /// `publication-format`
    pub format: Option<String>,
    /// Year, month and day joined by hyphens as far as given, else `iso-8601-date`, else the text of `string-date`; as
    /// received.
    pub date: String,
    /// `year`, where the date also has a month or season in words.
    pub year: Option<String>,
}

/// A licence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct License {
    /// `xlink:href`, or `ali:license_ref`.
    pub url: Option<String>,
    /// The text.
    pub text: Option<String>,
}

/// A link of the article to a form of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelfUri {
    /// As received.
    pub url: String,
    /// `content-type`
    pub content_type: Option<String>,
}

/// A cited work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reference {
    /// The text.
    pub raw: String,
    /// Set if the text is as printed; otherwise it was joined from elements.
    pub printed: bool,
    /// The DOI it names, as received.
    pub doi: Option<String>,
}

/// Funder and award number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Award {
    /// `funding-source`
    pub source: String,
    /// The `institution-id`: an id of the Open Funder Registry, a ROR id.
    pub funder_id: Option<String>,
    /// `award-id`
    pub award: Option<String>,
}

/// An abstract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Abstract {
    /// The text, paragraphs separated by blank lines.
    pub value: String,
    /// With the language of the article where it names none.
    pub lang: Option<String>,
    /// Heading and text of the sections right in it.
    pub sections: Vec<(String, String)>,
}

/// A related article or object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Related {
    /// `related-article-type`: `corrected-article`, `commentary` …
    pub kind: Option<String>,
    /// The address or DOI.
    pub id: String,
}

/// The metadata of an article. Values are as received, without white space at their ends; empty ones are left
/// out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// shape: mirrors the elements of JATS 1.4, front and back
pub struct Jats {
    /// `article/@xml:lang`
    pub lang: Option<String>,
    /// `article/@article-type`
    pub article_type: Option<String>,
    /// Titles of the journal, its own language first.
    pub journal_titles: Vec<Text>,
    /// Abbreviated titles.
    pub journal_abbreviations: Vec<Text>,
    /// ISSNs.
    pub issns: Vec<Issn>,
    /// Publisher.
    pub publisher: Option<String>,
    /// `publisher-loc`
    pub publisher_place: Option<String>,
    /// `journal-id[@journal-id-type="doi"]`
    pub journal_doi: Option<String>,
    /// Identifiers of the article.
    pub ids: Vec<Id>,
    /// Identifiers of the issue.
    pub issue_ids: Vec<Id>,
    /// Sections: the subjects of `subj-group[@subj-group-type="heading"]`.
    pub headings: Vec<Text>,
    /// Subjects of other groups.
    pub subjects: Vec<Text>,
    /// Titles, the article's own language first.
    pub titles: Vec<Title>,
    /// Contributors.
    pub contributors: Vec<Contributor>,
    /// Affiliations that no contributor refers to.
    pub loose_affiliations: Vec<Affiliation>,
    /// Dates of publication.
    pub dates: Vec<PubDate>,
    /// Dates of its history: `received`, `accepted` …
    pub history: Vec<PubDate>,
    /// Volume.
    pub volume: Option<String>,
    /// Number.
    pub issue: Option<String>,
    /// Titles of the issue.
    pub issue_titles: Vec<Text>,
    /// First page.
    pub first_page: Option<String>,
    /// Last page.
    pub last_page: Option<String>,
    /// Pages, raw.
    pub page_range: Option<String>,
    /// Article number.
    pub elocation_id: Option<String>,
    /// Copyright statements.
    pub copyright_statements: Vec<Text>,
    /// Copyright years.
    pub copyright_years: Vec<String>,
    /// Copyright holders.
    pub copyright_holders: Vec<Text>,
    /// Licences.
    pub licenses: Vec<License>,
    /// Links to forms of the article.
    pub self_uris: Vec<SelfUri>,
    /// Related articles and objects.
    pub related: Vec<Related>,
    /// Abstracts.
    pub abstracts: Vec<Abstract>,
    /// Abstracts of a kind of their own (`graphical`, `teaser`), with the kind.
    pub other_abstracts: Vec<(String, Text)>,
    /// Keywords.
    pub keywords: Vec<Text>,
    /// Funders.
    pub awards: Vec<Award>,
    /// Statements on funding.
    pub funding_statements: Vec<String>,
    /// Cited works.
    pub references: Vec<Reference>,
    /// `custom-meta` of the resource type (OpenAIRE JATS).
    pub resource_types: Vec<String>,
    /// Values that have no place above: `alt-title`, `supplement` …
    pub(crate) rest: Vec<Leaf>,
    /// Set for the form of the NLM DTD 2.3: a journal title without its group.
    pub nlm: bool,
    /// Why the rest could not be read, when it could not.
    pub unread: Option<String>,
}
