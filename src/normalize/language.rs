//! Language codes, locales and names to BCP 47, and on to the codes of library catalogs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use language_tags::LanguageTag;

/// `tag, MARC code (ISO 639-2/B), ISO 639-3, names`: names in English, in the language itself and as
/// journals of other languages write them. Registration data of ISO 639 and CLDR.
const TABLE: &str = include_str!("data/languages.tsv");

/// Longest value that is looked at.
const MAX: usize = 80;

struct Tables {
    by_code: HashMap<&'static str, &'static str>,
    by_name: HashMap<String, &'static str>,
    marc: HashMap<&'static str, &'static str>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mut tables = Tables {
        by_code: HashMap::new(),
        by_name: HashMap::new(),
        marc: HashMap::new(),
    };
    for line in TABLE.lines().skip(1) {
        let mut cells = line.split('\t');
        let (Some(tag), Some(marc), Some(iso), Some(names)) =
            (cells.next(), cells.next(), cells.next(), cells.next())
        else {
            continue;
        };
        if !marc.is_empty() {
            tables.marc.insert(tag, marc);
            // Some codes stand for a macrolanguage and its members; the language itself has an ISO 639-3 one.
            if tag.len() == 2 || marc == tag {
                tables.by_code.insert(marc, tag);
            }
        }
        if !iso.is_empty() {
            tables.by_code.insert(iso, tag);
        }
        for name in names.split('|').filter(|name| !name.is_empty()) {
            tables.by_name.entry(name.to_lowercase()).or_insert(tag);
        }
    }
    tables
});

/// A journal is in a few languages.
const FEW: usize = 16;

thread_local! {
    /// Codes looked at last, with their tags.
    static KNOWN: RefCell<Vec<(String, Option<String>)>> = const { RefCell::new(Vec::new()) };
}

/// BCP 47 tag of a locale (`en_US`, `sr_RS@latin`, `zh_Hans`), an ISO 639 code (`eng`, `ger`, `deu`) or the
/// name of a language (`Русский`, `Bahasa Indonesia`, `Português (Brasil)`), in canonical case and with the
/// shortest code; `None` for anything else and for codes that say nothing (`und`, `mis`, `zxx`).
pub fn bcp47(code: &str) -> Option<String> {
    if code.len() > MAX {
        return looked_up(code);
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, tag)) = known.iter().find(|(other, _)| other == code) {
            return tag.clone();
        }
        let tag = looked_up(code);
        if known.len() == FEW {
            known.remove(0);
        }
        known.push((code.to_owned(), tag.clone()));
        tag
    })
}

fn looked_up(code: &str) -> Option<String> {
    let code = code.trim().trim_end_matches(['.', ',', ';']).trim();
    if code.is_empty() || code.len() > MAX {
        return None;
    }
    locale(code).or_else(|| named(code))
}

/// Primary language subtag: `sr` of `sr-Latn-RS`.
pub fn primary(tag: &str) -> &str {
    tag.split(['-', '_', '@']).next().unwrap_or(tag)
}

/// Code of the MARC list, which is ISO 639-2/B: `ger` for `de-AT`, `chi` for `zh-Hans`; `None` where the list
/// has none for the language alone.
pub fn marc(tag: &str) -> Option<&'static str> {
    let primary = primary(tag).to_ascii_lowercase();
    let tables = &*TABLES;
    let short = tables.by_code.get(&*primary).copied().unwrap_or(&primary);
    tables
        .marc
        .get(short)
        .or_else(|| tables.marc.get(&*primary))
        .copied()
}

