//! Lists of endpoints as people have them: CSV with a header, JSON, JSON Lines, or one address a line.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use serde_json::Value;

use crate::bounded_file;
use crate::cli::exit::Failure;
use crate::cli::values::{Endpoint, SetSpec, SourceName};
use crate::redact::redact;

/// Largest list that is read, bytes.
const MAX_LIST: u64 = 64 << 20;
/// Names of the column or key that has the address, as lists in use call it.
const URL_KEYS: [&str; 6] = [
    "oai_url",
    "oai",
    "oai_base_url",
    "base_url",
    "endpoint",
    "url",
];
/// A line that is put behind a list: where it does not come back as a line of its own, a quotation mark is open.
const LAST_LINE: &str = "\n\u{1}end of list\n";
/// The same of a name and a set.
const NAME_KEYS: [&str; 2] = ["name", "source"];
const SET_KEYS: [&str; 2] = ["set_spec", "set"];

/// A source to be added.
#[derive(Debug, PartialEq)]
pub struct Wanted {
    /// The name, where the list gives one.
    pub name: Option<String>,
    /// Where it is.
    pub url: Endpoint,
    /// Only this set.
    pub set: Option<String>,
}

/// The requested sources of a list, and its mistakes, each with its position.
#[derive(Debug, Default)]
pub struct List {
    /// The sources.
    pub wanted: Vec<Wanted>,
    /// The faults, each with its place.
    pub wrong: Vec<String>,
}

/// The mistake of an entry without the address of an endpoint.
const NO_ADDRESS: &str = "it has no address";

impl List {
    fn take(&mut self, place: impl FnOnce() -> String, one: Result<Wanted, String>) {
        match one {
            Ok(one) => self.wanted.push(one),
            Err(error) => self.wrong.push(format!("{}: {error}", place())),
        }
    }
}

/// Reads a list of endpoints from a file.
///
/// # Errors
/// A file that cannot be read, is too large, or holds no list.
pub fn read_list(path: &Path) -> Result<List, Failure> {
    let failed = |what: String| Failure::usage(format!("{}: {what}", path.display()));
    let text = bounded_file::read_text(path, MAX_LIST).map_err(|error| {
        failed(match error.kind() {
            ErrorKind::FileTooLarge => "it is over 64 MB".to_owned(),
            _ => error.to_string(),
        })
    })?;
    parse_list(text.trim_start_matches('\u{feff}')).map_err(failed)
}

/// Reads a list of endpoints from its text.
///
/// # Errors
/// What is no list at all.
pub fn parse_list(text: &str) -> Result<List, String> {
    if text.trim_start().starts_with(['[', '{']) {
        from_json(text)
    } else {
        from_csv(text)
    }
}

fn from_json(text: &str) -> Result<List, String> {
    let mut list = List::default();
    // One array, or a value a line.
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| error.to_string())?;
        let entries = match value {
            Value::Array(entries) => entries,
            other => vec![other],
        };
        for entry in entries {
            let number = list.wanted.len() + list.wrong.len() + 1;
            let field = |keys: &[&str]| {
                keys.iter()
                    .find_map(|key| entry.get(key))
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            let url = entry
                .as_str()
                .map(str::to_owned)
                .or_else(|| field(&URL_KEYS));
            let one = url
                .ok_or_else(|| NO_ADDRESS.to_owned())
                .and_then(|url| wish(&url, field(&NAME_KEYS), field(&SET_KEYS)));
            list.take(|| format!("entry {number}"), one);
        }
    }
    Ok(list)
}

fn from_csv(text: &str) -> Result<List, String> {
    let header = text.lines().next().unwrap_or_default();
    let delimiter = ['\t', ';']
        .into_iter()
        .find(|c| header.contains(*c))
        .map_or(b',', |c| c as u8);
    // A plain list of addresses has no header.
    let plain = header.contains("://");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(!plain)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes().chain(LAST_LINE.as_bytes()));
    let columns: Vec<String> = if plain {
        vec!["url".to_owned()]
    } else {
        let headers = reader.headers().map_err(|error| error.to_string())?;
        headers.iter().map(str::to_ascii_lowercase).collect()
    };
    let column = |keys: &[&str]| {
        keys.iter()
            .find_map(|key| columns.iter().position(|name| name == key))
    };
    let (url, name, set) = (column(&URL_KEYS), column(&NAME_KEYS), column(&SET_KEYS));
    let url = url.ok_or("line 1: no column is called oai_url, base_url or url")?;
    let mut list = List::default();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        if record.len() == 1 && record[0] == *LAST_LINE.trim() {
            break;
        }
        let line = record.position().map_or(0, csv::Position::line);
        if record
            .iter()
            .next_back()
            .is_some_and(|field| field.ends_with(LAST_LINE.trim()))
        {
            return Err(format!(
                "line {line}: a quotation mark is never closed; what follows is not read"
            ));
        }
        let field = |column: Option<usize>| {
            column
                .and_then(|column| record.get(column))
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let wanted = field(Some(url))
            .ok_or_else(|| NO_ADDRESS.to_owned())
            .and_then(|url| wish(&url, field(name), field(set)));
        list.take(|| format!("line {line}"), wanted);
    }
    Ok(list)
}

