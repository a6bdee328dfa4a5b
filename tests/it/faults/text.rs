//! Bytes that no XML reader takes as they are. Each is repaired for reading; the bytes as received stay.

use crate::harvesting::case::{Case, FIRST, LAST, MIDDLE, SPOTS, Spot};
use crate::harvesting::damage::Damage;
use crate::harvesting::outcome::Expect;
use crate::harvesting::script::{Fault, Place, Times};

const REPAIRED: &str = "repairs it for reading, counts the repair, keeps the bytes as received";

fn in_record(fault: &'static str, damage: &Damage) -> Vec<Case> {
    SPOTS
        .iter()
        .map(|spot| {
            Case::new(fault, spot.name, REPAIRED, Expect::all()).rule(
                spot.holding(),
                Times::Always,
                Fault::Damage(damage.clone()),
            )
        })
        .collect()
}

fn on_page(fault: &'static str, faults: &[Fault]) -> Vec<Case> {
    let at = |spot: &Spot| {
        faults.iter().fold(
            Case::new(fault, spot.name, REPAIRED, Expect::all()),
            |case, fault| case.rule(spot.page(), Times::Always, fault.clone()),
        )
    };
    SPOTS.iter().map(at).collect()
}

const BOMB: &str = "<!DOCTYPE OAI-PMH [\n<!ENTITY a \"ha\">\n<!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">\n\
    <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">\n<!ENTITY d \"&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;\">\n]>\n";

const EXTERNAL: &str = "<!DOCTYPE OAI-PMH [<!ENTITY d SYSTEM \"file:///etc/hostname\">]>\n";

const NOTICE: &[u8] =
    b"<br />\n<b>Notice</b>:  Undefined index: locale in <b>/var/www/ojs/index.php</b> on line <b>7</b><br />\n";

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (fault, bytes) in [
        ("raw control character", &b"\x08"[..]),
        ("reference to a control character, `&#8;`", b"&#8;"),
        ("reference to a control character, `&#x1F;`", b"&#x1F;"),
        ("byte that is not UTF-8", b"caf\xE9 "),
        ("UTF-8 sequence cut short", b"\xE2\x80 "),
        ("HTML entity, `&nbsp;`", b"one&nbsp;two "),
        ("bare `&`", b"Smith & Sons "),
        ("`&` before a word", b"R&D "),
        ("bare `<`", b"p < 0.05 "),
        ("`<` before a digit", b"p<0.05 "),
    ] {
        cases.extend(in_record(fault, &Damage::text(bytes)));
    }
    let declaration = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_vec();
    cases.extend(in_record(
        "XML declaration inside metadata",
        &Damage::InMetadata(declaration),
    ));
    let doctype = b"<!DOCTYPE dc SYSTEM \"http://127.0.0.1:9/dc.dtd\">\n".to_vec();
    cases.extend(in_record(
        "DOCTYPE inside metadata",
        &Damage::InMetadata(doctype),
    ));

    cases.extend(on_page(
        "PHP notice before the prolog",
        &[Fault::Before(NOTICE.to_vec())],
    ));
    cases.extend(on_page(
        "blank lines before the prolog",
        &[Fault::Before(b"\n\n  \n".to_vec())],
    ));
    cases.extend(on_page(
        "byte-order mark",
        &[Fault::Before(b"\xEF\xBB\xBF".to_vec())],
    ));
    let marked = Fault::Before(b"\r\n\xEF\xBB\xBF\xEF\xBB\xBF".to_vec());
    cases.extend(on_page("blank line and two byte-order marks", &[marked]));
    let cyrillic = Fault::Damage(Damage::Windows1251);
    cases.extend(on_page(
        "windows-1251, declared",
        &[Fault::Declares("windows-1251"), cyrillic.clone()],
    ));
    cases.extend(on_page("windows-1251, declared as UTF-8", &[cyrillic]));
    for (fault, doctype) in [("entity bomb", BOMB), ("external entity", EXTERNAL)] {
        for spot in [FIRST, MIDDLE, LAST] {
            cases.push(
                Case::new(
                    fault,
                    spot.name,
                    "never expands it, repairs it as an unknown entity",
                    Expect::all(),
                )
                .rule(spot.page(), Times::Always, Fault::Doctype(doctype))
                .rule(
                    Place::ListHolding(spot.identifier()),
                    Times::Always,
                    Fault::Damage(Damage::text(b"&d; ")),
                ),
            );
        }
    }
    cases
}