fn locale(code: &str) -> Option<String> {
    let (base, modifier) = match code.split_once('@') {
        Some((base, modifier)) => (base, Some(modifier.to_ascii_lowercase())),
        None => (code, None),
    };
    // POSIX: `en_US.UTF-8`
    let base = base.split('.').next().unwrap_or(base);
    let mut subtags: Vec<String> = base
        .split(['_', '-'])
        .map(str::to_ascii_lowercase)
        .collect();
    let language = subtags.first_mut()?;
    if !(2..=3).contains(&language.len())
        || !language.bytes().all(|byte| byte.is_ascii_alphabetic())
    {
        return None;
    }
    // Withdrawn codes that old software still writes, and the short form of three-letter ones.
    let short = match language.as_str() {
        "iw" => "he",
        "in" => "id",
        "ji" => "yi",
        "jw" => "jv",
        "mo" => "ro",
        "scr" => "hr",
        "scc" => "sr",
        "und" | "mis" | "zxx" => return None,
        other => TABLES.by_code.get(other).copied().unwrap_or(other),
    };
    let short = short.to_owned();
    *language = short;
    // The table's own tags are valid as they stand.
    if subtags.len() == 1 && modifier.is_none() && TABLES.marc.contains_key(&*subtags[0]) {
        return subtags.pop();
    }
    let mut script = match modifier.as_deref() {
        Some("latin" | "latn" | "ijekavianlatin") => Some("latn"),
        Some("cyrillic" | "cyrl") => Some("cyrl"),
        Some("arabic") => Some("arab"),
        Some("devanagari") => Some("deva"),
        _ => None,
    };
    // OJS used `sr_SR` for Serbian in Latin script; Suriname was not meant.
    if subtags == ["sr", "sr"] {
        "rs".clone_into(&mut subtags[1]);
        script = script.or(Some("latn"));
    }
    if let Some(script) = script
        && !subtags.iter().skip(1).any(|subtag| subtag.len() == 4)
    {
        subtags.insert(1, script.to_owned());
    }
    match modifier.as_deref() {
        Some("valencia") => subtags.push("valencia".to_owned()),
        Some("ijekavian" | "ijekavianlatin") => subtags.push("ijekavsk".to_owned()),
        _ => {}
    }
    let tag = LanguageTag::parse(&subtags.join("-")).ok()?;
    tag.is_valid().then(|| tag.into_string())
}

