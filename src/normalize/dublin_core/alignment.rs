//! The same people in lists of names in two scripts, one of which leaves some out.

use deunicode::deunicode;

use crate::article::Contributor;

/// Length of a list up to which each name is compared with each: few articles have more authors.
const MOST_NAMES: usize = 1_000;

/// The place in `names` of each of `others`, a shorter list. Nothing where one is found nowhere or twice, in another
/// order, or in a list longer than [`MOST_NAMES`].
pub(super) fn places(names: &[Contributor], others: &[Contributor]) -> Option<Vec<usize>> {
    if names.len() > MOST_NAMES {
        return None;
    }
    let keys: Vec<Key> = names.iter().map(Key::of).collect();
    let mut places: Vec<usize> = Vec::with_capacity(others.len());
    for other in others {
        let wanted = Key::of(other);
        let mut alike = keys
            .iter()
            .enumerate()
            .filter(|(_, key)| key.is_like(&wanted))
            .map(|(at, _)| at);
        let at = alike.next()?;
        if alike.next().is_some() || places.last().is_some_and(|last| at <= *last) {
            return None;
        }
        places.push(at);
    }
    Some(places)
}

/// The consonants of a name in Latin letters: what transliterations agree on.
struct Key {
    family: String,
    given: String,
}

impl Key {
    fn of(name: &Contributor) -> Self {
        let family = name.family.as_deref().unwrap_or(&name.raw);
        Self {
            family: skeleton(family),
            given: skeleton(name.given.as_deref().unwrap_or_default()),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        let first = |given: &str| given.chars().next();
        let (one, two) = (first(&self.given), first(&other.given));
        let agree = one.is_none() || two.is_none() || one == two;
        agree && !self.family.is_empty() && differ_by_one_at_most(&self.family, &other.family)
    }
}

/// `Сейітова` and `Seitova` are `stv`; a vowel at the beginning is `_`.
fn skeleton(text: &str) -> String {
    /// Ways in which languages write one consonant, the longest first.
    const SPELLINGS: [(&str, &str); 18] = [
        ("shch", "s"),
        ("tsch", "c"),
        ("sch", "s"),
        ("dzh", "z"),
        ("tch", "c"),
        ("sh", "s"),
        ("ch", "c"),
        ("zh", "z"),
        ("kh", "h"),
        ("gh", "g"),
        ("ph", "f"),
        ("th", "t"),
        ("ts", "c"),
        ("tz", "c"),
        ("ck", "k"),
        ("x", "ks"),
        ("w", "v"),
        ("q", "k"),
    ];
    let latin = deunicode(text).to_ascii_lowercase();
    let mut letters: String = latin.chars().filter(char::is_ascii_alphabetic).collect();
    let is_vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'j');
    let begins_with_vowel = letters.starts_with(is_vowel);
    for (spelling, consonant) in SPELLINGS {
        letters = letters.replace(spelling, consonant);
    }
    let mut out = String::new();
    if begins_with_vowel {
        out.push('_');
    }
    for c in letters.chars().filter(|c| !is_vowel(*c) && *c != 'h') {
        if !out.ends_with(c) {
            out.push(c);
        }
    }
    out
}

/// Returns whether two words are equal, or long and one letter apart.
fn differ_by_one_at_most(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.len() < 4 || long.len() - short.len() > 1 {
        return false;
    }
    let same = short
        .bytes()
        .zip(long.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    let rest = &long[same + 1..];
    rest == &short[same..] || (short.len() == long.len() && rest == &short[same + 1..])
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn people(names: &[&str]) -> Vec<Contributor> {
        let person = |name: &&str| {
            let (family, given) = name.split_once(", ").unwrap();
            Contributor {
                family: Some(family.to_owned()),
                given: Some(given.to_owned()),
                raw: (*name).to_owned(),
                ..Contributor::default()
            }
        };
        names.iter().map(person).collect()
    }

    #[rstest]
    #[case::cyrillic(&["Garcia, Ana", "Abenova, Dana"], &["Абенова, Дана"], Some(vec![1]))]
    #[case::kazakh(&["Akhmetova, Aigul", "Smith, Jo", "Zhumabayev, Yerlan"], &["Ахметова, Айгүл", "Жұмабаев, Ерлан"], Some(vec![0, 2]))]
    #[case::chinese(&["Wang, Xiaoming", "Roe, Ann"], &["王, 小明"], Some(vec![0]))]
    #[case::initials(&["Иванов, Андрей", "Иванов, Борис"], &["Ivanov, B."], Some(vec![1]))]
    #[case::two_of_one_name(&["Ivanov, Andrei", "Ivanov, Anton"], &["Иванов, А."], None)]
    #[case::somebody_else(&["Garcia, Ana", "Lopez, Eva"], &["Абенова, Дана"], None)]
    #[case::another_order(&["Garcia, Ana", "Abenova, Dana", "Petrova, Eva"], &["Петрова, Ева", "Абенова, Дана"], None)]
    fn finds_people_across_scripts(
        #[case] names: &[&str],
        #[case] others: &[&str],
        #[case] expected: Option<Vec<usize>>,
    ) {
        assert_eq!(places(&people(names), &people(others)), expected);
    }
}
