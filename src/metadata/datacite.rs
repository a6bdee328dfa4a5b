//! DataCite 3 and 4, alone or in `oai_datacite`, and OpenAIRE 4 (`oai_openaire`), which takes most of its elements from
//! DataCite.
//!
//! Sources: DataCite Metadata Schema 4.6 and 3.1; OpenAIRE Guidelines for Literature Repository Managers 4.0.

use super::stated::{Agent, File, Leaf, Organization, Typed, listed};
use super::tree::{Node, Tree};

/// More entries of one kind than any record has.
const MAX_ENTRIES: usize = 20_000;
/// Elements that say nothing about the article: its size, and where on Earth the data are from is kept as received.
const PASSED_OVER: [&str; 2] = ["schemaVersion", "datacentreSymbol"];

/// A related work that is named by an identifier alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Related {
    /// `relationType`: `IsPartOf`, `IsSupplementTo`.
    pub(crate) relation: Option<String>,
    /// Kind and value of its identifier.
    pub(crate) id: Typed,
}

/// The work that the article stands in, or another that is described: `relatedItem`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Host {
    /// `relationType`: `IsPublishedIn`.
    pub(crate) relation: Option<String>,
    /// `relatedItemIdentifier`
    pub(crate) ids: Vec<Typed>,
    /// `titles/title`
    pub(crate) titles: Vec<Typed>,
    /// The publisher.
    pub(crate) publisher: Option<Leaf>,
    /// Where in it the article stands.
    pub(crate) part: Part,
}

/// Volume, issue, pages and year of an article in its journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// `volume`, `citationVolume`
    pub(crate) volume: Option<Leaf>,
    /// `issue`, `citationIssue`
    pub(crate) issue: Option<Leaf>,
    /// `number`: the article's number, or that of another thing by its `numberType`.
    pub(crate) number: Option<Typed>,
    /// `firstPage`, `citationStartPage`
    pub(crate) first: Option<Leaf>,
    /// `lastPage`, `citationEndPage`
    pub(crate) last: Option<Leaf>,
    /// `publicationYear`
    pub(crate) year: Option<Leaf>,
}

/// Funding of the work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Funding {
    /// `funderName` and `funderIdentifier`.
    pub(crate) funder: Organization,
    /// `awardNumber`
    pub(crate) award: Option<Leaf>,
    /// `awardTitle`, `awardURI`, `fundingStream`
    pub(crate) others: Vec<Leaf>,
}

/// A statement of rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rights {
    /// The text.
    pub(crate) text: Option<Leaf>,
    /// `rightsURI` of `rights`, `uri` of `licenseCondition`.
    pub(crate) uri: Option<Leaf>,
}

/// A resource as DataCite and OpenAIRE describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
// shape: mirrors the elements of DataCite 4.6 and OpenAIRE 4
pub(crate) struct DataCite {
    /// Titles by `titleType`.
    pub(crate) titles: Vec<Typed>,
    /// The authors.
    pub(crate) creators: Vec<Agent>,
    /// Others by `contributorType`.
    pub(crate) contributors: Vec<Agent>,
    /// Publishers.
    pub(crate) publishers: Vec<Leaf>,
    /// `publicationYear`
    pub(crate) year: Option<Leaf>,
    /// Dates by `dateType`.
    pub(crate) dates: Vec<Typed>,
    /// Subjects.
    pub(crate) subjects: Vec<Leaf>,
    /// Languages of the text.
    pub(crate) languages: Vec<Leaf>,
    /// `resourceType`: word, URI and `resourceTypeGeneral`, as far as given.
    pub(crate) types: Vec<Leaf>,
    /// Identifiers of the resource, by their kind.
    pub(crate) ids: Vec<Typed>,
    /// Identifiers that it goes by elsewhere, by their kind.
    pub(crate) other_ids: Vec<Typed>,
    /// Related works.
    pub(crate) related: Vec<Related>,
    /// The journal, and other works that are described.
    pub(crate) hosts: Vec<Host>,
    /// `source` of OpenAIRE.
    pub(crate) sources: Vec<Leaf>,
    /// `citationTitle` of OpenAIRE.
    pub(crate) citation_title: Option<Leaf>,
    /// The other `citation…` elements of OpenAIRE.
    pub(crate) part: Part,
    /// Descriptions by `descriptionType`; those of OpenAIRE have none.
    pub(crate) descriptions: Vec<Typed>,
    /// Rights and licences.
    pub(crate) rights: Vec<Rights>,
    /// The funders.
    pub(crate) funding: Vec<Funding>,
    /// `file` of OpenAIRE.
    pub(crate) files: Vec<File>,
    /// Values that have no place above.
    pub(crate) rest: Vec<Leaf>,
    /// Why the rest could not be read, when it could not.
    pub(crate) unread: Option<String>,
}

