//! Values with one rule each: parsed once, then passed on as a type.
//!
//! | type | source of its rule |
//! |---|---|
//! | [`Doi`] | ISO 26324, DOI Handbook |
//! | [`Issn`] | ISO 3297 |
//! | [`Orcid`] | ISO 27729, with ISO 7064 MOD 11-2 |
//! | [`Ror`] | ROR schema 2.0 |
//! | [`LanguageTag`] | RFC 5646 |
//! | [`SetSpec`] | OAI-PMH 2.0, §2.6 |
//! | [`DisplaySafeUrl`] | RFC 3986; secrets by the names of arguments |
//!
//! The fields of the article hold the text of these types. Whoever reads one that others may have written, such as an
//! exporter, goes through the type.

mod doi;
mod issn;
mod language_tag;
mod orcid;
mod ror;
mod safe_url;
mod set_spec;
mod text;

pub use doi::Doi;
pub use issn::Issn;
pub use language_tag::LanguageTag;
pub use orcid::Orcid;
pub use ror::Ror;
pub use safe_url::DisplaySafeUrl;
pub use set_spec::SetSpec;
pub(crate) use text::{percent_decoded, strip_ignoring_case, without_scheme};

/// Gives a type over a text its common traits: it is read as `&str`, compared with `&str`, shown and turned into text.
macro_rules! text_value {
    ($name:ident) => {
        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, other: &String) -> bool {
                self.0 == *other
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
use text_value;
