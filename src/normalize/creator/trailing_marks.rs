//! Removes what follows a name and is not part of it: footnote marks, an e-mail address, the name in another script.

use super::organization::is_eastern;

/// The name without an e-mail address behind it: `Roe, Ann <ann@example.org>`, `Roe, Ann (ann@example.org)`.
pub(super) fn without_email(name: &str) -> &str {
    let Some((head, last)) = name.trim_end().rsplit_once(' ') else {
        return name;
    };
    let address = last.trim_matches(['<', '>', '(', ')', '[', ']']);
    let is_address = address.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && host.contains('.')
            && address
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+'))
    });
    let head = head.trim_end_matches([',', ';', ' ']);
    if is_address && head.contains(char::is_alphabetic) {
        head
    } else {
        name
    }
}

/// The name without marks of footnotes: `Roe, Ann*`, `Roe, Ann1,2`, `Roe, Ann†`.
pub(super) fn without_marks(name: &str) -> &str {
    let is_mark = |c: char| matches!(c, '*' | '∗' | '†' | '‡' | '§' | '¶' | '#' | '¹' | '²' | '³');
    let marks = name.trim_end_matches(|c: char| is_mark(c) || matches!(c, ',' | ' '));
    let bare = if marks.len() < name.len() && name.ends_with(is_mark) {
        marks
    } else {
        name
    };
    // figures right behind a small letter
    let figures = bare.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | '*'));
    let is_run = bare.ends_with(|c: char| c.is_ascii_digit())
        && bare.len() - figures.len() <= 5
        && figures.contains(' ')
        && figures.ends_with(char::is_lowercase);
    if is_run { figures } else { bare }
}

/// The name without its form in Han, Hangul or Kana behind it, and that form: `Kim, Min-Jun (김민준)`,
/// `Wang Xiaoming, 王小明`.
pub(super) fn without_eastern_form(name: &str) -> (&str, Option<&str>) {
    let name = name.trim_end();
    let (end, is_bracketed) = match name.strip_suffix([')', '）']) {
        Some(inner) => (inner, true),
        None => (name, false),
    };
    if !end.ends_with(is_eastern) {
        return (name, None);
    }
    let head = end.trim_end_matches(|c: char| is_eastern(c) || matches!(c, ' ' | '·' | '・'));
    let form = end[head.len()..].trim();
    let latin = if is_bracketed {
        head.strip_suffix(['(', '（'])
    } else {
        Some(head)
    };
    let latin = latin.map(|latin| latin.trim_end_matches([',', ' ']));
    match latin {
        Some(latin)
            if latin.contains(char::is_alphabetic)
                && latin.contains(' ')
                && !latin.contains(is_eastern)
                && (2..=6).contains(&form.chars().filter(|c| *c != ' ').count()) =>
        {
            (latin, Some(form))
        }
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Roe, Ann <ann@example.org>", "Roe, Ann")]
    #[case("Roe, Ann, ann.roe@example.org", "Roe, Ann")]
    #[case("Roe, Ann (ann@example.org)", "Roe, Ann")]
    #[case("ann@example.org", "ann@example.org")]
    #[case("Roe, A@n", "Roe, A@n")]
    fn addresses_are_left_out(#[case] name: &str, #[case] bare: &str) {
        assert_eq!(without_email(name), bare);
    }

    #[rstest]
    #[case("Roe, Ann*", "Roe, Ann")]
    #[case("Roe, Ann1,2", "Roe, Ann")]
    #[case("Roe, Ann 1,*", "Roe, Ann 1")]
    #[case("Ann Roe†‡", "Ann Roe")]
    #[case("Group of 77", "Group of 77")]
    #[case("Agent007", "Agent007")]
    #[case("Roe, A.", "Roe, A.")]
    fn marks_are_left_out(#[case] name: &str, #[case] bare: &str) {
        assert_eq!(without_marks(name), bare);
    }

    #[rstest]
    #[case("Kim, Min-Jun (김민준)", "Kim, Min-Jun", Some("김민준"))]
    #[case("Wang Xiaoming, 王小明", "Wang Xiaoming", Some("王小明"))]
    #[case("YAMADA, Taro 山田太郎", "YAMADA, Taro", Some("山田太郎"))]
    #[case("山田, 太郎", "山田, 太郎", None)]
    #[case("Lee, 民", "Lee, 民", None)]
    #[case("홍길동(한국대학교)", "홍길동(한국대학교)", None)]
    fn the_same_name_in_another_script(
        #[case] name: &str,
        #[case] latin: &str,
        #[case] form: Option<&str>,
    ) {
        assert_eq!(without_eastern_form(name), (latin, form));
    }
}