/// Returns whether an element is a resource of DataCite or OpenAIRE: by its name and by what it holds.
pub(crate) fn is_record(node: &Node) -> bool {
    const OWN: [&str; 8] = [
        "titles",
        "creators",
        "title",
        "creator",
        "identifier",
        "resourceType",
        "publicationYear",
        "citationTitle",
    ];
    node.is("resource")
        && node
            .elements()
            .any(|child| OWN.iter().any(|name| child.is(name)))
}

/// Reads the resource that [`is_record`] found.
pub(crate) fn read(record: &Node, tree: &Tree) -> DataCite {
    let entries = Entries(record);
    let mut found = DataCite {
        titles: entries.typed("titles", "title", "titleType"),
        creators: entries
            .of("creators", "creator")
            .map(|node| agent(node, "creatorName"))
            .collect(),
        contributors: entries
            .of("contributors", "contributor")
            .map(contributor)
            .collect(),
        publishers: record.leaves("publisher"),
        year: record.child("publicationYear").and_then(Node::leaf),
        dates: entries.typed("dates", "date", "dateType"),
        subjects: entries.leaves("subjects", "subject"),
        languages: entries.leaves("languages", "language"),
        ids: typed(record.children("identifier"), "identifierType"),
        other_ids: entries.typed(
            "alternateIdentifiers",
            "alternateIdentifier",
            "alternateIdentifierType",
        ),
        related: entries
            .of("relatedIdentifiers", "relatedIdentifier")
            .filter_map(related)
            .collect(),
        hosts: entries
            .of("relatedItems", "relatedItem")
            .map(host)
            .collect(),
        sources: record.leaves("source"),
        citation_title: record.child("citationTitle").and_then(Node::leaf),
        part: part(
            record,
            [
                "citationVolume",
                "citationIssue",
                "citationStartPage",
                "citationEndPage",
                "",
            ],
        ),
        descriptions: entries.typed("descriptions", "description", "descriptionType"),
        rights: rights(record),
        funding: entries
            .of("fundingReferences", "fundingReference")
            .map(funding)
            .collect(),
        types: types(record),
        files: files(record),
        unread: tree.unread.clone(),
        ..DataCite::default()
    };
    found.rest = record.rest(&PASSED_OVER);
    found
}

/// The entries of a resource, in their lists or right below it.
struct Entries<'a>(&'a Node);

impl<'a> Entries<'a> {
    fn of(&self, list: &'static str, item: &'static str) -> impl Iterator<Item = &'a Node> {
        listed(self.0, list, item).into_iter().take(MAX_ENTRIES)
    }

    fn leaves(&self, list: &'static str, item: &'static str) -> Vec<Leaf> {
        self.of(list, item).filter_map(Node::leaf).collect()
    }

    fn typed(&self, list: &'static str, item: &'static str, kind: &str) -> Vec<Typed> {
        typed(self.of(list, item), kind)
    }
}

fn contributor(node: &Node) -> Agent {
    Agent {
        role: node.attribute("contributorType").map(str::to_owned),
        ..agent(node, "contributorName")
    }
}

fn typed<'a>(nodes: impl Iterator<Item = &'a Node>, kind: &str) -> Vec<Typed> {
    nodes.filter_map(|node| Typed::of(node, kind)).collect()
}

/// The kind of the resource: its URI, its own word and the general one.
fn types(record: &Node) -> Vec<Leaf> {
    let mut types = Vec::new();
    for node in record.children("resourceType") {
        let attributes = ["uri", "resourceTypeGeneral"].map(|name| node.attribute_leaf(name));
        let [uri, general] = attributes;
        types.extend(uri);
        types.extend(node.leaf());
        types.extend(general);
    }
    types
}

/// The files that OpenAIRE adds.
fn files(record: &Node) -> Vec<File> {
    let mut files = Vec::new();
    for node in record.children("file").take(MAX_ENTRIES) {
        let media_type = node
            .any_attribute(&["mimeType", "mimetype"])
            .map(str::to_owned);
        for name in ["accessRightsURI", "objectType"] {
            node.attribute(name);
        }
        files.extend(node.leaf().map(|url| File { url, media_type }));
    }
    files
}

