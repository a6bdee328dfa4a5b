//! setSpecs.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text_value;

/// Longest setSpec, bytes.
const MAX: usize = 500;

/// A setSpec as the server writes it: older versions of OJS percent-encode theirs, and some servers list sets with
/// blanks, which the standard does not allow (OAI-PMH 2.0, section 2.6).
///
/// ```
/// use offprint::internals::values::SetSpec;
///
/// assert!("journal:ART".parse::<SetSpec>().is_ok());
/// assert!(" ".parse::<SetSpec>().is_err());
/// assert!(SetSpec::holds("journal", "journal:ART"));
/// assert!(!SetSpec::holds("journal", "journal2"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SetSpec(String);

text_value!(SetSpec);

impl SetSpec {
    /// Returns whether `spec` is the set `of` or one of its subsets.
    pub fn holds(of: &str, spec: &str) -> bool {
        spec.strip_prefix(of)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }
}

impl FromStr for SetSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if !text.trim().is_empty() && text.len() <= MAX && !text.contains(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a setSpec is not empty, such as journal:ART".to_owned())
        }
    }
}

impl TryFrom<String> for SetSpec {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
