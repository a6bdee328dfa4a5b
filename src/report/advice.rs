//! Advice for the editors of a journal, by the version of Open Journal Systems.

use crate::article::Code;
use crate::oai::Software;
use crate::report::subject::Subject;

/// Versions of Open Journal Systems whose menus differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Menus {
    /// 2.x
    Two,
    /// 3.0 to 3.3
    Three,
    /// 3.4
    ThreeFour,
    /// 3.5 and later
    ThreeFive,
}

/// Returns the menus of a version of Open Journal Systems; none of other software. An unknown version has the menus of
/// the long-term release 3.3.
fn menus(software: Option<&Software>) -> Option<Menus> {
    let software = software.filter(|software| software.is_ojs())?;
    Some(match software.version_numbers() {
        Some([0..=2, ..]) => Menus::Two,
        Some([3, 0..=3, ..]) | None => Menus::Three,
        Some([3, 4, ..]) => Menus::ThreeFour,
        Some(_) => Menus::ThreeFive,
    })
}

/// Returns how to provide something that articles lack.
pub(super) fn of_subject(subject: Subject, software: Option<&Software>) -> String {
    match menus(software) {
        Some(menus) => in_ojs(subject, menus),
        None => elsewhere(subject).to_owned(),
    }
}

fn in_ojs(subject: Subject, menus: Menus) -> String {
    let text = match menus {
        Menus::Two => in_ojs_2(subject),
        Menus::Three => in_ojs_3(subject),
        Menus::ThreeFour | Menus::ThreeFive => in_newer_ojs_3(subject, menus),
    };
    let jats = " Then harvesters need a format that carries it: switch on the plugin \"OAI JATS\" or \"OpenAIRE JATS\" \
                (Settings → Website → Plugins), or \"MARC21\" below the OAI metadata formats.";
    let needs_format = matches!(
        subject,
        Subject::Orcid | Subject::Affiliation | Subject::References
    );
    format!("{text}{}", if needs_format { jats } else { "" })
}

fn in_ojs_2(subject: Subject) -> &'static str {
    match subject {
        Subject::Doi => {
            "Journal Manager → System Plugins → Public Identifier Plugins: switch on DOI, and assign DOIs."
        }
        Subject::Abstract => {
            "Fill in the abstract: Summary → Edit Metadata. Sections may require one."
        }
        Subject::License => {
            "Journal Manager → Setup 3.2: choose a licence, and reset the permissions of published articles."
        }
        Subject::Language => "Fill in the language of each article: Edit Metadata → Indexing.",
        Subject::References => "Fill in the references: Edit Metadata → References.",
        Subject::Keywords => {
            "Journal Manager → Setup 3.4: switch on subjects, and fill them in: Edit Metadata → Indexing."
        }
        Subject::Orcid | Subject::Affiliation | Subject::FullText => in_ojs_3(subject),
    }
}

fn in_ojs_3(subject: Subject) -> &'static str {
    match subject {
        Subject::Doi => {
            "Settings → Website → Plugins: switch on the DOI plugin, and assign DOIs to published articles in its \
             settings. Then deposit them with the Crossref or DataCite plugin."
        }
        Subject::Orcid => {
            "Switch on the ORCID Profile plugin, and request verification from contributors."
        }
        Subject::Affiliation => {
            "Fill in the affiliation of each contributor: Publication → Contributors → Edit."
        }
        Subject::Abstract => {
            "Fill in the abstract: Publication → Title & Abstract. Settings → Journal → Sections can require one."
        }
        Subject::License => {
            "Settings → Distribution → License: choose a Creative Commons licence. Tools → Permissions → Reset applies \
             it to published articles."
        }
        Subject::Language => {
            "Settings → Workflow → Metadata: switch on Languages, and fill it in: Publication → Metadata."
        }
        Subject::References => {
            "Settings → Workflow → Metadata: switch on References, and paste them: Publication → References."
        }
        Subject::Keywords => {
            "Settings → Workflow → Metadata: switch on Keywords, and fill them in: Publication → Metadata."
        }
        Subject::FullText => {
            "Upload the full text: Publication → Galleys. Only galleys of open issues are listed."
        }
    }
}

