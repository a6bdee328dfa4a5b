//! Values as SQLite keeps them: signed 64-bit numbers, words, JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fault::{Fault, Outcome};
use crate::store::types::{Time, WindowKind, WindowState};

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

pub(super) fn time(micros: i64) -> Outcome<Time> {
    Time::from_timestamp_micros(micros)
        .ok_or_else(|| Fault::damaged(format!("{micros} is no time in microseconds")))
}

pub(super) fn json<T: Serialize>(value: &T) -> Outcome<String> {
    serde_json::to_string(value).map_err(|e| Fault::invalid(format!("value has no JSON form: {e}")))
}

pub(super) fn from_json<T: DeserializeOwned>(text: &str, what: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(|e| Fault::damaged(format!("{what}: {e}")))
}

pub(super) fn kind_word(kind: WindowKind) -> &'static str {
    match kind {
        WindowKind::List => "list",
        WindowKind::Identifiers => "identifiers",
        WindowKind::Get => "get",
    }
}

pub(super) fn kind_of(word: &str) -> Outcome<WindowKind> {
    Ok(match word {
        "list" => WindowKind::List,
        "identifiers" => WindowKind::Identifiers,
        "get" => WindowKind::Get,
        _ => return Err(Fault::damaged(format!("window kind {word:?}"))),
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

pub(super) fn state_of(word: &str) -> Outcome<WindowState> {
    Ok(match word {
        "todo" => WindowState::Todo,
        "open" => WindowState::Open,
        "done" => WindowState::Done,
        "split" => WindowState::Split,
        "gap" => WindowState::Gap,
        _ => return Err(Fault::damaged(format!("window state {word:?}"))),
    })
}
