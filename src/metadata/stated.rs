//! Values that the readers of structured formats return: texts, people and identifiers, each under the name of its
//! element.

pub(crate) use super::leaf::Leaf;
use super::tree::Node;

/// A value and what its format calls its kind: the `titleType` of DataCite, the `qualifier` of DIM.
#[must_use = "a stated value goes into a field, among the unmapped values, or into a finding"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Typed {
    /// As received.
    pub(crate) kind: Option<String>,
    /// The value.
    pub(crate) leaf: Leaf,
}

impl Typed {
    /// The value of an element, its kind by an attribute; `None` where the element is empty.
    pub(crate) fn of(node: &Node, kind: &str) -> Option<Self> {
        let kind = node.attribute(kind).map(str::to_owned);
        node.leaf().map(|leaf| Self { kind, leaf })
    }

    /// Returns whether it is of one of these kinds; case does not count.
    pub(crate) fn is(&self, kinds: &[&str]) -> bool {
        self.kind.as_deref().is_some_and(|kind| {
            kinds
                .iter()
                .any(|known| known.eq_ignore_ascii_case(kind.trim()))
        })
    }
}

/// An organisation that somebody belongs to, or that pays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Organization {
    /// The name.
    pub(crate) name: Option<Leaf>,
    /// The identifier: a ROR id, an ISNI, a funder id of Crossref; as received.
    pub(crate) id: Option<Leaf>,
}

/// A person or an organisation that has to do with the article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agent {
    /// The role in the format's words: `Editor`, `advisor`; none for an author.
    pub(crate) role: Option<String>,
    /// True if the format says that it is an organisation.
    pub(crate) is_organization: Option<bool>,
    /// The name as a whole.
    pub(crate) whole: Option<Leaf>,
    /// The family name.
    pub(crate) family: Option<Leaf>,
    /// The given names.
    pub(crate) given: Option<Leaf>,
    /// `Jr.`, `III`
    pub(crate) suffix: Option<Leaf>,
    /// The name in English, where the format has a place for it.
    pub(crate) english: Option<Leaf>,
    /// Identifiers, their scheme as the kind.
    pub(crate) ids: Vec<Typed>,
    /// Where the person works.
    pub(crate) affiliations: Vec<Organization>,
}

/// Where in a journal the article stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct InJournal {
    /// Title of the journal.
    pub(crate) title: Option<Leaf>,
    /// The publisher.
    pub(crate) publisher: Option<Leaf>,
    /// Volume.
    pub(crate) volume: Option<Leaf>,
    /// Issue.
    pub(crate) issue: Option<Leaf>,
    /// First page.
    pub(crate) first_page: Option<Leaf>,
    /// Last page.
    pub(crate) last_page: Option<Leaf>,
}

/// Texts about the article in their languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// Titles.
    pub(crate) titles: Vec<Leaf>,
    /// Abstracts.
    pub(crate) abstracts: Vec<Leaf>,
    /// Keywords.
    pub(crate) keywords: Vec<Leaf>,
}

/// A value that a reader has no field for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remainder {
    /// Values of elements and attributes that were not read.
    pub(crate) leaves: Vec<Leaf>,
    /// Why the rest could not be read, when it could not.
    pub(crate) unread: Option<String>,
}

/// A file of the article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// The address.
    pub(crate) url: Leaf,
    /// The media type, as received.
    pub(crate) media_type: Option<String>,
}

/// The elements called `item`, right below a record and in lists called `list`, in document order.
pub(crate) fn listed<'a>(record: &'a Node, list: &str, item: &'a str) -> Vec<&'a Node> {
    let mut items = Vec::new();
    for node in record.elements() {
        if node.is(item) {
            items.push(node);
        } else if node.is(list) {
            items.extend(node.children(item));
        }
    }
    items
}
