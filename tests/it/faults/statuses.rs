//! Statuses that ask for patience or say no, and redirects.

use crate::harvesting::case::{Case, FIRST, LAST, MIDDLE, SPOTS};
use crate::harvesting::outcome::Expect;
use crate::harvesting::script::{Fault, Place, Times, To};

const RETRIED: &str = "waits and asks again";
const GIVEN_UP: &str = "gives up after its tries, keeps what came, lists the rest as a gap";
const NOTHING: &str = "fails";

fn after(value: &str) -> Vec<(&'static str, String)> {
    vec![("Retry-After", value.to_owned())]
}

fn passing() -> Vec<Case> {
    let mut cases = Vec::new();
    for (fault, status, headers) in [
        ("429 once, Retry-After in seconds", 429, after("1")),
        ("429 once, no Retry-After", 429, Vec::new()),
        ("503 once, Retry-After in seconds", 503, after("1")),
        ("503 once, Retry-After as a date", 503, after("date+2")),
        ("503 once, Retry-After 0", 503, after("0")),
        ("503 once, Retry-After negative", 503, after("-5")),
        (
            "503 once, Retry-After of ten years",
            503,
            after("315360000"),
        ),
        ("503 once, Retry-After unreadable", 503, after("soon")),
        ("503 once, no Retry-After", 503, Vec::new()),
        ("500 once", 500, Vec::new()),
        ("502 once", 502, Vec::new()),
        ("504 once", 504, Vec::new()),
    ] {
        for spot in SPOTS {
            cases.push(Case::new(fault, spot.name, RETRIED, Expect::all()).rule(
                spot.page(),
                Times::Once,
                Fault::Status(status, headers.clone()),
            ));
        }
        cases.push(Case::new(fault, "Identify", RETRIED, Expect::all()).rule(
            Place::Identify,
            Times::Once,
            Fault::Status(status, headers),
        ));
    }
    cases.push(
        Case::new("500 twice running", MIDDLE.name, RETRIED, Expect::all()).rule(
            MIDDLE.page(),
            Times::Twice,
            Fault::Status(500, Vec::new()),
        ),
    );
    cases
}

fn lasting() -> Vec<Case> {
    let mut cases = Vec::new();
    for (fault, does, status, headers, says) in [
        ("500 from here on", GIVEN_UP, 500, Vec::new(), "500"),
        ("503 from here on", GIVEN_UP, 503, Vec::new(), "503"),
        ("404 from here on", GIVEN_UP, 404, Vec::new(), "404"),
        (
            "503 from here on, Retry-After of ten years",
            GIVEN_UP,
            503,
            after("315360000"),
            "503",
        ),
        (
            "429 from here on, Retry-After of a date in weeks",
            GIVEN_UP,
            429,
            after("date+3000000"),
            "429",
        ),
    ] {
        let fault_of = || Fault::Status(status, headers.clone());
        for spot in [MIDDLE, LAST] {
            cases.push(
                Case::new(fault, spot.name, does, Expect::partial().says(says)).rule(
                    spot.onward(),
                    Times::Always,
                    fault_of(),
                ),
            );
        }
        for (name, place) in [
            (FIRST.name, FIRST.onward()),
            ("Identify", Place::Everywhere),
        ] {
            cases.push(
                Case::new(fault, name, NOTHING, Expect::failed().says(says)).rule(
                    place,
                    Times::Always,
                    fault_of(),
                ),
            );
        }
    }
    cases
}

fn redirects() -> Vec<Case> {
    let followed = "follows it, keeps the URL it ends at, sends no cookies";
    let mut cases = vec![
        Case::new(
            "302 to a path with the locale (OJS 3.5)",
            "each request",
            followed,
            Expect::all(),
        )
        .rule(
            Place::PathNot("/en/oai"),
            Times::Always,
            Fault::Redirect(To::Locale),
        ),
        Case::new("302 to another path", MIDDLE.name, followed, Expect::all()).rule(
            MIDDLE.page(),
            Times::Once,
            Fault::Redirect(To::Locale),
        ),
        Case::new(
            "redirect to itself",
            "Identify",
            NOTHING,
            Expect::failed().says("redirect"),
        )
        .rule(
            Place::Everywhere,
            Times::Always,
            Fault::Redirect(To::Itself),
        ),
        Case::new(
            "redirect to itself",
            MIDDLE.name,
            GIVEN_UP,
            Expect::partial().says("redirect"),
        )
        .rule(MIDDLE.onward(), Times::Always, Fault::Redirect(To::Itself)),
        Case::new(
            "redirect to another host",
            "Identify",
            "does not go there unasked: names the host, fails",
            Expect::failed().says("localhost"),
        )
        .rule(
            Place::Everywhere,
            Times::Always,
            Fault::Redirect(To::OtherHost),
        ),
        Case::new(
            "redirect to another host",
            MIDDLE.name,
            "does not go there unasked: names the host, lists the rest as a gap",
            Expect::partial().says("localhost"),
        )
        .rule(
            MIDDLE.onward(),
            Times::Always,
            Fault::Redirect(To::OtherHost),
        ),
    ];
    let cookie = vec![("Set-Cookie", "OJSSID=5ca1ab1e; path=/; HttpOnly".to_owned())];
    cases.push(
        Case::new(
            "cookies set",
            "each request",
            "sends none back",
            Expect::all(),
        )
        .rule(Place::Everywhere, Times::Always, Fault::Headers(cookie)),
    );
    cases
}

/// Errors of the protocol under a status of HTTP.
fn dressed() -> Vec<Case> {
    let mut cases = Vec::new();
    for (fault, status) in [
        ("noRecordsMatch under status 404", 404),
        ("noRecordsMatch under status 422", 422),
        ("noRecordsMatch under status 500", 500),
    ] {
        cases.push(
            Case::new(fault, "second run", "has nothing to do", Expect::all())
                .after(|_| {})
                .rule(
                    Place::Everywhere,
                    Times::Always,
                    Fault::ProtocolAs(status, "noRecordsMatch"),
                ),
        );
    }
    for spot in [MIDDLE, LAST] {
        cases.push(
            Case::new(
                "badResumptionToken under status 400, once",
                spot.name,
                "takes the window again",
                Expect::all(),
            )
            .rule(
                spot.page(),
                Times::Once,
                Fault::ProtocolAs(400, "badResumptionToken"),
            ),
        );
    }
    cases
}

pub fn cases() -> Vec<Case> {
    [passing(), lasting(), redirects(), dressed()].concat()
}
