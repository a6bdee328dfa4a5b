//! The remedy for a failed window. One table, read from top to bottom: the first row that applies decides. It
//! does nothing by itself; `recovery` carries it out.

mod kinds;
mod situation;
mod table;

use std::fmt;

use crate::store::{FailureKind, WindowState};
use FailureKind as F;
use table::{LAST, RULES};

pub(super) use kinds::Remedy;
pub(super) use situation::{Headers, Signs, Situation};
pub(super) use table::Rule;

/// Returns the row that applies.
pub(super) fn remedy(situation: &Situation<'_>) -> &'static Rule {
    let kind = situation.failure.kind();
    RULES
        .iter()
        .filter(|rule| rule.failures.is_empty() || rule.failures.contains(&kind))
        .find(|rule| (rule.applies)(situation))
        .unwrap_or(&LAST)
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let failures: Vec<&str> = self.failures.iter().map(|kind| name(*kind)).collect();
        let failures = if failures.is_empty() {
            "any".to_owned()
        } else {
            failures.join(", ")
        };
        let state = match self.remedy.next_state() {
            Some(WindowState::Done) => "done",
            Some(WindowState::Gap) => "gap",
            Some(_) => "split",
            None => "–",
        };
        write!(
            f,
            "| {failures} | {} | {} | {state} | {} |",
            self.when,
            self.remedy.describe(),
            self.reason
        )
    }
}

/// The name of a failure for people.
fn name(kind: FailureKind) -> &'static str {
    match kind {
        F::PageFailed => "page failed",
        F::TooWide => "too wide",
        F::TokenRefused => "token refused",
        F::Loop => "loop",
        F::Incomplete => "incomplete",
        F::FullPageWithoutToken => "full page without token",
        F::EndUnproven => "end unproven",
        F::Refused => "refused",
        F::FormatRefused => "format refused",
        F::Changed => "changed",
    }
}

