//! Dates of life, which authority files put behind a name: `Alder, Tobias Reed, 1799-1885`.

/// The name without dates of life behind its last comma, and without a title of nobility before them. The name as
/// received stays in the article.
pub(super) fn without_dates(name: &str) -> &str {
    // `Roe, Ann (1932-1999)`
    if let Some((head, dates)) = name
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('))
        && head.contains(',')
        && dates.contains(['-', '–'])
        && are_dates(dates)
    {
        return head.trim_end();
    }
    let Some((head, last)) = name.rsplit_once(',') else {
        return name;
    };
    if !head.contains(',') || !are_dates(last) {
        return name;
    }
    let head = head.trim_end();
    // `Lévis, François Gaston, duc de, 1720-1787`
    match head.rsplit_once(',') {
        Some((before, title))
            if before.contains(',') && title.trim().starts_with(char::is_lowercase) =>
        {
            before.trim_end()
        }
        _ => head,
    }
}

/// `1932-`, `1799-1885`, `b. 1932`, `ca. 1650-1701?`, `active 1600`
fn are_dates(text: &str) -> bool {
    let text = text.trim().trim_end_matches('.');
    let mut figures = 0;
    let known = text
        .split([' ', '-', '–', '?', '.'])
        .filter(|part| !part.is_empty())
        .all(|part| {
            if part.bytes().all(|b| b.is_ascii_digit()) {
                figures += 1;
                (3..=4).contains(&part.len())
            } else {
                matches!(
                    part,
                    "b" | "d" | "ca" | "fl" | "active" | "born" | "died" | "approximately" | "cent"
                )
            }
        });
    known && (1..=2).contains(&figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_behind_names() {
        assert_eq!(without_dates("Falk, Henrik, 1932-"), "Falk, Henrik");
        assert_eq!(
            without_dates("Lévis, François Gaston, duc de, 1720-1787"),
            "Lévis, François Gaston"
        );
        assert_eq!(
            without_dates("Casgrain, H. R. (Henri Raymond), 1831-1904"),
            "Casgrain, H. R. (Henri Raymond)"
        );
        assert_eq!(without_dates("Falk, Henrik (1932-1999)"), "Falk, Henrik");
        for other in [
            "Doe, Jane",
            "Doe, Jane (1984)",
            "Class of 1932, 1932-",
            "Doe, Jane, 12",
            "King, Martin Luther, Jr.",
        ] {
            assert_eq!(without_dates(other), other);
        }
    }
}
