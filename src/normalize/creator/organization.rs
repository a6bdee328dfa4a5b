//! Telling organisations from people, and the scripts that set no blanks between the parts of a name.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::normalize::text::is_lower;

/// Words that no person is called by. One is enough in a name without a comma; before a comma there must be
/// a second word beside it, since `Rada, Ana` is a person.
static ORGANIZATION_WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    HashSet::from([
        "library",
        "libraries",
        "archive",
        "archives",
        "museum",
        "college",
        "hospital",
        "corporation",
        "company",
        "bureau",
        "survey",
        "authority",
        "division",
        "services",
        "service",
        "collection",
        "administration",
        "secretariat",
        "botanical",
        "biblioteca",
        "bibliothek",
        "bibliothèque",
        "museo",
        "musée",
        "hochschule",
        "akademie",
        "kommission",
        "ministerium",
        "stiftung",
        "gesellschaft",
        "verein",
        "zentrum",
        "prefeitura",
        "secretaría",
        "secretaria",
        "laboratorio",
        "laboratoire",
        "observatory",
        "herbarium",
        "coalition",
        "alliance",
        "initiative",
        "university",
        "universidad",
        "universidade",
        "università",
        "université",
        "universität",
        "universitas",
        "universitet",
        "institute",
        "institut",
        "instituto",
        "istituto",
        "institution",
        "ministry",
        "ministerio",
        "ministério",
        "ministère",
        "committee",
        "commission",
        "comité",
        "comitê",
        "comissão",
        "comisión",
        "council",
        "consejo",
        "conselho",
        "association",
        "asociación",
        "associação",
        "society",
        "sociedad",
        "sociedade",
        "société",
        "foundation",
        "fundación",
        "fundação",
        "federation",
        "department",
        "departamento",
        "faculty",
        "facultad",
        "faculdade",
        "fakultas",
        "agency",
        "organization",
        "organisation",
        "consortium",
        "collaboration",
        "editorial",
        "editors",
        "redacción",
        "redação",
        "rédaction",
        "redaktion",
        "redakcja",
        "redaksi",
        "academy",
        "academia",
        "laboratory",
        "group",
        "team",
        "network",
        "университет",
        "институт",
        "министерство",
        "академия",
        "редакция",
        "редколлегия",
        "общество",
        "комитет",
        "факультет",
        "кафедра",
        "центр",
        "університет",
        "інститут",
        "академія",
        "бібліотека",
        "universiteit",
        "universitaire",
        "hogeschool",
        "högskola",
        "høgskole",
        "institutionen",
        "instituttet",
        "yliopisto",
        "üniversitesi",
        "fakültesi",
        "enstitüsü",
        "bölümü",
        "bakanlığı",
        "başkanlığı",
        "derneği",
        "uniwersytet",
        "politechnika",
        "instytut",
        "wydział",
        "univerzita",
        "univerzitet",
        "univerza",
        "sveučilište",
        "fakultet",
        "fakulta",
        "fakulteta",
        "egyetem",
        "universitatea",
        "πανεπιστήμιο",
        "politecnico",
        "politécnica",
        "polytechnique",
        "école",
        "escuela",
        "colegio",
        "dipartimento",
        "département",
        "fachhochschule",
        "kementerian",
        "ministerio",
        "ministerstvo",
        "جامعة",
        "كلية",
    ])
});

/// Ends of the names of bodies in Han and Hangul, which have no blanks to part words at.
const EASTERN_BODIES: [&str; 22] = [
    "大学",
    "大學",
    "学院",
    "學院",
    "学会",
    "學會",
    "协会",
    "協会",
    "協會",
    "研究所",
    "研究院",
    "研究室",
    "委员会",
    "委員会",
    "委員會",
    "図書館",
    "图书馆",
    "대학교",
    "연구소",
    "연구원",
    "학회",
    "위원회",
];

/// Bodies that sign with their letters.
const ACRONYMS: [&str; 8] = [
    "UNESCO", "UNICEF", "WHO", "OECD", "NATO", "OSCE", "UNDP", "FAO",
];

/// Legal forms of companies, in lower case and without full stops.
const LEGAL_FORMS: [&str; 7] = ["inc", "ltd", "llc", "gmbh", "plc", "corp", "pty"];

/// `Terrain Data Technology, Inc. (GDT)`
fn has_legal_form(name: &str) -> bool {
    // `Google Inc.`
    if !name.contains(',') {
        let mut words = name.split_whitespace();
        let last = words.next_back().unwrap_or_default();
        let bare = last.trim_end_matches('.');
        return words.next().is_some() && LEGAL_FORMS.iter().any(|form| is_lower(bare, form));
    }
    name.split(',').skip(1).any(|part| {
        let word = part.trim().split([' ', '(']).next().unwrap_or_default();
        // `L.L.C.`
        if word.contains('.') {
            let bare = word.replace('.', "");
            return LEGAL_FORMS.iter().any(|form| is_lower(&bare, form));
        }
        LEGAL_FORMS.iter().any(|form| is_lower(word, form))
    })
}

/// Returns whether a name is that of an organisation.
pub(super) fn is_organization(name: &str) -> bool {
    if ACRONYMS.contains(&name) || has_legal_form(name) {
        return true;
    }
    let head = name.split(',').next().unwrap_or(name);
    let mut words = head
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty());
    let Some(first) = words.next() else {
        return false;
    };
    let is_one_of = |word: &str, known: &[&str]| known.iter().any(|known| is_lower(word, known));
    let Some(second) = words.next() else {
        const ALONE: [&str; 5] = [
            "editorial",
            "editors",
            "redaktion",
            "редакция",
            "редколлегия",
        ];
        // `Editorial` alone is a section's habit; with a comma it is a name
        return EASTERN_BODIES.iter().any(|body| head.ends_with(body))
            || (head.len() == name.len() && is_one_of(first, &ALONE));
    };
    let mut lower = String::new();
    let mut is_word = |word: &str| {
        lower.clear();
        lower.extend(word.chars().flat_map(char::to_lowercase));
        ORGANIZATION_WORDS.contains(lower.as_str())
    };
    is_word(first)
        || is_word(second)
        || words.any(is_word)
        || (is_one_of(first, &["center", "centre", "centro"])
            && is_one_of(second, &["for", "of", "de", "per", "para"]))
}

/// Returns whether a character is a letter of Han, Hangul or Kana.
pub(crate) fn is_eastern(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
