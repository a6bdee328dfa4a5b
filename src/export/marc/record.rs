//! A MARC record: leader, control fields, data fields.

use crate::export::fields;

/// One record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    /// 24 characters; the lengths in it are blank, for the writer to fill.
    pub(super) leader: String,
    /// Fields 001 to 009.
    pub(super) control: Vec<(&'static str, String)>,
    /// The other fields.
    pub(super) data: Vec<Field>,
}

/// A data field: tag, two indicators, subfields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) tag: &'static str,
    /// Two ASCII characters.
    pub(super) indicators: &'static str,
    /// Code and value; values are clean and not blank.
    pub(super) subfields: Vec<(char, String)>,
}

impl Field {
    pub(super) fn new(tag: &'static str, indicators: &'static str) -> Self {
        Self {
            tag,
            indicators,
            subfields: Vec::new(),
        }
    }

    /// Adds a subfield, cleaned; a blank value adds none.
    #[must_use]
    pub(super) fn with(mut self, code: char, value: impl AsRef<str>) -> Self {
        self.subfields
            .extend(fields::text(value.as_ref()).map(|value| (code, value)));
        self
    }

    /// The same of a value that may be missing.
    #[must_use]
    pub(super) fn maybe(self, code: char, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.with(code, value),
            None => self,
        }
    }

    /// Ends the last subfield with a mark. A final stop may be any mark that ends a sentence; a comma stands after the
    /// stop of an initial or an abbreviation too (`Doe, J. Q., $e author`).
    #[must_use]
    pub(super) fn ended(mut self, mark: char) -> Self {
        let stands_in: &[char] = match mark {
            '.' => &['.', '?', '!'],
            _ => &[','],
        };
        if let Some((_, value)) = self.subfields.last_mut()
            && !value.ends_with(stands_in)
        {
            value.push(mark);
        }
        self
    }

    /// Puts a link to another field, $6, before the other subfields.
    #[must_use]
    pub(super) fn linked(mut self, link: String) -> Self {
        self.subfields.insert(0, ('6', link));
        self
    }

    /// Length in ISO 2709, bytes: indicators, subfields with their delimiters, field terminator.
    pub(super) fn len(&self) -> usize {
        2 + self
            .subfields
            .iter()
            .map(|(_, value)| 2 + value.len())
            .sum::<usize>()
            + 1
    }
}

impl Record {
    /// Adds a field; one without subfields is none.
    pub(super) fn push(&mut self, field: Field) {
        if !field.subfields.is_empty() {
            self.data.push(field);
        }
    }

    /// Puts the fields in the order of their tags, and equal tags in the order they came.
    pub(super) fn sort(&mut self) {
        self.data.sort_by_key(|field| field.tag);
    }
}
