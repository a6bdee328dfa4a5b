//! The URLs and sets of Open Journal Systems: which journal they belong to, and in which locale.

use std::fmt;

use url::Url;

/// Sets that are not named after a journal: those of the plugins DRIVER and OpenAIRE.
const OTHER_SETS: [&str; 4] = ["driver", "openaire", "ec_fundedresources", "openaire_data"];

/// The path that stands for the whole site instead of a journal.
const SITE: &str = "index";

/// Languages that OJS is translated into and that have no code of two letters (ISO 639-1). Other codes of three letters
/// are far likelier the path of a journal.
const LONG_LANGUAGES: [&str; 4] = ["ckb", "dsb", "fil", "hsb"];

/// The path of a journal, which stands in its URLs and before the colon of its sets. Equality ignores the case of ASCII
/// letters, as OJS does.
#[derive(Clone, Debug, Eq)]
pub struct JournalPath(String);

impl PartialEq for JournalPath {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Display for JournalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JournalPath {
    /// Returns the journal that the URL of an OJS endpoint names; `None` for a whole site and where no segment of the
    /// URL is one.
    pub fn of(endpoint: &Url) -> Option<Self> {
        Self::candidates(endpoint).into_iter().next()
    }

    /// Returns the journals that the URL of an OJS endpoint may name, the likeliest first: in `/ojs/en/oai`, `en` may
    /// be the locale of the journal `ojs`, or a journal below `/ojs`.
    ///
    /// Forms: `…/index.php/J/oai`, `…/index.php/J/LOCALE/oai`, the same without `index.php`, `…?journal=J&page=oai`.
    pub fn candidates(endpoint: &Url) -> Vec<Self> {
        let journal = endpoint
            .query_pairs()
            .find(|(name, _)| matches!(&**name, "journal" | "press" | "server"));
        if let Some((_, journal)) = journal {
            return Self::parse(&journal).into_iter().collect();
        }
        let segments: Vec<&str> = segments(endpoint).collect();
        if segments.last() != Some(&"oai") {
            return Vec::new();
        }
        let before = &segments[..segments.len() - 1];
        if let Some(at) = before.iter().position(|segment| *segment == "index.php") {
            let first = before.get(at + 1);
            return first
                .and_then(|path| Self::parse(path))
                .into_iter()
                .collect();
        }
        let Some((last, rest)) = before.split_last() else {
            return Vec::new();
        };
        let outer = rest.last().filter(|_| is_locale(last));
        if outer == Some(&SITE) {
            return Vec::new();
        }
        outer
            .into_iter()
            .chain([last])
            .filter_map(|path| Self::parse(path))
            .collect()
    }

    /// Returns the journal that a set belongs to: what stands before its first colon.
    pub fn of_set(set_spec: &str) -> Option<Self> {
        let path = set_spec.split(':').next().unwrap_or_default();
        Self::parse(path).filter(|path| !OTHER_SETS.contains(&path.0.as_str()))
    }

    /// Returns the path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(path: &str) -> Option<Self> {
        let is_path = !path.is_empty()
            && path != SITE
            && path
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        is_path.then(|| Self(path.to_owned()))
    }
}

/// Returns whether a segment of a URL is a locale of OJS: `en`, `pt_BR`, `sr@latin`, `zh_Hans`.
pub fn is_locale(segment: &str) -> bool {
    let end = segment.find(['_', '-', '@']).unwrap_or(segment.len());
    let (language, rest) = segment.split_at(end);
    let is_language = language.bytes().all(|b| b.is_ascii_lowercase())
        && match language.len() {
            2 => isolang::Language::from_639_1(language).is_some(),
            3 => !rest.is_empty() || LONG_LANGUAGES.contains(&language),
            _ => false,
        };
    let is_variant =
        rest.is_empty() || (rest.len() > 2 && rest[1..].bytes().all(|b| b.is_ascii_alphanumeric()));
    is_language && is_variant
}

/// Returns the locale in the URL of an OJS endpoint, `…/J/LOCALE/oai`.
pub fn endpoint_locale(endpoint: &Url) -> Option<&str> {
    let mut segments = segments(endpoint).rev();
    (segments.next() == Some("oai"))
        .then(|| segments.next())
        .flatten()
        .filter(|segment| is_locale(segment))
}

/// Returns the first segment of a URL that is a locale, unless it is the first one of all, which may be a journal.
pub fn page_locale(page: &Url) -> Option<&str> {
    segments(page).skip(1).find(|segment| is_locale(segment))
}

