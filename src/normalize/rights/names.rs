//! Creative Commons licences by their names: codes, and the words of each language.

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::creative_commons::{CreativeCommons, VERSIONS, canonical};
use crate::normalize::text::find;

/// The words for one part of a licence in every language, without accents, blanks and signs.
struct Words(Vec<String>);

struct Parts {
    by: Words,
    nc: Words,
    nd: Words,
    sa: Words,
}

static PARTS: LazyLock<Parts> = LazyLock::new(|| Parts {
    by: Words::of("by"),
    nc: Words::of("nc"),
    nd: Words::of("nd"),
    sa: Words::of("sa"),
});

impl Words {
    fn of(part: &str) -> Self {
        let rows = include_str!("../data/licence-words.tsv").lines().skip(1);
        let words = rows
            .filter_map(|row| row.split_once('\t'))
            .filter(|(of, _)| *of == part);
        Self(words.map(|(_, word)| folded(word)).collect())
    }

    fn within(&self, text: &str) -> bool {
        self.0.iter().any(|word| text.contains(word.as_str()))
    }
}

/// Letters and digits alone, in lower case, without accents: `Não-Comercial` and `NaoComercial` are one.
fn folded(text: &str) -> String {
    text.nfkd()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Attribution in the languages of Creative Commons, in lower case.
const ATTRIBUTION: [&str; 9] = [
    "attribution",
    "atribución",
    "atribuição",
    "reconocimiento",
    "namensnennung",
    "attribuzione",
    "naamsvermelding",
    "uznanie autorstwa",
    "atribucija",
];

/// `CC BY-NC 4.0`, `CC0`, `Creative Commons Attribution-NonCommercial 4.0 International License`.
pub(super) fn by_name(text: &str) -> Option<CreativeCommons> {
    let lower = text.to_lowercase();
    let long = find(&lower, "creative commons").or_else(|| find(&lower, "cc attribution"));
    if let Some(found) = long.and_then(|at| by_long_name(&lower[at..])) {
        return Some(found);
    }
    // A bare `Attribution 4.0 International`, in the languages of Creative Commons
    if ATTRIBUTION.iter().any(|word| lower.starts_with(word)) {
        return by_long_name(&lower).filter(|found| found.version.is_some());
    }
    if lower.starts_with("public domain mark") {
        return Some(CreativeCommons {
            code: "mark",
            version: version(&lower),
            port: None,
        });
    }
    by_short_name(&lower)
}

fn by_long_name(lower: &str) -> Option<CreativeCommons> {
    // Within the sentence: what follows may speak of another licence.
    let end = lower
        .char_indices()
        .nth(160)
        .map_or(lower.len(), |(at, _)| at);
    let head = &lower[..end];
    let head = head.find(". ").map_or(head, |at| &head[..at]);
    if head.contains("zero") || head.contains("cc0") {
        return Some(CreativeCommons {
            code: "zero",
            version: version(head),
            port: None,
        });
    }
    if let Some(short) = by_short_name(head).or_else(|| by_bare_code(head)) {
        return Some(short);
    }
    let words = folded(head);
    if !PARTS.by.within(&words) {
        return None;
    }
    let code = match (
        PARTS.nc.within(&words),
        PARTS.nd.within(&words),
        PARTS.sa.within(&words),
    ) {
        (true, true, _) => "by-nc-nd",
        (true, false, true) => "by-nc-sa",
        (true, false, false) => "by-nc",
        (false, true, _) => "by-nd",
        (false, false, true) => "by-sa",
        (false, false, false) => "by",
    };
    Some(CreativeCommons {
        code,
        version: version(head),
        port: named_port(head),
    })
}

fn by_short_name(lower: &str) -> Option<CreativeCommons> {
    let first = find(lower, "cc")?;
    if let Some(at) = find(&lower[first..], "cc0").map(|at| first + at) {
        let alone = !lower[..at].ends_with(char::is_alphanumeric)
            && !lower[at + 3..].starts_with(char::is_alphanumeric);
        return alone.then(|| CreativeCommons {
            code: "zero",
            version: version(&lower[at..]),
            port: None,
        });
    }
    let mut from = first;
    while let Some(found) = lower[from..].find("cc") {
        let at = from + found;
        from = at + 2;
        if lower[..at].ends_with(char::is_alphanumeric) {
            continue;
        }
        let Some(rest) = lower[at + 2..].strip_prefix(['-', ' ', ':', '_']) else {
            continue;
        };
        if let Some(licence) = code_at(rest) {
            return Some(licence);
        }
    }
    None
}

/// A code behind the words `Creative Commons`: `Creative Commons BY-NC 4.0`, `… (by-nc-nd)`.
fn by_bare_code(head: &str) -> Option<CreativeCommons> {
    const BEFORE: [&str; 6] = [
        "commons", "license", "licence", "licencia", "licença", "lizenz",
    ];
    head.match_indices("by").find_map(|(at, _)| {
        let before = head[..at].trim_end();
        if head[..at].ends_with(char::is_alphanumeric) {
            return None;
        }
        // A lone `by` is a word of English, unless it stands where the name of a licence does.
        let named =
            BEFORE.iter().any(|word| before.ends_with(word)) && !head[at..].starts_with("by the");
        code_at(&head[at..]).filter(|found| found.code != "by" || named)
    })
}

/// `by-nc-nd`, `by nc nd`, `by_nc`, `by/nc`, and the version near it.
fn code_at(rest: &str) -> Option<CreativeCommons> {
    let mut code = String::new();
    let mut after = rest;
    while let Some(part) = ["by", "nc", "nd", "sa"]
        .iter()
        .find(|part| after.starts_with(**part) && !after[2..].starts_with(char::is_alphanumeric))
    {
        if !code.is_empty() {
            code.push('-');
        }
        code.push_str(part);
        after = after[2..].trim_start_matches(['-', ' ', '_', '/', '‑', '–']);
    }
    let code = canonical(&code).filter(|code| code.starts_with("by"))?;
    let near = after
        .char_indices()
        .nth(30)
        .map_or(after, |(end, _)| &after[..end]);
    Some(CreativeCommons {
        code,
        version: version(near),
        port: named_port(near),
    })
}

/// The first version number of a text.
fn version(text: &str) -> Option<&'static str> {
    VERSIONS
        .iter()
        .filter_map(|known| {
            let at = text.find(known)?;
            let whole = !text[..at].ends_with(|c: char| c.is_ascii_digit() || c == '.')
                && !text[at + known.len()..].starts_with(|c: char| c.is_ascii_digit());
            whole.then_some((at, *known))
        })
        .min()
        .map(|(_, known)| known)
}

