//! Identify, ListMetadataFormats and ListSets.

use std::fmt::Write as _;

use super::response::{Content, leaf, seconds};
use super::{Provider, Refused, identifier, refuse};
use crate::oai::ErrorCode;
use crate::store::Time;

impl Provider {
    pub(super) async fn identify(&self, response_date: Time) -> Result<Content, Refused> {
        let earliest = self
            .store
            .earliest_change()
            .await?
            .unwrap_or(response_date)
            .min(response_date);
        let mut xml = String::new();
        leaf(&mut xml, "repositoryName", &self.settings.name);
        leaf(&mut xml, "baseURL", &self.settings.base_url);
        leaf(&mut xml, "protocolVersion", "2.0");
        for email in &self.settings.emails {
            leaf(&mut xml, "adminEmail", email);
        }
        leaf(&mut xml, "earliestDatestamp", &seconds(earliest));
        leaf(&mut xml, "deletedRecord", "persistent");
        leaf(&mut xml, "granularity", "YYYY-MM-DDThh:mm:ssZ");
        leaf(&mut xml, "compression", "gzip");
        leaf(&mut xml, "compression", "zstd");
        let sample = identifier::write(
            &self.repository,
            "journal",
            "oai:journal.example.org:article/1",
        );
        let _ = write!(
            xml,
            "<description>\n<oai-identifier xmlns=\"http://www.openarchives.org/OAI/2.0/oai-identifier\" \
             xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/oai-identifier \
             http://www.openarchives.org/OAI/2.0/oai-identifier.xsd\">\n\
             <scheme>oai</scheme>\n<repositoryIdentifier>{}</repositoryIdentifier>\n<delimiter>:</delimiter>\n\
             <sampleIdentifier>{sample}</sampleIdentifier>\n</oai-identifier>\n</description>\n",
            self.repository,
        );
        Ok(Content::new("Identify", xml))
    }

    pub(super) async fn formats(&self, identifier: Option<&str>) -> Result<Content, Refused> {
        let collection = self.collection().await?;
        let formats = match identifier {
            None => collection.formats.iter().collect(),
            Some(identifier) => match self.change(&collection, identifier).await? {
                None => {
                    return refuse(
                        ErrorCode::IdDoesNotExist,
                        "unknown identifier in this repository",
                    );
                }
                Some(change) => self.formats_of(&collection, &change).await?,
            },
        };
        if formats.is_empty() {
            return refuse(ErrorCode::NoMetadataFormats, "the item was withdrawn");
        }
        let mut xml = String::new();
        for format in formats {
            xml.push_str("<metadataFormat>\n");
            leaf(&mut xml, "metadataPrefix", &format.prefix);
            leaf(&mut xml, "schema", &format.schema);
            leaf(&mut xml, "metadataNamespace", &format.namespace);
            xml.push_str("</metadataFormat>\n");
        }
        Ok(Content::new("ListMetadataFormats", xml))
    }

    /// All sets at once: there is no token to go on with, and none is known.
    pub(super) async fn sets(&self, token: Option<&str>) -> Result<Content, Refused> {
        if token.is_some() {
            return refuse(ErrorCode::BadResumptionToken, "lists of sets come whole");
        }
        let collection = self.collection().await?;
        if collection.sets.is_empty() {
            return refuse(ErrorCode::NoSetHierarchy, "this repository has no sets yet");
        }
        let mut xml = String::new();
        for (spec, set) in &collection.sets {
            xml.push_str("<set>\n");
            leaf(&mut xml, "setSpec", spec);
            leaf(&mut xml, "setName", &set.name);
            xml.push_str("</set>\n");
        }
        Ok(Content::new("ListSets", xml))
    }
}