/// Reads the source that one line of a list requests. A title makes no name of a source; then its address does.
fn wish(url: &str, name: Option<String>, set: Option<String>) -> Result<Wanted, String> {
    let url: Endpoint = url.parse().map_err(|error: String| redact(&error))?;
    let name = name.filter(|name| name.parse::<SourceName>().is_ok());
    let set = set
        .map(|set| set.parse::<SetSpec>().map(|set| set.to_string()))
        .transpose()?;
    Ok(Wanted { name, url, set })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
        let list = parse_list(text).unwrap();
        assert_eq!(list.wrong, Vec::<String>::new());
        list.wanted
            .into_iter()
            .map(|one| (one.url.url().to_string(), one.name, one.set))
            .collect()
    }

    #[test]
    fn lists_in_all_their_shapes() {
        let a = || ("https://a.example/oai".to_owned(), None, None);
        let b = || {
            (
                "https://b.example/oai".to_owned(),
                Some("b".to_owned()),
                Some("b:ART".to_owned()),
            )
        };
        assert_eq!(
            read("https://a.example/oai\n\nhttps://a.example/oai\n"),
            [a(), a()]
        );
        assert_eq!(
            read(
                "name,oai_url,set_spec\n\"A title, with a comma\",https://a.example/oai,\nb,https://b.example/oai,b:ART\n"
            ),
            [a(), b()]
        );
        assert_eq!(read("URL\tname\nhttps://a.example/oai\t\n"), [a()]);
        assert_eq!(
            read(
                "[\"https://a.example/oai\", {\"url\": \"https://b.example/oai\", \"name\": \"b\", \"set\": \"b:ART\"}]"
            ),
            [a(), b()]
        );
        assert_eq!(
            read(
                "{\"base_url\": \"https://a.example/oai\"}\n{\"base_url\": \"https://a.example/oai\"}\n"
            ),
            [a(), a()]
        );
    }

    #[rstest::rstest]
    #[case(
        "url\nhttps://a.example/oai\n\"https://b.example/oai\nhttps://c.example/oai\n",
        3
    )]
    #[case(
        "name,url\n\"A title,https://a.example/oai\nb,https://b.example/oai",
        2
    )]
    #[case("https://a.example/oai\n\"https://b.example/oai", 2)]
    fn refuses_a_quotation_mark_that_is_never_closed(#[case] text: &str, #[case] line: usize) {
        let error = parse_list(text).unwrap_err();
        let place = format!("line {line}: a quotation mark is never closed");
        assert!(error.starts_with(&place), "{error}");
    }

    #[test]
    fn accepts_line_breaks_inside_of_quotation_marks() {
        let a = ("https://a.example/oai".to_owned(), None, None);
        let text = "name,url\n\"A title\nof two lines\",https://a.example/oai";
        assert_eq!(read(text), [a]);
    }

    #[test]
    fn mistakes_have_their_place() {
        assert!(
            parse_list("name,address\na,b\n")
                .unwrap_err()
                .starts_with("line 1: no column")
        );
        let list = parse_list("url\nftp://b/\nhttps://a.example/oai\n").unwrap();
        assert!(list.wrong[0].starts_with("line 2: "), "{list:?}");
        assert_eq!(list.wanted.len(), 1);
        let joined = "url\n\"https://a.example/oai\nhttps://b.example/oai\"\n";
        let list = parse_list(joined).unwrap();
        assert_eq!((list.wrong.len(), list.wanted.len()), (1, 0));
        let wrong = &list.wrong[0];
        let reason = "it contains a line break or a tab";
        assert!(
            wrong.starts_with("line 2: ") && wrong.ends_with(reason),
            "{wrong}"
        );
        let list = parse_list("name,url\na,https://a.example/oai\n,\nb,\n").unwrap();
        assert_eq!(
            (list.wrong, list.wanted.len()),
            (vec!["line 4: it has no address".to_owned()], 1)
        );
        let list = parse_list("[{\"x\": 1}, \"https://a.example/oai\"]").unwrap();
        assert_eq!(
            (list.wrong, list.wanted.len()),
            (vec!["entry 1: it has no address".to_owned()], 1)
        );
    }
}
