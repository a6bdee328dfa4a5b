//! Names of MARC: 100, 110, 111, 700, 710, 711, 720.

use super::{Crosswalk, unpunctuated};
use crate::article::{Affiliation, Code, Contributor, ContributorKind, Role};
use crate::metadata::marc::Field;
use crate::normalize::creator::role_of;
use crate::normalize::dialect::NameStyle;
use crate::normalize::jats::orcid;
use crate::normalize::seen::Seen;
use crate::normalize::{creator, text};
use crate::values::{Orcid, Ror};

impl Crosswalk<'_> {
    pub(super) fn names(&mut self) {
        let mut seen = Seen::default();
        for field in self.fields(&["100", "700", "720", "110", "710", "111", "711"]) {
            // a work that the article has to do with
            if field.has('t') {
                continue;
            }
            let Some(mut contributor) = self.named(field) else {
                continue;
            };
            contributor.role = role(field);
            self.out.set_origin("contributors", &field.tag);
            self.affiliations(field, &mut contributor);
            self.name_ids(field, &mut contributor);
            // OJS names each author once: the same name again is a namesake's
            let known = &mut self.out.article.contributors;
            if self.is_ojs || seen.find(known, &&contributor, |one| one).is_none() {
                known.push(contributor);
            } else {
                self.out
                    .add_finding(Code::DuplicateValue, "contributors", &contributor.raw);
            }
        }
    }

    /// A person, or an organisation with its units.
    fn named(&mut self, field: &Field) -> Option<Contributor> {
        let raw = field.first('a')?;
        let mut raw = self.out.cleaned("contributors", raw, text::plain)?;
        let trimmed = raw.trim_end_matches([',', ';', ' ']).len();
        raw.truncate(trimmed);
        // the full stop of ISBD goes, that of an initial or a suffix stays
        let last = raw.rsplit([' ', ',']).next().unwrap_or_default();
        if last
            .strip_suffix('.')
            .is_some_and(|word| word.chars().count() > 2 && word.chars().all(char::is_alphabetic))
        {
            raw.pop();
        }
        let is_person = matches!(field.tag.as_str(), "100" | "700")
            || (field.tag == "720" && (field.ind1 == '1' || raw.contains(',')));
        if !is_person {
            return Some(organization(field, &raw));
        }
        let name = creator::parse(&raw, NameStyle::PRINTED);
        for code in name.codes {
            self.out.add_finding(code, "contributors", &raw);
        }
        let mut contributor = name.contributor;
        let is_suffix = |text: &str| {
            let bare = unpunctuated(text).to_lowercase();
            ["jr", "sr", "ii", "iii", "iv"].contains(&bare.trim_end_matches('.'))
        };
        if contributor.suffix.is_none()
            && let Some(suffix) = field.find("cb", is_suffix)
        {
            contributor.suffix = Some(unpunctuated(suffix).to_owned());
        }
        Some(contributor)
    }

    fn affiliations(&mut self, field: &Field, contributor: &mut Contributor) {
        for raw in field.all('u') {
            // OJS 3.5 has the ROR id in the name's place
            let Some(name) = self
                .out
                .cleaned("contributors.affiliations", raw, text::plain)
            else {
                continue;
            };
            let id = Ror::parse_address(&name).map(String::from);
            let affiliation = Affiliation {
                name: id.is_none().then_some(name),
                ror: id,
                ..Affiliation::default()
            };
            contributor.affiliations.push(affiliation);
            self.out
                .set_origin("contributors.affiliations", &format!("{}$u", field.tag));
        }
    }

    /// ORCID iDs; other identifiers are kept.
    fn name_ids(&mut self, field: &Field, contributor: &mut Contributor) {
        let ids: Vec<&str> = field.all('0').chain(field.all('1')).collect();
        for raw in ids {
            let raw = raw
                .trim_start_matches("(orcid)")
                .trim_start_matches("(ORCID)");
            if Orcid::parse(raw).is_some() || raw.contains("orcid.org") {
                orcid(
                    &mut self.out,
                    contributor,
                    &format!("{}$0", field.tag),
                    Some(raw),
                );
            } else {
                self.out
                    .add_unmapped_element(&format!("{}$0", field.tag), None, raw);
            }
        }
    }
}

/// An organisation by its name and its units; of 720, nothing is known of the kind.
fn organization(field: &Field, raw: &str) -> Contributor {
    let mut parts = vec![unpunctuated(raw).to_owned()];
    if field.tag.ends_with("10") {
        let units = field.all('b').map(unpunctuated);
        parts.extend(units.map(|unit| text::plain(unit).value));
    }
    let kind = if field.tag == "720" {
        ContributorKind::Unknown
    } else {
        ContributorKind::Organization
    };
    Contributor {
        kind,
        raw: parts.join(". "),
        ..Contributor::default()
    }
}

/// $4 and $e: codes and words of the relators.
fn role(field: &Field) -> Role {
    let words: Vec<&str> = field.all('4').chain(field.all('e')).collect();
    // `http://id.loc.gov/vocabulary/relators/aut`
    let last = |raw: &&str| {
        raw.trim_end_matches('/')
            .rsplit('/')
            .next()
            .and_then(role_of)
    };
    // of several the one that says most of the text
    let stated = words.iter().filter_map(last).min();
    match stated {
        Some(role) => role,
        None if !words.is_empty() || field.tag.ends_with("11") => Role::Contributor,
        None => Role::Author,
    }
}
