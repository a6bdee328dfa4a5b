//! Funders by the codes of OpenAIRE's grant agreements.

use crate::article::Funding;

/// Code, name in the registry, identifier in the Open Funder Registry.
const FUNDERS: [(&str, &str, &str); 24] = [
    ("EC", "European Commission", "501100000780"),
    ("WT", "Wellcome Trust", "100010269"),
    ("NSF", "National Science Foundation", "100000001"),
    ("NIH", "National Institutes of Health", "100000002"),
    (
        "FCT",
        "Fundação para a Ciência e a Tecnologia",
        "501100001871",
    ),
    ("ARC", "Australian Research Council", "501100000923"),
    (
        "NHMRC",
        "National Health and Medical Research Council",
        "501100000925",
    ),
    (
        "SNSF",
        "Schweizerischer Nationalfonds zur Förderung der Wissenschaftlichen Forschung",
        "501100001711",
    ),
    ("FWF", "Austrian Science Fund", "501100002428"),
    (
        "NWO",
        "Nederlandse Organisatie voor Wetenschappelijk Onderzoek",
        "501100003246",
    ),
    ("UKRI", "UK Research and Innovation", "100014013"),
    ("RCUK", "Research Councils UK", "501100000690"),
    ("ANR", "Agence Nationale de la Recherche", "501100001665"),
    ("DFG", "Deutsche Forschungsgemeinschaft", "501100001659"),
    (
        "MESTD",
        "Ministarstvo Prosvete, Nauke i Tehnološkog Razvoja",
        "501100004564",
    ),
    ("HRZZ", "Hrvatska Zaklada za Znanost", "501100004488"),
    (
        "TUBITAK",
        "Türkiye Bilimsel ve Teknolojik Araştırma Kurumu",
        "501100004410",
    ),
    ("SFI", "Science Foundation Ireland", "501100001602"),
    ("AKA", "Research Council of Finland", "501100002341"),
    (
        "CIHR",
        "Canadian Institutes of Health Research",
        "501100000024",
    ),
    (
        "NSERC",
        "Natural Sciences and Engineering Research Council of Canada",
        "501100000038",
    ),
    (
        "SSHRC",
        "Social Sciences and Humanities Research Council of Canada",
        "501100000155",
    ),
    ("AEI", "Agencia Estatal de Investigación", "501100011033"),
    (
        "CONICYT",
        "Comisión Nacional de Investigación Científica y Tecnológica",
        "501100002848",
    ),
];

/// `ANR-10-LABX-0001,ACRONYM,Title(2010)`, `European Project: 257123,EC:FP7:ERC,…`: a project as HAL names it among the
/// contributors.
pub(crate) fn of_project(value: &str) -> Option<Funding> {
    let (number, _) = value.split_once(',')?;
    if let Some(award) = number.strip_prefix("European Project:") {
        return of_grant(&format!("EC//{}", award.trim()));
    }
    let rest = number.strip_prefix("ANR-")?;
    let is_number = rest.len() >= 7
        && rest.as_bytes()[..2].iter().all(u8::is_ascii_digit)
        && rest
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
    is_number.then(|| of_grant(&format!("ANR//{number}")))?
}

/// `EC/H2020/660668/EU/Title/ACRONYM`: funder, programme, number, then what the project is called (OpenAIRE Guidelines
/// for Literature Repositories 3.0, Project Identifier). `None` without a number.
pub(crate) fn of_grant(grant: &str) -> Option<Funding> {
    let mut parts = grant.split('/').map(decoded);
    let (funder, _programme, award) = (parts.next()?, parts.next()?, parts.next()?);
    if funder.is_empty() || award.is_empty() {
        return None;
    }
    let known = FUNDERS.iter().find(|(code, ..)| *code == funder);
    Some(Funding {
        name: funder,
        registry_name: known.map(|(_, name, _)| (*name).to_owned()),
        funder_id: known.map(|(.., id)| format!("https://doi.org/10.13039/{id}")),
        award: Some(award),
    })
}

/// A part with its escapes undone: a slash within a number is written `%2F`.
fn decoded(part: &str) -> String {
    part.replace("%2F", "/")
        .replace("%2f", "/")
        .replace("%20", " ")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants() {
        let grant = of_grant("EC/H2020/660668/EU/ACT/AAMR").unwrap();
        assert_eq!(
            (grant.name.as_str(), grant.award.as_deref()),
            ("EC", Some("660668"))
        );
        assert_eq!(grant.registry_name.as_deref(), Some("European Commission"));
        assert_eq!(
            of_grant("FCT/5876/PTDC%2FLLT/2012")
                .unwrap()
                .award
                .as_deref(),
            Some("PTDC/LLT")
        );
        assert_eq!(of_grant("EC/H2020"), None);
        assert_eq!(of_grant("EC/H2020/"), None);
    }
}