fn agent(node: &Node, name: &str) -> Agent {
    let named = node.child(name);
    let kind = named.and_then(|name| name.attribute("nameType"));
    let ids = node.children("nameIdentifier").filter_map(|id| {
        let scheme = id.any_attribute(&["nameIdentifierScheme", "schemeURI"]);
        // the address of the repository's keeper
        if scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("e-mail")) {
            id.pass_over();
            return None;
        }
        let kind = scheme.map(str::to_owned);
        id.leaf().map(|leaf| Typed { kind, leaf })
    });
    let affiliations = node.children("affiliation").map(|node| {
        node.attribute("affiliationIdentifierScheme");
        Organization {
            id: node.attribute_leaf("affiliationIdentifier"),
            name: node.leaf(),
        }
    });
    Agent {
        is_organization: kind.map(|kind| kind.eq_ignore_ascii_case("Organizational")),
        ids: ids.collect(),
        affiliations: affiliations.collect(),
        family: node.child("familyName").and_then(Node::leaf),
        given: node.child("givenName").and_then(Node::leaf),
        // DataCite 2 and some servers write the name right into the element
        whole: named.and_then(Node::leaf).or_else(|| {
            let bare = named.is_none() && node.has_own_text();
            if bare { node.leaf() } else { None }
        }),
        ..Agent::default()
    }
}

fn related(node: &Node) -> Option<Related> {
    let relation = node.attribute("relationType").map(str::to_owned);
    node.attribute("resourceTypeGeneral");
    let id = Typed::of(node, "relatedIdentifierType")?;
    Some(Related { relation, id })
}

fn host(node: &Node) -> Host {
    let ids = node.children("relatedItemIdentifier");
    Host {
        relation: node.attribute("relationType").map(str::to_owned),
        ids: ids
            .filter_map(|id| Typed::of(id, "relatedItemIdentifierType"))
            .collect(),
        titles: listed(node, "titles", "title")
            .into_iter()
            .filter_map(|title| Typed::of(title, "titleType"))
            .collect(),
        publisher: node.child("publisher").and_then(Node::leaf),
        part: part(
            node,
            [
                "volume",
                "issue",
                "firstPage",
                "lastPage",
                "publicationYear",
            ],
        ),
    }
}

/// The part by the names of its elements: volume, issue, first page, last page, year.
fn part(node: &Node, names: [&str; 5]) -> Part {
    let [volume, issue, first, last, year] =
        names.map(|name| node.child(name).and_then(Node::leaf));
    let number = node
        .child("number")
        .and_then(|number| Typed::of(number, "numberType"));
    Part {
        volume,
        issue,
        number,
        first,
        last,
        year,
    }
}

fn rights(record: &Node) -> Vec<Rights> {
    let mut all = Vec::new();
    for node in listed(record, "rightsList", "rights") {
        for name in ["rightsIdentifier", "rightsIdentifierScheme"] {
            node.attribute(name);
        }
        all.push(Rights {
            uri: node.attribute_leaf("rightsURI"),
            text: node.leaf(),
        });
    }
    for node in record.children("licenseCondition") {
        node.attribute("startDate");
        all.push(Rights {
            uri: node.attribute_leaf("uri"),
            text: node.leaf(),
        });
    }
    all.truncate(MAX_ENTRIES);
    all
}

