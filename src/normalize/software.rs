//! Which software wrote a source's records, by signs that add up: never by one alone.
//!
//! | software | signs |
//! |---|---|
//! | Open Journal Systems | `oai:host:article/N`; pages under `/article/view/`; sets `journal:SECTION`; citations `Journal; Issue; Pages`; endpoint `/index.php/…/oai` |
//! | EPrints | `oai:host:N` with a page of that number on the host; sets in hexadecimal; endpoint `/cgi/oai2` |
//! | DSpace | `oai:host:PREFIX/N`; the handle of that number; sets `com_…`, `col_…`; endpoint `/oai/request` |
//! | Digital Commons | files under `viewcontent.cgi`; sets `publication:…`; `oai:host:name-N`; endpoint `/do/oai` |
//! | Invenio | `oai:host:N` with `/record/N` or `/records/N`; sets `user-…`; endpoint `/oai2d` |
//! | Janeway | `oai:code:id:N`; the element `fullTextUrl` |

use super::citation_head::has_issue_part;
use super::context::SourceContext;
use super::identifier::ojs_number;
use crate::metadata::oai_dc::Dc;

/// The name of Open Journal Systems in Identify, and here.
pub(crate) const OJS: &str = "Open Journal Systems";

/// Signs of one software that have to come together.
const ENOUGH: usize = 2;

/// The sign that counts twice: the software's own name for itself.
const TOOLKIT: &str = "the toolkit that Identify names";

/// A sign that a record shows: the software, and what was seen.
pub(crate) type Sign = (&'static str, &'static str);

/// The signs of one record.
pub(crate) fn signs(identifier: &str, sets: &[String], dc: &Dc<'_>) -> Vec<Sign> {
    let local = identifier
        .strip_prefix("oai:")
        .and_then(|rest| rest.split_once(':'));
    let (host, local) = local.unwrap_or(("", identifier));
    let record = Signed {
        identifier,
        host,
        local,
        sets,
        dc,
    };
    SIGNS
        .iter()
        .filter(|(_, _, is_seen)| is_seen(&record))
        .map(|(software, what, _)| (*software, *what))
        .collect()
}

/// A record that may show signs of its software.
struct Signed<'a> {
    identifier: &'a str,
    /// Host and local part of an identifier of the scheme `oai:`.
    host: &'a str,
    local: &'a str,
    sets: &'a [String],
    dc: &'a Dc<'a>,
}

