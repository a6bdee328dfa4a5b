//! Named repairs: what a page needs before an XML reader takes it. The bytes as received stay as they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Kinds of repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Repair {
    /// Text stood before the XML declaration.
    JunkBeforeProlog,
    /// A byte-order mark stood before it.
    ByteOrderMark,
    /// A control character that XML 1.0 forbids was dropped.
    ControlCharacter,
    /// A reference to a forbidden character, such as `&#8;`, was dropped.
    ControlReference,
    /// Bytes that are not of the encoding were replaced by U+FFFD.
    BadEncoding,
    /// The encoding is not the one declared; the one found was taken.
    Mislabelled,
    /// A named HTML entity that XML does not know was resolved.
    UndeclaredEntity,
    /// An ampersand that begins no reference was escaped.
    BareAmpersand,
    /// A less-than sign that begins no tag, or a tag that opens or closes nothing, was escaped.
    BareLessThan,
    /// An XML declaration or DOCTYPE inside the document was dropped.
    NestedProlog,
    /// A resumptionToken beside the element of its list was read as if it stood in it.
    MisplacedToken,
}

/// Repairs and how often each was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Repairs(pub BTreeMap<Repair, u32>);

impl Repairs {
    /// Counts one.
    pub fn note(&mut self, repair: Repair) {
        *self.0.entry(repair).or_insert(0) += 1;
    }

    /// Counts those of another too.
    pub fn merge(&mut self, other: &Self) {
        for (repair, count) in &other.0 {
            *self.0.entry(*repair).or_insert(0) += count;
        }
    }

    /// Returns whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
