//! Language codes, locales and names to BCP 47, and on to the codes of library catalogs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::LazyLock;

use crate::values::LanguageTag;

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
    // `iso-639-3:eng`
    let code = match code.rsplit_once(':') {
        Some((scheme, code)) if scheme.to_ascii_lowercase().starts_with("iso") => code.trim(),
        _ => code,
    };
    locale(code)
        .or_else(|| named(code))
        .or_else(|| code_before_name(code))
}

/// `eng (English)`, `spa - español`: a code and the name of the same language.
fn code_before_name(text: &str) -> Option<String> {
    let (code, rest) = text.split_once([' ', '('])?;
    if !(2..=3).contains(&code.len()) {
        return None;
    }
    let tag = locale(code)?;
    let name = rest.trim_matches(|c: char| !c.is_alphabetic());
    (named(name).as_deref().map(LanguageTag::primary_of) == Some(LanguageTag::primary_of(&tag)))
        .then_some(tag)
}

/// Code of the MARC list, which is ISO 639-2/B: `ger` for `de-AT`, `chi` for `zh-Hans`; `None` where the list
/// has none for the language alone.
pub fn marc(tag: &str) -> Option<&'static str> {
    let primary = LanguageTag::primary_of(tag).to_ascii_lowercase();
    let tables = &*TABLES;
    let short = tables.by_code.get(&*primary).copied().unwrap_or(&primary);
    tables
        .marc
        .get(short)
        .or_else(|| tables.marc.get(&*primary))
        .copied()
}

/// Returns the shortest code of a language; `None` for codes that say nothing.
fn shortest(language: &str) -> Option<String> {
    // Withdrawn codes that old software still writes, and the short form of three-letter ones.
    let short = match language {
        "iw" => "he",
        "in" => "id",
        "ji" => "yi",
        "jw" => "jv",
        // countries' codes that are no language's
        "jp" => "ja",
        "cz" => "cs",
        "dk" => "da",
        "ua" => "uk",
        "mo" | "mol" => "ro",
        "scr" => "hr",
        "scc" => "sr",
        "und" | "mis" | "zxx" => return None,
        other => TABLES.by_code.get(other).copied().unwrap_or(other),
    };
    Some(short.to_owned())
}

/// Returns the script that the modifier of a POSIX locale names.
fn script_of_modifier(modifier: &str) -> Option<&'static str> {
    match modifier {
        "latin" | "latn" | "ijekavianlatin" => Some("latn"),
        "cyrillic" | "cyrl" => Some("cyrl"),
        "arabic" => Some("arab"),
        "devanagari" => Some("deva"),
        _ => None,
    }
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
    *language = shortest(language)?;
    // The table's own tags are valid as they stand.
    if subtags.len() == 1 && modifier.is_none() && TABLES.marc.contains_key(&*subtags[0]) {
        return subtags.pop();
    }
    let mut script = modifier.as_deref().and_then(script_of_modifier);
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
    LanguageTag::registered(&subtags.join("-")).map(String::from)
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
        // A list of two languages is not a language.
        other if lookup(other).is_some() => return None,
        _ => "",
    };
    Some(format!("{tag}{suffix}"))
}

/// A script, as far as it tells languages apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Indic,
    Thai,
    Eastern,
}

const SCRIPTS: [Script; 8] = [
    Script::Latin,
    Script::Cyrillic,
    Script::Greek,
    Script::Arabic,
    Script::Hebrew,
    Script::Indic,
    Script::Thai,
    Script::Eastern,
];

/// The script that most letters of a text are in; `None` without letters, and where none has two thirds of them.
pub(crate) fn script(text: &str) -> Option<Script> {
    let mut counts = [0_usize; 8];
    // the beginning of a text is in its language
    let letters = text.chars().filter(|c| c.is_alphabetic()).take(400);
    let mut all = 0;
    for c in letters {
        all += 1;
        let script = match c {
            'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
            '\u{400}'..='\u{52f}' => Script::Cyrillic,
            '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
            '\u{600}'..='\u{6ff}'
            | '\u{750}'..='\u{77f}'
            | '\u{fb50}'..='\u{fdff}'
            | '\u{fe70}'..='\u{feff}' => Script::Arabic,
            '\u{590}'..='\u{5ff}' => Script::Hebrew,
            '\u{900}'..='\u{dff}' => Script::Indic,
            '\u{e00}'..='\u{e7f}' => Script::Thai,
            '\u{1100}'..='\u{11ff}' | '\u{3040}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' => {
                Script::Eastern
            }
            _ => continue,
        };
        counts[script as usize] += 1;
    }
    SCRIPTS
        .into_iter()
        .find(|script| counts[*script as usize] * 3 > all * 2)
}

