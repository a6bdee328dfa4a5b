//! Which of the formats that an endpoint offers are worth asking for.

use crate::oai::{MetadataFormat, Software};

/// Formats beside Dublin Core that are harvested together: what is past the second seldom adds anything, and each costs
/// a list of its own.
const MOST: usize = 2;

/// Formats that a crosswalk reads beside `oai_dc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Jats,
    OpenAireJats,
    Dim,
    Xoai,
    OpenAire,
    DataCite,
    ArXiv,
    Kci,
    Doaj,
    Mods,
    Mets,
    Marc,
    QualifiedDc,
    Rioxx,
    Rfc1807,
    Etdms,
}

/// Software whose formats are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Ojs,
    DSpace,
    EPrints,
    Invenio,
    Other,
}

impl Family {
    /// The formats that add to `oai_dc` what it lacks, richest first. A format that is not named adds nothing: it is
    /// derived from fewer fields than `oai_dc` is.
    fn ranking(self) -> &'static [Kind] {
        match self {
            // JATS splits names, pages and issue; MARC has the journal, the date of the article and affiliations
            Self::Ojs => &[
                Kind::Jats,
                Kind::OpenAireJats,
                Kind::Doaj,
                Kind::Marc,
                Kind::Mods,
                Kind::Rfc1807,
            ],
            // DIM has every field with qualifier and language; OpenAIRE has what is linked, such as ORCID iDs and
            // funders. MODS, MARC and qualified Dublin Core hold no value that DIM does not; METS and qualified Dublin
            // Core stand in for it
            Self::DSpace => &[
                Kind::Dim,
                Kind::Xoai,
                Kind::OpenAire,
                Kind::DataCite,
                Kind::Mets,
                Kind::QualifiedDc,
                Kind::Mods,
                Kind::Rioxx,
                Kind::Etdms,
                Kind::Marc,
            ],
            // METS holds MODS with split names
            Self::EPrints => &[
                Kind::OpenAire,
                Kind::Mets,
                Kind::Mods,
                Kind::Rioxx,
                Kind::QualifiedDc,
            ],
            // DataCite has ORCID iDs, ROR ids and funders; MARC has the journal in 773
            Self::Invenio => &[Kind::DataCite, Kind::Marc, Kind::OpenAire],
            Self::Other => &[
                Kind::Jats,
                Kind::OpenAireJats,
                Kind::Dim,
                Kind::Xoai,
                Kind::OpenAire,
                Kind::DataCite,
                Kind::ArXiv,
                Kind::Kci,
                Kind::Doaj,
                Kind::QualifiedDc,
                Kind::Mets,
                Kind::Mods,
                Kind::Marc,
                Kind::Rioxx,
                Kind::Rfc1807,
                Kind::Etdms,
            ],
        }
    }

    /// By the software that Identify names, else by the formats that it alone offers.
    fn of(software: Option<&Software>, offered: &[MetadataFormat]) -> Self {
        if let Some(software) = software {
            let name = software.name.to_ascii_lowercase();
            let named = [
                ("dspace", Self::DSpace),
                ("eprints", Self::EPrints),
                ("invenio", Self::Invenio),
                ("zenodo", Self::Invenio),
            ];
            if software.is_ojs() {
                return Self::Ojs;
            }
            if let Some((_, family)) = named.iter().find(|(word, _)| name.contains(word)) {
                return *family;
            }
        }
        let offers = |prefix: &str| {
            offered
                .iter()
                .any(|format| format.prefix.trim().eq_ignore_ascii_case(prefix))
        };
        if offers("dim") || offers("xoai") || (offers("ore") && offers("mets") && offers("qdc")) {
            Self::DSpace
        } else if offers("oai_bibl") || offers("rem_rdf") || (offers("didl") && offers("uketd_dc"))
        {
            Self::EPrints
        } else if offers("rfc1807") && offers("oai_marc") {
            Self::Ojs
        } else if offers("oai_datacite") && offers("marcxml") {
            Self::Invenio
        } else {
            Self::Other
        }
    }
}

/// The prefixes to harvest where the best is wanted: `oai_dc`, which every repository offers (OAI-PMH 2.0, §2.4)
/// and which names an item's language versions best, then the formats that add most to it on this software, and two at
/// most. A format is known by namespace and schema, else by its prefix; of one kind the first offered is taken.
pub fn best(offered: &[MetadataFormat], software: Option<&Software>) -> Vec<String> {
    let family = Family::of(software, offered);
    let mut chosen: Vec<Kind> = Vec::new();
    for kind in family.ranking() {
        let is_offered = offered
            .iter()
            .any(|format| self::kind(format) == Some(*kind));
        if is_offered && !chosen.iter().any(|known| covers(*known, *kind)) {
            chosen.push(*kind);
        }
    }
    let mut prefixes = vec!["oai_dc".to_owned()];
    for kind in chosen.into_iter().take(MOST) {
        let mut of_kind = offered
            .iter()
            .filter(|format| self::kind(format) == Some(kind));
        let first = of_kind.clone().next();
        // DataCite is offered in several versions
        let newest = of_kind.find(|format| format.namespace.contains("kernel-4"));
        let format = newest.or(first);
        prefixes.extend(format.map(|format| format.prefix.trim().to_owned()));
    }
    prefixes
}

