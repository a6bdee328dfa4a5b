//! The server's own JATS: what the table takes for valid is valid by the DTD, and is passed on as it came.

use crate::articles;
use crate::validators;

use std::collections::BTreeMap;
use std::process::Command;

use offprint::internals::export::jats::{JatsOptions, TagSet, document, validate};

use articles::{broken, nasty};
use validators::jats::faulty;

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE article PUBLIC \
     \"-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.4 20241031//EN\" \
     \"https://jats.nlm.nih.gov/archiving/1.4/JATS-archivearticle1-4.dtd\">\n";

/// The `<article>` elements of a recorded answer, without their default namespace.
fn recorded(name: &str) -> Vec<String> {
    let page = std::fs::read_to_string(format!(
        "{}/samples/ojs-3.4-cac/{name}",
        env!("CARGO_MANIFEST_DIR")
    ));
    let page = page.unwrap();
    let articles = page.split("<article ").skip(1).map(|rest| {
        let article = &rest[..rest.find("</article>").unwrap()];
        let at = article
            .find(" xmlns=\"")
            .unwrap_or_else(|| article.find("xmlns=\"").unwrap());
        let end = at + 9 + article[at + 9..].find('"').unwrap() + 1;
        format!("<article {}{}</article>", &article[..at], &article[end..])
    });
    articles.collect()
}

/// Our own articles with one thing wrong, or not: an element twice, gone, renamed or moved to the end.
fn spoiled() -> Vec<String> {
    let own: Vec<String> = nasty()
        .iter()
        .chain(&broken())
        .map(|article| {
            let options = JatsOptions {
                tag_set: TagSet::Archiving,
                ..JatsOptions::default()
            };
            let document = document(article, options);
            document[document.find("<article").unwrap()..]
                .trim_end()
                .to_owned()
        })
        .filter(|article| article.len() < 30_000)
        .collect();
    let mut all = own.clone();
    for (at, article) in own.iter().enumerate() {
        for (turn, name) in [
            "article-title",
            "pub-date",
            "contrib-group",
            "volume",
            "permissions",
            "abstract",
            "year",
            "surname",
            "aff",
            "p",
        ]
        .iter()
        .enumerate()
        {
            let (open, close) = (format!("<{name}"), format!("</{name}>"));
            let Some(start) = article
                .find(&format!("{open}>"))
                .or_else(|| article.find(&format!("{open} ")))
            else {
                continue;
            };
            let end = start + article[start..].find(&close).unwrap() + close.len();
            let element = &article[start..end];
            let (before, after) = (&article[..start], &article[end..]);
            all.push(match (at + turn) % 5 {
                0 => format!("{before}{after}"),
                1 => format!("{before}{element}{element}{after}"),
                2 => format!("{before}stray{element}{after}"),
                3 => {
                    format!(
                        "{before}{}{after}",
                        element.replacen(&open, &format!("{open} made-up=\"1\""), 1)
                    )
                }
                _ => match after.find("</article-meta>") {
                    Some(to) => format!("{before}{}{element}{}", &after[..to], &after[to..]),
                    None => format!("{before}<nothing/>{after}"),
                },
            });
        }
    }
    all
}

fn agree(articles: &[String]) -> (usize, usize) {
    let documents: Vec<String> = articles
        .iter()
        .map(|article| format!("{PROLOG}{article}\n"))
        .collect();
    let faulty = faulty(&documents);
    for (at, article) in articles.iter().enumerate() {
        let ours = validate(article);
        assert_eq!(
            ours.is_err(),
            faulty.contains_key(&at),
            "{ours:?}\n{}",
            article.chars().take(3000).collect::<String>()
        );
    }
    (articles.len() - faulty.len(), faulty.len())
}

#[test]
fn recorded_articles_are_valid_by_the_table_where_they_are_by_the_dtd() {
    let mut articles = recorded("cac-listrecords-jats-page1.xml");
    articles.extend(recorded("cac-getrecord-643-oai_openaire_jats.xml"));
    let (valid, faulty) = agree(&articles);
    assert!(valid > 20 && faulty > 20, "{valid} and {faulty}");
}

