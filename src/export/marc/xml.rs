//! MARCXML (`MARC21slim`). Blanks count in it, so nothing is indented inside a value or collapsed.

use std::fmt::Write as _;

use super::record::Record;
use crate::export::xml::escape;

pub(super) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
     <collection xmlns=\"http://www.loc.gov/MARC21/slim\">\n";
pub(super) const TAIL: &str = "</collection>\n";

/// One `<record>`.
pub(super) fn write(record: &Record) -> String {
    let mut out = String::from("<record>\n  <leader>");
    escape(&mut out, &record.leader);
    out.push_str("</leader>\n");
    for (tag, value) in &record.control {
        let _ = write!(out, "  <controlfield tag=\"{tag}\">");
        escape(&mut out, value);
        out.push_str("</controlfield>\n");
    }
    for field in &record.data {
        let (first, second) = field.indicators.split_at(1);
        let _ = writeln!(
            out,
            "  <datafield tag=\"{}\" ind1=\"{first}\" ind2=\"{second}\">",
            field.tag
        );
        for (code, value) in &field.subfields {
            let _ = write!(out, "    <subfield code=\"{code}\">");
            escape(&mut out, value);
            out.push_str("</subfield>\n");
        }
        out.push_str("  </datafield>\n");
    }
    out.push_str("</record>\n");
    out
}