/// The table for people, in Markdown.
#[cfg(test)]
pub(super) fn table() -> String {
    let mut table =
        String::from("| failure | when | what is done | window | why |\n|---|---|---|---|---|\n");
    for rule in RULES {
        table.push_str(&rule.to_string());
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harvest::failure::{Shortage, WindowFailure};
    use crate::oai::{ErrorCode, ProtocolError};
    use crate::store::{ListNo, ServerFacts, Window, WindowKind, WindowNo};

    fn decide(failure: &WindowFailure, headers: Headers, signs: Signs) -> Remedy {
        decide_for(
            &Window::todo(WindowNo(1), ListNo(1), None, None),
            failure,
            headers,
            signs,
        )
    }

    fn decide_for(
        window: &Window,
        failure: &WindowFailure,
        headers: Headers,
        signs: Signs,
    ) -> Remedy {
        remedy(&Situation {
            failure,
            window,
            facts: &ServerFacts::default(),
            headers,
            signs,
        })
        .remedy
    }

    #[rstest::rstest]
    #[case(0, true, Remedy::Accept)]
    #[case(6, true, Remedy::FetchMissing)]
    #[case(7, true, Remedy::SplitByMissing)]
    #[case(7, false, Remedy::ByIdentifiers)]
    fn missing_records_decide_the_remedy(
        #[case] count: usize,
        #[case] is_divisible: bool,
        #[case] wanted: Remedy,
    ) {
        let headers = Headers::Missing {
            count,
            is_divisible,
        };
        assert_eq!(
            decide(&WindowFailure::Loop, headers, Signs::default()),
            wanted
        );
    }

    #[test]
    fn a_spent_budget_ends_the_list_whatever_failed() {
        let signs = Signs {
            budget_spent: true,
            advances: true,
            ..Signs::default()
        };
        assert_eq!(
            decide(&WindowFailure::Loop, Headers::Unknown, signs),
            Remedy::GiveUp
        );
    }

    #[test]
    fn a_sorted_list_continues_where_it_stopped() {
        let signs = Signs {
            advances: true,
            ..Signs::default()
        };
        let token = WindowFailure::TokenRefused(None);
        assert_eq!(decide(&token, Headers::Unknown, signs), Remedy::Continue);
    }

    #[test]
    fn a_rejected_from_is_dropped() {
        let refused = WindowFailure::Refused(ProtocolError {
            code: ErrorCode::BadArgument,
            message: String::new(),
        });
        let signs = Signs {
            may_drop_from: true,
            ..Signs::default()
        };
        assert_eq!(decide(&refused, Headers::Unknown, signs), Remedy::DropFrom);
        assert_eq!(
            decide(&refused, Headers::Unknown, Signs::default()),
            Remedy::Gap
        );
    }

    #[test]
    fn a_count_check_that_finds_all_records_refutes_complete_list_size() {
        let short = WindowFailure::Incomplete(Shortage {
            came: 47,
            promised: 60,
            last_page_full: false,
        });
        let window = Window {
            kind: WindowKind::VerifyCount,
            ..Window::todo(WindowNo(1), ListNo(1), None, None)
        };
        let signs = Signs {
            names_all_received: true,
            ..Signs::default()
        };
        let verdict = |signs| decide_for(&window, &short, Headers::Unknown, signs);
        assert_eq!(verdict(signs), Remedy::AcceptUnverified);
        assert_eq!(verdict(Signs::default()), Remedy::Gap);
    }

    #[test]
    fn every_row_has_words_and_the_last_applies_always() {
        for rule in RULES {
            assert!(!rule.when.is_empty() && !rule.reason.is_empty());
            assert!(!rule.remedy.describe().is_empty());
        }
        assert_eq!(
            decide(
                &WindowFailure::Changed,
                Headers::Unavailable,
                Signs {
                    has_set: true,
                    ..Signs::default()
                }
            ),
            Remedy::Gap
        );
    }

    /// The manual has the table as it stands here.
    #[test]
    fn the_manual_has_the_table() {
        const BEGIN: &str = "<!-- table of remedies: written by a test -->\n";
        const END: &str = "<!-- end of the table of remedies -->";
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bad-input.md");
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        let (head, rest) = page
            .split_once(BEGIN)
            .expect("the page marks where the table begins");
        let (_, tail) = rest.split_once(END).expect("and where it ends");
        let wanted = format!("{head}{BEGIN}\n{}\n{END}{tail}", table());
        if std::env::var_os("OFFPRINT_BLESS").is_some() {
            std::fs::write(&path, &wanted).expect("the manual can be written");
        }
        assert!(
            page == wanted || std::env::var_os("OFFPRINT_BLESS").is_some(),
            "docs/bad-input.md differs from the table; OFFPRINT_BLESS=1 writes it again"
        );
    }

    /// The picture in the module documentation of `window` and in the manual names each state that a remedy leads to.
    #[test]
    fn the_picture_shows_the_transitions_of_the_table() {
        let source = include_str!("window.rs");
        let manual = include_str!("../../docs/bad-input.md");
        let picture: Vec<&str> = source
            .lines()
            .skip_while(|line| !line.starts_with("//! ```text"))
            .skip(1)
            .take_while(|line| !line.starts_with("//! ```"))
            .map(|line| line.trim_start_matches("//!").trim())
            .collect();
        let in_manual = |line: &&str| manual.contains(*line);
        assert!(
            picture.iter().all(in_manual),
            "the manual has another picture"
        );
        let text = picture.join("\n");
        for state in RULES.iter().filter_map(|rule| rule.remedy.next_state()) {
            let word = match state {
                WindowState::Done => "▶ done",
                WindowState::Gap => "▶ gap",
                WindowState::Split => "▶ split",
                WindowState::Todo | WindowState::Open => panic!("no remedy leads back"),
            };
            assert!(text.contains(word), "{word}");
        }
    }
}
