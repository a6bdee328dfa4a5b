//! What stands around the journal and issue of a reference, and is left out before these are read.

/// The journal and issue of a reference by GOST 7.1, `Title / Authors // Journal. — 2008. — Т. 12, № 3. — С. 45-67. —
/// Бібліогр.: 12 назв.`, without the notes at its end. Another value stays as it is.
pub(super) fn behind_slashes(value: &str) -> &str {
    const NOTES: [&str; 5] = ["Бібліогр", "Библиогр", "ISSN", "укр.", "рос."];
    let bare = value.strip_prefix("//").map(str::trim_start);
    let Some(mut text) = bare.or_else(|| value.rsplit_once(" // ").map(|(_, text)| text)) else {
        return value;
    };
    while let Some((head, note)) = text.rsplit_once(" — ").or_else(|| text.rsplit_once(" – "))
        && NOTES.iter().any(|word| note.starts_with(word))
    {
        text = head;
    }
    text
}

/// The citation without the address at its end and the day of a visit: `… Disponível em: <http://…>. Acesso em: 12 jan. 2013`.
pub(super) fn without_availability(value: &str) -> &str {
    const WORDS: [&str; 5] = [
        "Disponível em",
        "Disponible en",
        "Disponibile su",
        "Режим доступа",
        "Режим доступу",
    ];
    let at = WORDS.iter().filter_map(|word| value.find(word)).min();
    at.filter(|at| *at > 0)
        .map_or(value, |at| value[..at].trim_end())
}

/// `[Journal:] Seams [ISSN:] 2049-3630 [Volume:] 5` without the brackets around its labels (EconStor).
pub(super) fn without_brackets(value: &str) -> String {
    let mut bare = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('[') {
        bare.push_str(before);
        match after.split_once(":]") {
            Some((label, behind)) if label.chars().all(char::is_alphabetic) => {
                bare.push_str(label);
                bare.push(':');
                rest = behind;
            }
            _ => {
                bare.push('[');
                rest = after;
            }
        }
    }
    bare.push_str(rest);
    bare
}

/// The citation without the number of pages at its end: `… (2007) [5 pages]`, `…, 066, 10 pages`.
pub(super) fn without_size(value: &str) -> &str {
    let trimmed = value.trim_end_matches([']', ')', '.', ' ']);
    let Some(head) = ["pages", "pp"]
        .iter()
        .find_map(|word| trimmed.strip_suffix(word))
    else {
        return value;
    };
    let head = head.trim_end();
    let bare = head.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_size = bare.len() < head.len() && bare.trim_end().ends_with(['[', '(', ',']);
    if is_size {
        bare.trim_end_matches(['[', '(', ',', ' '])
    } else {
        value
    }
}