fn named(name: &str) -> Option<String> {
    let name = name
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase();
    let lookup = |name: &str| TABLES.by_name.get(name).copied();
    if let Some(tag) = lookup(&name) {
        return Some(tag.to_owned());
    }
    let (language, rest) = name.split_once(['(', ',', ';', '/'])?;
    let tag = lookup(language.trim())?;
    let rest = rest.trim().trim_end_matches(')').trim();
    let suffix = match rest {
        "us" | "usa" | "united states" | "u.s." | "american" => "-US",
        "uk" | "united kingdom" | "u.k." | "british" => "-GB",
        "australia" => "-AU",
        "canada" | "canadien" | "canadian" | "québec" => "-CA",
        "brasil" | "brazil" | "brazilian" => "-BR",
        "portugal" => "-PT",
        "españa" | "spain" => "-ES",
        "méxico" | "mexico" => "-MX",
        "argentina" => "-AR",
        "france" => "-FR",
        "germany" | "deutschland" => "-DE",
        "austria" | "österreich" => "-AT",
        "simplified" | "简体" => "-Hans",
        "traditional" | "繁體" => "-Hant",
        "latin" | "latinica" | "latin script" => "-Latn",
        "cyrillic" | "ћирилица" | "cyrillic script" => "-Cyrl",
        // `Spanish; Castilian`, `Romanian/Moldavian`: two names of one language.
        other if lookup(other) == Some(tag) => "",
        // A list of two languages is no language.
        other if lookup(other).is_some() => return None,
        _ => "",
    };
    Some(format!("{tag}{suffix}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn tags_of_the_table_are_valid_as_they_stand() {
        for tag in TABLES.marc.keys() {
            let parsed = LanguageTag::parse(tag).unwrap();
            assert!(parsed.is_valid(), "{tag}");
            assert_eq!(parsed.as_str(), *tag);
        }
    }

    #[rstest]
    // locales of OJS, old and new
    #[case("en_US", "en-US")]
    #[case("en-US", "en-US")]
    #[case("sr_RS@latin", "sr-Latn-RS")]
    #[case("sr-RS@latin", "sr-Latn-RS")]
    #[case("sr_RS@cyrillic", "sr-Cyrl-RS")]
    #[case("sr@latin", "sr-Latn")]
    #[case("sr_SR", "sr-Latn-RS")]
    #[case("sr_Cyrl", "sr-Cyrl")]
    #[case("bs_Latn", "bs-Latn")]
    #[case("be@cyrillic", "be-Cyrl")]
    #[case("uz@latin", "uz-Latn")]
    #[case("uz_UZ@cyrillic", "uz-Cyrl-UZ")]
    #[case("zh_CN", "zh-CN")]
    #[case("zh_Hans", "zh-Hans")]
    #[case("zh-hant", "zh-Hant")]
    #[case("fr_CA", "fr-CA")]
    #[case("FR_ca", "fr-CA")]
    #[case("ku_IQ", "ku-IQ")]
    #[case("ca@valencia", "ca-valencia")]
    #[case("en_US.UTF-8", "en-US")]
    #[case("cnr", "cnr")]
    #[case("ckb", "ckb")]
    #[case("hsb", "hsb")]
    #[case("gd_GB", "gd-GB")]
    #[case("es-419", "es-419")]
    // codes
    #[case("eng", "en")]
    #[case("ENG", "en")]
    #[case("ger", "de")]
    #[case("deu", "de")]
    #[case("cze", "cs")]
    #[case("ces", "cs")]
    #[case("chi", "zh")]
    #[case("zho", "zh")]
    #[case("srp", "sr")]
    #[case("kaz", "kk")]
    #[case("msa", "ms")]
    #[case("may", "ms")]
    #[case("nob", "nb")]
    #[case("grc", "grc")]
    #[case("iw", "he")]
    #[case("eng-US", "en-US")]
    #[case("mul", "mul")]
    // names
    #[case("English", "en")]
    #[case("Русский", "ru")]
    #[case("Español", "es")]
    #[case("Bahasa Indonesia", "id")]
    #[case("Português (Brasil)", "pt-BR")]
    #[case("Spanish; Castilian", "es")]
    #[case("English (US)", "en-US")]
    #[case("日本語", "ja")]
    #[case("қазақ тілі", "kk")]
    #[case("Serbian (Latin)", "sr-Latn")]
    fn tags(#[case] code: &str, #[case] tag: &str) {
        assert_eq!(bcp47(code).as_deref(), Some(tag));
    }

    #[rstest]
    #[case("")]
    #[case("xx")]
    #[case("zz_ZZ")]
    #[case("und")]
    #[case("n/a")]
    #[case("English, Russian")]
    #[case("en; ru")]
    #[case("Article")]
    #[case("12")]
    #[case("##language##")]
    fn rubbish(#[case] code: &str) {
        assert_eq!(bcp47(code), None);
    }

    #[rstest]
    #[case("de-AT", Some("ger"))]
    #[case("zh-Hans", Some("chi"))]
    #[case("sr-Latn-RS", Some("srp"))]
    #[case("ckb", Some("kur"))]
    #[case("cnr", Some("cnr"))]
    #[case("eng", Some("eng"))]
    #[case("fr", Some("fre"))]
    #[case("nb", Some("nob"))]
    #[case("rue", None)]
    fn catalog_codes(#[case] tag: &str, #[case] code: Option<&str>) {
        assert_eq!(marc(tag), code);
    }

    #[test]
    fn every_row_is_a_valid_tag_that_its_codes_and_names_lead_to() {
        for line in TABLE.lines().skip(1) {
            let cells: Vec<_> = line.split('\t').collect();
            assert_eq!(cells.len(), 4, "{line}");
            assert_eq!(bcp47(cells[0]).as_deref(), Some(cells[0]));
            if !cells[2].is_empty() && !["und", "mis", "zxx"].contains(&cells[2]) {
                assert_eq!(bcp47(cells[2]).as_deref(), Some(cells[0]), "{line}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_tag_is_valid_and_stays(raw in "\\PC{0,12}|[a-zA-Z]{2,3}([_-][a-zA-Z]{2,4})?(@latin)?") {
            if let Some(tag) = bcp47(&raw) {
                prop_assert!(LanguageTag::parse(&tag).unwrap().is_valid());
                prop_assert_eq!(bcp47(&tag), Some(tag));
            }
        }
    }
}
