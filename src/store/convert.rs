//! Values as the engines keep them: signed 64-bit numbers, words, JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{StoreError, StoreResult};
use super::types::{FailureKind, Time, WindowKind, WindowState};

/// A count or length; none in practice reaches 2^63.
pub(super) fn int(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A stored count, never negative.
pub(super) fn count(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

/// Whole microseconds UTC.
pub(super) fn micros(time: Time) -> i64 {
    time.timestamp_micros()
}

/// A span in whole microseconds.
#[cfg(feature = "postgres")]
pub(super) fn micros_of(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn time(micros: i64) -> StoreResult<Time> {
    Time::from_timestamp_micros(micros)
        .ok_or_else(|| damaged(format!("{micros} is no time in microseconds")))
}

pub(super) fn json<T: Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value)
        .map_err(|e| StoreError::Invalid(format!("value has no JSON form: {e}")))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> StoreResult<T> {
    serde_json::from_str(text).map_err(|e| damaged(format!("{what}: {e}")))
}

pub(super) fn kind_word(kind: WindowKind) -> &'static str {
    match kind {
        WindowKind::List => "list",
        WindowKind::Identifiers => "identifiers",
        WindowKind::Get => "get",
        WindowKind::VerifyOverlap => "verify_overlap",
        WindowKind::VerifyCount => "verify_count",
    }
}

pub(super) fn kind_of(word: &str) -> StoreResult<WindowKind> {
    Ok(match word {
        "list" => WindowKind::List,
        "identifiers" => WindowKind::Identifiers,
        "get" => WindowKind::Get,
        "verify_overlap" => WindowKind::VerifyOverlap,
        "verify_count" => WindowKind::VerifyCount,
        _ => return Err(damaged(format!("window kind {word:?}"))),
    })
}

pub(super) fn state_word(state: WindowState) -> &'static str {
    match state {
        WindowState::Todo => "todo",
        WindowState::Open => "open",
        WindowState::Done => "done",
        WindowState::Split => "split",
        WindowState::Gap => "gap",
    }
}

pub(super) fn state_of(word: &str) -> StoreResult<WindowState> {
    Ok(match word {
        "todo" => WindowState::Todo,
        "open" => WindowState::Open,
        "done" => WindowState::Done,
        "split" => WindowState::Split,
        "gap" => WindowState::Gap,
        _ => return Err(damaged(format!("window state {word:?}"))),
    })
}

const FAILURES: [(FailureKind, &str); 10] = [
    (FailureKind::PageFailed, "page_failed"),
    (FailureKind::TooWide, "too_wide"),
    (FailureKind::TokenRefused, "token_refused"),
    (FailureKind::Loop, "loop"),
    (FailureKind::Incomplete, "incomplete"),
    (FailureKind::FullPageWithoutToken, "full_page_without_token"),
    (FailureKind::EndUnproven, "end_unproven"),
    (FailureKind::Refused, "refused"),
    (FailureKind::FormatRefused, "format_refused"),
    (FailureKind::Changed, "changed"),
];

pub(super) fn failure_word(kind: FailureKind) -> &'static str {
    let known = FAILURES.iter().find(|(known, _)| *known == kind);
    known.map_or("", |(_, word)| word)
}

pub(super) fn failure_of(word: &str) -> StoreResult<FailureKind> {
    let known = FAILURES.iter().find(|(_, known)| *known == word);
    known
        .map(|(kind, _)| *kind)
        .ok_or_else(|| damaged(format!("window failure {word:?}")))
}

fn damaged(what: String) -> StoreError {
    StoreError::Damaged(what)
}
