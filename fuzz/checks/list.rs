//! Lists of endpoints: CSV, JSON, JSON Lines, one address a line.

use offprint::cli::add::list::parse_list;

/// Whatever comes: no panic, and every address is one that can be requested.
pub fn check(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else {
        return;
    };
    let Ok(list) = parse_list(text) else { return };
    for wanted in list.wanted {
        let url = wanted.url.url();
        assert!(matches!(url.scheme(), "http" | "https"), "{url}");
    }
}
