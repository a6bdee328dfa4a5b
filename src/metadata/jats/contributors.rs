//! Contributors of JATS and their affiliations.

use crate::metadata::jats::{Affiliation, Contributor, PersonName};
use crate::metadata::tree::{Content, Node};

/// The contributors, and the affiliations that none of them refers to. An affiliation is the contributor's by
/// `xref` or by standing inside; a single one without an id is everybody's who has none.
pub(super) fn read(meta: &Node, limit: usize) -> (Vec<Contributor>, Vec<Affiliation>) {
    let mut affs: Vec<&Node> = meta
        .children("aff")
        .chain(meta.children("aff-alternatives"))
        .collect();
    let groups: Vec<&Node> = meta.children("contrib-group").collect();
    for group in &groups {
        affs.extend(
            group
                .children("aff")
                .chain(group.children("aff-alternatives")),
        );
    }
    affs.truncate(limit);
    let mut used = vec![false; affs.len()];
    let mut contributors = Vec::new();
    let mut without = Vec::new();
    for group in groups {
        let kind = group
            .attribute("content-type")
            .or_else(|| group.attribute("contrib-type"));
        for contrib in group.children("contrib").take(limit) {
            let mut contributor = contributor(contrib, kind);
            let rids = contrib
                .children("xref")
                .filter(|xref| xref.attribute("ref-type") == Some("aff"));
            let mut referred = false;
            for rid in
                rids.flat_map(|xref| xref.attribute("rid").unwrap_or_default().split_whitespace())
            {
                let has_id = |aff: &&Node| {
                    aff.attribute("id") == Some(rid)
                        || aff
                            .elements()
                            .any(|inner| inner.attribute("id") == Some(rid))
                };
                if let Some(at) = affs.iter().position(has_id) {
                    used[at] = true;
                    referred = true;
                    contributor.affiliations.extend(affiliation(affs[at]));
                }
            }
            if contributor.names.is_empty() && contributor.collab.is_none() {
                continue;
            }
            if !referred && contributor.affiliations.is_empty() {
                without.push(contributors.len());
            }
            contributors.push(contributor);
        }
    }
    if let [aff] = affs.as_slice()
        && aff.attribute("id").is_none()
    {
        for at in without {
            if let Some(contributor) = contributors.get_mut(at) {
                contributor.affiliations.extend(affiliation(aff));
                used[0] = true;
            }
        }
    }
    let loose = affs
        .iter()
        .zip(used)
        .filter(|(_, used)| !used)
        .filter_map(|(aff, _)| affiliation(aff))
        .collect();
    (contributors, loose)
}

fn contributor(contrib: &Node, group_kind: Option<&str>) -> Contributor {
    let kind = contrib
        .attribute("contrib-type")
        .or(group_kind)
        .map(str::to_owned);
    let holder = contrib.child("name-alternatives").unwrap_or(contrib);
    let mut names: Vec<PersonName> = Vec::new();
    for node in holder.elements().chain(
        contrib
            .children("name")
            .filter(|_| !std::ptr::eq(holder, contrib)),
    ) {
        let name = if node.is("name") || node.is("string-name") {
            person(node)
        } else {
            None
        };
        names.extend(name);
    }
    let collab = contrib
        .child("collab")
        .or_else(|| contrib.child("collab-alternatives")?.child("collab"))
        .or_else(|| contrib.child("on-behalf-of"))
        .map(|collab| collab.text_without(&["contrib-group", "xref", "fn"]))
        .filter(|text| !text.is_empty());
    let orcid = contrib.children("contrib-id").find(|id| {
        id.attribute("contrib-id-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("orcid"))
            || id.text().contains("orcid.org")
    });
    // before JATS had contrib-id
    let linked = || {
        let link = contrib.find(&|node| {
            (node.is("uri") || node.is("ext-link"))
                && (node.text().contains("orcid.org")
                    || node
                        .attribute("href")
                        .is_some_and(|href| href.contains("orcid.org")))
        })?;
        Some(
            link.attribute("href")
                .map_or_else(|| link.text(), str::to_owned),
        )
    };
    let orcid = orcid
        .map(Node::text)
        .filter(|text| !text.is_empty())
        .or_else(linked);
    let affiliations = contrib
        .children("aff")
        .chain(contrib.children("aff-alternatives"));
    let affiliations = affiliations.filter_map(affiliation).collect();
    Contributor {
        kind,
        names,
        collab,
        orcid,
        affiliations,
    }
}

fn person(node: &Node) -> Option<PersonName> {
    let mut name = PersonName {
        surname: node.text_of("surname"),
        given: node
            .text_of("given-names")
            .or_else(|| node.text_of("given-name")),
        suffix: node.text_of("suffix"),
        whole: None,
        lang: node.lang(),
    };
    if name.surname.is_none() && name.given.is_none() {
        let whole = node.text();
        if whole.is_empty() {
            return None;
        }
        name.whole = Some(whole);
    }
    Some(name)
}

/// Text of an affiliation. Elements without punctuation between them are joined by commas.
fn affiliation(aff: &Node) -> Option<Affiliation> {
    const WITHOUT: [&str; 9] = [
        "label",
        "sup",
        "institution-id",
        "email",
        "phone",
        "fax",
        "ext-link",
        "uri",
        "xref",
    ];
    let aff = if aff.is("aff-alternatives") {
        aff.child("aff")?
    } else {
        aff
    };
    let ror = aff.all("institution-id").into_iter().find(|id| {
        id.attribute("institution-id-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("ror"))
            || id.text().contains("ror.org/")
    });
    let mut name = String::new();
    let mut after_element = false;
    for content in &aff.content {
        match content {
            Content::Text(text) => {
                after_element &= text.trim().is_empty();
                name.push_str(text);
            }
            Content::Element(node) if WITHOUT.iter().any(|without| node.is(without)) => {}
            Content::Element(node) => {
                if after_element {
                    name.truncate(name.trim_end().len());
                    name.push_str(", ");
                }
                name.push_str(&node.text_without(&WITHOUT));
                after_element = true;
            }
        }
    }
    let name = name.trim().trim_matches(',').trim();
    (!name.is_empty()).then(|| Affiliation {
        name: name.to_owned(),
        ror: ror.map(Node::text),
    })
}
