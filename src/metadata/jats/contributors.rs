//! Contributors of JATS and their affiliations.

use std::collections::HashMap;

use super::affiliations::affiliation;
use crate::metadata::jats::{Affiliation, Contributor, ContributorRole, PersonName};
use crate::metadata::tree::Node;

/// Bytes of affiliations that contributors refer to, copies included.
const MAX_AFFILIATIONS: usize = 8 << 20;
/// Elements of a group that are not its name.
const BESIDE_THE_NAME: [&str; 4] = ["contrib-group", "xref", "fn", "email"];

/// The contributors, and the affiliations that none of them refers to. An affiliation is the contributor's by
/// `xref` or by standing inside; a single one without an id is everybody's who has none.
pub(super) fn read(meta: &Node, limit: usize) -> (Vec<Contributor>, Vec<Affiliation>) {
    let mut reading = Reading::of(meta, limit);
    for group in meta.children("contrib-group") {
        let kind = group
            .attribute("content-type")
            .or_else(|| group.attribute("contrib-type"));
        for contrib in group.children("contrib") {
            reading.contrib(contrib, kind, false);
        }
    }
    reading.finish()
}

struct Reading<'a> {
    affs: Vec<&'a Node>,
    /// The affiliations as read; `None` where the element is empty.
    texts: Vec<Option<Affiliation>>,
    /// Bytes that may still be copied.
    room: usize,
    /// Indexes of affiliations by their ids and those of elements in them.
    by_id: HashMap<&'a str, usize>,
    used: Vec<bool>,
    contributors: Vec<Contributor>,
    /// Indexes of contributors without any affiliation.
    without: Vec<usize>,
    limit: usize,
}

impl<'a> Reading<'a> {
    fn of(meta: &'a Node, limit: usize) -> Self {
        let mut affs: Vec<&Node> = Vec::new();
        for node in meta.elements() {
            if is_aff(node) {
                affs.push(node);
            } else if node.is("contrib-group") {
                collect_affs(node, &mut affs);
            }
        }
        affs.truncate(limit);
        let mut by_id = HashMap::new();
        for (at, aff) in affs.iter().enumerate() {
            let ids = std::iter::once(*aff).chain(aff.elements());
            for id in ids.filter_map(|node| node.attribute("id")) {
                by_id.entry(id).or_insert(at);
            }
        }
        Self {
            used: vec![false; affs.len()],
            texts: affs.iter().map(|aff| affiliation(aff)).collect(),
            room: MAX_AFFILIATIONS,
            affs,
            by_id,
            contributors: Vec::new(),
            without: Vec::new(),
            limit,
        }
    }

    /// Takes a contributor in, and behind a group its members.
    fn contrib(&mut self, contrib: &Node, group_kind: Option<&str>, is_member: bool) {
        if self.contributors.len() >= self.limit {
            return;
        }
        let mut found = contributors(contrib, group_kind);
        let refers_to = |xref: &&Node| xref.attribute("ref-type") == Some("aff");
        // of a group without a name of its own, the references are those of its members
        let xrefs = contrib.children("xref").filter(refers_to);
        let rids: Vec<&str> = xrefs
            .filter_map(|xref| xref.attribute("rid"))
            .flat_map(str::split_whitespace)
            .collect();
        let mut referred = false;
        for rid in rids {
            if let Some(at) = self.by_id.get(rid).copied().filter(|_| !found.is_empty()) {
                self.used[at] = true;
                referred = true;
                for contributor in &mut found {
                    contributor.affiliations.extend(self.copy(at));
                }
            }
        }
        for mut contributor in found {
            contributor.is_member = is_member;
            if !referred && contributor.affiliations.is_empty() {
                self.without.push(self.contributors.len());
            }
            self.contributors.push(contributor);
        }
        let collabs = contrib.elements().filter(|node| node.is("collab"));
        let groups = collabs.flat_map(|collab| collab.children("contrib-group"));
        for member in groups.flat_map(|group| group.children("contrib")) {
            self.contrib(member, group_kind, true);
        }
    }

    fn finish(mut self) -> (Vec<Contributor>, Vec<Affiliation>) {
        if let [aff] = self.affs.as_slice()
            && aff.attribute("id").is_none()
        {
            for at in std::mem::take(&mut self.without) {
                let copy = self.copy(0);
                if let Some(contributor) = self.contributors.get_mut(at) {
                    contributor.affiliations.extend(copy);
                    self.used[0] = true;
                }
            }
        }
        let unused = self
            .texts
            .into_iter()
            .zip(self.used)
            .filter(|(_, used)| !used);
        let loose = unused.filter_map(|(aff, _)| aff).collect();
        (self.contributors, loose)
    }

    /// A copy of an affiliation, while there is room for copies.
    fn copy(&mut self, at: usize) -> Option<Affiliation> {
        let aff = self.texts.get(at)?.as_ref()?;
        self.room = self
            .room
            .checked_sub(aff.name.len() + size_of::<Affiliation>())?;
        Some(aff.clone())
    }
}