fn funding(node: &Node) -> Funding {
    let award = node.child("awardNumber");
    let mut others = Vec::new();
    others.extend(award.and_then(|award| award.any_leaf(&["awardURI", "awardUri"])));
    for name in ["awardTitle", "fundingStream", "awardURI"] {
        others.extend(node.leaves(name));
    }
    let id = node.child("funderIdentifier");
    if let Some(id) = id {
        id.attribute("funderIdentifierType");
    }
    Funding {
        funder: Organization {
            name: node.child("funderName").and_then(Node::leaf),
            id: id.and_then(Node::leaf),
        },
        award: award.and_then(Node::leaf),
        others,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn one(xml: &str) -> DataCite {
        let tree = tree::read(xml, &[]);
        read(tree.root.find(&is_record).expect("a resource"), &tree)
    }

    #[test]
    fn reads_datacite_in_its_wrapper() {
        let resource = one(
            r#"<oai_datacite xmlns="http://schema.datacite.org/oai/oai-1.1/"><schemaVersion>4.5</schemaVersion><payload>
            <resource xmlns="http://datacite.org/schema/kernel-4"><identifier identifierType="DOI">10.5555/z.1</identifier>
            <creators><creator><creatorName nameType="Personal">Roe, Ann</creatorName><givenName>Ann</givenName><familyName>Roe</familyName>
            <nameIdentifier nameIdentifierScheme="ORCID" schemeURI="https://orcid.org/">0000-0002-1825-0097</nameIdentifier>
            <affiliation affiliationIdentifier="https://ror.org/05a28rw58" affiliationIdentifierScheme="ROR">ETH</affiliation></creator></creators>
            <titles><title xml:lang="en">Seams</title><title titleType="Subtitle">a study</title></titles>
            <relatedItems><relatedItem relatedItemType="Journal" relationType="IsPublishedIn"><relatedItemIdentifier relatedItemIdentifierType="ISSN">2049-3630</relatedItemIdentifier>
            <titles><title>Journal of Seams</title></titles><volume>5</volume><firstPage>3</firstPage></relatedItem></relatedItems>
            <geoLocations><geoLocation><geoLocationPlace>Almaty</geoLocationPlace></geoLocation></geoLocations></resource></payload></oai_datacite>"#,
        );
        assert_eq!(resource.ids[0].leaf.value, "10.5555/z.1");
        let author = &resource.creators[0];
        assert_eq!(author.family.as_ref().unwrap().value, "Roe");
        assert_eq!(author.is_organization, Some(false));
        assert_eq!(
            author.affiliations[0].id.as_ref().unwrap().value,
            "https://ror.org/05a28rw58"
        );
        assert!(resource.titles[1].is(&["subtitle"]));
        let host = &resource.hosts[0];
        assert_eq!(host.titles[0].leaf.value, "Journal of Seams");
        assert_eq!(host.part.first.as_ref().unwrap().value, "3");
        let rest: Vec<&str> = resource
            .rest
            .iter()
            .map(|leaf| leaf.value.as_str())
            .collect();
        assert_eq!(rest, ["Almaty"]);
    }

    #[test]
    fn reads_openaire_with_and_without_lists() {
        let resource = one(
            r#"<oaire:resource xmlns:oaire="http://namespace.openaire.eu/schema/oaire/" xmlns:datacite="http://datacite.org/schema/kernel-4" xmlns:dc="http://purl.org/dc/elements/1.1/">
            <datacite:titles><datacite:title>Seams</datacite:title></datacite:titles><datacite:date dateType="Issued">2020</datacite:date>
            <dc:description>We study seams.</dc:description><oaire:resourceType resourceTypeGeneral="literature" uri="http://purl.org/coar/resource_type/c_6501">journal article</oaire:resourceType>
            <oaire:licenseCondition uri="https://creativecommons.org/licenses/by/4.0/" startDate="2020-01-01">CC BY</oaire:licenseCondition>
            <oaire:fundingReferences><oaire:fundingReference><oaire:funderName>EC</oaire:funderName><oaire:funderIdentifier funderIdentifierType="Crossref Funder ID">10.13039/501100000780</oaire:funderIdentifier>
            <oaire:awardNumber awardURI="https://cordis.europa.eu/1">660668</oaire:awardNumber></oaire:fundingReference></oaire:fundingReferences>
            <oaire:file accessRightsURI="http://purl.org/coar/access_right/c_abf2" mimeType="application/pdf" objectType="fulltext">https://x.org/1.pdf</oaire:file>
            <oaire:citationTitle>Journal of Seams</oaire:citationTitle><oaire:citationVolume>5</oaire:citationVolume><oaire:citationEdition>2</oaire:citationEdition></oaire:resource>"#,
        );
        assert_eq!(resource.dates[0].kind.as_deref(), Some("Issued"));
        let types: Vec<&str> = resource
            .types
            .iter()
            .map(|leaf| leaf.value.as_str())
            .collect();
        assert_eq!(
            types,
            [
                "http://purl.org/coar/resource_type/c_6501",
                "journal article",
                "literature"
            ]
        );
        let funding = &resource.funding[0];
        assert_eq!(funding.award.as_ref().unwrap().value, "660668");
        assert_eq!(funding.others[0].value, "https://cordis.europa.eu/1");
        assert_eq!(
            resource.files[0].media_type.as_deref(),
            Some("application/pdf")
        );
        assert_eq!(resource.part.volume.as_ref().unwrap().value, "5");
        assert_eq!(resource.rest[0].element, "citationEdition");
    }

    #[test]
    fn rejects_resources_of_other_formats() {
        let tree = tree::read("<resource><foo/></resource>", &[]);
        assert!(tree.root.find(&is_record).is_none());
    }
}
