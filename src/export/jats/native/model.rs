//! The JATS Archiving DTD 1.4 as a table: content and attributes of each element.
//!
//! From 1.3 on the DTD takes documents of every earlier version of JATS, so that one table serves all. The table is
//! written by `scripts/jats-model.py`, which describes its form.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

const TABLE: &str = include_str!("archiving-1.4.model");

/// The elements of JATS, by name.
pub(super) static MODEL: LazyLock<Model> = LazyLock::new(|| Model::read(TABLE));

/// The content that a DTD allows.
#[derive(Debug, Default)]
pub(super) struct Model {
    elements: HashMap<&'static str, Element>,
}

/// The content and attributes of an element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) content: Content,
    pub(super) attributes: Vec<Attribute>,
}

/// The content.
#[derive(Debug, Default)]
pub(super) enum Content {
    #[default]
    Empty,
    Any,
    /// Text, and these elements in any order.
    Mixed(Vec<&'static str>),
    /// Elements in this order, and no text.
    Children(Particle),
}

/// A part of a content model.
#[derive(Debug)]
pub(super) struct Particle {
    term: Term,
    optional: bool,
    repeated: bool,
}

#[derive(Debug)]
enum Term {
    Name(&'static str),
    Sequence(Vec<Particle>),
    Choice(Vec<Particle>),
}

/// An attribute.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
}

/// The type of an attribute.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Id,
    /// Ids, one or several.
    References,
    /// Name tokens, one or several.
    Tokens,
    OneOf(Vec<&'static str>),
}

impl Model {
    fn read(table: &'static str) -> Self {
        let mut named: HashMap<&str, &'static str> = HashMap::new();
        let mut model = Self::default();
        let expand = |text: &'static str, named: &HashMap<&str, &'static str>| {
            named.get(text).copied().unwrap_or(text)
        };
        for line in table.lines() {
            let Some((name, rest)) = line.split_once(' ') else {
                continue;
            };
            if name.starts_with('%') {
                named.insert(name, rest);
                continue;
            }
            let (content, attributes) = rest.split_once(' ').unwrap_or((rest, ""));
            let attributes = expand(attributes, &named)
                .split_whitespace()
                .map(attribute)
                .collect();
            let content = read_content(expand(content, &named));
            model.elements.insert(
                name,
                Element {
                    content,
                    attributes,
                },
            );
        }
        model
    }

    pub(super) fn element(&self, name: &str) -> Option<&Element> {
        self.elements.get(name)
    }
}

fn attribute(text: &'static str) -> Attribute {
    let (text, required) = text
        .strip_suffix('!')
        .map_or((text, false), |text| (text, true));
    if let Some((name, values)) = text.split_once('=') {
        return Attribute {
            name,
            kind: Kind::OneOf(values.split('|').collect()),
            required,
        };
    }
    let typed = [
        (":IDREFS", Kind::References),
        (":IDREF", Kind::References),
        (":ID", Kind::Id),
        (":NMTOKENS", Kind::Tokens),
        (":NMTOKEN", Kind::Tokens),
    ];
    for (suffix, kind) in typed {
        if let Some(name) = text.strip_suffix(suffix) {
            return Attribute {
                name,
                kind,
                required,
            };
        }
    }
    Attribute {
        name: text,
        kind: Kind::Text,
        required,
    }
}

fn read_content(text: &'static str) -> Content {
    match text {
        "EMPTY" => Content::Empty,
        "ANY" => Content::Any,
        _ => match text
            .strip_prefix("(#")
            .and_then(|text| text.strip_suffix(")*"))
        {
            Some(names) => {
                Content::Mixed(names.split('|').filter(|name| !name.is_empty()).collect())
            }
            None => Content::Children(particle(text).0),
        },
    }
}

/// Reads one particle; what follows it is given back.
fn particle(text: &'static str) -> (Particle, &'static str) {
    let (term, rest) = if let Some(within) = text.strip_prefix('(') {
        group(within)
    } else {
        let end = text
            .find([',', '|', ')', '?', '*', '+'])
            .unwrap_or(text.len());
        (Term::Name(&text[..end]), &text[end..])
    };
    let (optional, repeated) = match rest.as_bytes().first() {
        Some(b'?') => (true, false),
        Some(b'*') => (true, true),
        Some(b'+') => (false, true),
        _ => (false, false),
    };
    let rest = if optional || repeated {
        &rest[1..]
    } else {
        rest
    };
    (
        Particle {
            term,
            optional,
            repeated,
        },
        rest,
    )
}

/// Reads what stands in parentheses, after the first.
fn group(mut text: &'static str) -> (Term, &'static str) {
    let mut parts = Vec::new();
    let mut choice = false;
    loop {
        let (part, after) = particle(text);
        parts.push(part);
        choice |= after.starts_with('|');
        let Some(next) = after.strip_prefix([',', '|']) else {
            let term = if choice {
                Term::Choice(parts)
            } else {
                Term::Sequence(parts)
            };
            return (term, after.strip_prefix(')').unwrap_or(after));
        };
        text = next;
    }
}

impl Particle {
    /// Returns whether these children, all of them and in this order, are what it wants.
    pub(super) fn accepts(&self, children: &[&str]) -> bool {
        self.ends(children, &BTreeSet::from([0]))
            .contains(&children.len())
    }

