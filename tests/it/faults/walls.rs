//! HTML where XML was requested: errors, login pages, bot walls.

use crate::harvesting::case::{Case, FIRST, LAST, MIDDLE, SPOTS};
use crate::harvesting::outcome::Expect;
use crate::harvesting::script::{Fault, Place, Times, To};
use crate::harvesting::walls::Wall;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for spot in SPOTS {
        cases.push(
            Case::new(
                "HTML page with 200, once",
                spot.name,
                "waits and asks again",
                Expect::all(),
            )
            .rule(spot.page(), Times::Once, Fault::Wall(Wall::Page)),
        );
    }
    // Whether the server has said no to this client, so that nothing more may be asked.
    let named = [
        (
            "HTML page with 200, from here on",
            Fault::Wall(Wall::Page),
            "html|web page",
            false,
        ),
        (
            "404 page, from here on",
            Fault::Wall(Wall::NotFound),
            "404",
            false,
        ),
        (
            "login page, by redirect",
            Fault::Redirect(To::Login),
            "login|log in",
            false,
        ),
        (
            "OAI switched off: redirect to the front page",
            Fault::Redirect(To::FrontPage),
            "html|web page",
            false,
        ),
        ("403", Fault::Wall(Wall::Forbidden), "403", true),
        (
            "Cloudflare's challenge",
            Fault::Wall(Wall::Cloudflare),
            "cloudflare",
            true,
        ),
        (
            "AWS WAF's challenge",
            Fault::Wall(Wall::AwsWaf),
            "aws",
            true,
        ),
        (
            "Anubis' challenge",
            Fault::Wall(Wall::Anubis),
            "anubis",
            true,
        ),
    ];
    for (fault, how, says, stops) in named {
        let expect = |expect: Expect| {
            let expect = expect.says(says);
            if stops { expect.stops() } else { expect }
        };
        let (does, nothing) = if stops {
            (
                "names it, asks nothing more, keeps what came, lists the rest as a gap",
                "names it, asks nothing more",
            )
        } else {
            (
                "names it, keeps what came, lists the rest as a gap",
                "names it, fails",
            )
        };
        for spot in [MIDDLE, LAST] {
            cases.push(
                Case::new(fault, spot.name, does, expect(Expect::partial())).rule(
                    spot.onward(),
                    Times::Always,
                    how.clone(),
                ),
            );
        }
        for (name, place) in [
            (FIRST.name, FIRST.onward()),
            ("Identify", Place::Everywhere),
        ] {
            cases.push(
                Case::new(fault, name, nothing, expect(Expect::failed())).rule(
                    place,
                    Times::Always,
                    how.clone(),
                ),
            );
        }
    }
    // Even a single 403 is a no: whoever asks on gets it for longer.
    cases.push(
        Case::new(
            "403 once",
            MIDDLE.name,
            "names it, asks nothing more, keeps what came, lists the rest as a gap",
            Expect::partial().says("403").stops(),
        )
        .rule(MIDDLE.page(), Times::Once, Fault::Wall(Wall::Forbidden)),
    );
    cases
}
