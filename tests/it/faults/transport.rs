//! Bodies cut, stalled, dripped, mis-coded; connections reset and refused.

use std::time::Duration;

use crate::harvesting::case::{Case, FIRST, LAST, MIDDLE, SPOTS};
use crate::harvesting::outcome::Expect;
use crate::harvesting::script::{Coding, Fault, Place, Times, Wire};

const RETRIED: &str = "asks again";

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for spot in SPOTS {
        for (fault, how) in [
            ("body cut, once", Fault::Wire(Wire::Cut)),
            ("chunked body cut, once", Fault::Wire(Wire::CutChunks)),
            (
                "body without length cut, once",
                Fault::Wire(Wire::CutUnframed),
            ),
            ("connection reset, once", Fault::Wire(Wire::Reset)),
            ("gzip truncated, once", Fault::Coding(Coding::Truncated)),
            ("body stalled, once", Fault::Wire(Wire::StallBody)),
            ("answer stalled, once", Fault::Wire(Wire::StallHead)),
        ] {
            cases.push(Case::new(fault, spot.name, RETRIED, Expect::all()).rule(
                spot.page(),
                Times::Once,
                how,
            ));
        }
        let drip = Wire::Drip {
            piece: 1000,
            pause: Duration::from_millis(200),
        };
        cases.push(
            Case::new(
                "body that takes longer than the timeout, but never pauses as long",
                spot.name,
                "waits as long as bytes come",
                Expect::all(),
            )
            // On a busy machine a pause can pass the timeout after all, and the page is asked for again.
            .hangs_up()
            .rule(spot.page(), Times::Always, Fault::Wire(drip)),
        );
    }
    for (fault, coding) in [
        ("no fault: gzip", Coding::Gzip),
        ("gzip not announced", Coding::Unannounced),
        ("gzip announced, but not sent", Coding::OnlyAnnounced),
        ("gzip with an empty line after it", Coding::Trailed),
    ] {
        cases.push(
            Case::new(
                fault,
                "each response",
                "goes by the first bytes",
                Expect::all(),
            )
            .rule(Place::Everywhere, Times::Always, Fault::Coding(coding)),
        );
    }
    for name in ["deflate", "bare deflate", "zstd", "br"] {
        let read = "reads it, though it asks for gzip";
        cases.push(
            Case::new("a coding that was not asked for", name, read, Expect::all()).rule(
                Place::Everywhere,
                Times::Always,
                Fault::Coding(Coding::Other(name)),
            ),
        );
        cases.push(
            Case::new(
                "a coding that was not asked for, truncated, once",
                name,
                RETRIED,
                Expect::all(),
            )
            .rule(
                MIDDLE.page(),
                Times::Once,
                Fault::Coding(Coding::OtherTruncated(name)),
            ),
        );
    }
    cases.push(
        Case::new(
            "a coding that nobody reads",
            "`compress`, from here on",
            "asks no more, keeps what came",
            Expect {
                stops: true,
                ..Expect::partial()
            }
            .says("encoded as compress"),
        )
        .rule(
            MIDDLE.onward(),
            Times::Always,
            Fault::Coding(Coding::Other("compress")),
        ),
    );
    cases.push(
        Case::new(
            "`Content-Encoding: UTF-8`",
            "each response",
            "goes by the first bytes",
            Expect::all(),
        )
        .rule(
            Place::Everywhere,
            Times::Always,
            Fault::Headers(vec![("Content-Encoding", "UTF-8".to_owned())]),
        ),
    );
    let given_up = "gives up after its tries, keeps what came, lists the rest as a gap";
    for (fault, how) in [
        ("nobody listens any more", Wire::Vanish),
        ("connection reset, from here on", Wire::Reset),
        ("no answer, from here on", Wire::StallHead),
    ] {
        for spot in [MIDDLE, LAST] {
            cases.push(
                Case::new(fault, spot.name, given_up, Expect::partial()).rule(
                    spot.onward(),
                    Times::Always,
                    Fault::Wire(how.clone()),
                ),
            );
        }
        for (name, place) in [
            (FIRST.name, FIRST.onward()),
            ("Identify", Place::Everywhere),
        ] {
            cases.push(Case::new(fault, name, "fails", Expect::failed()).rule(
                place,
                Times::Always,
                Fault::Wire(how.clone()),
            ));
        }
    }
    cases
}
