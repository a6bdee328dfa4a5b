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

use std::path::Path;

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
