//! The readers of every metadata format, and the crosswalks behind them: the format is known by what a record
//! holds, so that one input may be Dublin Core, JATS, MODS, MARC, RFC 1807 or HTML. `\n---\n` parts several records
//! of one item, which are merged.

use offprint::Entry;
use offprint::internals::normalize::{FormatRecord, Item, LANDING_PAGE, SourceContext, normalize};
use offprint::internals::oai::{Header, Record, Software};

/// More records than an item has formats.
const MAX_RECORDS: usize = 8;

/// Whatever comes: no panic, and an article without a character that XML forbids.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let parts: Vec<&str> = text.splitn(MAX_RECORDS, "\n---\n").collect();
    let by_content = parts
        .iter()
        .enumerate()
        .map(|(at, part)| record(&format!("format{at}"), part));
    let ojs = SourceContext {
        base_url: "https://x.org/index.php/j/oai".to_owned(),
        software: Some(Software {
            name: "Open Journal Systems".to_owned(),
            version: Some("2.4.8".to_owned()),
        }),
        repository_name: Some("Journal; of Things".to_owned()),
        ..SourceContext::default()
    };
    article(by_content.collect(), &ojs);
    article(
        vec![record(LANDING_PAGE, text), record("oai_dc", parts[0])],
        &SourceContext::default(),
    );
}

fn record(prefix: &str, metadata: &str) -> FormatRecord {
    let header = Header {
        identifier: "oai:x.org:article/1".to_owned(),
        ..Header::default()
    };
    FormatRecord {
        metadata_prefix: prefix.to_owned(),
        record: Record {
            header,
            metadata: Some(metadata.to_owned()),
            ..Record::default()
        },
        fetched_at: chrono::DateTime::UNIX_EPOCH,
        sha256: String::new(),
    }
}

fn article(records: Vec<FormatRecord>, context: &SourceContext) {
    let item = Item {
        identifier: "oai:x.org:article/1".to_owned(),
        records,
    };
    let Entry::Live(article) = normalize(&item, context) else {
        panic!("it is not deleted")
    };
    let json = serde_json::to_value(&*article).unwrap();
    let mut values = vec![("", &json)];
    while let Some((field, value)) = values.pop() {
        match value {
            serde_json::Value::String(text) => {
                let blank = |c: char| matches!(c, '\n' | '\t' | '\r');
                let forbidden =
                    |c: char| (c.is_control() && !blank(c)) || matches!(c, '\u{fffe}' | '\u{ffff}');
                assert!(!text.contains(forbidden), "{field}: {text:?}");
            }
            serde_json::Value::Array(all) => values.extend(all.iter().map(|value| (field, value))),
            serde_json::Value::Object(all) => {
                values.extend(all.iter().map(|(key, value)| (key.as_str(), value)));
            }
            _ => {}
        }
    }
}
