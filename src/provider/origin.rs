//! Where a record came from before its source had it: the provenance that the source itself gave with it.

use std::fmt::Write as _;

use super::response::{leaf, seconds};
use crate::metadata::tree::{self, Node};
use crate::oai::{Datestamp, standalone_record};
use crate::store::StoredRecord;

/// Nested origins that are written.
const MAX_DEPTH: usize = 8;
/// The values that an origin has to have, in the order of its schema.
const VALUES: [&str; 4] = ["baseURL", "identifier", "datestamp", "metadataNamespace"];

/// The `originDescription` in a record's own `about`, with those inside it; empty if there is none that is whole.
pub(crate) fn upstream(record: &StoredRecord) -> String {
    if memchr::memmem::find(&record.raw, b"originDescription").is_none() {
        return String::new();
    }
    let Ok(whole) = standalone_record(&record.raw, &record.head) else {
        return String::new();
    };
    let read = tree::read(&whole.record, &["metadata"]);
    let mut xml = String::new();
    if let Some(about) = read.root.find(&|node| node.is("provenance")) {
        describe(&mut xml, about, MAX_DEPTH);
    }
    xml
}

/// Writes the description right inside a node.
fn describe(xml: &mut String, around: &Node, depth: usize) {
    let Some(origin) = around.child("originDescription").filter(|_| depth > 0) else {
        return;
    };
    let [Some(url), Some(identifier), Some(stamp), Some(namespace)] =
        VALUES.map(|name| origin.text_of(name))
    else {
        return;
    };
    let harvested = origin.attribute("harvestDate").and_then(Datestamp::parse);
    let (Some(harvested), Some(stamp)) = (harvested, Datestamp::parse(&stamp)) else {
        return;
    };
    // Unless it is said to be as it was, it may have been changed.
    let altered = !matches!(origin.attribute("altered"), Some("false" | "0"));
    let _ = writeln!(
        xml,
        "<originDescription harvestDate=\"{}\" altered=\"{altered}\">",
        seconds(harvested.time)
    );
    let stamp = stamp.granularity.format(stamp.time);
    for (name, value) in VALUES
        .into_iter()
        .zip([&url, &identifier, &stamp, &namespace])
    {
        leaf(xml, name, value);
    }
    describe(xml, origin, depth - 1);
    xml.push_str("</originDescription>\n");
}
