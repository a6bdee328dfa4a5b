//! Names of creators and contributors, as Dublin Core writes them.
//!
//! One string holds a name, and in old versions of OJS an affiliation:
//! `First Middle Last; Affiliation` up to 2.2, `Last, First; Affiliation` up to 2.4.6, later `Family, Given`;
//! a given name alone and the name of an organisation have no comma. What cannot be split safely stays whole.

mod degrees;
mod life_dates;
mod lists;
mod organization;
mod roles;
mod titles;
mod trailing_affiliation;
mod trailing_marks;

use crate::article::{Affiliation, Code, Contributor, ContributorKind, NameVariant, Role};
use crate::normalize::dialect::NameStyle;
use crate::normalize::text;

pub(crate) use lists::{joined_names, signed_names};
pub(crate) use organization::is_eastern;
use organization::is_organization;
pub(crate) use roles::role_of;
use titles::{is_generation, is_honorific, is_title_word};

/// A name taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) contributor: Contributor,
    /// Repaired or doubtful values.
    pub(crate) codes: Vec<Code>,
    /// A salutation that stood before the given name.
    pub(crate) salutation: Option<String>,
    /// The role that a word behind the name tells.
    pub(crate) role: Option<Role>,
}

/// Takes one cleaned name apart.
pub(crate) fn parse(value: &str, style: NameStyle) -> Name {
    let (name, affiliation) = match value.split_once(';') {
        Some((name, affiliation))
            if !name.trim().is_empty()
                && (style.ojs || trailing_affiliation::is_affiliation(affiliation)) =>
        {
            (name.trim(), affiliation.trim())
        }
        _ => (value.trim(), ""),
    };
    let (name, orcid) = trailing_affiliation::without_orcid(name);
    let received = name;
    let (name, eastern) = if style.ojs {
        (name, None)
    } else {
        trailing_marks::without_eastern_form(trailing_marks::without_marks(
            trailing_marks::without_email(name),
        ))
    };
    let has_more = name.len() < received.len();
    let (name, role) = roles::without_role(name);
    let (name, second) = trailing_affiliation::without_affiliation(name);
    let (name, inner_role) = roles::without_role(name);
    let name = name.trim_end_matches([';', ' ']);
    let bare = life_dates::without_dates(lists::without_et_al(name));
    let bare = degrees::without_degrees(bare).trim_end_matches([';', ' ']);
    let bare = match bare.strip_suffix(',') {
        Some(head) if head.contains(',') => head.trim_end(),
        _ => bare,
    };
    let mut parsed = parse_name(bare, style);
    if has_more {
        received.clone_into(&mut parsed.contributor.raw);
    } else if bare.len() < name.len() {
        // dates of life and degrees stay in the name as received
        name.clone_into(&mut parsed.contributor.raw);
    }
    if let Some(raw) = eastern {
        let raw = raw.to_owned();
        parsed.contributor.variants.push(NameVariant {
            raw,
            ..NameVariant::default()
        });
    }
    parsed.role = role.or(inner_role);
    parsed.contributor.orcid = orcid;
    for name in [affiliation, second.unwrap_or_default()] {
        if name.chars().any(char::is_alphanumeric) {
            parsed
                .contributor
                .affiliations
                .push(Affiliation::named(name));
        }
    }
    parsed
}

fn parse_name(name: &str, style: NameStyle) -> Name {
    let mut parsed = Name::default();
    let contributor = &mut parsed.contributor;
    name.clone_into(&mut contributor.raw);
    if is_et_al(name) || is_nobody(name) {
        return parsed;
    }
    if is_organization(name) {
        contributor.kind = ContributorKind::Organization;
        return parsed;
    }
    let Some((family, given)) = name.split_once(',') else {
        match without_comma(name, style) {
            Some((given, family, suffix)) => {
                contributor.kind = ContributorKind::Person;
                contributor.given = Some(given);
                contributor.family = family;
                contributor.suffix = suffix;
            }
            None => parsed.codes.push(Code::UnsplitName),
        }
        return parsed;
    };
    person(&mut parsed, family.trim(), given.trim(), style);
    parsed
}

