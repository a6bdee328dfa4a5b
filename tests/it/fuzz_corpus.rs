//! Runs the inputs kept by the fuzzers through the same checks: `fuzz/corpus/TARGET` holds inputs that reached
//! something new, and every one that once failed.

#[path = "../../fuzz/checks/article.rs"]
mod article;
#[path = "../../fuzz/checks/format.rs"]
mod format;
#[path = "../../fuzz/checks/html.rs"]
mod html;
#[cfg(feature = "cli")]
#[path = "../../fuzz/checks/list.rs"]
mod list;
#[path = "../../fuzz/checks/page.rs"]
mod page;
#[path = "../../fuzz/checks/record.rs"]
mod record;
#[path = "../../fuzz/checks/saved.rs"]
mod saved;
#[path = "../../fuzz/checks/values.rs"]
mod values;

use std::path::{Path, PathBuf};

#[rstest::rstest]
#[case::article("article", article::check)]
#[case::format("format", format::check)]
#[case::html("html", html::check)]
#[cfg(feature = "cli")]
#[case::list("list", list::check)]
#[case::page("page", page::check)]
#[case::record("record", record::check)]
#[case::saved("saved", saved::check)]
#[case::values("values", values::check)]
fn the_fuzz_corpus_passes(#[case] target: &str, #[case] check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut inputs = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let input = std::fs::read(&path).unwrap();
        let passed = std::panic::catch_unwind(|| check(&input));
        assert!(passed.is_ok(), "{} fails", path.display());
        inputs += 1;
    }
    assert!(
        inputs >= 20,
        "{} has only {inputs} inputs",
        folder.display()
    );
}

/// The inputs of all formats, and pages of articles.
fn records() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [
        "fuzz/corpus/article",
        "fuzz/corpus/format",
        "samples/formats",
        "samples/landing",
    ]
    .iter()
    .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
    .map(|entry| entry.unwrap().path())
    .filter(|path| path.extension().is_none_or(|extension| extension != "json"))
    .collect()
}

/// The place of a character in a text or an attribute's value.
#[derive(Clone, Copy)]
enum Place {
    /// After as many letters and digits.
    After(usize),
    /// After the last of them.
    End,
}

/// An input with `added` in each text and each attribute's value.
fn with_added(input: &str, added: &str, place: Place) -> String {
    let (mut out, mut in_tag, mut in_value) = (String::new(), false, false);
    let mut letters = input.chars().peekable();
    let mut seen = 0;
    while let Some(c) = letters.next() {
        let is_text = (!in_tag || in_value) && c.is_alphanumeric();
        match c {
            '<' => in_tag = true,
            '>' if !in_value => (in_tag, seen) = (false, 0),
            '"' if in_tag => {
                let name = out.rsplit(char::is_whitespace).next();
                // names of namespaces tell what the rest is
                in_value = !in_value && !name.is_some_and(|name| name.starts_with("xmlns"));
                seen = 0;
            }
            _ => {}
        }
        out.push(c);
        seen += usize::from(is_text);
        let is_here = match place {
            Place::After(count) => seen == count,
            Place::End => matches!(letters.peek(), Some('<' | '"')),
        };
        if is_text && is_here {
            out.push_str(added);
        }
    }
    out
}

#[rstest::rstest]
fn no_control_character_reaches_an_article(
    #[values("\u{7f}", "\u{9b}", "&#127;", "&amp;#x9b;", "&amp;amp;#11;", "\u{b}")] added: &str,
    #[values(
        Place::After(1),
        Place::After(3),
        Place::After(5),
        Place::After(8),
        Place::After(13),
        Place::End
    )]
    place: Place,
) {
    let (mut changed, mut failed) = (0, Vec::new());
    for path in records() {
        let input = std::fs::read(&path).unwrap();
        let input = String::from_utf8_lossy(&input);
        let input = with_added(&input, added, place);
        changed += usize::from(input.contains(added));
        if std::panic::catch_unwind(|| article::check(input.as_bytes())).is_err() {
            failed.push(path);
        }
    }
    assert!(failed.is_empty(), "with {added:?}: {failed:?}");
    assert!(changed > 60, "{changed} inputs were changed");
}