/// Jurisdictions by the names that stand in licence notices.
fn named_port(text: &str) -> Option<String> {
    const NAMES: &[(&str, &str)] = &[
        (" igo", "igo"),
        ("united states", "us"),
        ("germany", "de"),
        ("deutschland", "de"),
        ("spain", "es"),
        ("españa", "es"),
        ("brazil", "br"),
        ("brasil", "br"),
        ("france", "fr"),
        ("italy", "it"),
        ("italia", "it"),
        ("poland", "pl"),
        ("netherlands", "nl"),
        ("australia", "au"),
        ("canada", "ca"),
        ("portugal", "pt"),
        ("austria", "at"),
        ("switzerland", "ch"),
        ("new zealand", "nz"),
        ("ecuador", "ec"),
        ("colombia", "co"),
        ("chile", "cl"),
    ];
    // Version 4.0 has no ports.
    if version(text) == Some("4.0") {
        return None;
    }
    NAMES
        .iter()
        .find(|(name, _)| text.contains(name))
        .or_else(|| {
            // words that mean something else where they do not follow the version
            let after = behind_version(text)?;
            PORTS.iter().find(|(name, _)| begins_with_port(after, name))
        })
        .map(|(_, code)| (*code).to_owned())
}

/// The text behind the version.
fn behind_version(text: &str) -> Option<&str> {
    let version = version(text)?;
    let (_, after) = text.split_once(version)?;
    Some(after.trim_start_matches([' ', '(', ',', '-', ':', '/']))
}

