//! Identifiers of this repository: `oai:<repository>:<source>:<original>` (OAI identifier format, guideline 2.0).

use std::fmt::Write as _;

/// The part of an identifier behind the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// Name of the source.
    pub(crate) source: String,
    /// OAI identifier there.
    pub(crate) original: String,
}

/// Makes an identifier. Characters that the guideline does not take are escaped as in URIs; `%` itself too, so that the
/// original can be restored.
pub(crate) fn write(repository: &str, source: &str, original: &str) -> String {
    let mut out = format!("oai:{repository}:");
    escape(&mut out, source, false);
    out.push(':');
    escape(&mut out, original, true);
    out
}

/// Takes one of ours apart; `None` for any other.
pub(crate) fn read(repository: &str, identifier: &str) -> Option<Local> {
    let local = identifier
        .strip_prefix("oai:")?
        .strip_prefix(repository)?
        .strip_prefix(':')?;
    let (source, original) = local.split_once(':')?;
    let read = Local {
        source: unescape(source)?,
        original: unescape(original)?,
    };
    (write(repository, &read.source, &read.original) == identifier).then_some(read)
}

fn escape(out: &mut String, text: &str, colon: bool) {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric()
            || b"-_.!~*'();/?@&=+$,".contains(&byte)
            || colon && byte == b':';
        if plain {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Returns whether a name can identify a repository: a domain name of two labels or more, each beginning with a letter.
pub fn is_repository(name: &str) -> bool {
    let label = |label: &str| {
        label.starts_with(|c: char| c.is_ascii_alphabetic())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_come_back() {
        let repository = "catalog.example.org";
        for (source, original) in [
            ("cac", "oai:ojs.ca-c.test:article/643"),
            ("a:b", "a%20b:c d"),
            ("names.of-all_kinds", "Ж<&>\"#[]"),
            ("x", "10.1234/a+b?c=d&e"),
        ] {
            let written = write(repository, source, original);
            assert!(
                written
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && !b"<>\"#[]".contains(&byte)),
                "{written}"
            );
            let read = read(repository, &written).unwrap();
            assert_eq!((&*read.source, &*read.original), (source, original));
        }
        assert_eq!(write("r.org", "s", "oai:x:1"), "oai:r.org:s:oai:x:1");
    }

    #[test]
    fn others_are_none_of_ours() {
        for other in [
            "",
            "oai:r.org",
            "oai:r.org:s",
            "oai:other.org:s:1",
            "oai:r.org:s:%zz",
            "oai:r.org:s:%4",
            "oai:r.org:s:%61",
        ] {
            assert_eq!(read("r.org", other), None, "{other}");
        }
    }

    #[test]
    fn repositories_are_domain_names() {
        assert!(is_repository("catalog.example.org") && is_repository("s1.offprint.invalid"));
        for bad in ["localhost", "1.2.3.4", "a..b", "a.b:80", "", "a.b/"] {
            assert!(!is_repository(bad), "{bad}");
        }
    }
}
