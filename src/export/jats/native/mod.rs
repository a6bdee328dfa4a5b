//! The server's own JATS, passed on where it is valid.
//!
//! Valid means: by the JATS Archiving DTD 1.4, of which all tag sets and versions of JATS for journals are part.
//! Nothing of the article is changed but the declarations of namespaces on its root: those that stood further out and
//! are used come along, and a default one goes, because JATS has none and OJS writes one all the same. NLM's own DTDs,
//! from before JATS, are another matter and are not passed on.

mod model;
mod valid;

pub use valid::validate;

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::export::format::EntryRef;
use crate::oai::standalone_record;

/// Most bytes of an article that is looked at.
const MAX_BYTES: usize = 32 << 20;

/// The `<article>` of the first of the item's records that is valid JATS.
pub(super) fn article(entry: EntryRef<'_>) -> Option<String> {
    let identifier = &entry.entry.provenance().oai_identifier;
    entry
        .records
        .iter()
        .filter(|record| record.raw.len() <= MAX_BYTES)
        .find_map(|record| {
            let metadata = standalone_record(&record.raw, &record.head)
                .ok()
                .filter(|whole| !whole.deleted)?
                .metadata?;
            let article = standing_alone(metadata.trim())?;
            match validate(&article) {
                Ok(()) => Some(article),
                Err(reason) => {
                    let prefix = &record.metadata_prefix;
                    tracing::debug!(%identifier, %prefix, %reason, "its own JATS is not valid");
                    None
                }
            }
        })
}

/// An article with the namespaces it uses and no default one; none when its root is no `<article>` of JATS.
fn standing_alone(metadata: &str) -> Option<String> {
    let mut reader = Reader::from_str(metadata);
    let tag = loop {
        match reader.read_event().ok()? {
            Event::Start(tag) => break tag,
            Event::Comment(_) | Event::Text(_) => {}
            _ => return None,
        }
    };
    if tag.name().as_ref() != "article" {
        return None;
    }
    let end = usize::try_from(reader.buffer_position()).ok()?;
    let rest = metadata.get(end..)?;
    let mut out = String::with_capacity(metadata.len());
    out.push_str("<article");
    let mut own = String::new();
    for attribute in tag.attributes() {
        let attribute = attribute.ok()?;
        let key: &str = attribute.key.as_ref();
        if key == "xmlns" {
            let known = ["jats", "nlm.nih.gov", "openarchives.org/OAI/2.0"];
            if !attribute.value.is_empty()
                && !known.iter().any(|part| attribute.value.contains(part))
            {
                return None;
            }
            continue;
        }
        let written = format!(" {key}=\"{}\"", attribute.value.replace('"', "&quot;"));
        match key.strip_prefix("xmlns:") {
            // Declared around the record for others.
            Some(prefix) if !uses(rest, prefix) && !uses_on(&tag, prefix) => {}
            Some(_) => out.push_str(&written),
            None => own.push_str(&written),
        }
    }
    out.push_str(&own);
    out.push('>');
    out.push_str(rest);
    Some(out)
}

/// Returns whether a name with this prefix may stand in a text.
fn uses(text: &str, prefix: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), format!("{prefix}:").as_bytes()).is_some()
}

fn uses_on(tag: &quick_xml::events::BytesStart<'_>, prefix: &str) -> bool {
    let mut attributes = tag.attributes();
    let mut attributes = attributes.with_checks(false).flatten();
    attributes.any(|attribute| {
        let key: &str = attribute.key.as_ref();
        key.strip_prefix(prefix)
            .is_some_and(|rest| rest.starts_with(':'))
    })
}
