//! Licences: Creative Commons by URL, others by URL; by name in [`super::names`].

use url::Url;

use super::creative_commons::{CreativeCommons, VERSIONS, canonical};
use super::names::by_name;
use crate::article::License;
use crate::normalize::identifier::breaks_url;
use crate::normalize::text::find;

/// Licence of a URL, or of words that name a Creative Commons licence, within a longer text too. The URL is
/// canonical for Creative Commons (`https`, no `deed` or `legalcode`, a last slash) and as received for
/// others; it is absent where the words do not tell the version. `None` when the value names no licence.
pub fn license(raw: &str) -> Option<License> {
    let text = raw.trim();
    if text.is_empty() {
        return None;
    }
    // who may read it is not a licence to use it (COAR Access Rights)
    if find(text, "access_right").is_some() && text.contains("coar") {
        return None;
    }
    let as_received = || is_url(text).then(|| text.to_owned());
    if let Some(found) = by_url(text).or_else(|| by_name(text)) {
        let url = found.url().or_else(as_received);
        return Some(License {
            url,
            name: Some(found.name()),
            raw: text.to_owned(),
        });
    }
    // a site's front page is not a licence
    let is_page = |url: &String| {
        Url::parse(url).is_ok_and(|url| url.path().len() > 1 || url.query().is_some())
    };
    as_received().filter(is_page).map(|url| License {
        url: Some(url),
        name: None,
        raw: text.to_owned(),
    })
}

/// Returns whether two statements name the same licence: one URL, or one kind of Creative Commons of which one
/// statement leaves out version or jurisdiction.
pub fn is_same_kind(a: &License, b: &License) -> bool {
    if a.url.is_some() && a.url == b.url {
        return true;
    }
    let (Some(first), Some(second)) = (&a.name, &b.name) else {
        return false;
    };
    // `CC BY` and `CC BY 4.0`
    let (short, long) = if first.len() <= second.len() {
        (first, second)
    } else {
        (second, first)
    };
    long == short
        || long
            .strip_prefix(short.as_str())
            .is_some_and(|rest| rest.starts_with(' '))
}

fn is_url(text: &str) -> bool {
    !text.contains(breaks_url)
        && Url::parse(text)
            .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The first `creativecommons.org/licenses/…` or `…/publicdomain/…` of a text.
fn by_url(text: &str) -> Option<CreativeCommons> {
    memchr::memchr(b'/', text.as_bytes())?;
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(found) = find(&lower[from..], "creativecommons.org/") {
        let path = &lower[from + found + "creativecommons.org/".len()..];
        from += found + 1;
        let end = path
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '/' | '.' | '-' | '_' | '+'))
            .unwrap_or(path.len());
        let mut segments = path[..end].split('/').filter(|segment| !segment.is_empty());
        // `licences` is a common slip, `zero` stood under `licenses` once.
        let (Some(kind), Some(code)) = (segments.next(), segments.next()) else {
            continue;
        };
        let code = match (kind, code) {
            ("publicdomain" | "licenses" | "licences" | "license", "zero") => "zero",
            ("publicdomain", "mark") => "mark",
            ("licenses" | "licences" | "license", code) => match canonical(code) {
                Some(code) => code,
                None => continue,
            },
            _ => continue,
        };
        let mut version = None;
        let mut port = None;
        for segment in segments {
            let segment = segment.trim_end_matches('.');
            if version.is_none() {
                // A version of another form is taken for none, not for a jurisdiction.
                version = VERSIONS
                    .iter()
                    .find(|known| {
                        **known == segment
                            || (segment.len() == 1
                                && known.starts_with(segment)
                                && known.ends_with(".0"))
                    })
                    .copied();
                if version.is_none() {
                    break;
                }
            } else if port.is_none() && is_port(segment) {
                port = Some(segment.to_owned());
            } else {
                break;
            }
        }
        return Some(CreativeCommons {
            code,
            version,
            port,
        });
    }
    None
}

