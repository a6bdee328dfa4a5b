//! File names made from remote identifiers: readable, bounded, and safe on every file system.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// Longest part of a name that is taken from the source's name, bytes.
const SOURCE_LEN: usize = 40;
/// Longest part of a name that is taken from the OAI identifier, bytes.
const IDENTIFIER_LEN: usize = 80;
/// Longest name that [`is_ours`] takes for one of these, bytes.
const NAME_LEN: usize = 160;

/// Name of the file of one article: `SOURCE_IDENTIFIER_HASH.EXTENSION`.
///
/// The same article always gets the same name. The hash (48 bits of the sha256 of source and identifier) tells
/// apart what looks the same after unsafe characters were replaced, also where file names ignore case. The
/// underscore before the first dot keeps device names (`CON`, `AUX`) of Windows from arising.
pub fn file_name(source: &str, identifier: &str, extension: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(source.as_bytes());
    hash.update([0]);
    hash.update(identifier.as_bytes());
    let source = slug(source, SOURCE_LEN, false).unwrap_or_else(|| "source".to_owned());
    let identifier = slug(identifier, IDENTIFIER_LEN, true).unwrap_or_else(|| "article".to_owned());
    let mut name = format!("{source}_{identifier}_");
    for byte in hash.finalize().iter().take(6) {
        let _ = write!(name, "{byte:02x}");
    }
    name.push('.');
    name.push_str(extension);
    name
}

/// A source's name as a part of a file's name: as it is where it is lower case and safe, else with a hash of it.
pub(super) fn source_name(source: &str) -> String {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    if source.len() <= IDENTIFIER_LEN && !source.is_empty() && source.bytes().all(is_plain) {
        return source.to_owned();
    }
    let slug = slug(source, SOURCE_LEN, true)
        .unwrap_or_else(|| "source".to_owned())
        .to_ascii_lowercase();
    let mut name = format!("{slug}_");
    for byte in Sha256::digest(source).iter().take(6) {
        let _ = write!(name, "{byte:02x}");
    }
    name
}

/// Returns whether a name read from an index may be one that [`file_name`] made: never a path, never hidden.
pub(super) fn is_ours(name: &str, extension: &str) -> bool {
    let Some(stem) = name
        .strip_suffix(extension)
        .and_then(|stem| stem.strip_suffix('.'))
    else {
        return false;
    };
    let Some((rest, hash)) = stem.rsplit_once('_') else {
        return false;
    };
    name.len() <= NAME_LEN
        && hash.len() == 12
        && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        && rest
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !rest.starts_with(['.', '-'])
}

/// ASCII letters, digits and (after the first part) dots stay, runs of anything else become one hyphen.
fn slug(text: &str, max: usize, dots: bool) -> Option<String> {
    let mut out = String::new();
    for c in text.chars() {
        let keep = c.is_ascii_alphanumeric() || (c == '.' && dots);
        if keep && !(c == '.' && out.ends_with(['.', '-'])) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(['-', '.']) {
            out.push('-');
        }
        if out.len() >= max {
            break;
        }
    }
    let out = out.trim_matches(['-', '.']);
    (!out.is_empty()).then(|| out.to_owned())
}