/// Returns what differs since OJS 3.4.
fn in_newer_ojs_3(subject: Subject, menus: Menus) -> &'static str {
    match (subject, menus) {
        (Subject::Doi, _) => {
            "Settings → Distribution → DOIs: switch DOIs on. Then assign and deposit the missing ones on the page DOIs."
        }
        (Subject::Orcid, Menus::ThreeFive) => {
            "Settings → Users & Roles → ORCID: switch ORCID on, and request verification from contributors."
        }
        _ => in_ojs_3(subject),
    }
}

fn elsewhere(subject: Subject) -> &'static str {
    match subject {
        Subject::Doi => "Register DOIs, and give each article's own in dc:identifier.",
        Subject::Orcid => {
            "Record ORCID iDs of contributors, and offer a format that carries them: JATS, MARC 21 or MODS."
        }
        Subject::Affiliation => {
            "Record affiliations, and offer a format that carries them: JATS, MARC 21 or MODS."
        }
        Subject::Abstract => "Give an abstract in dc:description.",
        Subject::License => "Give the URL of the licence in dc:rights.",
        Subject::Language => "Give the language in dc:language, as an ISO 639 code.",
        Subject::References => "Offer JATS with a reference list.",
        Subject::Keywords => "Give one keyword for each dc:subject.",
        Subject::FullText => "Give the URL of the full text in dc:relation or dc:identifier.",
    }
}

/// Returns how to put right a finding, where a journal can.
pub(super) fn of_code(code: Code, software: Option<&Software>) -> Option<String> {
    let is_ojs = software.is_some_and(Software::is_ojs);
    let text = match code {
        Code::RepairedXml | Code::UnreadableMetadata if is_ojs => {
            "Update to the latest release of your version (3.3.0-x, 3.4.0-x): later ones write well-formed records. \
             Else look in these submissions for control characters and pasted markup."
        }
        Code::RepairedXml | Code::UnreadableMetadata => {
            "Look in these records for control characters and markup that does not close."
        }
        Code::DoubleEscaped | Code::TruncatedText | Code::GluedParagraphs if is_ojs => {
            "Update to the latest release of your version. Else paste the text again without formatting."
        }
        Code::DoubleEscaped | Code::TruncatedText | Code::GluedParagraphs => {
            "Paste the text again without formatting."
        }
        Code::MarkupRemoved => "Remove formatting that is not part of the text.",
        Code::Placeholder | Code::EmptyValue => "Fill in the field, or leave it empty.",
        Code::DuplicateValue => "Remove the repeated value.",
        Code::UnsplitName | Code::UnalignedNames => {
            "Enter each contributor on its own, with given name and family name apart."
        }
        Code::UnknownLanguage => "Use an ISO 639 code for the language.",
        Code::InferredLanguage => "Set the language of the submission.",
        Code::InvalidDate | Code::PartialDate => "Correct the date of publication.",
        Code::UnparsedSource => {
            "Set volume, number and year of the issue, and which of them are shown: Issues → Issue Data."
        }
        Code::UnparsedPages => "Enter pages as first and last: 12–19.",
        Code::InvalidIssn => {
            "Correct the ISSN: Settings → Journal → Masthead. Its last character is a check digit."
        }
        Code::AmbiguousIssn => "Set both ISSNs, print and online: Settings → Journal → Masthead.",
        Code::InvalidDoi => "Correct the DOI: it begins with 10. and holds no blank.",
        Code::InvalidLink => "Correct the address.",
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ojs(version: &str) -> Software {
        Software {
            name: "Open Journal Systems".into(),
            version: Some(version.into()),
        }
    }

    #[rstest::rstest]
    #[case("2.4.8.5", "Journal Manager")]
    #[case("3.3.0.20", "switch on the DOI plugin")]
    #[case("3.4.0.10", "on the page DOIs")]
    #[case("3.5.0.1", "on the page DOIs")]
    fn advice_names_the_menus_of_the_version(#[case] version: &str, #[case] expected: &str) {
        let advice = of_subject(Subject::Doi, Some(&ojs(version)));
        assert!(advice.contains(expected), "{advice}");
    }

    #[test]
    fn other_software_has_no_menus_of_ojs() {
        let eprints = Software {
            name: "EPrints".into(),
            version: None,
        };
        for subject in [Subject::Doi, Subject::License, Subject::References] {
            let advice = of_subject(subject, Some(&eprints));
            assert!(!advice.contains("Settings"), "{advice}");
        }
    }
}
