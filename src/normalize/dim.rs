//! The crosswalk from DSpace's own fields (DIM, `xoai`) to the article.
//!
//! The names are those of DSpace's registry: `dc.contributor.author`, `dc.date.issued`. Repositories add fields of
//! their own, so volume, issue, pages and the journal are known by the last part of a name in the schemas and elements
//! that describe a citation.

use super::context::{FormatRecord, SourceContext};
use super::creator::role_of;
use super::description::{Description, Kind, Medium};
use super::funder;
use crate::article::{Funding, HistoryEvent, RelationType, Role};
use crate::metadata::dim::{Dim, Field};
use crate::metadata::stated::{Agent, Leaf, Organization, Typed};
use crate::values::{Doi, Orcid};

/// Schemas whose elements are those of Dublin Core, or describe a citation.
const SCHEMAS: [&str; 7] = [
    "dc",
    "dcterms",
    "oaire",
    "prism",
    "bibo",
    "journal",
    "rioxxterms",
];
/// Elements that describe the publication that an article stands in.
const OF_CITATION: [&str; 8] = [
    "citation",
    "bibliographiccitation",
    "source",
    "relation",
    "identifier",
    "journal",
    "description",
    "publication",
];
/// Words in a description without a qualifier from which on it may be an abstract.
const ABSTRACT_WORDS: usize = 30;

/// Describes an article from DSpace's own fields.
pub(crate) fn describe(record: &FormatRecord, dim: Dim, context: &SourceContext) -> Description {
    let Dim {
        fields,
        files,
        rest,
        unread,
    } = dim;
    let mut crosswalk = Crosswalk {
        out: Description::new(&record.metadata_prefix, Kind::Native),
        context,
        part: Part::default(),
        dates: Dates::default(),
        abstracts: Vec::new(),
        descriptions: Vec::new(),
        keywords: Vec::new(),
        citations: Vec::new(),
        related_dois: Vec::new(),
    };
    crosswalk.out.note_unread(unread.as_ref());
    for field in fields {
        crosswalk.field(field);
    }
    crosswalk.finish();
    crosswalk.out.files_of(&files);
    crosswalk.out.add_unmapped_leaves(&rest);
    crosswalk.out
}

/// Where in its journal the article stands.
#[derive(Default)]
struct Part {
    journal: Vec<Leaf>,
    volume: Vec<Leaf>,
    issue: Vec<Leaf>,
    first: Vec<Leaf>,
    last: Vec<Leaf>,
    pages: Vec<Leaf>,
}

/// Dates from which that of publication is chosen.
#[derive(Default)]
struct Dates {
    issued: Vec<Leaf>,
    others: Vec<Leaf>,
}

struct Crosswalk<'a> {
    out: Description,
    context: &'a SourceContext,
    part: Part,
    dates: Dates,
    abstracts: Vec<Leaf>,
    descriptions: Vec<Leaf>,
    keywords: Vec<Leaf>,
    /// Citations in free text.
    citations: Vec<Leaf>,
    /// DOIs of versions, which are the article's where it has none of its own.
    related_dois: Vec<Leaf>,
}