/// Reads a name whose parts a comma sets apart.
fn person(parsed: &mut Name, family: &str, given: &str, style: NameStyle) {
    let (family, given, suffix) = without_titles(parsed, family, given, style);
    let contributor = &mut parsed.contributor;
    contributor.kind = ContributorKind::Person;
    contributor.suffix = suffix.map(str::to_owned);
    let says_nothing = |part: &str| part.is_empty() || text::is_placeholder(part);
    match (says_nothing(family), says_nothing(given)) {
        (true, true) => {
            contributor.kind = ContributorKind::Unknown;
            parsed.codes.push(Code::UnsplitName);
        }
        (true, false) => {
            contributor.given = Some(given.to_owned());
            parsed.codes.push(Code::Placeholder);
        }
        (false, true) => {
            contributor.family = Some(family.to_owned());
            if !given.is_empty() {
                parsed.codes.push(Code::Placeholder);
            }
        }
        // a mononym, entered twice because both fields were mandatory in OJS
        (false, false) if style.ojs && is_same_but_for_case(family, given) => {
            contributor.given = Some(given.to_owned());
            parsed.codes.push(Code::DuplicateValue);
        }
        (false, false) => {
            contributor.family = Some(family.to_owned());
            contributor.given = Some(given.to_owned());
        }
    }
}

/// Returns whether two names are the same but for case. Most differ in their first letter.
fn is_same_but_for_case(a: &str, b: &str) -> bool {
    let first = |name: &str| name.chars().next().map(char::to_lowercase);
    let is_same_start = match (first(a), first(b)) {
        (Some(a), Some(b)) => a.eq(b),
        (a, b) => a.is_none() && b.is_none(),
    };
    is_same_start && a.to_lowercase() == b.to_lowercase()
}

/// Returns family name, given names and suffix, the salutation apart.
fn without_titles<'a>(
    parsed: &mut Name,
    mut family: &'a str,
    given: &'a str,
    style: NameStyle,
) -> (&'a str, &'a str, Option<&'a str>) {
    let (mut given, mut suffix) = without_suffix(given);
    // `King Jr, Martin`, as arXiv, bepress, EPrints and Janeway write it
    if !style.ojs
        && suffix.is_none()
        && let Some((head, last)) = family.rsplit_once(' ')
        && is_generation(last)
    {
        (family, suffix) = (head.trim_end(), Some(last));
    }
    // `King, Martin Jr.`
    if !style.ojs
        && suffix.is_none()
        && let Some((head, last)) = given.rsplit_once(' ')
        && is_generation(last)
    {
        (given, suffix) = (head.trim_end(), Some(last));
    }
    if style.salutation
        && let Some((salutation, rest)) = split_salutation(given)
    {
        parsed.salutation = Some(salutation.to_owned());
        given = rest;
    }
    // `Prof. Dr. Roe, Ann`
    if !style.ojs
        && style.salutation
        && let Some((salutation, rest)) = split_salutation(family)
    {
        parsed.salutation = Some(salutation.to_owned());
        family = rest;
    }
    (family, given, suffix)
}