/// Returns a URL without a segment that is its locale.
pub fn without_locale(url: &Url, locale: &str) -> Url {
    let mut bare = url.clone();
    let kept: Vec<&str> = url.path().split('/').collect();
    if let Some(at) = kept.iter().rposition(|segment| *segment == locale) {
        let path = [&kept[..at], &kept[at + 1..]].concat().join("/");
        bare.set_path(&path);
    }
    bare
}

/// Returns a locale of OJS as the value of `Accept-Language` (RFC 9110 §12.5.4): `pt_BR` is `pt-BR, pt;q=0.9`.
pub fn accept_language(locale: &str) -> String {
    let (language, variant) = locale
        .split_once(['_', '-', '@'])
        .map_or((locale, None), |(language, variant)| {
            (language, Some(variant))
        });
    match variant {
        None => language.to_owned(),
        Some("latin") => format!("{language}-Latn, {language};q=0.9"),
        Some("cyrillic") => format!("{language}-Cyrl, {language};q=0.9"),
        Some(variant) => format!("{language}-{variant}, {language};q=0.9"),
    }
}

fn segments(url: &Url) -> impl DoubleEndedIterator<Item = &str> {
    url.path().split('/').filter(|segment| !segment.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[rstest::rstest]
    #[case("https://a.example/index.php/cac/oai", &["cac"])]
    #[case("https://a.example/index.php/cac/oai/", &["cac"])]
    #[case("https://a.example/ojs/index.php/cac/en/oai", &["cac"])]
    #[case("https://a.example/cac/oai", &["cac"])]
    #[case("https://a.example/ojs/cac/oai", &["cac"])]
    #[case("https://a.example/a/b/ojs/cac/oai", &["cac"])]
    #[case("https://a.example/ojs/cac/pt_BR/oai", &["cac"])]
    #[case("https://a.example/cac/en/oai", &["cac", "en"])]
    #[case("https://a.example/en/oai", &["en"])]
    #[case("https://a.example/index.php?journal=cac&page=oai", &["cac"])]
    #[case("https://a.example/index.php/index/oai", &[])]
    #[case("https://a.example/index/en/oai", &[])]
    #[case("https://a.example/index.php/oai", &[])]
    #[case("https://a.example/oai", &[])]
    #[case("https://a.example/oai/request", &[])]
    fn the_journal_of_an_endpoint(#[case] endpoint: &str, #[case] journals: &[&str]) {
        let found = JournalPath::candidates(&url(endpoint));
        let mut found: Vec<&str> = found.iter().map(JournalPath::as_str).collect();
        if found.len() > journals.len() {
            // A locale with a variant is never a journal's path, though its letters may be.
            found.retain(|path| journals.contains(path));
        }
        assert_eq!(found, journals);
    }

    #[rstest::rstest]
    #[case("cac:ART", Some("cac"))]
    #[case("cac", Some("cac"))]
    #[case("driver", None)]
    #[case("openaire", None)]
    #[case("", None)]
    fn the_journal_of_a_set(#[case] set: &str, #[case] journal: Option<&str>) {
        let found = JournalPath::of_set(set);
        assert_eq!(found.as_ref().map(JournalPath::as_str), journal);
        assert_eq!(
            JournalPath::of_set("CAC:ART"),
            JournalPath::of_set("cac:REV")
        );
    }

    #[rstest::rstest]
    #[case("en", true)]
    #[case("pt_BR", true)]
    #[case("fr-CA", true)]
    #[case("sr@latin", true)]
    #[case("zh_Hans", true)]
    #[case("ckb", true)]
    #[case("cac", false)]
    #[case("oai", false)]
    #[case("ojs", false)]
    #[case("xx", false)]
    #[case("EN", false)]
    #[case("issue", false)]
    #[case("en_", false)]
    fn knows_locales(#[case] segment: &str, #[case] locale: bool) {
        assert_eq!(is_locale(segment), locale);
    }

    #[test]
    fn locales_are_found_and_removed() {
        let endpoint = url("https://a.example/index.php/zap/pt_BR/oai?verb=Identify");
        assert_eq!(endpoint_locale(&endpoint), Some("pt_BR"));
        assert_eq!(accept_language("pt_BR"), "pt-BR, pt;q=0.9");
        assert_eq!(accept_language("sr@latin"), "sr-Latn, sr;q=0.9");
        assert_eq!(accept_language("es"), "es");
        assert_eq!(
            without_locale(&endpoint, "pt_BR").as_str(),
            "https://a.example/index.php/zap/oai?verb=Identify"
        );
        assert_eq!(endpoint_locale(&url("https://a.example/zap/oai")), None);
        let page = url("https://a.example/index.php/zap/es/article/view/3");
        assert_eq!(page_locale(&page), Some("es"));
    }
}
