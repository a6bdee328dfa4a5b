//! The registry of formats.

use std::sync::Arc;

use super::error::ExportError;
#[cfg(not(feature = "parquet"))]
use super::format::{Deletions, Layout};
use super::format::{Exporter, FormatInfo};
use super::options::Options;
#[cfg(feature = "parquet")]
use super::parquet;
use super::{
    bibtex, crossref, csl, csv, datacite, dc, doaj, jats, jsonl, jsonld, marc, mods, openaire, raw,
    ris, urls,
};

/// A format that can be requested by name.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Format {
    /// The name, file extension and the like.
    pub info: &'static FormatInfo,
    make: fn(&Options) -> Result<Arc<dyn Exporter>, ExportError>,
}

/// All formats, in the order of their names. The command line reads this list too.
pub const FORMATS: &[Format] = &[
    Format {
        info: &bibtex::INFO,
        make: |_| Ok(Arc::new(bibtex::BibTeX)),
    },
    Format {
        info: &crossref::INFO,
        make: |options| Ok(Arc::new(crossref::Crossref::new(&options.crossref)?)),
    },
    Format {
        info: &csl::INFO,
        make: |_| Ok(Arc::new(csl::Csl)),
    },
    Format {
        info: &csv::INFO,
        make: |options| Ok(Arc::new(csv::Csv::new(&options.csv)?)),
    },
    Format {
        info: &datacite::INFO,
        make: |_| Ok(Arc::new(datacite::DataCite)),
    },
    Format {
        info: &dc::INFO,
        make: |_| Ok(Arc::new(dc::DublinCore)),
    },
    Format {
        info: &doaj::INFO,
        make: |_| Ok(Arc::new(doaj::Doaj)),
    },
    Format {
        info: &jats::INFO,
        make: |options| Ok(Arc::new(jats::Jats::new(options.jats))),
    },
    Format {
        info: &jsonl::INFO,
        make: |options| Ok(Arc::new(jsonl::JsonLines::new(options.jsonl))),
    },
    Format {
        info: &jsonld::INFO,
        make: |_| Ok(Arc::new(jsonld::JsonLd)),
    },
    Format {
        info: &marc::INFO,
        make: |options| Ok(Arc::new(marc::Marc::new(options.marc.clone()))),
    },
    Format {
        info: &marc::XML_INFO,
        make: |options| Ok(Arc::new(marc::MarcXml::new(options.marc.clone()))),
    },
    Format {
        info: &mods::INFO,
        make: |_| Ok(Arc::new(mods::Mods)),
    },
    Format {
        info: &openaire::INFO,
        make: |_| Ok(Arc::new(openaire::OpenAire)),
    },
    Format {
        #[cfg(feature = "parquet")]
        info: &parquet::INFO,
        #[cfg(not(feature = "parquet"))]
        info: &NO_PARQUET,
        #[cfg(feature = "parquet")]
        make: |_| Ok(Arc::new(parquet::Parquet)),
        #[cfg(not(feature = "parquet"))]
        make: |_| Err(ExportError::not_built("parquet")),
    },
    Format {
        info: &raw::INFO,
        make: |options| Ok(Arc::new(raw::Raw::new(options.raw.clone()))),
    },
    Format {
        info: &ris::INFO,
        make: |_| Ok(Arc::new(ris::Ris)),
    },
    Format {
        info: &urls::INFO,
        make: |options| Ok(Arc::new(urls::Urls::new(options.urls))),
    },
    Format {
        info: &raw::VUFIND_INFO,
        make: |options| Ok(Arc::new(raw::VuFind::new(options.raw.clone()))),
    },
];

#[cfg(not(feature = "parquet"))]
const NO_PARQUET: FormatInfo = FormatInfo {
    name: "parquet",
    summary: "Parquet; this program was built without it",
    extension: "parquet",
    media_type: "application/vnd.apache.parquet",
    layout: Layout::Stream,
    deletions: Deletions::Always,
    options: &[],
};

/// Returns the format of a name.
pub fn find_format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.info.name == name)
}

/// Returns the exporter of a format by its name.
///
/// # Errors
/// An unknown name, or a setting that the format cannot do without.
pub fn exporter(name: &str, options: &Options) -> Result<Arc<dyn Exporter>, ExportError> {
    find_format(name)
        .ok_or_else(|| ExportError::unknown_format(name))?
        .exporter(options)
}

impl Format {
    /// Returns an exporter with these settings.
    ///
    /// # Errors
    /// A setting that the format cannot do without.
    pub fn exporter(&self, options: &Options) -> Result<Arc<dyn Exporter>, ExportError> {
        (self.make)(options)
    }
}
