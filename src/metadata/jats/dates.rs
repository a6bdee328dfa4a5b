//! Dates of JATS.

use super::PubDate;
use crate::metadata::tree::Node;

/// A date in elements, right in the node or in its `string-date`; else by its attribute; else in words.
pub(super) fn pub_date(node: &Node) -> PubDate {
    let printed = node.child("string-date");
    let parts = [Some(node), printed].into_iter().flatten();
    let holder = parts.into_iter().find(|node| node.child("year").is_some());
    let iso = [Some(node), printed]
        .into_iter()
        .flatten()
        .find_map(|node| node.attribute("iso-8601-date"))
        .map(str::to_owned);
    let (mut date, mut year) = (String::new(), None);
    if let Some(holder) = holder {
        let written = holder.text_of("year").unwrap_or_default();
        date.clone_from(&written);
        match holder
            .child("month")
            .map(|node| (node, month(&node.peek())))
        {
            Some((node, Some(month))) => {
                node.mark_read();
                date = format!("{date}-{month:02}");
                if let Some(day) = holder.child("day")
                    && let Ok(number) = day.peek().parse::<u8>()
                {
                    day.mark_read();
                    date = format!("{date}-{number:02}");
                }
            }
            Some((node, None)) if !node.peek().is_empty() => {
                date = format!("{} {date}", node.text());
                year = Some(written);
            }
            _ => {}
        }
        // punctuation between the elements of a date in words
        if holder.is("string-date") {
            holder.mark_read();
        }
    }
    if date.is_empty() {
        date = iso.unwrap_or_default();
    }
    if let Some(printed) = printed.filter(|_| holder.is_none()) {
        let words = printed.text();
        if date.is_empty() {
            date = words;
        }
    }
    let attribute = |name: &str| node.attribute(name).map(str::to_owned);
    let kind = attribute("date-type").or_else(|| attribute("pub-type"));
    PubDate {
        kind,
        format: attribute("publication-format"),
        date,
        year,
    }
}

/// A month as a number or by its English name.
fn month(text: &str) -> Option<u8> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let named = || {
        let name = text.to_lowercase();
        let at = NAMES.iter().position(|month| name.starts_with(month))?;
        u8::try_from(at + 1).ok()
    };
    text.parse()
        .ok()
        .filter(|month| (1..=12).contains(month))
        .or_else(named)
}
