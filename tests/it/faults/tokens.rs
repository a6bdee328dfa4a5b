//! Tokens that lead nowhere, in circles, or back; pages that hold nothing.

use crate::harvesting::case::{Case, FIRST, LAST, MIDDLE, SPOTS, Spot};
use crate::harvesting::outcome::{Expect, Gaps, Kept};
use crate::harvesting::repository::{ListSize, Repository, Software, TokenStyle};
use crate::harvesting::script::{Fault, Place, Times, TokenFault};

const NARROWED: &str = "stops the window, takes it again by narrower ones";
const ENDED: &str = "ends the list there, once its identifiers name nothing else";
const AGAIN: &str = "takes the window again";

fn astray(fault: &'static str, spots: &[Spot], token: TokenFault) -> Vec<Case> {
    let at = |spot: &Spot| {
        Case::new(fault, spot.name, NARROWED, Expect::all()).rule(
            spot.page(),
            Times::Always,
            Fault::Token(token),
        )
    };
    spots.iter().map(at).collect()
}

fn once(fault: &'static str, spots: &[Spot], how: &Fault) -> Vec<Case> {
    let at = |spot: &Spot| {
        Case::new(fault, spot.name, AGAIN, Expect::all()).rule(
            spot.page(),
            Times::Once,
            how.clone(),
        )
    };
    spots.iter().map(at).collect()
}

pub fn cases() -> Vec<Case> {
    [at_pages(), everywhere()].concat()
}

fn at_pages() -> Vec<Case> {
    let mut cases = Vec::new();
    let with_next = [FIRST, MIDDLE];
    cases.extend(astray(
        "empty token too early",
        &with_next,
        TokenFault::Empty,
    ));
    cases.extend(once(
        "empty token too early, once",
        &with_next,
        &Fault::Token(TokenFault::Empty),
    ));
    cases.extend(astray("token to its own page", &SPOTS, TokenFault::Back(0)));
    cases.extend(astray(
        "token to its own page, named anew each time",
        &SPOTS,
        TokenFault::BackAnew(0),
    ));
    cases.extend(astray(
        "token one page back",
        &[MIDDLE, LAST],
        TokenFault::Back(1),
    ));
    cases.extend(astray(
        "token one page back, named anew each time",
        &[MIDDLE, LAST],
        TokenFault::BackAnew(1),
    ));
    cases.extend(astray(
        "token two pages back",
        &[MIDDLE, LAST],
        TokenFault::Back(2),
    ));
    cases.extend(astray(
        "token four pages back, named anew each time",
        &[LAST],
        TokenFault::BackAnew(4),
    ));
    cases.extend(once(
        "token one page back, once",
        &[MIDDLE, LAST],
        &Fault::Token(TokenFault::Back(1)),
    ));
    cases.extend(astray(
        "empty pages with new tokens without end",
        &SPOTS,
        TokenFault::Endless,
    ));
    cases.extend(once(
        "badResumptionToken once",
        &[MIDDLE, LAST],
        &Fault::Protocol("badResumptionToken"),
    ));
    cases.extend(once(
        "page without its records, but with a token, once",
        &with_next,
        &Fault::NoRecords,
    ));
    for spot in with_next {
        cases.push(
            Case::new(
                "page without its records, but with a token",
                spot.name,
                NARROWED,
                Expect::all(),
            )
            .rule(spot.page(), Times::Always, Fault::NoRecords),
        );
    }
    cases.extend(once(
        "page without `</OAI-PMH>`, once",
        &SPOTS,
        &Fault::NoRootEnd,
    ));
    for spot in SPOTS {
        let kept = Kept::Perhaps(vec![spot.identifier()]);
        let expect = Expect {
            kept,
            ..Expect::lost(&spot.identifier())
        };
        cases.push(
            Case::new(
                "`</OAI-PMH>` missing wherever one record is",
                spot.name,
                "takes no such page as complete, lists the record as a gap",
                expect,
            )
            .rule(spot.holding(), Times::Always, Fault::NoRootEnd),
        );
    }
    cases.push(
        Case::new(
            "token round and round, no page ever the same",
            "each list",
            NARROWED,
            Expect::all(),
        )
        .rule(
            Place::AnyPage,
            Times::Always,
            Fault::Token(TokenFault::Round),
        ),
    );
    cases.push(
        Case::new(
            "token on the last page too, which leads to noRecordsMatch",
            "each list",
            "sees that all that was promised has come",
            Expect::all(),
        )
        .rule(
            Place::AnyPage,
            Times::Always,
            Fault::Token(TokenFault::PastEnd),
        ),
    );
    cases.push(
        Case::new(
            "token behind the list instead of in it",
            "each list",
            "reads it there",
            Expect::all().says("misplaced-token"),
        )
        .rule(
            Place::AnyPage,
            Times::Always,
            Fault::Token(TokenFault::Outside),
        ),
    );
    cases.extend(once(
        "`<error>` beside the records, once",
        &with_next,
        &Fault::Beside("internalError"),
    ));
    cases.push(
        Case::new(
            "`<error>` beside the records of a list of several pages",
            "middle page",
            NARROWED,
            Expect::all(),
        )
        .rule(MIDDLE.page(), Times::Always, Fault::Beside("internalError")),
    );
    cases.push(
        Case::new(
            "`<error>` beside the records, all on one day",
            "each answer",
            "keeps the records, lists the day as a gap",
            Expect {
                kept: Kept::AtLeastReceived,
                gaps: Gaps::Span,
                exit: 4,
                ..Expect::all()
            },
        )
        .repository(|repository| *repository = Repository::crowded(35))
        .rule(
            Place::WiderThan(0),
            Times::Always,
            Fault::Beside("internalError"),
        ),
    );
    for spot in with_next {
        cases.push(
            Case::new(
                "error with a code of its own, once",
                spot.name,
                AGAIN,
                Expect::all(),
            )
            .rule(spot.page(), Times::Once, Fault::Protocol("internalError")),
        );
    }
    cases
}

