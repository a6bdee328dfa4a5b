//! People and organisations behind an article.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The role of a contributor.
// The first ones say most of the text.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Wrote it, or is named as creator without more.
    #[default]
    Author,
    /// Edited it.
    Editor,
    /// Translated it.
    Translator,
    /// Supervised the thesis.
    Advisor,
    /// Reviewed or refereed it.
    Reviewer,
    /// Drew or photographed for it.
    Illustrator,
    /// Compiled it.
    Compiler,
    /// Named as contributor without more.
    Contributor,
}

/// The kind of a contributor: person or organization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ContributorKind {
    /// A person: `family`, `given` or both are set.
    Person,
    /// An organisation: only `raw` is set.
    Organization,
    /// Not stated by the source, and not visible in the name.
    #[default]
    Unknown,
}

/// Where a contributor works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Affiliation {
    /// Institution, as printed; absent where the source gives an identifier alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// ROR id, as a full https URL.
    #[schemars(regex(pattern = r"^https://ror\.org/"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ror: Option<String>,
    /// Country, ISO 3166-1 alpha-2, where the source states it in an element of its own.
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// The affiliation as received, where it says more than `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
}

impl Affiliation {
    /// An affiliation of which the name alone is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..Self::default()
        }
    }
}

/// The same name in another language or script.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct NameVariant {
    /// BCP 47 tag, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = super::LANG))]
    pub lang: Option<String>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Given names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// The name as received.
    pub raw: String,
}

/// One author, editor, translator or contributing body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Contributor {
    /// The role.
    pub role: Role,
    /// Roles of the CRediT taxonomy (ANSI/NISO Z39.104-2022), as the last segment of their URIs:
    /// `writing-original-draft`.
    pub credit: Vec<String>,
    /// Person or organisation.
    pub kind: ContributorKind,
    /// Family name, where the source splits it from the given names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    /// Given names; the only name of a person with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    /// `Jr.`, `III` …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
    /// The name as received.
    pub raw: String,
    /// ORCID iD, as a full https URL.
    #[schemars(regex(
        pattern = r"^https://orcid\.org/[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X]$"
    ))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orcid: Option<String>,
    /// True if the source says that the contributor confirmed the ORCID iD.
    #[serde(default, skip_serializing_if = "is_false")]
    pub orcid_authenticated: bool,
    /// True if the source names this contributor for correspondence.
    #[serde(default, skip_serializing_if = "is_false")]
    pub corresponding: bool,
    /// Affiliations.
    pub affiliations: Vec<Affiliation>,
    /// The name in other languages; empty when there is but one.
    pub variants: Vec<NameVariant>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that `skip_serializing_if` calls"
)]
fn is_false(value: &bool) -> bool {
    !*value
}
