//! Dates of JATS: of publication, of the issue, and the article's history.

use crate::article::{Code, HistoryDate, HistoryEvent, PartialDate, Precision};
use crate::metadata::jats::{Jats, PubDate};
use crate::normalize::date;
use crate::normalize::description::Description;

/// The date OJS writes if there is none: the first day of Unix time.
const EPOCH: &str = "1970-01-01";

/// The date of publication: online before print before any other that is not the issue's. The year of the
/// collection is the issue's.
pub(super) fn dates(out: &mut Description, jats: &Jats) {
    let named = |date: &PubDate, names: &[&str]| {
        let is = |value: &Option<String>| {
            value
                .as_deref()
                .is_some_and(|value| names.iter().any(|name| value.eq_ignore_ascii_case(name)))
        };
        (is(&date.kind), is(&date.format))
    };
    let mut best: Option<(u8, PartialDate)> = None;
    let mut epoch = false;
    for raw in &jats.dates {
        let parsed = date::parse(&raw.date).or_else(|| {
            // a season or a month that is not known, beside its year
            date::parse(raw.year.as_deref()?)
        });
        if parsed
            .as_ref()
            .is_some_and(|date| says_more(&raw.date, date))
        {
            out.add_unmapped_element("pub-date", None, &raw.date);
        }
        let Some(date) = parsed else {
            if !raw.date.is_empty() {
                out.add_finding(Code::InvalidDate, "published", &raw.date);
                out.add_unmapped_element("pub-date", None, &raw.date);
            }
            continue;
        };
        if date.date == EPOCH {
            epoch = true;
            out.add_finding(Code::InvalidDate, "published", &raw.date);
            continue;
        }
        if named(raw, &["collection", "issue-pub", "issue"]).0 {
            out.article.issue_year = date
                .parts()
                .map(|(year, _, _)| year)
                .filter(|year| !epoch || *year != 1970);
            if out.article.issue_year.is_some() {
                out.set_origin("issue_year", "pub-date");
            }
            continue;
        }
        let rank = match (
            named(raw, &["pub", "epub", "epub-ppub"]).0,
            named(raw, &["electronic", "epub"]).1,
        ) {
            (true, true) => 0,
            (true, false) => 1,
            _ if named(raw, &["ppub"]).0 => 2,
            _ if named(
                raw,
                &["preprint", "retracted", "corrected", "nihms-submitted"],
            )
            .0 =>
            {
                out.add_unmapped_element("pub-date", None, &date.date);
                continue;
            }
            _ => 3,
        };
        let other = if best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best.replace((rank, date)).map(|(_, other)| other)
        } else {
            Some(date)
        };
        // in print beside online
        if let Some(other) =
            other.filter(|other| best.as_ref().is_none_or(|(_, best)| best != other))
        {
            out.add_unmapped_element("pub-date", None, &other.date);
        }
    }
    if let Some((_, date)) = best {
        out.article.published = Some(date);
        out.set_origin("published", "pub-date");
    }
    for raw in jats
        .history
        .iter()
        .filter(|date| !date.date.is_empty() && date.date != EPOCH)
    {
        history(out, raw);
    }
}

/// Returns whether a printed date holds a word beside its year, such as a season.
fn says_more(printed: &str, date: &PartialDate) -> bool {
    date.precision == Precision::Year && printed.chars().any(char::is_alphabetic)
}

/// A step of the article's history, where the model has one of its kind.
fn history(out: &mut Description, raw: &PubDate) {
    let kind = raw.kind.as_deref().unwrap_or("date");
    let event = match kind.to_ascii_lowercase().as_str() {
        "received" | "submitted" => Some(HistoryEvent::Received),
        "rev-recd" | "revised" | "rev-request" | "resubmitted" => Some(HistoryEvent::Revised),
        "accepted" => Some(HistoryEvent::Accepted),
        "epub" | "online" | "first-online" | "published-online" => {
            Some(HistoryEvent::PublishedOnline)
        }
        "ppub" | "published-print" => Some(HistoryEvent::PublishedPrint),
        "corrected" => Some(HistoryEvent::Corrected),
        "retracted" => Some(HistoryEvent::Retracted),
        _ => None,
    };
    let parsed = date::parse(&raw.date).or_else(|| date::parse(raw.year.as_deref()?));
    match (event, parsed) {
        (Some(event), Some(date)) => {
            let whole = !says_more(&raw.date, &date);
            let step = HistoryDate {
                event,
                date: date.date,
            };
            out.add_history("history", step);
            if !whole {
                out.add_unmapped_element(&format!("history[{kind}]"), None, &raw.date);
            }
        }
        _ => out.add_unmapped_element(&format!("history[{kind}]"), None, &raw.date),
    }
}
