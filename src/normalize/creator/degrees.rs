//! Academic degrees and titles behind a name: `Roe, Ann, Ph.D.`, `Budi Santoso, S.Kom., M.Kom`, `Петренко О. В., канд. техн. наук`.

use super::titles::is_title_word;
use crate::normalize::text::is_lower;

/// Degrees without their full stops, in lower case. Those of two letters may be initials: they need a comma before them.
const DEGREES: [&str; 43] = [
    "phd", "dphil", "md", "ma", "msc", "ms", "mba", "mph", "bsc", "ba", "dds", "dmd", "rn", "jd",
    "llm", "llb", "edd", "dsc", "frcp", "frcs", "pharmd", "psyd", "dvm", "facs",
    // Indonesia, Malaysia
    "se", "sh", "mh", "mm", "st", "mt", "ss", "lc", "apt", "ns", "mikom", "sikom",
    // Czechia, Slovakia, Poland
    "csc", "drsc", "mgr", "mudr", "rndr", "phdr", "judr",
];

/// Letters of the longest of them.
const LONGEST: usize = 6;

/// Fields behind `S.`, `M.` and `A.` in the degrees of Indonesia, in lower case.
const INDONESIAN: [&str; 33] = [
    "ag", "ak", "ars", "biomed", "ds", "farm", "fil", "gz", "hi", "hum", "hut", "ikom", "keb",
    "kep", "kes", "kn", "kom", "mat", "par", "pd", "pdi", "pi", "psi", "psikolog", "pt", "si",
    "sn", "sos", "stat", "sy", "th", "tr", "ud",
];

/// Words that end a degree or a position in Cyrillic, in lower case, without their full stops.
const CYRILLIC: [&str; 21] = [
    "наук",
    "профессор",
    "професор",
    "проф",
    "доцент",
    "доц",
    "академик",
    "академік",
    "аспирант",
    "аспирантка",
    "аспірант",
    "аспірантка",
    "магистрант",
    "магістрант",
    "студент",
    "студентка",
    "докторант",
    "докторантка",
    "преподаватель",
    "викладач",
    "соискатель",
];

/// The name without degrees behind its given name. The name as received stays in the article.
pub(super) fn without_degrees(name: &str) -> &str {
    let mut name = without_bracketed_titles(name.trim_end());
    let mut has_degree = false;
    while let Some((head, last)) = name.rsplit_once(',')
        && head.contains(',')
        && is_degree(last)
    {
        name = head.trim_end();
        has_degree = true;
    }
    // `Robert Jones, Ph.D.`; `García Pérez, M.A.` may be initials, unless another degree is behind them
    if let Some((head, last)) = name.rsplit_once(',')
        && !head.contains(',')
        && head.trim().contains(' ')
        && is_degree(last)
        && (has_degree || last.chars().filter(|c| c.is_alphabetic()).count() >= 3)
    {
        name = head.trim_end();
    }
    // sure without a comma too
    for degree in [" Ph.D.", " PhD", " Ph. D."] {
        if let Some(head) = name.strip_suffix(degree)
            && head.trim_end_matches(',').contains(',')
        {
            name = head.trim_end_matches([',', ' ']);
        }
    }
    name
}

/// Words of academic titles, without their full stops, in lower case.
const TITLES: [&str; 26] = [
    "prof",
    "dr",
    "drs",
    "phd",
    "pd",
    "apl",
    "em",
    "jun",
    "univ",
    "hon",
    "habil",
    "mag",
    "dipl",
    "ing",
    "priv",
    "doz",
    "rer",
    "nat",
    "phil",
    "med",
    "jur",
    "hc",
    "msc",
    "professor",
    "hab",
    "inż",
];

/// The name without titles in brackets at its end: `Schulze, Peter (Prof. Dr.)` (OPUS).
fn without_bracketed_titles(name: &str) -> &str {
    let Some((head, inner)) = name
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once('('))
    else {
        return name;
    };
    if is_title(inner) {
        head.trim_end()
    } else {
        name
    }
}

/// `Prof. Dr.`, `dr hab.`
fn is_title(text: &str) -> bool {
    let mut words = text
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | '-' | ','))
        .filter(|word| !word.is_empty())
        .peekable();
    let is_known = |word: &str| TITLES.iter().any(|title| is_lower(word, title));
    words.peek().is_some() && words.all(is_known)
}