fn everywhere() -> Vec<Case> {
    let mut cases = Vec::new();
    cases.push(
        Case::new(
            "badResumptionToken for every token",
            "each list",
            NARROWED,
            Expect::all(),
        )
        .rule(
            Place::Resumption,
            Times::Always,
            Fault::Protocol("badResumptionToken"),
        ),
    );
    cases.push(
        Case::new(
            "badResumptionToken for every token, all records on one day",
            "each list",
            "keeps what the first pages hold, lists the day as a gap",
            Expect {
                kept: Kept::AtLeastReceived,
                gaps: Gaps::Span,
                exit: 4,
                ..Expect::all()
            },
        )
        .repository(|repository| *repository = Repository::crowded(35))
        .rule(
            Place::Resumption,
            Times::Always,
            Fault::Protocol("badResumptionToken"),
        ),
    );
    cases.push(
        Case::new(
            "token to its own page, all records on one day",
            "middle page",
            "takes the day by ListIdentifiers and GetRecord",
            Expect::all(),
        )
        .repository(|repository| *repository = Repository::crowded(35))
        .rule(
            MIDDLE.page(),
            Times::Always,
            Fault::Token(TokenFault::BackAnew(0)),
        ),
    );
    for (fault, token, does, most) in [
        (
            "token on the last page too, which leads to noRecordsMatch, without a count",
            TokenFault::PastEnd,
            ENDED,
            12,
        ),
        (
            "token on each full page, which leads to noRecordsMatch at last, without a count",
            TokenFault::PastFullEnd,
            ENDED,
            12,
        ),
        (
            "token on the last page too, which leads to an empty page, without a count",
            TokenFault::ToEmptyPage,
            "takes the empty page for the end",
            12,
        ),
        (
            "token on the last page too, which leads to empty pages without end, without a count",
            TokenFault::ToEmptyPages,
            ENDED,
            12,
        ),
        (
            "token on the last page too, which leads to an empty page with the same token, without a count",
            TokenFault::ToEmptyPageAgain,
            ENDED,
            12,
        ),
        (
            "token that is ignored: the first page each time, without a count",
            TokenFault::BackAnew(1000),
            "goes on by the datestamps of the records",
            48,
        ),
    ] {
        for (place, records) in [("each list", 60), ("each list of full pages", 50)] {
            cases.push(
                Case::new(fault, place, does, Expect::all())
                    .repository(|repository| {
                        *repository = Repository::new(records);
                        repository.page_size = 25;
                        repository.list_size = ListSize::Absent;
                        repository.software = Software::Unnamed;
                    })
                    .rule(Place::Everywhere, Times::Always, Fault::Token(token))
                    .at_most(most),
            );
        }
    }
    cases.push(
        Case::new(
            "token that is refused without metadataPrefix beside it",
            "each list",
            "sends it once more with metadataPrefix, and remembers that",
            Expect::all().says("metadataPrefix"),
        )
        .repository(|repository| repository.token_wants_prefix = true)
        .at_most(8),
    );
    // OJS 3.3.0-1 to -5 never give a token.
    cases.push(
        Case::new(
            "no token on a full page (OJS 3.3.0-3)",
            "each list",
            NARROWED,
            Expect::all(),
        )
        .repository(|repository| {
            *repository = Repository::new(230);
            repository.page_size = 100;
            repository.list_size = ListSize::Absent;
            repository.software = crate::harvesting::repository::Software::Ojs("3.3.0.3");
        })
        .rule(
            Place::AnyPage,
            Times::Always,
            Fault::Token(TokenFault::Missing),
        ),
    );
    for (fault, style) in [
        ("token with `&`, `+`, `%` and blanks", TokenStyle::Awkward),
        ("token within white space", TokenStyle::Padded),
    ] {
        cases.push(
            Case::new(
                fault,
                "each list",
                "sends it as it was meant",
                Expect::all(),
            )
            .repository(|repository| repository.token_style = style),
        );
    }
    cases
}
