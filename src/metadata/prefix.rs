//! Which of the formats that an endpoint offers are worth asking for.

use crate::oai::MetadataFormat;

/// Formats beside Dublin Core that are taken together: what is past the second seldom adds anything, and each costs
/// a list of its own.
const MOST: usize = 2;

/// Formats by how much they tell of an article, richest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Jats,
    OpenAireJats,
    Marc,
    Mods,
    QualifiedDc,
    Rfc1807,
}

/// The prefixes to harvest where the best is wanted: `oai_dc`, which every repository offers (OAI-PMH 2.0, §2.4)
/// and which names an item's language versions best, then the richest others, in the order JATS and NLM, OpenAIRE JATS, MARC,
/// MODS, qualified Dublin Core, RFC 1807; of one kind the first offered, and two at most. A format is known by namespace and schema, else
/// by its prefix.
pub fn best(offered: &[MetadataFormat]) -> Vec<String> {
    let mut ranked: Vec<(Rank, &str)> = Vec::new();
    for format in offered {
        if let Some(rank) = rank(format)
            && !ranked.iter().any(|(known, _)| *known == rank)
        {
            ranked.push((rank, format.prefix.trim()));
        }
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    // with JATS in hand, its lesser form and RFC 1807 have nothing to add
    if ranked.first().is_some_and(|(rank, _)| *rank == Rank::Jats) {
        ranked.retain(|(rank, _)| *rank != Rank::OpenAireJats);
    }
    let mut prefixes = vec!["oai_dc".to_owned()];
    prefixes.extend(
        ranked
            .into_iter()
            .take(MOST)
            .map(|(_, prefix)| prefix.to_owned()),
    );
    prefixes
}

/// The prefixes of all offered formats that a crosswalk reads, in the order they are offered.
pub fn readable(offered: &[MetadataFormat]) -> Vec<String> {
    let reads =
        |format: &&MetadataFormat| format.prefix.trim() == "oai_dc" || rank(format).is_some();
    offered
        .iter()
        .filter(reads)
        .map(|format| format.prefix.trim().to_owned())
        .collect()
}

fn rank(format: &MetadataFormat) -> Option<Rank> {
    let prefix = format.prefix.trim().to_ascii_lowercase();
    if prefix.is_empty() || prefix == "oai_dc" {
        return None;
    }
    let place = format!("{} {}", format.namespace, format.schema).to_ascii_lowercase();
    if place.contains("jats")
        || place.contains("nlm.nih.gov")
        || matches!(prefix.as_str(), "jats" | "nlm")
    {
        return Some(if prefix.contains("openaire") {
            Rank::OpenAireJats
        } else {
            Rank::Jats
        });
    }
    if prefix.contains("jats") {
        return Some(Rank::OpenAireJats);
    }
    if place.contains("marc21/slim") || place.contains("oai_marc") || prefix.contains("marc") {
        return Some(Rank::Marc);
    }
    if place.contains("loc.gov/mods") || prefix.contains("mods") {
        return Some(Rank::Mods);
    }
    if place.contains("dcterms") || place.contains("qualifieddc") || place.contains("/dc/terms") {
        return Some(Rank::QualifiedDc);
    }
    if matches!(
        prefix.as_str(),
        "qdc" | "oai_qdc" | "dcterms" | "oai_dcterms" | "uketd_dc"
    ) {
        return Some(Rank::QualifiedDc);
    }
    (prefix == "rfc1807" || place.contains("rfc1807")).then_some(Rank::Rfc1807)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(offered: &[(&str, &str)]) -> Vec<String> {
        let format = |(prefix, namespace): &(&str, &str)| MetadataFormat {
            prefix: (*prefix).to_owned(),
            namespace: (*namespace).to_owned(),
            schema: String::new(),
        };
        best(&offered.iter().map(format).collect::<Vec<_>>())
    }

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
    fn other_software() {
        let dspace = [
            ("oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc/"),
            ("mets", "http://www.loc.gov/METS/"),
            ("qdc", "http://purl.org/dc/terms/"),
            ("mods", "http://www.loc.gov/mods/v3"),
            ("marc", "http://www.loc.gov/MARC21/slim"),
            ("rdf", "http://www.openarchives.org/OAI/2.0/rdf/"),
        ];
        assert_eq!(chosen(&dspace), ["oai_dc", "marc", "mods"]);
        assert_eq!(chosen(&[]), ["oai_dc"]);
        assert_eq!(
            chosen(&[("rdf", "x"), ("", "http://www.loc.gov/mods/v3")]),
            ["oai_dc"]
        );
    }
}
