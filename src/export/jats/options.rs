//! Which JATS is written.

use crate::export::named_values::{NamedValues, named_values};

named_values! {
    /// Tag set of the DOCTYPE.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum TagSet {
        #[default]
        Auto = "auto", "Publishing where the article has what that demands, else Archiving";
        Publishing = "publishing", "Journal Publishing (blue)";
        Archiving = "archiving", "Journal Archiving and Interchange (green)";
    }
}

named_values! {
    /// Version of JATS.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
    pub enum Version {
        V1_1 = "1.1", "Z39.96-2015";
        V1_2 = "1.2", "Z39.96-2019";
        #[default]
        V1_3 = "1.3", "Z39.96-2021";
        V1_4 = "1.4", "Z39.96-2024";
    }
}

named_values! {
    /// The preferred JATS: the server's own or the one written here.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Prefer {
        #[default]
        Own = "own", "Made from the canonical article";
        Native = "native", "The server's, unchanged, where it is valid";
    }
}

impl Version {
    /// Returns the version as `dtd-version` has it.
    pub fn as_str(self) -> &'static str {
        self.name()
    }
}

/// Which JATS to write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JatsOptions {
    /// Tag set.
    pub tag_set: TagSet,
    /// Version.
    pub version: Version,
    /// Hands the server's own JATS on, unchanged, where it is valid.
    pub prefer_native: bool,
}