impl Signed<'_> {
    /// The addresses among identifiers and relations.
    fn addresses(&self) -> impl Iterator<Item = &str> {
        let elements = self.dc.elements.iter();
        elements
            .filter(|e| matches!(&*e.name, "identifier" | "relation"))
            .map(|e| e.value.trim())
            .filter(|value| value.starts_with("http"))
    }

    /// Returns whether the host has a page of the identifier's number below a path.
    fn is_numbered(&self, path: &str) -> bool {
        let end = format!("{path}{}", self.local);
        is_digits(self.local)
            && self.addresses().any(|url| {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                rest.starts_with(self.host) && rest.trim_end_matches('/').ends_with(&end)
            })
    }

    fn has_set(&self, test: impl Fn(&str) -> bool) -> bool {
        self.sets.iter().any(|set| test(set))
    }

    fn is_handle(&self) -> bool {
        self.local.split_once('/').is_some_and(|(prefix, number)| {
            prefix.bytes().all(|b| b.is_ascii_digit() || b == b'.') && is_digits(number)
        })
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The signs of a record: the software, what is seen, and whether a record shows it.
type RecordSign = (&'static str, &'static str, fn(&Signed<'_>) -> bool);

const SIGNS: [RecordSign; 16] = [
    (OJS, "OAI identifiers of the form article/N", |r| {
        ojs_number(r.identifier).is_some()
    }),
    (OJS, "pages under /article/view/", |r| {
        r.dc.named("identifier").any(|e| {
            let value = e.value.trim_start();
            value.starts_with("http") && value.contains("/article/view/")
        })
    }),
    (OJS, "sets of the form journal:SECTION", |r| {
        r.has_set(is_section_set)
    }),
    (OJS, "citations of the form Journal; Issue; Pages", |r| {
        r.dc.named("source").any(|e| has_issue_part(e.value.trim()))
    }),
    ("EPrints", "a page of the OAI identifier's number", |r| {
        r.is_numbered("/") && !r.is_numbered("/record/") && !r.is_numbered("/records/")
    }),
    ("EPrints", "sets in hexadecimal", |r| {
        r.has_set(is_hexadecimal)
    }),
    ("DSpace", "OAI identifiers that are handles", |r| {
        r.is_handle()
    }),
    ("DSpace", "addresses of the handle", |r| {
        r.is_handle() && r.addresses().any(|url| url.ends_with(r.local))
    }),
    ("DSpace", "sets of communities and collections", |r| {
        r.has_set(|set| {
            ["com_", "col_", "hdl_"]
                .iter()
                .any(|kind| set.starts_with(kind))
        })
    }),
    ("Digital Commons", "files under viewcontent.cgi", |r| {
        r.addresses().any(|url| url.contains("viewcontent.cgi"))
    }),
    ("Digital Commons", "sets of publications", |r| {
        r.has_set(|set| set.starts_with("publication:"))
    }),
    (
        "Digital Commons",
        "OAI identifiers of the form name-N",
        |r| {
            r.local
                .rsplit_once('-')
                .is_some_and(|(name, number)| !name.is_empty() && is_digits(number))
        },
    ),
    ("Invenio", "pages under /record/", |r| {
        r.is_numbered("/record/") || r.is_numbered("/records/")
    }),
    ("Invenio", "sets of communities", |r| {
        r.has_set(|set| set.starts_with("user-"))
    }),
    ("Janeway", "OAI identifiers of the form id:N", |r| {
        r.local.strip_prefix("id:").is_some_and(is_digits)
    }),
    ("Janeway", "the element fullTextUrl", |r| {
        r.dc.elements
            .iter()
            .any(|e| e.name.eq_ignore_ascii_case("fullTextUrl"))
    }),
];

/// The signs that Identify and the endpoint's address give. A toolkit that names the software counts twice.
pub(crate) fn signs_of_source(context: &SourceContext) -> Vec<Sign> {
    const NAMES: [(&str, &str); 9] = [
        ("open journal systems", OJS),
        ("eprints", "EPrints"),
        ("dspace", "DSpace"),
        ("xoai", "DSpace"),
        ("digital commons", "Digital Commons"),
        ("digitalcommons", "Digital Commons"),
        ("bepress", "Digital Commons"),
        ("invenio", "Invenio"),
        ("janeway", "Janeway"),
    ];
    let named = |text: &str| {
        let lower = text.to_lowercase();
        let found = NAMES.iter().find(|(word, _)| lower.contains(word));
        found.map(|(_, software)| *software)
    };
    let mut signs = Vec::new();
    if let Some(toolkit) = &context.software {
        let software = if toolkit.is_ojs() || is_pkp_software(&toolkit.name) {
            Some(OJS)
        } else {
            named(&toolkit.name)
        };
        if let Some(software) = software {
            signs.push((software, TOOLKIT));
        }
    }
    let mentions = context.mentions.iter().filter_map(|text| named(text));
    signs.extend(mentions.map(|software| (software, "the descriptions of Identify")));
    let name = context.repository_name.as_deref().and_then(named);
    signs.extend(name.map(|software| (software, "the repository's name")));
    signs.extend(sign_of_endpoint(&context.base_url));
    signs
}

/// The sign that a harvested format gives: formats that one software alone offers.
pub(crate) fn sign_of_format(prefix: &str) -> Option<Sign> {
    Some(match prefix {
        "dim" => ("DSpace", "the format dim"),
        "xoai" => ("DSpace", "the format xoai"),
        "rfc1807" => (OJS, "the format rfc1807"),
        "oai_bibl" => ("EPrints", "the format oai_bibl"),
        "rem_rdf" => ("EPrints", "the format rem_rdf"),
        _ => return None,
    })
}

/// The sign that an endpoint's address gives.
pub(crate) fn sign_of_endpoint(base_url: &str) -> Option<Sign> {
    let path = base_url.split(['?', '#']).next()?.trim_end_matches('/');
    let ends = |end: &str| path.ends_with(end);
    Some(if path.contains("/index.php/") && ends("/oai") {
        (OJS, "an endpoint under /index.php/")
    } else if ends("/cgi/oai2") {
        ("EPrints", "the endpoint /cgi/oai2")
    } else if ends("/oai/request") {
        ("DSpace", "the endpoint /oai/request")
    } else if ends("/do/oai") {
        ("Digital Commons", "the endpoint /do/oai")
    } else if ends("/oai2d") {
        ("Invenio", "the endpoint /oai2d")
    } else {
        return None;
    })
}

/// The software that enough different signs are of; of two, the one with more. A tie decides nothing.
pub(crate) fn decided(signs: &[Sign]) -> Option<&'static str> {
    let mut counted: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
    for (software, what) in signs {
        match counted.iter_mut().find(|(known, _)| known == software) {
            Some((_, seen)) if seen.contains(what) => {}
            Some((_, seen)) => seen.push(what),
            None => counted.push((software, vec![what])),
        }
    }
    let weight = |seen: &[&str]| seen.len() + usize::from(seen.contains(&TOOLKIT));
    counted.sort_by_key(|(_, seen)| std::cmp::Reverse(weight(seen)));
    let seen = |at: usize| counted.get(at).map_or(0, |(_, seen)| weight(seen));
    let (first, _) = counted.first()?;
    (seen(0) >= ENOUGH && seen(0) > seen(1)).then_some(*first)
}

/// Returns whether the software is of the Public Knowledge Project, whose systems share one library and so one Dublin
/// Core.
pub(crate) fn is_pkp_software(name: &str) -> bool {
    ["Open Preprint Systems", "Open Monograph Press"]
        .iter()
        .any(|kin| name.contains(kin))
}

/// `cac:ART`: a journal's path, and a section's abbreviation.
fn is_section_set(set: &str) -> bool {
    set.split_once(':').is_some_and(|(path, section)| {
        !path.is_empty()
            && path
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
            && !matches!(
                path,
                "publication" | "user" | "doc-type" | "type" | "subject" | "collection"
            )
            && section.starts_with(|c: char| c.is_uppercase())
            && !section.contains(':')
    })
}

/// `7374617475733D707562`, as EPrints writes the values of its fields.
fn is_hexadecimal(set: &str) -> bool {
    let value = set.rsplit(':').next().unwrap_or(set);
    value.len() >= 12
        && value.len().is_multiple_of(2)
        && value
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b))
        && value.contains("3D")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metadata::oai_dc::Element;
    use crate::normalize::SourceContext;

    fn decided_by(
        identifier: &str,
        sets: &[&str],
        elements: &[(&str, &str)],
    ) -> Option<&'static str> {
        let elements = elements.iter().map(|(name, value)| Element {
            name: (*name).to_owned().into(),
            value: (*value).to_owned().into(),
            ..Element::default()
        });
        let dc = Dc {
            elements: elements.collect(),
            unread: None,
        };
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        decided(&signs(identifier, &sets, &dc))
    }

    #[test]
    fn two_signs_decide() {
        let page = (
            "identifier",
            "https://j.example.org/index.php/j/article/view/7",
        );
        assert_eq!(
            decided_by("oai:j.example.org:article/7", &[], &[page]),
            Some(OJS)
        );
        assert_eq!(
            decided_by("oai:j.example.org:article/7", &["j:ART"], &[]),
            Some(OJS)
        );
        let page = ("relation", "http://ep.example.org/53064/");
        assert_eq!(
            decided_by(
                "oai:ep.example.org:53064",
                &["7374617475733D707562"],
                &[page]
            ),
            Some("EPrints")
        );
        let file = (
            "identifier",
            "https://dc.example.org/cgi/viewcontent.cgi?article=1&context=x",
        );
        assert_eq!(
            decided_by("oai:dc.example.org:x-1", &[], &[file]),
            Some("Digital Commons")
        );
    }

    #[test]
    fn identify_adds_to_the_signs() {
        let mut context = SourceContext {
            base_url: "https://ep.example.org/cgi/oai2".to_owned(),
            ..SourceContext::default()
        };
        assert_eq!(decided(&signs_of_source(&context)), None);
        context.mentions =
            vec!["This system is running eprints server software (EPrints 3.4.7)".to_owned()];
        assert_eq!(decided(&signs_of_source(&context)), Some("EPrints"));
        let toolkit = |name: &str| SourceContext {
            software: Some(crate::oai::Software {
                name: name.to_owned(),
                version: None,
            }),
            ..SourceContext::default()
        };
        assert_eq!(
            decided(&signs_of_source(&toolkit("DSpace 7.6"))),
            Some("DSpace")
        );
        assert_eq!(decided(&signs_of_source(&toolkit("OAICat"))), None);
        let named = SourceContext {
            repository_name: Some("DSpace at X".to_owned()),
            ..SourceContext::default()
        };
        assert_eq!(decided(&signs_of_source(&named)), None);
    }

    #[test]
    fn one_sign_decides_nothing() {
        assert_eq!(
            decided_by(
                "oai:cl.example.org:article/14094130",
                &[],
                &[("identifier", "http://cl.example.org/article/n/x")]
            ),
            None
        );
        assert_eq!(
            decided_by(
                "oai:fs.example.org:article/3339307",
                &[],
                &[("identifier", "10.5555/m9.fs.1")]
            ),
            None
        );
        let elsewhere = ("relation", "http://j.example.org/article/view/3946/5541");
        assert_eq!(
            decided_by("oai:ojs.j.example.org:article/3946", &[], &[elsewhere]),
            None
        );
    }
}
