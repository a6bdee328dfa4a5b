//! Which software wrote a record, as far as it matters for reading it.

use std::collections::HashSet;

use crate::metadata::oai_dc::Dc;
use crate::normalize::context::SourceContext;
use crate::normalize::{software, text};

/// Semicolons of the scripts that keywords are written in.
pub(crate) const SEMICOLONS: [char; 3] = [';', '؛', '；'];

/// The habits a record follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Open Journal Systems, of a version if known.
    Ojs(Option<[u32; 4]>),
    /// Anything else, or nothing known.
    Other,
}

/// The way the creators of a record are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NameStyle {
    /// Text after a semicolon is an affiliation, and names may stand once per locale.
    pub(crate) ojs: bool,
    /// `First Middle Last`: two words are a given and a family name.
    pub(crate) natural_order: bool,
    /// A salutation may precede the given name.
    pub(crate) salutation: bool,
}

impl NameStyle {
    /// Names as printed, with nothing known of who wrote them.
    pub(crate) const PRINTED: Self = Self {
        ojs: false,
        natural_order: false,
        salutation: false,
    };
}

impl Dialect {
    /// Identify decides; where it is silent, what the source's records add up to, else the record's own signs with the
    /// endpoint's.
    pub(crate) fn of(
        context: &SourceContext,
        identifier: &str,
        sets: &[String],
        dc: &Dc<'_>,
    ) -> Self {
        if let Some(software) = &context.software {
            let is_ojs = software.is_ojs() || software::is_pkp_software(&software.name);
            return if is_ojs {
                Self::Ojs(software.version_numbers())
            } else {
                Self::Other
            };
        }
        if let Some(software) = &context.profile.software {
            return if software == software::OJS {
                Self::Ojs(None)
            } else {
                Self::Other
            };
        }
        let mut signs = software::signs(identifier, sets, dc);
        signs.extend(software::sign_of_endpoint(&context.base_url));
        if software::decided(&signs) == Some(software::OJS) {
            Self::Ojs(None)
        } else {
            Self::Other
        }
    }

    /// The same without a look at a record in Dublin Core.
    pub(crate) fn of_source(context: &SourceContext, identifier: &str, sets: &[String]) -> Self {
        Self::of(context, identifier, sets, &Dc::default())
    }

    /// Names that an affiliation may follow behind a semicolon, in OJS.
    pub(crate) fn affiliated_names(self) -> NameStyle {
        NameStyle {
            ojs: self.is_ojs(),
            ..NameStyle::PRINTED
        }
    }

    pub(crate) fn is_ojs(self) -> bool {
        matches!(self, Self::Ojs(_))
    }

    /// Returns whether the version is known, and is this one or a later one.
    pub(crate) fn is_at_least(self, version: [u32; 3]) -> bool {
        self.older_than(version) == Some(false)
    }

    /// Returns whether the version is known to be older than this one; `None` when no version is known.
    fn older_than(self, version: [u32; 3]) -> Option<bool> {
        match self {
            Self::Ojs(Some([major, minor, patch, _])) => Some([major, minor, patch] < version),
            _ => None,
        }
    }

    /// Returns the way creators are written: `First Last; Affiliation` up to 2.2, `Last, First; Affiliation` up to 2.4
    /// (and in places up to 3.3), then `Family, Given`, from 3.4 once per locale. A salutation could stand
    /// in the given name up to 3.1.1.
    pub(crate) fn name_style(self, dc: &Dc<'_>) -> NameStyle {
        let natural_order = self.is_ojs()
            && self.older_than([2, 3, 0]).unwrap_or_else(|| {
                let names: Vec<&str> = dc.named("creator").map(|e| e.value.trim()).collect();
                names.iter().any(|name| name.contains(';'))
                    && names.iter().all(|name| {
                        name.split(';')
                            .next()
                            .is_some_and(|name| !name.contains(','))
                    })
            });
        NameStyle {
            ojs: self.is_ojs(),
            natural_order,
            salutation: !self.is_ojs() || self.older_than([3, 1, 2]).unwrap_or(true),
        }
    }

    /// Returns whether subjects are joined by semicolons in one element: always up to 2.4, never from 3.1.2. Without
    /// a version, a lone element with several semicolons shows it.
    pub(crate) fn joins_subjects(self, dc: &Dc<'_>) -> bool {
        if self.older_than([2, 5, 0]) == Some(true) {
            return true;
        }
        if self.older_than([3, 1, 2]) == Some(false) {
            return false;
        }
        if self.is_ojs() && has_comma_citation(dc) {
            return true;
        }
        let mut langs = HashSet::new();
        for element in dc.named("subject").filter(|e| !e.value.trim().is_empty()) {
            if !langs.insert(&element.lang) {
                return false;
            }
        }
        // counted without those that end an entity
        dc.named("subject")
            .any(|e| text::plain(&e.value).value.matches(SEMICOLONS).count() >= 2)
    }
}

/// `Vol 5, No 6 (2004)`: the comma was there up to 2.4.
fn has_comma_citation(dc: &Dc<'_>) -> bool {
    dc.named("source").any(|e| {
        e.value
            .split_once(';')
            .and_then(|(_, issue)| issue.split_once(", "))
            .is_some_and(
                // `No. 1, 2 (2004)` is a later one
                |(volume, number)| {
                    volume.ends_with(|c: char| c.is_ascii_digit())
                        && volume.split_whitespace().count() <= 2
                        && !number.starts_with(|c: char| c.is_ascii_digit())
                        && number.contains('(')
                },
            )
    })
}