/// Given name, family name, suffix of a name without a comma, if they can be split safely: a single word,
/// a name with an initial (`John A. Smith`) or a particle (`Ludwig van Beethoven`), and two words of a source
/// known to write `First Last`.
fn without_comma(name: &str, style: NameStyle) -> Option<(String, Option<String>, Option<String>)> {
    let mut words: Vec<&str> = name.split_whitespace().collect();
    // `Prof. Dr. H. Ahmad Yani`
    if !style.ojs {
        let titles = words
            .iter()
            .take_while(|word| is_title_word(word) || matches!(**word, "Ph.D." | "PhD"))
            .count();
        if words.len() - titles >= 2 {
            words.drain(..titles);
        }
    }
    if words.len() == 1 {
        // in these scripts one word is a whole name; OJS alone writes a given name by itself
        let is_whole = !style.ojs && name.chars().count() > 1 && name.chars().all(is_eastern);
        return (!is_whole).then(|| (name.to_owned(), None, None));
    }
    let suffix = words.last().filter(|word| is_suffix(word)).copied();
    if suffix.is_some() {
        words.pop();
    }
    // `Иванов И.И.`, as Russian journals cite
    if !style.natural_order
        && let Some((family, initials)) = words.split_first()
        && !is_initial(family)
        && family.chars().count() > 2
        && !initials.is_empty()
        && initials.iter().all(|word| is_initial(word))
        && !is_honorific(family)
    {
        return Some((
            initials.join(" "),
            Some((*family).to_owned()),
            suffix.map(str::to_owned),
        ));
    }
    let family_at = if let Some(initial) = words.iter().rposition(|word| is_initial(word)) {
        let at = initial + 1;
        ((1..=3).contains(&words.len().saturating_sub(at))).then_some(at)
    } else if let Some(particle) = words.iter().position(|word| PARTICLES.contains(word)) {
        (particle > 0 && particle + 1 < words.len()).then_some(particle)
    } else {
        (style.natural_order && words.len() == 2).then_some(1)
    }?;
    let (given, family) = words.split_at(family_at);
    Some((
        given.join(" "),
        Some(family.join(" ")),
        suffix.map(str::to_owned),
    ))
}

/// `A.`, `S.S.`, `J.-P.`, `Yu.`
fn is_initial(word: &str) -> bool {
    word.ends_with('.')
        && word
            .split(['.', '-'])
            .all(|part| part.chars().count() <= 2 && part.chars().all(char::is_alphabetic))
        && word.chars().next().is_some_and(char::is_uppercase)
        && !is_suffix(word)
        && !is_honorific(word)
}

const PARTICLES: [&str; 21] = [
    "de", "da", "do", "dos", "das", "di", "del", "della", "du", "la", "le", "van", "von", "der",
    "den", "ten", "ter", "zu", "bin", "ibn", "al",
];

fn is_suffix(word: &str) -> bool {
    matches!(
        word.trim_end_matches('.').to_ascii_lowercase().as_str(),
        "jr" | "sr" | "junior" | "ii" | "iii" | "iv" | "filho" | "neto"
    ) && (word.ends_with('.') || word.len() > 1)
        && word.starts_with(|c: char| c.is_uppercase())
}

/// `John, Jr.` and `Jr., John` both give `John` and the suffix.
fn without_suffix(given: &str) -> (&str, Option<&str>) {
    if let Some((first, last)) = given.rsplit_once(',')
        && is_suffix(last.trim())
    {
        return (first.trim(), Some(last.trim()));
    }
    if let Some((first, last)) = given.split_once(',')
        && is_suffix(first.trim())
    {
        return (last.trim(), Some(first.trim()));
    }
    (given, None)
}

/// The titles at the start of a given name, when a name follows them.
fn split_salutation(given: &str) -> Option<(&str, &str)> {
    let mut end = 0;
    for word in given.split_inclusive(char::is_whitespace) {
        if !is_title_word(word.trim()) {
            break;
        }
        end += word.len();
    }
    let (salutation, rest) = given.split_at(end);
    (!salutation.is_empty() && !rest.trim().is_empty()).then(|| (salutation.trim(), rest.trim()))
}

/// Words for an author who is not known.
fn is_nobody(name: &str) -> bool {
    const WORDS: [&str; 20] = [
        "anonymous",
        "anonymus",
        "anonym",
        "anon",
        "anónimo",
        "anônimo",
        "anonyme",
        "anonimo",
        "unknown",
        "unknown author",
        "author unknown",
        "autor desconocido",
        "desconocido",
        "desconhecido",
        "unbekannt",
        "inconnu",
        "s.n",
        "n.n",
        "аноним",
        "not identified",
    ];
    let bare = name.trim_matches(['[', ']', '(', ')', '.', ' ']);
    WORDS.iter().any(|word| text::is_lower(bare, word))
}

