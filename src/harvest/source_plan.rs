//! The plan for harvesting one source.

use crate::harvest::limits::RunBudget;
use crate::http::Credentials;

/// In place of metadataPrefixes: the best that the endpoint offers.
pub const BEST: &str = "best";

/// The plan for harvesting one source.
#[derive(Clone, Debug, Default)]
pub struct SourcePlan {
    /// Name, where one is given.
    pub name: Option<String>,
    /// Base URL of the endpoint.
    pub url: String,
    /// metadataPrefixes; the first decides whether an article is live. [`BEST`] alone: the richest offered beside
    /// `oai_dc`.
    pub prefixes: Vec<String>,
    /// What they mean for a source that has formats already.
    pub listed: ListedFormats,
    /// setSpecs; the whole repository when empty.
    pub sets: Vec<String>,
    /// The pattern of the identifiers of a source, with `*` for the part that differs, for caches that hold only parts
    /// of them.
    pub identifiers: Option<String>,
    /// The part of each list that is requested.
    pub extent: Extent,
    /// Keep bodies of pages that bring nothing new.
    pub keep_all: bool,
    /// Landing pages to fetch.
    pub enrich: Enrich,
    /// Bounds of the run.
    pub budget: RunBudget,
    /// Headers and credentials that the endpoint wants.
    pub credentials: Credentials,
    /// True if name and URL are those of the configuration, which may say that a source has moved.
    pub is_configured: bool,
}

/// What the prefixes of a plan mean for a source that has formats already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListedFormats {
    /// They are harvested beside those.
    #[default]
    Further,
    /// They are all: another one in the store is an error.
    All,
    /// They are a default for new sources: one that has formats keeps them.
    Default,
}

/// The part of each list that is requested: by default, what may have changed since the last harvest.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Extent {
    /// Only datestamps from here on.
    pub from: Option<String>,
    /// Only datestamps up to here.
    pub until: Option<String>,
    /// Everything again, whatever is known.
    pub full: bool,
    /// Find vanished records: a full list, and deleted what it does not hold.
    pub reconcile: bool,
    /// Where the server is not to be trusted with deletions, the same: a full list is due.
    pub full_list_due: bool,
    /// However much that is.
    pub allow_shrink: bool,
    /// Stop after about so many records of each list.
    pub limit: Option<u64>,
}

impl SourcePlan {
    /// Returns the metadataPrefixes, with the default where none is given.
    pub(super) fn wanted_prefixes(&self) -> Vec<String> {
        match self.prefixes.as_slice() {
            [] => vec!["oai_dc".to_owned()],
            named => named.to_vec(),
        }
    }

    /// Returns whether everything is listed again, whatever is known.
    pub(super) fn is_full(&self) -> bool {
        self.extent.full || self.extent.reconcile
    }
}

/// Which landing pages are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Enrich {
    /// None.
    #[default]
    None,
    /// Those of all live records.
    All,
    /// Those of these identifiers.
    Only(Vec<String>),
}

impl Enrich {
    /// Returns whether the landing page of a record is fetched.
    pub(super) fn wants(&self, identifier: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Only(identifiers) => identifiers.iter().any(|wanted| wanted == identifier),
        }
    }
}
