//! Sources that fail, as the report and the pages of `serve` show them.

use std::fmt::Write as _;

use super::markup::{bdi, esc, number};
use crate::report::FailingSource;

/// Writes some failing sources with the reasons, each under the name that is given for it.
pub(crate) fn failing_list(
    out: &mut String,
    all: &[&FailingSource],
    most: usize,
    name: impl Fn(&FailingSource) -> String,
) {
    out.push_str("<dl>\n");
    for one in all.iter().take(most) {
        let _ = write!(out, "<dt>{}</dt><dd>", name(one));
        reasons(out, one);
        out.push_str("</dd>\n");
    }
    out.push_str("</dl>\n");
    if all.len() > most {
        let _ = writeln!(
            out,
            "<p class=\"soft\">And {} more: <code>offprint status --failing</code></p>",
            number((all.len() - most) as u64)
        );
    }
}

/// Writes why a source fails, as a paragraph of its own.
pub(crate) fn failing_paragraph(out: &mut String, one: &FailingSource) {
    out.push_str("<p><b class=\"attend\">Failing:</b> ");
    reasons(out, one);
    out.push_str("</p>\n");
}

/// Writes why a source fails, how often, and when it is tried again.
fn reasons(out: &mut String, one: &FailingSource) {
    let _ = write!(
        out,
        "{}<br/><span class=\"soft\">{}</span>",
        bdi(&one.reason()),
        esc(&one.tries())
    );
}
