//! The protocol, OAI-PMH 2.0: requests, responses, errors, datestamps, and the reader of pages.
//!
//! Section numbers in this module are those of the
//! [specification](https://www.openarchives.org/OAI/openarchivesprotocol.html).

pub mod datestamp;
mod decode;
pub mod error;
pub mod identify;
pub mod ojs;
pub mod page;
mod plain;
pub mod reader;
pub mod record;
mod reference;
pub mod repair;
mod repair_text;
pub mod request;
mod rewrite;
mod standalone;
pub mod token;

pub use datestamp::{Datestamp, Granularity};
pub use error::{ErrorCode, ProtocolError};
pub use identify::{DeletedRecord, Identify, Software};
pub use ojs::JournalPath;
pub use page::{ListEnd, MetadataFormat, Page, PageHead, ReadError, RecordRef, Set};
pub use reader::{read_page, read_page_as};
pub use record::{Header, Record, read_record};
pub use repair::{Repair, Repairs};
pub(crate) use repair_text::{all_xml_chars, is_xml_char, parse_char_reference};
pub use request::{ListArgs, Request, Verb};
pub use standalone::{StandaloneRecord, standalone_record};
pub use token::ResumptionToken;
pub(crate) use token::token_at_end;