fn is_degree(text: &str) -> bool {
    let text = text.trim();
    is_indonesian(text) || is_cyrillic(text) || is_rank(text) || is_listed(text)
}

/// Titles behind a name, which begin with one that is no given name: `prof. dr hab.`, but not `Phil`.
fn is_rank(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    is_title(text) && (is_title_word(first) || matches!(first, "dr" | "prof"))
}

fn is_listed(text: &str) -> bool {
    let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '.');
    // most are longer than any degree
    if letters.clone().nth(LONGEST).is_some() {
        return false;
    }
    let bare: String = letters.collect();
    DEGREES.iter().any(|degree| is_lower(&bare, degree))
}

/// `S.Pd.`, `M. Kom`, `S.Pd.I`
fn is_indonesian(text: &str) -> bool {
    let Some(field) = text
        .strip_prefix(['S', 'M', 'A'])
        .and_then(|rest| rest.strip_prefix('.'))
    else {
        return false;
    };
    let field: String = field.chars().filter(|c| !matches!(c, '.' | ' ')).collect();
    field.len() >= 2 && INDONESIAN.iter().any(|known| is_lower(&field, known))
}

/// `д.ф.н.`, `канд. техн. наук`, `профессор`, `ст. преподаватель`
fn is_cyrillic(text: &str) -> bool {
    if text.is_ascii() {
        return false;
    }
    let lower = text.to_lowercase();
    let bare = lower.trim_end_matches('.');
    // `д.ф.-м.н.`: doctor or candidate of some sciences
    let is_abbreviated = bare.chars().count() <= 12
        && bare.starts_with(['д', 'к'])
        && bare.ends_with('н')
        && bare.matches('.').count() >= 2;
    let last = bare.split_whitespace().next_back();
    is_abbreviated || last.is_some_and(|last| CYRILLIC.contains(&last))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Roe, Ann, Ph.D.", "Roe, Ann")]
    #[case("Roe, Ann, MD, MPH", "Roe, Ann")]
    #[case("Roe, Ann PhD", "Roe, Ann")]
    #[case("Robert Jones, Ph.D.", "Robert Jones")]
    #[case("Ahmad bin Abdullah, M.Pd.", "Ahmad bin Abdullah")]
    #[case("Budi Santoso, S.Kom., M.Kom", "Budi Santoso")]
    #[case("Budi Santoso, S.H., M.H.", "Budi Santoso")]
    #[case("Nurhaliza, Siti, S. Pd., M.Pd.I", "Nurhaliza, Siti")]
    #[case("Kowalski, Jan, prof. dr hab.", "Kowalski, Jan")]
    #[case("Novák, Jan, Ing., CSc.", "Novák, Jan")]
    #[case("Иванов Иван Иванович, д.ф.-м.н., профессор", "Иванов Иван Иванович")]
    #[case("Петренко О. В., канд. техн. наук", "Петренко О. В.")]
    #[case("Schulze, Peter (Prof. Dr.)", "Schulze, Peter")]
    #[case("Schulze, Peter (Priv.-Doz. Dr. med.)", "Schulze, Peter")]
    fn degrees_are_left_out(#[case] name: &str, #[case] bare: &str) {
        assert_eq!(without_degrees(name), bare);
    }

    #[rstest]
    #[case::family_name("Ma, Ann")]
    #[case::given_name("Roe, Ma")]
    #[case::initials("Roe, Ann M.D.")]
    #[case::suffix("Roe, Ann, Jr.")]
    #[case::called("Roe, Ann (Nan)")]
    #[case::nothing("Roe, Ann ()")]
    #[case::initials_with_a_name("Rahman Khan, S.Ahmed")]
    #[case::cyrillic_given_name("Дон Кихот, Конон")]
    #[case::initials_of_two_letters("Santoso Putra, S.H.")]
    #[case::two_family_names("García Pérez, M.A.")]
    #[case::given_name_of_a_title("García López, Phil")]
    #[case::given_name_of_another("Van Damme, Nat")]
    #[case::given_name_of_an_engineer("García López, Ing")]
    fn other_words_stay(#[case] name: &str) {
        assert_eq!(without_degrees(name), name);
    }
}
