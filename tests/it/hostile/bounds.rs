//! Messages are cut, whatever a server or an archive puts into them.

use std::fs;

use offprint::internals::display::MAX_MESSAGE;
use offprint::internals::oai::read_page;

use super::{offprint, record, response};

/// Bytes of the large inputs.
const LARGE: usize = 10 << 20;

#[test]
fn a_token_of_ten_megabytes_is_refused_in_a_short_message() {
    let token = format!(
        "{}<resumptionToken>{}</resumptionToken>",
        record("oai:h:1", "<t>A</t>"),
        "x".repeat(LARGE)
    );
    let error = read_page(response(&token).as_bytes())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("a resumptionToken longer than 65536 bytes"),
        "{error}"
    );
    assert!(error.len() < 200);
    // One that is cut in many pieces likewise.
    let pieces = "x&amp;".repeat(LARGE / 6);
    let token = format!("<resumptionToken>{pieces}</resumptionToken>");
    assert!(read_page(response(&token).as_bytes()).is_err());
}

#[test]
fn names_of_ten_megabytes_are_cut_in_messages() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("pages")).unwrap();
    let long = "x".repeat(LARGE);
    let pages = [
        format!("<{long}>"),
        format!("<{long}/>"),
        response(&format!("<{long}></y>")),
        long.clone(),
        format!("<OAI-PMH><error code='{long}'>{long}</error></OAI-PMH>"),
    ];
    for page in pages {
        fs::write(folder.path().join("pages/1.xml"), &page).unwrap();
        for format in ["text", "json"] {
            let output = offprint(
                folder.path(),
                &["harvest", "pages", "--verbose", "--log-format", format],
            );
            let said = output.stderr.len() + output.stdout.len();
            assert!(said < 8 * MAX_MESSAGE, "{said} bytes for {}…", &page[..40]);
        }
    }
}

#[test]
fn a_manifest_of_nuls_gives_short_complaints() {
    let folder = tempfile::tempdir().unwrap();
    let bag = folder.path().join("bag");
    fs::create_dir_all(bag.join("data")).unwrap();
    fs::write(
        bag.join("bagit.txt"),
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
    )
    .unwrap();
    fs::write(bag.join("bag-info.txt"), "Payload-Oxum: 0.0\n").unwrap();
    for manifest in [
        vec![0_u8; LARGE],
        b"\0\n".repeat(LARGE / 2),
        b"a data/x\n".repeat(LARGE / 9),
    ] {
        fs::write(bag.join("manifest-sha512.txt"), &manifest).unwrap();
        let output = offprint(folder.path(), &["snapshot", "--verify", "bag"]);
        assert_eq!(output.status.code(), Some(1));
        let said = output.stderr.len();
        assert!(said < 100 * 600, "{said} bytes");
    }
}
