//! Metadata formats as received, one file each. A reader takes a record's metadata apart into the
//! format's own terms and judges nothing; the crosswalk to the article is [`crate::normalize`].

pub mod landing_page;
pub mod oai_dc;
mod xml;

pub(crate) use xml::is_xml_char;

/// metadataPrefixes of the formats that are read.
pub const READ: &[&str] = &["oai_dc"];