fn is_et_al(name: &str) -> bool {
    let bare = name.trim_end_matches('.');
    ["et al", "et. al", "и др", "y otros", "et alii"]
        .iter()
        .any(|words| text::is_lower(bare, words))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const OLD: NameStyle = NameStyle {
        ojs: true,
        natural_order: false,
        salutation: true,
    };
    const OLDEST: NameStyle = NameStyle {
        natural_order: true,
        ..OLD
    };
    const NEW: NameStyle = NameStyle {
        salutation: false,
        ..OLD
    };

    #[rstest]
    #[case::family_given("BURNASHEV, Igor", NEW, Some("BURNASHEV"), Some("Igor"), None)]
    #[case::affiliation(
        "Laíns, Jorge; Presidente da Direção; Diretor",
        OLD,
        Some("Laíns"),
        Some("Jorge"),
        Some("Presidente da Direção; Diretor")
    )]
    #[case::natural(
        "John Smith; MIT, USA",
        OLDEST,
        Some("Smith"),
        Some("John"),
        Some("MIT, USA")
    )]
    #[case::initials(
        "S.S. Iyengar; Louisiana State University",
        OLDEST,
        Some("Iyengar"),
        Some("S.S."),
        Some("Louisiana State University")
    )]
    #[case::particle(
        "Ludwig van Beethoven",
        NEW,
        Some("van Beethoven"),
        Some("Ludwig"),
        None
    )]
    #[case::middle("John A. Smith Jr.", NEW, Some("Smith"), Some("John A."), None)]
    #[case::mononym("Bülent", NEW, None, Some("Bülent"), None)]
    #[case::doubled("Kusminarto, Kusminarto", NEW, None, Some("Kusminarto"), None)]
    #[case::dash("-, Kusminarto", NEW, None, Some("Kusminarto"), None)]
    #[case::no_given("Kusminarto, ", NEW, Some("Kusminarto"), None, None)]
    #[case::salutation("Smith, Prof. Dr. Ann B.", OLD, Some("Smith"), Some("Ann B."), None)]
    #[case::salutation_kept("Smith, Dr. Ann", NEW, Some("Smith"), Some("Dr. Ann"), None)]
    #[case::salutation_alone("Smith, Dr.", OLD, Some("Smith"), Some("Dr."), None)]
    #[case::suffix(
        "King, Martin Luther, Jr.",
        NEW,
        Some("King"),
        Some("Martin Luther"),
        None
    )]
    #[case::suffix_first("King, Jr., Martin", NEW, Some("King"), Some("Martin"), None)]
    #[case::initials_behind("Иванов И.И.", NEW, Some("Иванов"), Some("И.И."), None)]
    #[case::initials_apart("Petrov A. B.", NEW, Some("Petrov"), Some("A. B."), None)]
    #[case::brackets(
        "Smith, John (University of X)",
        NEW,
        Some("Smith"),
        Some("John"),
        Some("University of X")
    )]
    #[case::brackets_natural(
        "John A. Smith (Faculty of Law, University of X)",
        NEW,
        Some("Smith"),
        Some("John A."),
        Some("Faculty of Law, University of X")
    )]
    #[case::comma(
        "H. J. Müller, Institut für Physik, Universität Wien",
        NEW,
        Some("Müller"),
        Some("H. J."),
        Some("Institut für Physik, Universität Wien")
    )]
    #[case::elsewhere(
        "Smith, John; University of X",
        NameStyle::PRINTED,
        Some("Smith"),
        Some("John"),
        Some("University of X")
    )]
    #[case::et_al_in_a_name("Smith, J. et al.", NEW, Some("Smith"), Some("J."), None)]
    #[case::suffix_before_comma(
        "King Jr, Martin",
        NameStyle::PRINTED,
        Some("King"),
        Some("Martin"),
        None
    )]
    #[case::suffix_in_portuguese(
        "Souza Neto, João",
        NameStyle::PRINTED,
        Some("Souza Neto"),
        Some("João"),
        None
    )]
    #[case::suffix_behind_given(
        "King, Martin Jr.",
        NameStyle::PRINTED,
        Some("King"),
        Some("Martin"),
        None
    )]
    #[case::acronym_in_brackets(
        "Silva, J. A. [UNESP]",
        NameStyle::PRINTED,
        Some("Silva"),
        Some("J. A."),
        Some("UNESP")
    )]
    #[case::croatian(
        "Horvat, Ivan; Sveučilište u Zagrebu",
        NameStyle::PRINTED,
        Some("Horvat"),
        Some("Ivan"),
        Some("Sveučilište u Zagrebu")
    )]
    #[case::suffix_of_ojs("King Jr, Martin", NEW, Some("King Jr"), Some("Martin"), None)]
    #[case::life_dates(
        "Alder, Tobias Reed, 1799-1885",
        NameStyle::PRINTED,
        Some("Alder"),
        Some("Tobias Reed"),
        None
    )]
    #[case::role(
        "Roe, Ann (Editor)",
        NameStyle::PRINTED,
        Some("Roe"),
        Some("Ann"),
        None
    )]
    fn people(
        #[case] value: &str,
        #[case] style: NameStyle,
        #[case] family: Option<&str>,
        #[case] given: Option<&str>,
        #[case] affiliation: Option<&str>,
    ) {
        let name = parse(value, style).contributor;
        assert_eq!(name.kind, ContributorKind::Person);
        assert_eq!(name.family.as_deref(), family);
        assert_eq!(name.given.as_deref(), given);
        assert_eq!(
            name.affiliations.first().and_then(|a| a.name.as_deref()),
            affiliation
        );
    }

    #[rstest]
    #[case("Editorial Board", ContributorKind::Organization)]
    #[case("University of Tartu, Institute of Law", ContributorKind::Organization)]
    #[case("Редакция журнала", ContributorKind::Organization)]
    #[case("UNESCO", ContributorKind::Organization)]
    #[case("Maria Silva Santos", ContributorKind::Unknown)]
    #[case("et al.", ContributorKind::Unknown)]
    #[case(
        "Universidad Nacional, Facultad de Derecho",
        ContributorKind::Organization
    )]
    #[case("World Health Organization (WHO)", ContributorKind::Organization)]
    #[case(
        "Hacettepe Üniversitesi, Tıp Fakültesi, Göz Hastalıkları",
        ContributorKind::Organization
    )]
    #[case("北京大学", ContributorKind::Organization)]
    #[case("한국광학회", ContributorKind::Organization)]
    fn whole(#[case] value: &str, #[case] kind: ContributorKind) {
        let name = parse(value, NEW).contributor;
        assert_eq!(
            (name.kind, name.family, name.given, name.raw.as_str()),
            (kind, None, None, value)
        );
    }

    #[test]
    fn an_orcid_behind_a_name() {
        for value in [
            "Smith, John https://orcid.org/0000-0002-1825-0097",
            "Smith, John (0000-0002-1825-0097)",
            "Smith, John [ORCID: 0000-0002-1825-0097]",
        ] {
            let name = parse(value, NEW).contributor;
            assert_eq!(
                name.orcid.as_deref(),
                Some("https://orcid.org/0000-0002-1825-0097"),
                "{value}"
            );
            assert_eq!(
                (name.raw.as_str(), name.given.as_deref()),
                ("Smith, John", Some("John"))
            );
        }
        // a wrong check digit: nobody's
        assert_eq!(
            parse("Smith, John 0000-0002-1825-0098", NEW)
                .contributor
                .orcid,
            None
        );
    }

    #[test]
    fn names_what_it_did() {
        assert_eq!(
            parse("Kusminarto, Kusminarto", NEW).codes,
            [Code::DuplicateValue]
        );
        assert_eq!(parse("Maria Silva", NEW).codes, [Code::UnsplitName]);
        assert_eq!(
            parse("Smith, Dr. Ann", OLD).salutation.as_deref(),
            Some("Dr.")
        );
        assert_eq!(
            parse("King, Martin, Jr.", NEW)
                .contributor
                .suffix
                .as_deref(),
            Some("Jr.")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_letter_is_lost(value in "[A-Za-zÀ-ÿ.,; -]{0,60}") {
            let parsed = parse(&value, OLD);
            let name = &parsed.contributor;
            let kept: String = [Some(name.raw.as_str())]
                .into_iter()
                .chain(name.affiliations.iter().map(|a| a.name.as_deref()))
                .flatten()
                .collect();
            let letters = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            proptest::prop_assert_eq!(letters(&kept), letters(&value));
        }
    }
}
