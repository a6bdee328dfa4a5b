//! Plain text out of metadata values: entities, markup, white space, characters that XML cannot carry.
//!
//! OJS strips tags without undoing entities and then escapes, so entities arrive escaped twice, paragraphs
//! run together, and text after a bare `<` is gone.

mod characters;
mod control_chars;
mod inline;
mod markup;
mod paragraphs;

use std::borrow::Cow;

use crate::article::Code;

pub(crate) use characters::{is_clean, same_letter};
pub(crate) use control_chars::{is_unfit, strip_control_chars};
pub(crate) use inline::{Inline, escaped, inline, unscripted, without_mark};
pub use paragraphs::paragraphs;

/// Returns whether a text is `lower` but for case. Nearly all differ in their first byte.
pub(crate) fn is_lower(text: &str, lower: &str) -> bool {
    // of the Kelvin sign, the only other character whose small letter is in ASCII
    const KELVIN: u8 = 0xE2;
    let may_be = match (text.bytes().next(), lower.bytes().next()) {
        (Some(first), Some(small)) if small.is_ascii() => {
            first.to_ascii_lowercase() == small || first == KELVIN
        }
        (Some(first), Some(_)) => !first.is_ascii(),
        ends => ends == (None, None),
    };
    may_be && text.chars().flat_map(char::to_lowercase).eq(lower.chars())
}

/// Where a text has a literal: its finder is made at less cost than that of [`str::find`].
pub(crate) fn find(text: &str, literal: &str) -> Option<usize> {
    memchr::memmem::find(text.as_bytes(), literal.as_bytes())
}

/// Letters and digits alone, in lower case: what stays when spacing and punctuation differ.
pub(crate) fn letters_and_digits(value: &str) -> String {
    if value.is_ascii() {
        let mut bytes = value.as_bytes().to_ascii_lowercase();
        bytes.retain(u8::is_ascii_alphanumeric);
        return String::from_utf8(bytes).unwrap_or_default();
    }
    value
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A value as plain text, and what was done to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// The text; NFC, without markup, control characters or white space at its ends.
    pub value: String,
    /// Each repair once.
    pub codes: Vec<Code>,
}

/// One line of plain text. `raw` is the value after the XML layer was undone: exactly one more layer of
/// entities goes ([`Code::DoubleEscaped`]), real tags go ([`Code::MarkupRemoved`]), white space becomes
/// single blanks.
pub fn plain(raw: &str) -> Cleaned {
    let (text, codes) = bare(raw);
    Cleaned {
        value: characters::line(&text),
        codes,
    }
}

/// Markup and one layer of entities undone; block and line breaks are left as their marks.
fn bare(raw: &str) -> (Cow<'_, str>, Vec<Code>) {
    if memchr::memchr2(b'<', b'&', raw.as_bytes()).is_none() {
        return (Cow::Borrowed(raw), Vec::new());
    }
    let (stripped, marked) = markup::strip(raw);
    let (decoded, escaped) = markup::decode(&stripped);
    let (text, marked_again) = if escaped {
        markup::strip_paired(&decoded)
    } else {
        (Cow::Borrowed(&*decoded), false)
    };
    let mut codes = Vec::new();
    if escaped {
        codes.push(Code::DoubleEscaped);
    }
    if marked || marked_again {
        codes.push(Code::MarkupRemoved);
    }
    (Cow::Owned(text.into_owned()), codes)
}

/// Returns whether a value is nothing but a placeholder or untranslated label of the software (`##issue.vol##`,
/// `{$copyrightYear}`), a line made of such, `N/A`, or bare punctuation (`.`, `-`).
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim();
    if value.is_empty() {
        return false;
    }
    let punctuation = |c: char| {
        c.is_whitespace() || matches!(c, '.' | '-' | '–' | '—' | '_' | '*' | '…' | ',' | ';' | ':')
    };
    if value.chars().all(punctuation) || value.eq_ignore_ascii_case("n/a") {
        return true;
    }
    // Most values hold no token: nothing of them has to be copied to know it.
    if memchr::memchr2(b'#', b'{', value.as_bytes()).is_none() {
        return false;
    }
    let (rest, copyright) = without_tokens(value);
    if rest.len() == value.len() {
        return false;
    }
    // `Copyright (c) {$copyrightYear} {$copyrightHolder}`: the words around say nothing either.
    rest.chars().all(|c| !c.is_alphanumeric())
        || (copyright
            && rest.split_whitespace().count() <= 10
            && !rest.chars().any(char::is_numeric))
}

/// The value without `##key##`, `{$name}` and the two braces of the copyright line; whether one of the last
/// was there.
fn without_tokens(value: &str) -> (String, bool) {
    let mut out = String::with_capacity(value.len());
    let mut copyright = false;
    let mut rest = value;
    while let Some(at) = rest.find(['#', '{']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((len, of_copyright)) = token(rest) {
            rest = &rest[len..];
            copyright |= of_copyright;
        } else {
            out.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    (out, copyright)
}

fn token(rest: &str) -> Option<(usize, bool)> {
    let name_like = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
    };
    if let Some(inner) = rest.strip_prefix("##") {
        let end = inner.find("##")?;
        return name_like(&inner[..end]).then(|| {
            (
                end + 4,
                inner[..end].to_ascii_lowercase().contains("copyright"),
            )
        });
    }
    let inner = rest.strip_prefix('{')?;
    let end = inner.find('}')?;
    let name = inner[..end].trim();
    let bare = name.trim_start_matches('$').trim();
    let copyright = matches!(
        &*bare.to_ascii_lowercase(),
        "copyrightyear" | "copyrightholder"
    );
    ((name.starts_with('$') && name_like(bare)) || copyright).then_some((end + 2, copyright))
}

#[cfg(test)]
mod tests;
