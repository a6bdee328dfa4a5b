//! The codes of findings, with their meaning.

use std::sync::LazyLock;

use schemars::schema_for;
use serde::Serialize;
use serde_json::Value;

use crate::article::{Code, Severity};

/// A code and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CodeInfo {
    /// The code, as in `findings` of the export.
    pub code: String,
    /// The meaning, in one or two sentences.
    pub meaning: String,
}

/// Returns what a code means; blank for one that is not known.
pub(crate) fn meaning(code: &str) -> &'static str {
    static CODES: LazyLock<Vec<CodeInfo>> = LazyLock::new(codes);
    let known = CODES.iter().find(|info| info.code == code);
    known.map_or("", |info| &*info.meaning)
}

/// All codes, in the order of [`Code`]: read off its schema, so that none is left out.
pub fn codes() -> Vec<CodeInfo> {
    let schema = schema_for!(Code);
    let variants = schema.get("oneOf").and_then(Value::as_array);
    let text =
        |variant: &Value, key: &str| variant[key].as_str().unwrap_or_default().replace('\n', " ");
    variants
        .into_iter()
        .flatten()
        .map(|variant| CodeInfo {
            code: text(variant, "const"),
            meaning: text(variant, "description"),
        })
        .collect()
}

/// Returns the severity of findings of a code, by its name; `None` for a code that this version does not know.
pub fn severity(name: &str) -> Option<Severity> {
    let code: Code = serde_json::from_value(Value::String(name.to_owned())).ok()?;
    Some(code.severity())
}

/// The name of a code.
pub fn code_name(code: Code) -> String {
    match serde_json::to_value(code) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_and_a_meaning() {
        let codes = codes();
        assert!(
            codes
                .iter()
                .all(|info| !info.code.is_empty() && info.meaning.ends_with('.')),
            "{codes:?}"
        );
        assert_eq!(codes.first().map(|info| &*info.code), Some("repaired-xml"));
        for code in [Code::RepairedXml, Code::AmbiguousIssn, Code::Unmapped] {
            assert!(codes.iter().any(|info| info.code == code_name(code)));
        }
    }
}