/// Jurisdictions of ported licences: their names and codes in notices, in lower case, and their codes in URLs.
static PORTS: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let rows = include_str!("../data/licence-jurisdictions.tsv")
        .lines()
        .skip(1);
    rows.filter_map(|row| row.split_once('\t')).collect()
});

/// Returns whether a text begins with the name of a jurisdiction. A code ends it, for `de` and `it` are words too.
fn begins_with_port(text: &str, name: &str) -> bool {
    text.strip_prefix(name).is_some_and(|rest| {
        if name.len() == 2 {
            rest.is_empty() || rest.starts_with([')', ',', ';', '.'])
        } else {
            !rest.starts_with(char::is_alphanumeric)
        }
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        "CC Attribution-Noncommercial-No Derivative Works 2.5 India",
        Some("in")
    )]
    #[case(
        "Atribución-NoComercial-CompartirIgual 3.0 Estados Unidos de América",
        Some("us")
    )]
    #[case("CC BY-NC-ND 2.5 IT", Some("it"))]
    #[case("CC BY 2.0 UK: England & Wales", Some("uk"))]
    #[case::a_word("Licencia CC BY 3.0 de Creative Commons", None)]
    #[case::a_holder("Creative Commons Attribution 3.0 License, Indiana University", None)]
    #[case::none("CC BY 3.0 Unported", None)]
    fn jurisdictions(#[case] text: &str, #[case] port: Option<&str>) {
        assert_eq!(by_name(text).unwrap().port.as_deref(), port);
    }

    #[rstest]
    // quotes, dashes and blanks between the parts
    #[case(
        "licença Creative Commons “Atribuição – uso Não-Comercial – Proibição de Realização de Obras derivadas (by-nc-nd)”",
        "by-nc-nd"
    )]
    #[case(
        "Creative Commons Attribution - Pas d’Utilisation Commerciale - Pas de Modification 4.0",
        "by-nc-nd"
    )]
    #[case(
        "Creative Commons Attribution Non Commercial Share Alike 4.0",
        "by-nc-sa"
    )]
    #[case(
        "Creative Commons Atribuição-Uso Não-Comercial-Vedada a Criação de Obras Derivadas 3.0",
        "by-nc-nd"
    )]
    #[case(
        "Creative Commons Atribución-NoComercial-SinDerivar 4.0 Internacional",
        "by-nc-nd"
    )]
    #[case(
        "Lisensi Creative Commons Atribusi-NonKomersial-BerbagiSerupa 4.0 Internasional",
        "by-nc-sa"
    )]
    #[case(
        "Creative Commons Uznanie autorstwa-Użycie niekomercyjne-Bez utworów zależnych 4.0",
        "by-nc-nd"
    )]
    #[case("Creative Commons Atıf-GayriTicari 4.0", "by-nc")]
    #[case(
        "Creative Commons «Attribution-NonCommercial» («Атрибуция — Некоммерческое использование») 4.0",
        "by-nc"
    )]
    #[case("Creative Commons Naamsvermelding-GelijkDelen 4.0", "by-sa")]
    #[case("Creative Commons 署名-非商业性使用-禁止演绎 4.0 国际", "by-nc-nd")]
    #[case("Creative Commons BY-NC-SA 4.0", "by-nc-sa")]
    #[case("licensed under Creative Commons by-nc-nd 3.0", "by-nc-nd")]
    #[case("Creative Commons BY 4.0", "by")]
    #[case("licencia Creative Commons CC BY NC ND", "by-nc-nd")]
    #[case("Creative Commons Attribution License, by the authors", "by")]
    fn codes(#[case] text: &str, #[case] code: &str) {
        assert_eq!(by_name(text).map(|found| found.code), Some(code));
    }

    #[rstest]
    #[case("a Creative Commons licence, chosen by the author")]
    #[case("Creative Commons")]
    #[case("published by nc")]
    fn none(#[case] text: &str) {
        assert!(by_name(text).is_none());
    }
}
