//! Class numbers among keywords: journals print them there with the name of the classification before them.

/// A class number and the code of its classification (MARC's Classification Scheme Source Codes); no code for the
/// Universal Decimal Classification, which has a field of its own.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) number: String,
    pub(super) source: Option<&'static str>,
}

/// Names of classifications as printed, and their codes.
const NAMES: [(&str, Option<&str>); 19] = [
    ("УДК", None),
    ("ӘОЖ", None),
    ("UDC", None),
    ("UDK", None),
    ("CDU", None),
    ("ГРНТИ", Some("rugasnti")),
    ("МРНТИ", Some("rugasnti")),
    ("ҒТАМР", Some("rugasnti")),
    ("ХҒТАР", Some("rugasnti")),
    ("GRNTI", Some("rugasnti")),
    ("IRSTI", Some("rugasnti")),
    ("SRSTI", Some("rugasnti")),
    ("ББК", Some("rubbk")),
    ("BBK", Some("rubbk")),
    ("LBC", Some("rubbk")),
    ("JEL", Some("jelc")),
    ("MSC", Some("msc")),
    ("PACS", Some("pacs")),
    ("CCS", Some("acmccs")),
];

/// Reads a keyword that is the name of a classification and one or several class numbers of it, such as `УДК 327(574)`;
/// empty where it is anything else.
pub(super) fn parse(keyword: &str) -> Vec<Class> {
    let keyword = keyword.trim();
    let Some((source, rest)) = NAMES.iter().find_map(|(name, source)| {
        let end = keyword
            .char_indices()
            .nth(name.chars().count())
            .map_or(keyword.len(), |(at, _)| at);
        let (head, rest) = keyword.split_at(end);
        (head.to_uppercase() == *name).then_some((*source, rest))
    }) else {
        return Vec::new();
    };
    // `JEL classification: F50`
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ":=-–№".contains(c));
    let words = ["classification", "codes", "code", "классификация"];
    let rest = words.iter().fold(rest, |rest, word| {
        let begins = rest
            .get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word));
        if begins {
            rest[word.len()..].trim_start_matches(|c: char| c.is_whitespace() || ":=-–".contains(c))
        } else {
            rest
        }
    });
    let numbers: Vec<&str> = rest
        .split([';', ','])
        .map(str::trim)
        .filter(|number| !number.is_empty())
        .collect();
    let is_number = |number: &&str| {
        number.len() <= 60
            && number.chars().any(|c| c.is_ascii_digit())
            && number
                .chars()
                .all(|c| c.is_alphanumeric() || " .:()/+-=\"'*".contains(c))
    };
    if numbers.is_empty() || !numbers.iter().all(is_number) {
        return Vec::new();
    }
    numbers
        .into_iter()
        .map(|number| Class {
            number: number.to_owned(),
            source,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("УДК 327(574)", &["327(574)"], None)]
    #[case("удк: 81'25", &["81'25"], None)]
    #[case("ГРНТИ 11.25; 11.25.19", &["11.25", "11.25.19"], Some("rugasnti"))]
    #[case("JEL classification: F50, F51", &["F50", "F51"], Some("jelc"))]
    #[case("ББК 66.4(0)", &["66.4(0)"], Some("rubbk"))]
    #[case("MSCs from bone marrow", &[], None)]
    #[case("JEL", &[], None)]
    #[case("UDC of libraries", &[], None)]
    #[case("foreign policy", &[], None)]
    fn class_numbers(
        #[case] keyword: &str,
        #[case] numbers: &[&str],
        #[case] source: Option<&'static str>,
    ) {
        let classes: Vec<Class> = numbers
            .iter()
            .map(|&number| Class {
                number: number.to_owned(),
                source,
            })
            .collect();
        assert_eq!(parse(keyword), classes);
    }
}