/// Returns whether a format that is chosen has all that another holds.
fn covers(chosen: Kind, other: Kind) -> bool {
    match chosen {
        Kind::Jats => matches!(other, Kind::OpenAireJats | Kind::Doaj),
        Kind::OpenAireJats => other == Kind::Doaj,
        Kind::Dim | Kind::Xoai => !matches!(other, Kind::OpenAire | Kind::Jats),
        Kind::OpenAire => matches!(other, Kind::DataCite | Kind::Rioxx),
        Kind::Mets => other == Kind::Mods,
        _ => false,
    }
}

/// The prefixes of all offered formats that a crosswalk reads, in the order they are offered.
pub fn readable(offered: &[MetadataFormat]) -> Vec<String> {
    let reads =
        |format: &&MetadataFormat| format.prefix.trim() == "oai_dc" || kind(format).is_some();
    offered
        .iter()
        .filter(reads)
        .map(|format| format.prefix.trim().to_owned())
        .collect()
}

/// Parts of namespaces and schemas, in the order in which they are looked for.
const PLACES: [(&str, Kind); 23] = [
    ("namespace.openaire.eu/schema/oaire", Kind::OpenAire),
    ("openaire.eu/schema/repo-lit", Kind::OpenAire),
    ("dspace.org/xmlns/dspace/dim", Kind::Dim),
    ("lyncode.com/xoai", Kind::Xoai),
    ("datacite.org", Kind::DataCite),
    ("arxiv.org/oai/arxiv", Kind::ArXiv),
    ("doaj.org", Kind::Doaj),
    ("jats", Kind::Jats),
    ("nlm.nih.gov", Kind::Jats),
    ("rioxx.net", Kind::Rioxx),
    ("ndltd.org", Kind::Etdms),
    ("marc21/slim", Kind::Marc),
    ("oai_marc", Kind::Marc),
    ("loc.gov/mods", Kind::Mods),
    ("loc.gov/mets", Kind::Mets),
    ("rfc1807", Kind::Rfc1807),
    ("dspace.org/qualifieddc", Kind::QualifiedDc),
    ("qualifieddc", Kind::QualifiedDc),
    ("dcterms", Kind::QualifiedDc),
    ("/dc/terms", Kind::QualifiedDc),
    ("uketd_dc", Kind::QualifiedDc),
    ("etdms", Kind::Etdms),
    ("oai_kci", Kind::Kci),
];

/// Parts of prefixes.
const PREFIXES: [(&str, Kind); 17] = [
    ("openaire_jats", Kind::OpenAireJats),
    ("oai_openaire", Kind::OpenAire),
    ("jats", Kind::Jats),
    ("nlm", Kind::Jats),
    ("dim", Kind::Dim),
    ("xoai", Kind::Xoai),
    ("datacite", Kind::DataCite),
    ("arxiv", Kind::ArXiv),
    ("doaj", Kind::Doaj),
    ("kci", Kind::Kci),
    ("marc", Kind::Marc),
    ("mods", Kind::Mods),
    ("mets", Kind::Mets),
    ("rioxx", Kind::Rioxx),
    ("etdms", Kind::Etdms),
    ("rfc1807", Kind::Rfc1807),
    ("dcterms", Kind::QualifiedDc),
];