impl Crosswalk<'_> {
    fn field(&mut self, field: Field) {
        let element = field.element.to_ascii_lowercase();
        let qualifier = field.qualifier.as_deref().unwrap_or_default();
        let qualifier = qualifier.to_ascii_lowercase().replace(['_', '-'], "");
        if !SCHEMAS.contains(&field.schema.as_str()) {
            self.out.add_unmapped_leaf(&field.leaf);
            return;
        }
        let Some(field) = self.citation_field(field, &element, &qualifier) else {
            return;
        };
        let Field {
            leaf, authority, ..
        } = field;
        match element.as_str() {
            "contributor" | "creator" => self.contributor(leaf, &element, &qualifier, authority),
            "title" | "alternative" => self.out.title_of(&leaf, None),
            "date" | "issued" | "available" | "created" | "dateaccepted" | "datesubmitted" => {
                self.date(leaf, &element, &qualifier);
            }
            "description" | "abstract" => self.description(leaf, &element, &qualifier),
            "subject" => self.subject(leaf, &qualifier),
            "identifier" => self.identifier(leaf, &qualifier),
            "relation" | "ispartof" | "isversionof" | "references" | "isreferencedby"
            | "hasversion" | "haspart" | "replaces" | "isreplacedby" => {
                let kind = if element == "relation" {
                    &qualifier
                } else {
                    &element
                };
                self.relation(leaf, &kind.clone());
            }
            "rights" | "license" | "rightsholder" | "accessrights" => {
                let kind = if element == "rights" {
                    &qualifier
                } else {
                    &element
                };
                self.rights(&leaf, &kind.clone());
            }
            "language" => self.out.languages_of(&[leaf]),
            "publisher" if qualifier.is_empty() => self.publisher(&leaf),
            "publisher" if qualifier == "place" => self.place(&leaf),
            "type" if qualifier.is_empty() || qualifier == "coar" || qualifier == "driver" => {
                self.out.types_of(&[leaf]);
            }
            "source" | "bibliographiccitation" if !is_url(&leaf) => self.citations.push(leaf),
            _ => self.out.add_unmapped_leaf(&leaf),
        }
    }

    /// Takes a field that tells one thing about where the article was published; gives back any other.
    fn citation_field(&mut self, field: Field, element: &str, qualifier: &str) -> Option<Field> {
        let of_schema = !matches!(field.schema.as_str(), "dc" | "dcterms");
        let name = match (of_schema || OF_CITATION.contains(&element), qualifier) {
            (true, "") if of_schema => element,
            (false, _) | (true, "") => return Some(field),
            (true, qualifier) => qualifier,
        };
        let part = &mut self.part;
        let place = match name {
            "volume" | "volumen" => &mut part.volume,
            "issue" | "number" | "issuenumber" => &mut part.issue,
            "startpage" | "spage" | "firstpage" | "initialpage" | "beginpage" | "startingpage"
            | "fpage" => &mut part.first,
            "endpage" | "epage" | "lastpage" | "finalpage" | "endingpage" | "lpage" => {
                &mut part.last
            }
            "pages" | "pagination" | "pagerange" | "page" | "articlenumber" => &mut part.pages,
            "journal" | "journaltitle" | "publicationname" => &mut part.journal,
            "title" if of_schema || element == "citation" || element == "bibliographiccitation" => {
                &mut part.journal
            }
            "issn" => {
                self.out
                    .issn(&field.leaf.element, &field.leaf.value, Medium::Unknown);
                return None;
            }
            "eissn" | "issne" | "issnonline" => {
                self.out
                    .issn(&field.leaf.element, &field.leaf.value, Medium::Electronic);
                return None;
            }
            "pissn" | "issnp" | "issnprint" => {
                self.out
                    .issn(&field.leaf.element, &field.leaf.value, Medium::Print);
                return None;
            }
            "citation" | "bibliographiccitation" | "ispartofseries" => &mut self.citations,
            _ => return Some(field),
        };
        place.push(field.leaf);
        None
    }

    fn contributor(&mut self, leaf: Leaf, element: &str, qualifier: &str, key: Option<String>) {
        let role = match qualifier {
            "" if element == "creator" => Some(Role::Author),
            "" => Some(Role::Contributor),
            "sponsor" | "funder" => {
                let name = Some(leaf);
                self.out.funder(Organization { name, id: None }, None);
                return;
            }
            qualifier => role_of(qualifier),
        };
        let Some(role) = role else {
            // departments, committees, repositories
            self.out.add_unmapped_leaf(&leaf);
            return;
        };
        // some repositories have the ORCID iD as the key; other keys are numbers of their own
        let orcid = key.filter(|key| Orcid::parse(key).is_some());
        let id = |value: String| Typed {
            kind: Some("ORCID".to_owned()),
            leaf: Leaf {
                element: format!("{}/@authority", leaf.element),
                lang: None,
                value,
            },
        };
        let ids = orcid.map(id).into_iter().collect();
        self.out.agent(
            role,
            Agent {
                whole: Some(leaf),
                ids,
                ..Agent::default()
            },
        );
    }

    fn date(&mut self, leaf: Leaf, element: &str, qualifier: &str) {
        let name = if element == "date" {
            qualifier
        } else {
            element
        };
        match name {
            "issued" | "published" | "publication" | "issuedonline" => self.dates.issued.push(leaf),
            "" | "created" | "copyright" => self.dates.others.push(leaf),
            "submitted" | "datesubmitted" | "received" => {
                self.out.happened(HistoryEvent::Received, &leaf);
            }
            "accepted" | "dateaccepted" | "acceptance" => {
                self.out.happened(HistoryEvent::Accepted, &leaf);
            }
            // when the record came into the repository, when it may be seen
            _ => self.out.add_unmapped_leaf(&leaf),
        }
    }

    fn description(&mut self, leaf: Leaf, element: &str, qualifier: &str) {
        match qualifier {
            qualifier if element == "abstract" || qualifier == "abstract" => {
                self.abstracts.push(leaf);
            }
            "" => self.descriptions.push(leaf),
            "sponsorship" | "sponsor" | "funding" => {
                let name = Some(leaf);
                self.out.funder(Organization { name, id: None }, None);
            }
            _ => self.out.add_unmapped_leaf(&leaf),
        }
    }

    /// A subject in words; a code of a classification is kept.
    fn subject(&mut self, leaf: Leaf, qualifier: &str) {
        let is_code = matches!(
            qualifier,
            "ddc" | "udc" | "lcc" | "classification" | "jel" | "msc" | "bcl" | "rvk"
        ) && !leaf.value.contains(' ');
        if is_code {
            self.out.add_unmapped_leaf(&leaf);
        } else {
            self.keywords.push(leaf);
        }
    }

    fn identifier(&mut self, leaf: Leaf, qualifier: &str) {
        let kind = match qualifier {
            "" | "other" | "uri" | "url" => None,
            kind => Some(kind.to_owned()),
        };
        if kind.is_none() && looks_like_citation(&leaf.value) {
            self.citations.push(leaf);
            return;
        }
        if leaf.value.contains("orcid.org") {
            self.out.add_unmapped_leaf(&leaf);
            return;
        }
        self.out.identifier_of(&Typed { kind, leaf });
    }

    fn relation(&mut self, leaf: Leaf, kind: &str) {
        if let Some(funding) = grant_agreement(&leaf) {
            self.out.add_funding(&leaf.element, funding);
            // its programme has no field
            self.out.add_unmapped_leaf(&leaf);
            return;
        }
        let doi = Doi::parse(&leaf.value);
        match kind {
            "isversionof" | "versionofrecord" | "publisherversion" | "doi" if doi.is_some() => {
                self.related_dois.push(leaf);
            }
            "isversionof" | "publisherversion" | "versionofrecord" => {
                self.out.relate(RelationType::VersionOf, &leaf);
            }
            "hasversion" => self.out.relate(RelationType::HasVersion, &leaf),
            "ispartof" if !is_url(&leaf) && doi.is_none() => self.citations.push(leaf),
            "ispartof" => self.out.relate(RelationType::PartOf, &leaf),
            "haspart" => self.out.relate(RelationType::HasPart, &leaf),
            "replaces" => self.out.relate(RelationType::Replaces, &leaf),
            "isreplacedby" => self.out.relate(RelationType::ReplacedBy, &leaf),
            "isbasedon" | "requires" | "references" | "isreferencedby" | "" | "uri" | "url" => {
                self.out.relate(RelationType::Related, &leaf);
            }
            _ => self.out.add_unmapped_leaf(&leaf),
        }
    }

    fn rights(&mut self, leaf: &Leaf, kind: &str) {
        if matches!(kind, "holder" | "rightsholder") {
            let copyright = self.out.article.copyright.as_ref();
            if copyright.is_some_and(|known| known.holder.is_some()) {
                self.out.add_unmapped_leaf(leaf);
            } else if let Some(holder) = self.out.line_of("copyright", [leaf]) {
                let copyright = self.out.article.copyright.get_or_insert_default();
                copyright.holder = Some(holder);
            }
            return;
        }
        self.out.rights_of(None, Some(leaf));
    }

    fn publisher(&mut self, leaf: &Leaf) {
        if self.out.article.journal.publisher.is_some() {
            self.out.add_unmapped_leaf(leaf);
        } else {
            self.out.article.journal.publisher = self.out.line_of("journal.publisher", [leaf]);
        }
    }

    fn place(&mut self, leaf: &Leaf) {
        if self.out.article.journal.publisher_place.is_some() {
            self.out.add_unmapped_leaf(leaf);
        } else {
            let place = self.out.line_of("journal.publisher_place", [leaf]);
            self.out.article.journal.publisher_place = place;
        }
    }

    /// The fields that depend on more than one value.
    fn finish(&mut self) {
        let Dates { issued, others } = std::mem::take(&mut self.dates);
        if issued.is_empty() {
            self.out.published_of(&others);
        } else {
            self.out.published_of(&issued);
            self.out.add_unmapped_leaves(&others);
        }
        let mut abstracts = std::mem::take(&mut self.abstracts);
        for leaf in std::mem::take(&mut self.descriptions) {
            let is_long = leaf.value.split_whitespace().count() >= ABSTRACT_WORDS;
            if abstracts.is_empty() && is_long {
                abstracts.push(leaf);
            } else {
                self.out.add_unmapped_leaf(&leaf);
            }
        }
        self.out.abstracts_of(abstracts);
        let keywords = std::mem::take(&mut self.keywords);
        self.out.keywords_of(keywords);
        self.finish_part();
        for leaf in std::mem::take(&mut self.related_dois) {
            if self.out.article.doi.is_none() {
                self.out.doi(&leaf.element, &leaf.value);
            } else if Doi::parse(&leaf.value).as_deref() != self.out.article.doi.as_deref() {
                self.out.relate(RelationType::VersionOf, &leaf);
            }
        }
    }

    fn finish_part(&mut self) {
        let part = std::mem::take(&mut self.part);
        let out = &mut self.out;
        out.article.journal.title = out.line_of("journal.title", &part.journal);
        out.article.volume = out.line_of("volume", &part.volume);
        out.article.issue = out.line_of("issue", &part.issue);
        out.pages_of(part.first.first(), part.last.first());
        out.add_unmapped_leaves(part.first.get(1..).unwrap_or_default());
        out.add_unmapped_leaves(part.last.get(1..).unwrap_or_default());
        if out.article.pages.is_none() {
            out.pages_of(part.pages.first(), None);
            out.add_unmapped_leaves(part.pages.get(1..).unwrap_or_default());
        } else {
            out.add_unmapped_leaves(&part.pages);
        }
        for leaf in std::mem::take(&mut self.citations) {
            self.out.citation_of(&leaf, self.context);
        }
    }
}

fn is_url(leaf: &Leaf) -> bool {
    leaf.value.starts_with("http://") || leaf.value.starts_with("https://")
}

/// Returns whether an identifier without a kind is a citation: several words with figures, and no URL.
fn looks_like_citation(value: &str) -> bool {
    let words = value.split_whitespace().count();
    words >= 5 && !value.contains("://") && value.contains(|c: char| c.is_ascii_digit())
}

/// The grant of `info:eu-repo/grantAgreement/FUNDER/PROGRAMME/NUMBER` (OpenAIRE guidelines 2 and 3).
pub(super) fn grant_agreement(leaf: &Leaf) -> Option<Funding> {
    let (_, grant) = leaf.value.split_once("info:eu-repo/grantAgreement/")?;
    funder::of_grant(grant)
}