/// Jurisdictions are countries' codes, two names, and the intergovernmental port.
fn is_port(segment: &str) -> bool {
    (segment.len() == 2 && segment.bytes().all(|byte| byte.is_ascii_lowercase()))
        || matches!(segment, "igo" | "scotland")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::super::creative_commons::CODES;
    use super::*;

    #[rstest]
    #[case(
        "https://creativecommons.org/licenses/by/4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        "CC BY 4.0"
    )]
    #[case(
        "http://creativecommons.org/licenses/by-nc-nd/3.0/igo/",
        "https://creativecommons.org/licenses/by-nc-nd/3.0/igo/",
        "CC BY-NC-ND 3.0 IGO"
    )]
    #[case(
        "https://creativecommons.org/licenses/by-sa/4.0/deed.es",
        "https://creativecommons.org/licenses/by-sa/4.0/",
        "CC BY-SA 4.0"
    )]
    #[case(
        "https://www.creativecommons.org/licenses/BY-NC/3.0/us/deed.en_US",
        "https://creativecommons.org/licenses/by-nc/3.0/us/",
        "CC BY-NC 3.0 US"
    )]
    #[case(
        "creativecommons.org/licenses/by-nd-nc/2.0/legalcode",
        "https://creativecommons.org/licenses/by-nc-nd/2.0/",
        "CC BY-NC-ND 2.0"
    )]
    #[case(
        "https://creativecommons.org/publicdomain/zero/1.0/?ref=chooser",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        "CC0 1.0"
    )]
    #[case(
        "https://creativecommons.org/publicdomain/mark/1.0/",
        "https://creativecommons.org/publicdomain/mark/1.0/",
        "Public Domain Mark 1.0"
    )]
    #[case(
        "This work is licensed under a <a href=\"http://creativecommons.org/licenses/by/3.0/\">Creative Commons Attribution 3.0 License</a>.",
        "https://creativecommons.org/licenses/by/3.0/",
        "CC BY 3.0"
    )]
    #[case(
        "Creative Commons Attribution 4.0 International License",
        "https://creativecommons.org/licenses/by/4.0/",
        "CC BY 4.0"
    )]
    #[case(
        "Attribution-NonCommercial-NoDerivatives 4.0 International",
        "https://creativecommons.org/licenses/by-nc-nd/4.0/",
        "CC BY-NC-ND 4.0"
    )]
    #[case(
        "Creative Commons Attribution-ShareAlike 3.0 Germany License",
        "https://creativecommons.org/licenses/by-sa/3.0/de/",
        "CC BY-SA 3.0 DE"
    )]
    #[case(
        "Creative Commons Reconocimiento-NoComercial 4.0 Internacional",
        "https://creativecommons.org/licenses/by-nc/4.0/",
        "CC BY-NC 4.0"
    )]
    #[case(
        "CC BY-NC-SA 4.0",
        "https://creativecommons.org/licenses/by-nc-sa/4.0/",
        "CC BY-NC-SA 4.0"
    )]
    #[case(
        "CC-BY 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        "CC BY 4.0"
    )]
    fn creative_commons(#[case] raw: &str, #[case] url: &str, #[case] name: &str) {
        let found = license(raw).unwrap();
        assert_eq!(
            (found.url.as_deref(), found.name.as_deref(), &*found.raw),
            (Some(url), Some(name), raw)
        );
    }

    #[rstest]
    #[case(
        "licensed under a Creative Commons Attribution License that allows others to share",
        Some("CC BY"),
        None
    )]
    #[case(
        "CC0",
        Some("CC0"),
        Some("https://creativecommons.org/publicdomain/zero/1.0/")
    )]
    #[case(
        "https://www.gnu.org/licenses/fdl.html",
        None,
        Some("https://www.gnu.org/licenses/fdl.html")
    )]
    fn without_version_or_of_others(
        #[case] raw: &str,
        #[case] name: Option<&str>,
        #[case] url: Option<&str>,
    ) {
        let found = license(raw).unwrap();
        assert_eq!((found.url.as_deref(), found.name.as_deref()), (url, name));
    }

    #[rstest]
    #[case("")]
    #[case("Copyright (c) 2004 Igor BURNASHEV (Author)")]
    #[case("All rights reserved")]
    #[case("license-url")]
    #[case("Accbyte 4.0")]
    fn no_licence(#[case] raw: &str) {
        assert_eq!(license(raw), None);
    }

    proptest! {
        #[test]
        fn canonical_urls_stay(code in proptest::sample::select(&CODES[..6]), version in proptest::sample::select(VERSIONS), port in "(|us/|igo/)", tail in "(|/|/deed.fr|/legalcode)") {
            prop_assume!((code, version) != ("by-nc-nd", "1.0"));
            let canonical = format!("https://creativecommons.org/licenses/{code}/{version}/{port}");
            let written = format!("http://www.creativecommons.org/licenses/{}/{version}/{}{tail}", code.to_uppercase(), port.trim_end_matches('/'));
            prop_assert_eq!(license(&written).unwrap().url, Some(canonical.clone()));
            prop_assert_eq!(license(&canonical).unwrap().url, Some(canonical));
        }

        #[test]
        fn never_panics(raw in "\\PC{0,40}|(cc|CC[ -]|by|-nc|creativecommons\\.org/|licenses/|É|ß|İ| ){0,8}") {
            license(&raw);
        }
    }
}
