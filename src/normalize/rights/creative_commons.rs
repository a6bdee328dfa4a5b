//! The licences and tools of Creative Commons.

/// Licence codes in canonical order, longest first where one begins another.
pub(super) const CODES: &[&str] = &[
    "by-nc-nd",
    "by-nc-sa",
    "by-nc",
    "by-nd",
    "by-sa",
    "by",
    "nc-sampling+",
    "sampling+",
    "sampling",
    "nc-sa",
    "nd-nc",
    "nc",
    "nd",
    "sa",
];

pub(super) const VERSIONS: &[&str] = &["4.0", "3.0", "2.5", "2.1", "2.0", "1.0"];

/// A Creative Commons licence or tool.
pub(super) struct CreativeCommons {
    pub(super) code: &'static str,
    pub(super) version: Option<&'static str>,
    /// Jurisdiction of a ported licence: `us`, `igo`.
    pub(super) port: Option<String>,
}

impl CreativeCommons {
    /// Returns the canonical URL; `None` where no version is known.
    pub(super) fn url(&self) -> Option<String> {
        // the tools for the public domain have one version
        let is_tool = matches!(self.code, "zero" | "mark");
        let version = self.version.or(is_tool.then_some("1.0"))?;
        let port = self
            .port
            .as_deref()
            .map(|port| format!("{port}/"))
            .unwrap_or_default();
        let kind = if matches!(self.code, "zero" | "mark") {
            "publicdomain"
        } else {
            "licenses"
        };
        // its parts stood in another order in the first version
        let code = match (self.code, version) {
            ("by-nc-nd", "1.0") => "by-nd-nc",
            (code, _) => code,
        };
        Some(format!(
            "https://creativecommons.org/{kind}/{code}/{version}/{port}"
        ))
    }

    /// Returns the short name: `CC BY 4.0`.
    pub(super) fn name(&self) -> String {
        let mut name = match self.code {
            "zero" => "CC0".to_owned(),
            "mark" => "Public Domain Mark".to_owned(),
            code => format!("CC {}", code.to_uppercase()),
        };
        for part in self
            .version
            .map(str::to_owned)
            .into_iter()
            .chain(self.port.as_ref().map(|port| port.to_uppercase()))
        {
            name.push(' ');
            name.push_str(&part);
        }
        name
    }
}

/// The canonical code of a licence, its parts in any order.
pub(super) fn canonical(code: &str) -> Option<&'static str> {
    let code = code.trim_matches('-');
    if let Some(known) = CODES.iter().find(|known| **known == code) {
        return Some(known);
    }
    let mut parts: Vec<&str> = code.split('-').collect();
    parts.sort_unstable();
    CODES
        .iter()
        .find(|known| {
            let mut known: Vec<&str> = known.split('-').collect();
            known.sort_unstable();
            known == parts
        })
        .copied()
}
