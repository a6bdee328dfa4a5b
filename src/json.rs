//! JSON in one piece.

mod writer;

use serde::Serialize;

use writer::Writer;

/// More than most articles come to.
const USUAL: usize = 8 << 10;

/// A value as JSON, on one line.
///
/// Errors: of the value's own serialization.
pub(crate) fn line(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = Vec::with_capacity(USUAL);
    value.serialize(Writer(&mut line))?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Every kind of value that serde has.
    #[derive(Serialize)]
    enum Kinds {
        Unit,
        Newtype(Option<f64>),
        Tuple(u8, char),
        Struct {
            by_number: BTreeMap<i64, bool>,
            text: String,
            rest: (bool, Wrapped, Empty),
        },
    }

    #[derive(Serialize)]
    struct Wrapped(i128);

    #[derive(Serialize)]
    struct Empty;

    fn kinds(text: &str) -> [Kinds; 5] {
        [
            Kinds::Unit,
            Kinds::Newtype(Some(-0.1)),
            Kinds::Newtype(None),
            Kinds::Tuple(7, '"'),
            Kinds::Struct {
                by_number: [(-3, true), (4, false)].into(),
                text: text.to_owned(),
                rest: (true, Wrapped(1), Empty),
            },
        ]
    }

    #[test]
    fn as_serde_writes_it() {
        let value =
            serde_json::json!({ "a": ["", "é\"\n", 1, -2.5e30, null, false], "b": {}, "\\": [] });
        assert_eq!(line(&value).unwrap(), serde_json::to_vec(&value).unwrap());
        let value = kinds("a");
        assert_eq!(line(&value).unwrap(), serde_json::to_vec(&value).unwrap());
    }

    proptest::proptest! {
        #[test]
        fn escapes_as_serde_does(text in r#"([ -~é]{0,20}|["\\/]|[\x00-\x1f\x7f]|\PC|\u{2028}){0,12}"#) {
            let value = kinds(&text);
            proptest::prop_assert_eq!(line(&value).unwrap(), serde_json::to_vec(&value).unwrap());
        }
    }
}
