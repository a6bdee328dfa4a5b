//! What one record says of an article: the partial result of a crosswalk, before [merging](super::merge).

use crate::article::{Article, Code, Finding, Provenance, Unmapped};

/// An article as far as one format describes it.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    /// metadataPrefix of the format.
    pub(crate) format: String,
    /// Fields as far as given. Its id is empty, and its provenance holds nothing but `fields`.
    pub(crate) article: Article,
}

impl Description {
    pub(crate) fn new(format: &str) -> Self {
        Self { format: format.to_owned(), article: Article::new(String::new(), Provenance::default()) }
    }

    /// Notes which element a field came from: `came_from("volume", "source")` gives `oai_dc:source`. The
    /// first element that filled a field keeps it.
    pub(crate) fn came_from(&mut self, field: &str, element: &str) {
        let origin = format!("{}:{element}", self.format);
        self.article.provenance.fields.entry(field.to_owned()).or_insert(origin);
    }

    /// Notes a finding, once.
    pub(crate) fn found(&mut self, code: Code, field: &str, raw: &str) {
        let finding = Finding { code, field: field.to_owned(), raw: raw.to_owned() };
        if !self.article.findings.contains(&finding) {
            self.article.findings.push(finding);
        }
    }

    /// Keeps a value that no field takes.
    pub(crate) fn keep(&mut self, element: &str, lang: Option<&str>, value: &str) {
        let unmapped = Unmapped {
            element: element.to_owned(),
            lang: lang.map(str::to_owned),
            value: value.trim().to_owned(),
        };
        if !unmapped.value.is_empty() && !self.article.unmapped.contains(&unmapped) {
            self.article.unmapped.push(unmapped);
        }
    }
}
