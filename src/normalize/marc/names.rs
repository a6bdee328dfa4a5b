//! Names of MARC: 100, 110, 111, 700, 710, 711, 720.

use super::{Crosswalk, unpunctuated};
use crate::article::{Affiliation, Code, Contributor, ContributorKind, Role};
use crate::metadata::marc::Field;
use crate::normalize::dialect::NameStyle;
use crate::normalize::jats::{orcid, ror};
use crate::normalize::{creator, identifier, text};

impl Crosswalk<'_> {
    pub(super) fn names(&mut self) {
        for field in self.fields(&["100", "700", "720", "110", "710", "111", "711"]) {
            // a work that the article has to do with
            if field.first('t').is_some() {
                self.out
                    .keep_of(&field.tag, None, field.first('t').unwrap_or_default());
                continue;
            }
            let Some(raw) = field.first('a') else {
                continue;
            };
            let Some(mut raw) = self.out.cleaned("contributors", raw, text::plain) else {
                continue;
            };
            let trimmed = raw.trim_end_matches([',', ';', ' ']).len();
            raw.truncate(trimmed);
            let is_person = matches!(field.tag.as_str(), "100" | "700")
                || (field.tag == "720" && (field.ind1 == '1' || raw.contains(',')));
            let mut contributor = if is_person {
                let style = NameStyle::PRINTED;
                let name = creator::parse(&raw, style);
                for code in name.codes {
                    self.out.found(code, "contributors", &raw);
                }
                name.contributor
            } else {
                let units = field
                    .all('b')
                    .map(unpunctuated)
                    .filter(|_| field.tag.ends_with("10"));
                let name = std::iter::once(unpunctuated(&raw))
                    .chain(units)
                    .collect::<Vec<_>>()
                    .join(". ");
                let kind = if field.tag == "720" {
                    ContributorKind::Unknown
                } else {
                    ContributorKind::Organization
                };
                Contributor {
                    kind,
                    raw: name,
                    ..Contributor::default()
                }
            };
            contributor.role = role(field);
            if let Some(suffix) = field.first('c').or(field.first('b')).filter(|_| is_person)
                && contributor.suffix.is_none()
                && ["jr", "sr", "ii", "iii", "iv"]
                    .contains(&unpunctuated(suffix).to_lowercase().trim_end_matches('.'))
            {
                contributor.suffix = Some(unpunctuated(suffix).to_owned());
            }
            self.out.came_from("contributors", &field.tag);
            for raw in field.all('u') {
                // OJS 3.5 has the ROR id in the name's place
                let Some(name) = self
                    .out
                    .cleaned("contributors.affiliations", raw, text::plain)
                else {
                    continue;
                };
                let id = if name.contains("ror.org/") {
                    ror(&name)
                } else {
                    None
                };
                let affiliation = Affiliation {
                    name: id.is_none().then_some(name),
                    ror: id,
                    ..Affiliation::default()
                };
                contributor.affiliations.push(affiliation);
                self.out
                    .came_from("contributors.affiliations", &format!("{}$u", field.tag));
            }
            let ids: Vec<&str> = field.all('0').chain(field.all('1')).collect();
            for raw in ids {
                let raw = raw
                    .trim_start_matches("(orcid)")
                    .trim_start_matches("(ORCID)");
                if identifier::orcid(raw).is_some() || raw.contains("orcid.org") {
                    orcid(
                        &mut self.out,
                        &mut contributor,
                        &format!("{}$0", field.tag),
                        Some(raw),
                    );
                } else {
                    self.out.keep_of(&format!("{}$0", field.tag), None, raw);
                }
            }
            if self.out.article.contributors.contains(&contributor) {
                self.out
                    .found(Code::DuplicateValue, "contributors", &contributor.raw);
            } else {
                self.out.article.contributors.push(contributor);
            }
        }
    }
}

/// $4 and $e: codes and words of the relators.
fn role(field: &Field) -> Role {
    let is = |wanted: &[&str]| {
        field.all('4').chain(field.all('e')).any(|raw| {
            let raw = raw
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or(raw)
                .to_lowercase();
            wanted.contains(&raw.trim_end_matches(['.', ',', ' ']))
        })
    };
    let stated = field.first('4').or(field.first('e')).is_some();
    if is(&["aut", "author", "cre", "creator", "verfasser", "auteur"]) {
        Role::Author
    } else if is(&["edt", "editor", "ed"]) {
        Role::Editor
    } else if is(&["trl", "translator", "tr"]) {
        Role::Translator
    } else if stated || field.tag.ends_with("11") {
        Role::Contributor
    } else {
        Role::Author
    }
}
