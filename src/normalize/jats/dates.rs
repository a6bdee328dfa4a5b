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
    let mut best: Option<(u8, PartialDate)> = None;
    let mut epoch = false;
    for raw in &jats.dates {
        let Some(date) = parsed(out, raw) else {
            continue;
        };
        if date.date == EPOCH {
            epoch = true;
            out.add_finding(Code::InvalidDate, "published", &raw.date);
            continue;
        }
        if is_of(raw.kind.as_ref(), &["collection", "issue-pub", "issue"]) {
            let year = date.parts().map(|(year, _, _)| year);
            out.article.issue_year = year.filter(|year| !epoch || *year != 1970);
            if out.article.issue_year.is_some() {
                out.set_origin("issue_year", "pub-date");
            }
            continue;
        }
        let Some(rank) = rank(raw) else {
            out.add_unmapped_element("pub-date", None, &date.date);
            continue;
        };
        let other = if best.as_ref().is_none_or(|(known, _)| rank < *known) {
            best.replace((rank, date)).map(|(_, other)| other)
        } else {
            Some(date)
        };
        // in print beside online
        let is_other = |other: &PartialDate| best.as_ref().is_none_or(|(_, best)| best != other);
        if let Some(other) = other.filter(is_other) {
            out.add_unmapped_element("pub-date", None, &other.date);
        }
    }
    if let Some((_, date)) = best {
        out.article.published = Some(date);
        out.set_origin("published", "pub-date");
    }
    let history = jats.history.iter();
    for raw in history.filter(|date| !date.date.is_empty() && date.date != EPOCH) {
        self::history(out, raw);
    }
}

/// Reads a date; what it says beyond, and one that cannot be read, is kept.
fn parsed(out: &mut Description, raw: &PubDate) -> Option<PartialDate> {
    let parsed = date::parse(&raw.date).or_else(|| {
        // a season or a month that is not known, beside its year
        date::parse(raw.year.as_deref()?)
    });
    match &parsed {
        Some(date) if says_more(&raw.date, date) => {
            out.add_unmapped_element("pub-date", None, &raw.date);
        }
        None if !raw.date.is_empty() => {
            out.add_finding(Code::InvalidDate, "published", &raw.date);
            out.add_unmapped_element("pub-date", None, &raw.date);
        }
        _ => {}
    }
    parsed
}

/// Returns whether the kind or format of a date is one of these; case does not count.
fn is_of(value: Option<&String>, names: &[&str]) -> bool {
    value.is_some_and(|value| names.iter().any(|name| value.eq_ignore_ascii_case(name)))
}

/// Returns how far down a date stands among those of publication; `None` where it is of another event.
fn rank(date: &PubDate) -> Option<u8> {
    const OTHER_EVENTS: [&str; 4] = ["preprint", "retracted", "corrected", "nihms-submitted"];
    let is_published = is_of(date.kind.as_ref(), &["pub", "epub", "epub-ppub"]);
    let is_online = is_of(date.format.as_ref(), &["electronic", "epub"]);
    match (is_published, is_online) {
        (true, true) => Some(0),
        (true, false) => Some(1),
        _ if is_of(date.kind.as_ref(), &["ppub"]) => Some(2),
        _ if is_of(date.kind.as_ref(), &OTHER_EVENTS) => None,
        _ => Some(3),
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