    /// Where it can have ended, when it begins at one of these places.
    fn ends(&self, children: &[&str], starts: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut ends = self.once(children, starts);
        if self.repeated {
            let mut news = ends.clone();
            while !news.is_empty() {
                news = self
                    .once(children, &news)
                    .difference(&ends)
                    .copied()
                    .collect();
                ends.extend(&news);
            }
        }
        if self.optional {
            ends.extend(starts);
        }
        ends
    }

    fn once(&self, children: &[&str], starts: &BTreeSet<usize>) -> BTreeSet<usize> {
        match &self.term {
            Term::Name(name) => starts
                .iter()
                .filter(|at| children.get(**at) == Some(name))
                .map(|at| at + 1)
                .collect(),
            Term::Sequence(parts) => parts
                .iter()
                .fold(starts.clone(), |starts, part| part.ends(children, &starts)),
            Term::Choice(parts) => parts
                .iter()
                .flat_map(|part| part.ends(children, starts))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(model: &'static str, children: &[&str]) -> bool {
        let Content::Children(particle) = read_content(model) else {
            panic!("{model}")
        };
        particle.accepts(children)
    }

    #[test]
    fn content_models_take_what_they_say() {
        let table = "(col*,(a|b)+,(x,(y|z)?)?)";
        for good in ["a", "col col b", "a b a x", "b x y", "col a x z"] {
            assert!(
                accepts(table, &good.split(' ').collect::<Vec<_>>()),
                "{good}"
            );
        }
        for bad in ["", "col", "a col", "x", "a y", "a x y z", "a x x"] {
            assert!(
                !accepts(table, &bad.split_whitespace().collect::<Vec<_>>()),
                "{bad}"
            );
        }
    }

    #[test]
    fn every_element_that_a_content_model_names_is_in_the_table() {
        fn names(particle: &Particle, found: &mut Vec<&'static str>) {
            match &particle.term {
                Term::Name(name) => found.push(name),
                Term::Sequence(parts) | Term::Choice(parts) => {
                    for part in parts {
                        names(part, found);
                    }
                }
            }
        }
        let mut found = Vec::new();
        for element in MODEL.elements.values() {
            match &element.content {
                Content::Mixed(names) => found.extend(names),
                Content::Children(particle) => names(particle, &mut found),
                Content::Empty | Content::Any => {}
            }
        }
        assert!(MODEL.elements.len() > 450, "{}", MODEL.elements.len());
        let unknown: BTreeSet<_> = found
            .into_iter()
            .filter(|name| MODEL.element(name).is_none())
            .collect();
        assert_eq!(unknown, BTreeSet::new());
    }
}
