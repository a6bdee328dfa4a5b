//! The frame of a page.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::markup::esc;

/// The style of the report, the report card and the pages of `serve`.
pub(crate) const STYLE: &str = include_str!("style.css");

/// Begins a page, as far as its body.
pub(super) fn page_start(out: &mut String, title: &str) {
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">To the figures</a>\n",
        esc(title)
    );
}

/// Ends a page.
pub(super) fn page_end(out: &mut String) {
    out.push_str("</body>\n</html>\n");
}

/// Cells of one row.
pub(super) fn cells<const N: usize>(cells: [String; N]) -> Vec<Cow<'static, str>> {
    cells.map(Cow::Owned).into()
}