fn is_aff(node: &Node) -> bool {
    node.is("aff") || node.is("aff-alternatives")
}

/// The affiliations of a group and of the groups in it, but not those inside a contributor.
fn collect_affs<'a>(group: &'a Node, affs: &mut Vec<&'a Node>) {
    for node in group.elements() {
        if is_aff(node) {
            affs.push(node);
        } else if node.is("contrib") {
            let collabs = node.children("collab");
            for inner in collabs.flat_map(|collab| collab.children("contrib-group")) {
                collect_affs(inner, affs);
            }
        }
    }
}

/// The contributors of one `contrib`. It is one, unless it holds two different names or a group beside a name.
fn contributors(contrib: &Node, group_kind: Option<&str>) -> Vec<Contributor> {
    let attribute = |name: &str| contrib.attribute(name);
    let kind = attribute("contrib-type").or(group_kind).map(str::to_owned);
    let holder = contrib.child("name-alternatives");
    let names: Vec<PersonName> = holder
        .into_iter()
        .flat_map(Node::elements)
        .chain(contrib.elements())
        .filter(|node| node.is("name") || node.is("string-name"))
        .filter_map(person)
        .collect();
    let collab = collab(contrib);
    let is_anonymous = contrib.child("anonymous").is_some();
    if names.is_empty() && collab.is_none() && !is_anonymous {
        // what stands beside a name that is not there stays unread
        return Vec::new();
    }
    let affiliations = contrib.elements().filter(|node| is_aff(node));
    let (orcid, orcid_authenticated) = orcid(contrib);
    let base = Contributor {
        kind,
        is_anonymous,
        orcid,
        orcid_authenticated,
        corresponding: attribute("corresp") == Some("yes"),
        roles: contrib.children("role").filter_map(role).collect(),
        affiliations: affiliations.filter_map(affiliation).collect(),
        ..Contributor::default()
    };
    let with_name = |names: Vec<PersonName>, collab: Option<String>| Contributor {
        names,
        collab,
        ..base.clone()
    };
    // a group of people without a name: each is somebody else
    let is_group =
        attribute("contrib-type").is_some_and(|kind| kind.eq_ignore_ascii_case("collab"));
    if is_group && collab.is_none() && holder.is_none() && names.len() > 1 {
        let people = names.into_iter().map(|name| with_name(vec![name], None));
        return people.collect();
    }
    match (names.is_empty(), collab) {
        (true, None) => vec![base],
        (true, collab) => vec![with_name(names, collab)],
        (false, None) => vec![with_name(names, None)],
        // the group that somebody writes for
        (false, collab) => vec![
            with_name(names, None),
            Contributor {
                kind: base.kind.clone(),
                collab,
                ..Contributor::default()
            },
        ],
    }
}

fn collab(contrib: &Node) -> Option<String> {
    let node = contrib
        .child("collab")
        .or_else(|| contrib.child("collab-alternatives")?.child("collab"))
        .or_else(|| contrib.child("on-behalf-of"))?;
    let text = node.text_without(&BESIDE_THE_NAME);
    (!text.is_empty()).then_some(text)
}

/// The ORCID iD and whether it is authenticated.
fn orcid(contrib: &Node) -> (Option<String>, bool) {
    let id = contrib.children("contrib-id").find(|id| {
        id.attribute("contrib-id-type")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("orcid"))
            || id.peek().contains("orcid.org")
    });
    if let Some(id) = id {
        let authenticated = id.attribute("authenticated") == Some("true");
        let text = id.text();
        if !text.is_empty() {
            return (Some(text), authenticated);
        }
    }
    // before JATS had contrib-id
    let is_orcid_link = |node: &Node| {
        let href = || {
            node.attribute("href")
                .is_some_and(|href| href.contains("orcid.org"))
        };
        (node.is("uri") || node.is("ext-link")) && (node.peek().contains("orcid.org") || href())
    };
    let mut links = contrib.elements().filter(|node| !node.is("collab"));
    let link = links.find_map(|node| node.find(&is_orcid_link));
    let orcid = link.map(|link| {
        let text = link.text();
        link.attribute("href").map_or(text, str::to_owned)
    });
    (orcid, false)
}

fn role(node: &Node) -> Option<ContributorRole> {
    let uri = node
        .any_attribute(&["vocab-term-identifier", "content-type"])
        .filter(|uri| uri.contains("://"))
        .map(str::to_owned);
    for name in [
        "vocab",
        "vocab-identifier",
        "vocab-term",
        "degree-contribution",
    ] {
        node.attribute(name);
    }
    let word = node.text();
    (!word.is_empty() || uri.is_some()).then_some(ContributorRole { word, uri })
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
    } else {
        // the comma between the parts of a `string-name`
        node.mark_read();
    }
    Some(name)
}
