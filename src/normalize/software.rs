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
pub(crate) fn signs(identifier: &str, sets: &[String], dc: &Dc) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut sign = |seen: bool, software: &'static str, what: &'static str| {
        if seen {
            signs.push((software, what));
        }
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let local = identifier
        .strip_prefix("oai:")
        .and_then(|rest| rest.split_once(':'));
    let (host, local) = local.unwrap_or(("", identifier));
    let addresses = || {
        let elements = dc
            .elements
            .iter()
            .filter(|e| matches!(&*e.name, "identifier" | "relation"));
        elements
            .map(|e| e.value.trim())
            .filter(|value| value.starts_with("http"))
    };
    let numbered = |path: &str, number: &str| {
        addresses().any(|url| {
            let rest = url.split_once("://").map_or("", |(_, rest)| rest);
            rest.starts_with(host)
                && rest
                    .trim_end_matches('/')
                    .ends_with(&format!("{path}{number}"))
        })
    };
    sign(
        ojs_number(identifier).is_some(),
        OJS,
        "OAI identifiers of the form article/N",
    );
    let views = |e: &crate::metadata::oai_dc::Element| {
        let value = e.value.trim_start();
        value.starts_with("http") && value.contains("/article/view/")
    };
    sign(
        dc.named("identifier").any(views),
        OJS,
        "pages under /article/view/",
    );
    sign(
        sets.iter().any(|set| is_section_set(set)),
        OJS,
        "sets of the form journal:SECTION",
    );
    sign(
        dc.named("source").any(|e| has_issue_part(e.value.trim())),
        OJS,
        "citations of the form Journal; Issue; Pages",
    );
    sign(
        digits(local)
            && numbered("/", local)
            && !numbered("/record/", local)
            && !numbered("/records/", local),
        "EPrints",
        "a page of the OAI identifier's number",
    );
    sign(
        sets.iter().any(|set| is_hexadecimal(set)),
        "EPrints",
        "sets in hexadecimal",
    );
    let handle = local.split_once('/').filter(|(prefix, number)| {
        prefix.bytes().all(|b| b.is_ascii_digit() || b == b'.') && digits(number)
    });
    sign(
        handle.is_some(),
        "DSpace",
        "OAI identifiers that are handles",
    );
    sign(
        handle.is_some() && addresses().any(|url| url.ends_with(local)),
        "DSpace",
        "addresses of the handle",
    );
    sign(
        sets.iter().any(|set| {
            set.starts_with("com_") || set.starts_with("col_") || set.starts_with("hdl_")
        }),
        "DSpace",
        "sets of communities and collections",
    );
    sign(
        addresses().any(|url| url.contains("viewcontent.cgi")),
        "Digital Commons",
        "files under viewcontent.cgi",
    );
    sign(
        sets.iter().any(|set| set.starts_with("publication:")),
        "Digital Commons",
        "sets of publications",
    );
    sign(
        local
            .rsplit_once('-')
            .is_some_and(|(name, number)| !name.is_empty() && digits(number)),
        "Digital Commons",
        "OAI identifiers of the form name-N",
    );
    sign(
        digits(local) && (numbered("/record/", local) || numbered("/records/", local)),
        "Invenio",
        "pages under /record/",
    );
    sign(
        sets.iter().any(|set| set.starts_with("user-")),
        "Invenio",
        "sets of communities",
    );
    sign(
        local.strip_prefix("id:").is_some_and(digits),
        "Janeway",
        "OAI identifiers of the form id:N",
    );
    sign(
        dc.elements
            .iter()
            .any(|e| e.name.eq_ignore_ascii_case("fullTextUrl")),
        "Janeway",
        "the element fullTextUrl",
    );
    signs
}

/// The signs that Identify and the endpoint's address give. A toolkit that names the software counts twice.
pub(crate) fn signs_of_source(context: &super::SourceContext) -> Vec<Sign> {
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
            value: (*value).to_owned(),
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