#[test]
fn spoiled_articles_are_valid_by_the_table_where_they_are_by_the_dtd() {
    let (valid, faulty) = agree(&spoiled());
    assert!(valid > 20 && faulty > 20, "{valid} and {faulty}");
}

#[test]
fn malformed_xml_is_invalid() {
    let sound = "<article><front><journal-meta/><article-meta/></front></article>";
    assert_eq!(validate(sound), Ok(()));
    for (from, to) in [
        ("<front>", "<front id=\"a<b\">"),
        ("<front>", "<front id=\"a\" id=\"b\">"),
        ("<front>", "<front>]]>"),
        ("<front>", "<front><![CDATA[ ]]>"),
        ("<front>", "<front><!-- a -- b -->"),
        ("<front>", "<front>&nbsp;"),
        ("<front>", "<front>\u{1}"),
        ("<article>", "<!DOCTYPE article><article>"),
        ("</article>", ""),
        ("</article>", "</article><article/>"),
        (
            "<article-meta/>",
            "<article-meta><contrib-group><xref rid=\"gone\"/></contrib-group></article-meta>",
        ),
    ] {
        let spoiled = sound.replacen(from, to, 1);
        assert!(validate(&spoiled).is_err(), "{spoiled}");
    }
}

#[test]
fn passes_valid_native_jats_on_and_writes_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("offprint.db");
    let offprint = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_offprint"))
            .current_dir(folder.path())
            .arg("--store")
            .arg(&store)
            .args(arguments)
            .output()
            .unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stderr).unwrap()
    };
    let page = format!(
        "{}/samples/ojs-3.4-cac/cac-listrecords-jats-page1.xml",
        env!("CARGO_MANIFEST_DIR")
    );
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).unwrap();
    // One page of a longer list: what is saved is taken, whole or not.
    std::fs::copy(page, saved.join("page1.xml")).unwrap();
    let harvested = Command::new(env!("CARGO_BIN_EXE_offprint"))
        .current_dir(folder.path())
        .arg("--store")
        .arg(&store)
        .args(["harvest", "saved", "--prefix", "jats"])
        .output()
        .unwrap();
    assert!(
        matches!(harvested.status.code(), Some(0 | 4)),
        "{}",
        String::from_utf8_lossy(&harvested.stderr)
    );
    let said = offprint(&["export", "jats", "--prefer", "native", "-o", "jats/"]);
    let mut documents = Vec::new();
    for entry in std::fs::read_dir(folder.path().join("jats")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "xml") {
            documents.push(std::fs::read_to_string(path).unwrap());
        }
    }
    assert_eq!(faulty(&documents), BTreeMap::new());
    let native: Vec<&String> = documents
        .iter()
        .filter(|text| text.contains("specific-use=\"eps-0.1\""))
        .collect();
    assert!(
        native.len() > 20 && native.len() < documents.len(),
        "{} of {}",
        native.len(),
        documents.len()
    );
    assert!(
        said.contains(&format!(
            "{} of the articles are the server's own JATS",
            native.len()
        )),
        "{said}"
    );
    // As it came, but for the declarations on the root.
    let received = std::fs::read_to_string(saved.join("page1.xml")).unwrap();
    for document in &native {
        let front =
            &document[document.find("<front>").unwrap()..document.rfind("</article>").unwrap()];
        assert!(received.contains(front), "{front}");
        assert!(!document.contains(" xmlns=\""));
    }
    let stream = folder.path().join("all.xml");
    offprint(&[
        "export",
        "jats",
        "--prefer",
        "native",
        "-o",
        stream.to_str().unwrap(),
    ]);
    let stream = std::fs::read_to_string(stream).unwrap();
    assert_eq!(
        stream.matches("specific-use=\"eps-0.1\"").count(),
        native.len()
    );
}