/// Returns the format by its namespace and schema, else by its prefix.
fn kind(format: &MetadataFormat) -> Option<Kind> {
    let prefix = format.prefix.trim().to_ascii_lowercase();
    if prefix.is_empty() || prefix == "oai_dc" {
        return None;
    }
    let place = format!("{} {}", format.namespace, format.schema).to_ascii_lowercase();
    let by_place = PLACES.iter().find(|(part, _)| place.contains(part));
    let by_prefix = || {
        let of_qualified = matches!(prefix.as_str(), "qdc" | "oai_qdc" | "uketd_dc");
        let named = PREFIXES.iter().find(|(part, _)| match *part {
            // short words stand inside others
            "dim" | "nlm" => prefix == *part || prefix == format!("oai_{part}"),
            part => prefix.contains(part),
        });
        named
            .map(|(_, kind)| *kind)
            .or(of_qualified.then_some(Kind::QualifiedDc))
    };
    let kind = by_place.map(|(_, kind)| *kind).or_else(by_prefix)?;
    let is_openaire = kind == Kind::Jats && prefix.contains("openaire");
    Some(if is_openaire {
        Kind::OpenAireJats
    } else {
        kind
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(offered: &[(&str, &str)]) -> Vec<String> {
        chosen_on("", offered)
    }

    fn chosen_on(software: &str, offered: &[(&str, &str)]) -> Vec<String> {
        let format = |(prefix, namespace): &(&str, &str)| MetadataFormat {
            prefix: (*prefix).to_owned(),
            namespace: (*namespace).to_owned(),
            schema: String::new(),
        };
        let software = Software {
            name: software.to_owned(),
            version: None,
        };
        let software = Some(&software).filter(|software| !software.name.is_empty());
        best(&offered.iter().map(format).collect::<Vec<_>>(), software)
    }

    const DSPACE: [(&str, &str); 9] = [
        ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
        ("mets", "http://www.loc.gov/METS/"),
        ("xoai", "http://www.lyncode.com/xoai"),
        ("dim", "http://www.dspace.org/xmlns/dspace/dim"),
        ("mods", "http://www.loc.gov/mods/v3"),
        ("qdc", "http://purl.org/dc/terms/"),
        ("marc", "http://www.loc.gov/MARC21/slim"),
        (
            "etdms",
            "http://www.ndltd.org/standards/metadata/etdms/1.0/",
        ),
        (
            "uketd_dc",
            "http://naca.central.cranfield.ac.uk/ethos-oai/2.0/",
        ),
    ];

    const OJS: [(&str, &str); 5] = [
        ("marcxml", "http://www.loc.gov/MARC21/slim"),
        ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
        ("oai_marc", "http://www.openarchives.org/OAI/1.1/oai_marc"),
        (
            "rfc1807",
            "http://info.internet.isi.edu:80/in-notes/rfc/files/rfc1807.txt",
        ),
        (
            "oai_openaire_jats",
            "https://jats.nlm.nih.gov/publishing/1.1/",
        ),
    ];

    #[test]
    fn ojs_with_and_without_plugins() {
        assert_eq!(chosen(&OJS), ["oai_dc", "oai_openaire_jats", "marcxml"]);
        assert_eq!(chosen(&OJS[..4]), ["oai_dc", "marcxml", "rfc1807"]);
        let with_jats = [
            OJS.as_slice(),
            &[("jats", "https://jats.nlm.nih.gov/publishing/1.1/")],
        ]
        .concat();
        assert_eq!(chosen(&with_jats), ["oai_dc", "jats", "marcxml"]);
        let with_nlm = [OJS[1], ("nlm", "http://dtd.nlm.nih.gov/publishing/2.3")];
        assert_eq!(chosen(&with_nlm), ["oai_dc", "nlm"]);
    }

    #[test]
    fn dspace_with_its_own_fields() {
        assert_eq!(chosen(&DSPACE), ["oai_dc", "dim"]);
        let openaire = ("oai_openaire", "http://namespace.openaire.eu/schema/oaire/");
        let with_openaire = [DSPACE.as_slice(), &[openaire]].concat();
        assert_eq!(chosen(&with_openaire), ["oai_dc", "dim", "oai_openaire"]);
    }

    #[test]
    fn dspace_without_its_own_fields() {
        let offered = [DSPACE[0], DSPACE[1], DSPACE[4], DSPACE[5], DSPACE[6]];
        assert_eq!(chosen_on("DSpace", &offered), ["oai_dc", "mets", "qdc"]);
        assert_eq!(chosen(&offered), ["oai_dc", "qdc", "mets"]);
    }

    #[test]
    fn other_repositories() {
        let eprints = [
            ("didl", "urn:mpeg:mpeg21:2002:02-DIDL-NS"),
            ("mets", "http://www.loc.gov/METS/"),
            ("oai_bibl", "http://www.eprints.org/bibl"),
            ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
            (
                "uketd_dc",
                "http://naca.central.cranfield.ac.uk/ethos-oai/2.0/",
            ),
        ];
        assert_eq!(chosen(&eprints), ["oai_dc", "mets", "uketd_dc"]);
        let zenodo = [
            ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
            ("datacite", "http://datacite.org/schema/kernel-3"),
            ("datacite4", "http://datacite.org/schema/kernel-4"),
            ("marcxml", "http://www.loc.gov/MARC21/slim"),
            ("oai_datacite", "http://schema.datacite.org/oai/oai-1.1/"),
        ];
        assert_eq!(chosen(&zenodo), ["oai_dc", "datacite4", "marcxml"]);
        let arxiv = [
            ("arXiv", "http://arxiv.org/OAI/arXiv/"),
            ("arXivRaw", "http://arxiv.org/OAI/arXivRaw/"),
        ];
        assert_eq!(chosen(&arxiv), ["oai_dc", "arXiv"]);
        assert_eq!(chosen(&[("oai_kci", "")]), ["oai_dc", "oai_kci"]);
        assert_eq!(chosen(&[]), ["oai_dc"]);
        assert_eq!(
            chosen(&[
                ("rdf", "x"),
                ("oai_ddi", "http://www.icpsr.umich.edu/DDI"),
                ("", "http://www.loc.gov/mods/v3")
            ]),
            ["oai_dc"]
        );
    }
}
