//! Articles straight from OAI-PMH XML, without a store.

use chrono::{DateTime, Utc};

use super::context::{FormatRecord, Item, SourceContext};
use super::normalize;
use super::profile_builder::ProfileBuilder;
use crate::article::{Article, Entry};
use crate::error::{Cause, Error, Result};
use crate::hex;
use crate::metadata::{self, oai_dc};
use crate::oai::{PageHead, ReadError, Record, read_page, read_record};

impl Entry {
    /// Normalizes every record of an OAI-PMH response (ListRecords, GetRecord). A lone `<record>` will do, and so will
    /// the metadata alone, such as one `<oai_dc:dc>` or `<article>`. The format is recognized by its elements.
    ///
    /// Ids derive from the OAI identifier alone here; in a [`Collection`](crate::Collection) they derive from the base
    /// URL too.
    ///
    /// # Errors
    /// When the XML cannot be read, even after repair, or holds neither a record nor metadata in a known format.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let page = std::fs::read("samples/ojs-3.4-cac/cac-listrecords-oai_dc-page1.xml")?;
    /// let entries = offprint::Entry::from_oai_xml(&page)?;
    /// assert_eq!(entries.len(), 100);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_oai_xml(xml: &[u8]) -> Result<Vec<Self>> {
        Ok(Self::of_items(&read(xml, None)?))
    }

    /// Does the same for records that were harvested with this metadataPrefix.
    ///
    /// # Errors
    /// As [`from_oai_xml`](Self::from_oai_xml).
    pub fn from_oai_xml_as(xml: &[u8], metadata_prefix: &str) -> Result<Vec<Self>> {
        Ok(Self::of_items(&read(xml, Some(metadata_prefix))?))
    }

    fn of_items(items: &[Item]) -> Vec<Self> {
        let mut builder = ProfileBuilder::default();
        for item in items {
            builder.add(item);
        }
        let context = SourceContext {
            profile: builder.finish(),
            ..SourceContext::default()
        };
        items.iter().map(|item| normalize(item, &context)).collect()
    }
}

impl Article {
    /// Normalizes one record: a GetRecord response, a lone `<record>`, or metadata alone, as
    /// [`Entry::from_oai_xml`] reads them.
    ///
    /// # Errors
    /// As [`Entry::from_oai_xml`], and when there is not exactly one live record.
    ///
    /// # Examples
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let response = std::fs::read("samples/ojs-3.4-cac/cac-getrecord-643-jats.xml")?;
    /// let article = offprint::Article::from_oai_xml(&response)?;
    /// assert_eq!(article.contributors[0].family.as_deref(), Some("BURNASHEV"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_oai_xml(xml: &[u8]) -> Result<Self> {
        let (mut live, mut deleted) = (Vec::new(), 0);
        for entry in Entry::from_oai_xml(xml)? {
            match entry {
                Entry::Live(article) => live.push(*article),
                Entry::Deleted(_) => deleted += 1,
            }
        }
        match live.pop() {
            Some(article) if live.is_empty() && deleted == 0 => Ok(article),
            last => Err(Error(Cause::NotOneRecord {
                live: live.len() + usize::from(last.is_some()),
                deleted,
            })),
        }
    }
}

/// Reads the records, in the format that is named, else in that of their elements. They count as received at the responseDate, else now.
fn read(xml: &[u8], named: Option<&str>) -> Result<Vec<Item>> {
    match read_page(xml) {
        Ok(page) => {
            let date = page
                .response_date
                .as_deref()
                .and_then(|date| date.parse().ok());
            let received = date.unwrap_or_else(Utc::now);
            let items = page.records.iter().map(|at| {
                let bytes = &xml[at.offset..at.offset + at.len];
                let record = read_record(bytes, &page.head)?;
                Ok(item(record, bytes, received, named))
            });
            items.collect()
        }
        Err(ReadError::NotOai { root }) => {
            let record = match read_record(xml, &PageHead::default()) {
                Err(ReadError::NoRecord) => bare_metadata(xml, root)?,
                record => record?,
            };
            Ok(vec![item(record, xml, Utc::now(), named)])
        }
        Err(error) => Err(error.into()),
    }
}

/// A record of metadata that stands alone.
fn bare_metadata(xml: &[u8], root: String) -> Result<Record> {
    let text = String::from_utf8_lossy(xml).into_owned();
    if metadata::read(&text).is_none() {
        return Err(ReadError::NotOai { root }.into());
    }
    Ok(Record {
        metadata: Some(text),
        ..Record::default()
    })
}

fn item(record: Record, bytes: &[u8], fetched_at: DateTime<Utc>, named: Option<&str>) -> Item {
    Item {
        identifier: record.header.identifier.clone(),
        records: vec![FormatRecord {
            metadata_prefix: named.unwrap_or_else(|| prefix(&record)).to_owned(),
            record,
            fetched_at,
            sha256: hex::sha256(bytes),
        }],
    }
}

/// The usual metadataPrefix of what a record holds.
fn prefix(record: &Record) -> &'static str {
    let Some(text) = record.metadata.as_deref() else {
        return "oai_dc";
    };
    if oai_dc::read_plain(text).is_some() {
        return "oai_dc";
    }
    metadata::read(text).map_or("oai_dc", |metadata| metadata.usual_prefix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_lone_record_and_metadata_alone() {
        let dc = "<oai_dc:dc><dc:title>A Title</dc:title></oai_dc:dc>";
        let record = format!(
            "<record><header><identifier>oai:a:1</identifier><datestamp>2024-01-01</datestamp></header>\
             <metadata>{dc}</metadata></record>"
        );
        for xml in [dc, &record] {
            let article = Article::from_oai_xml(xml.as_bytes()).unwrap();
            assert_eq!(article.titles[0].value, "A Title", "{xml}");
        }
    }

    #[test]
    fn rejects_several_records_and_other_xml() {
        let deleted =
            "<record><header status='deleted'><identifier>oai:a:1</identifier></header></record>";
        let error = Article::from_oai_xml(deleted.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected one live record, found 0 live and 1 deleted"
        );
        assert!(Article::from_oai_xml(b"<html><body/></html>").is_err());
        assert!(Article::from_oai_xml(b"").is_err());
    }
}