/// Languages that are written in Latin letters alone.
const LATIN: [&str; 34] = [
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "cs", "sk", "sl", "hr", "hu", "ro", "sv", "da",
    "nb", "nn", "no", "fi", "et", "lv", "lt", "tr", "id", "ms", "vi", "ca", "gl", "eu", "sq", "la",
    "is", "af",
];

/// Returns whether a text cannot be in the language of its tag: Cyrillic, Chinese or Arabic letters under `en`. A tag
/// that names a script itself is believed.
pub(crate) fn contradicts(tag: &str, text: &str) -> bool {
    LATIN.contains(&LanguageTag::primary_of(tag))
        && !LanguageTag::has_script(tag)
        && script(text).is_some_and(|script| script != Script::Latin)
}

/// The commonest words of languages in Latin letters; each stands in one list only.
const COMMON: [(&str, &str); 10] = [
    (
        "en",
        "the of and is are was were this that with from which has been by for in to",
    ),
    (
        "es",
        "el los las una del con por para que este esta fueron como más entre su sus se",
    ),
    (
        "pt",
        "o os das dos uma com não foi são como ao pela pelo também esta este em na no",
    ),
    (
        "fr",
        "le les des une est dans qui que sur cette ces sont aux avec par ont été pour du et",
    ),
    (
        "de",
        "der die das und ist nicht ein eine mit von zu den im auf für werden wird dem sich",
    ),
    (
        "it",
        "il lo gli della delle dei nel nella che è sono con questo questa alla per di",
    ),
    (
        "tr",
        "bir ve bu ile için olarak olan çalışma çalışmanın da de edilmiştir göre iki",
    ),
    (
        "id",
        "yang dan di dengan untuk dari pada dalam ini adalah ke penelitian oleh",
    ),
    (
        "pl",
        "w na z się do jest oraz nie przez dla od są artykuł który to",
    ),
    (
        "nl",
        "het een en van is op dat voor zijn met niet door wordt aan bij",
    ),
];

/// The language of a text in Latin letters, by its commonest words; `None` where it is not plain.
pub(crate) fn guess(text: &str) -> Option<&'static str> {
    let mut counts = [0_usize; COMMON.len()];
    let words = text
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .take(80);
    for word in words {
        let word = word.to_lowercase();
        for (count, (_, common)) in counts.iter_mut().zip(COMMON) {
            *count += usize::from(common.split(' ').any(|known| known == word));
        }
    }
    let best = (0..counts.len()).max_by_key(|at| counts[*at])?;
    let second = (0..counts.len())
        .filter(|at| *at != best)
        .map(|at| counts[at])
        .max()?;
    (counts[best] >= 3 && counts[best] > second * 3 / 2).then(|| COMMON[best].0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[test]
    fn scripts_against_tags() {
        assert!(contradicts("en", "Границы и швы: исследование"));
        assert!(contradicts("en", "이음매와 매듭의 연구"));
        for (tag, text) in [
            ("en", "Borders and seams: Границы"),
            ("ru", "Borders and seams"),
            ("sr", "Границе и шавови"),
            ("en-Cyrl", "Границы"),
            ("en", "2004"),
        ] {
            assert!(!contradicts(tag, text), "{tag} {text}");
        }
    }

    #[test]
    fn languages_by_their_words() {
        assert_eq!(
            guess("The purpose of this study is to show how an example travels in two languages."),
            Some("en")
        );
        assert_eq!(
            guess(
                "Bu çalışmanın amacı örnek bir metnin iki dilde nasıl taşındığını göstermektir. Sonuçta iki özet de kalmalıdır."
            ),
            Some("tr")
        );
        assert_eq!(
            guess(
                "Les marchés traditionnels et maintenant les supermarchés approvisionnent les demandes dans le pays"
            ),
            Some("fr")
        );
        assert_eq!(guess("DNA repair"), None);
        assert_eq!(guess("Homo sapiens in situ"), None);
    }

    #[test]
    fn codes_beside_names() {
        assert_eq!(bcp47("eng (English)").as_deref(), Some("en"));
        assert_eq!(bcp47("spa - español").as_deref(), Some("es"));
        assert_eq!(bcp47("iso-639-3:eng").as_deref(), Some("en"));
        assert_eq!(bcp47("jp").as_deref(), Some("ja"));
        for other in ["eng fre", "spa - inglés", "iso-639-3:", "no (none)"] {
            assert_eq!(bcp47(other), None, "{other}");
        }
    }

    #[test]
    fn tags_of_the_table_are_valid_as_they_stand() {
        for tag in TABLES.marc.keys() {
            let parsed = LanguageTag::registered(tag);
            assert_eq!(parsed.as_deref(), Some(*tag));
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
                prop_assert!(LanguageTag::registered(&tag).is_some());
                prop_assert_eq!(bcp47(&tag), Some(tag));
            }
        }
    }
}
