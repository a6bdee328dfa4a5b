//! Settings of single formats: the flag or the key of the `[[export]]`, then the environment, then the top of the file,
//! then defaults.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use clap::Args;

use crate::cli::config::Config;
use crate::cli::exit::Failure;
use crate::cli::values::{Contact, ControlText, ExportFormat, MetadataPrefix, named_value};
use crate::export::csv::Separator;
use crate::export::jats::{JatsOptions, Prefer, TagSet, Version};
use crate::export::{Options, crossref, csv, jsonl, marc, raw, urls};

/// Settings of formats.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
#[derive(Clone, Debug, Default, Args)]
pub struct FormatSettings {
    /// Only records of this format, for raw and vufind [default: all in raw, the first in vufind]
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<MetadataPrefix>,

    /// Flat fields by the names of VuFind's Solr schema, for jsonl
    #[arg(long)]
    pub flat: bool,

    /// Action lines for _bulk of Elasticsearch and OpenSearch, for jsonl
    #[arg(long)]
    pub bulk: bool,

    /// Write the index template for --bulk instead of the documents
    #[arg(long, requires = "bulk")]
    pub template: bool,

    /// For Excel: a byte order mark, this separator, and no formulas, for csv
    #[arg(
        long,
        value_name = "SEPARATOR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "semicolon",
        value_parser = named_value::<Separator>()
    )]
    pub excel: Option<Separator>,

    /// Only these columns, in this order, for csv
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub fields: Vec<String>,

    /// Also write landing pages, for urls
    #[arg(long)]
    pub landing: bool,

    /// JATS tag set [default: publishing; archiving for an article without ISSN or title]
    #[arg(long, env = "OFFPRINT_TAG_SET", value_parser = named_value::<TagSet>())]
    pub tag_set: Option<TagSet>,

    /// JATS version [default: 1.3]
    #[arg(long, env = "OFFPRINT_JATS_VERSION", value_name = "VERSION", value_parser = named_value::<Version>())]
    pub jats_version: Option<Version>,

    /// Origin of JATS: own (from the article) or native (the server's, where valid) [default: own]
    #[arg(long, env = "OFFPRINT_PREFER", hide_possible_values = true, value_parser = named_value::<Prefer>())]
    pub prefer: Option<Prefer>,

    /// Settings of the catalog formats.
    #[command(flatten)]
    pub catalog: Catalog,

    /// Settings of deposits.
    #[command(flatten)]
    pub deposit: Deposit,
}

/// Settings of the catalog formats.
#[derive(Clone, Debug, Default, Args)]
pub struct Catalog {
    /// Profile of MARC records [default: generic]
    #[arg(long, env = "OFFPRINT_PROFILE", value_parser = named_value::<marc::Profile>())]
    pub profile: Option<marc::Profile>,

    /// MARC code of your organization, for 003 and 040
    #[arg(long, env = "OFFPRINT_ORGANIZATION", value_name = "CODE")]
    pub organization: Option<ControlText>,

    /// Prefix of the article's id in MARC 001, and of the OAI identifier in vufind
    #[arg(long, env = "OFFPRINT_ID_PREFIX", value_name = "PREFIX")]
    pub id_prefix: Option<ControlText>,

    /// Prefix to remove from OAI identifiers, for vufind
    #[arg(long, env = "OFFPRINT_ID_STRIP", value_name = "PREFIX")]
    pub id_strip: Option<ControlText>,

    /// Control number of a journal's own record, for MARC 773 $w; repeatable
    #[arg(
        long = "host-record",
        env = "OFFPRINT_HOST_RECORD",
        value_name = "ISSN|SOURCE=NUMBER",
        value_delimiter = ','
    )]
    pub host_records: Vec<HostRecord>,
}

/// Settings of deposits.
#[derive(Clone, Debug, Default, Args)]
pub struct Deposit {
    /// Name of the Crossref depositor
    #[arg(long, env = "OFFPRINT_DEPOSITOR", value_name = "NAME")]
    pub depositor: Option<ControlText>,

    /// E-mail address for Crossref's report
    #[arg(long, env = "OFFPRINT_DEPOSITOR_EMAIL", value_name = "MAIL")]
    pub depositor_email: Option<Contact>,

    /// Registrant at Crossref [default: the depositor]
    #[arg(long, env = "OFFPRINT_REGISTRANT", value_name = "NAME")]
    pub registrant: Option<ControlText>,
}

impl FormatSettings {
    /// Returns the options of a format. The number of a deposit is the time, to the millisecond.
    ///
    /// # Errors
    /// Wrong usage: an option that the format does not have, or values that do not go together.
    pub fn options(
        &self,
        format: ExportFormat,
        config: &Config,
        now: DateTime<Utc>,
    ) -> Result<Options, Failure> {
        self.refuse_foreign(format)?;
        let prefix = self
            .prefix
            .as_ref()
            .map(|prefix| prefix.as_str().to_owned());
        let catalog = &self.catalog;
        Ok(Options {
            jats: self.jats(config)?,
            marc: catalog.marc(config),
            jsonl: jsonl::JsonLinesOptions {
                flat: self.flat,
                bulk: self.bulk,
            },
            csv: csv::CsvOptions {
                excel: self.excel,
                fields: self.fields.clone(),
            },
            raw: raw::RawOptions {
                prefix,
                id_strip: text(catalog.id_strip.as_ref(), config.id_strip.as_ref())
                    .unwrap_or_default(),
                id_prefix: text(catalog.id_prefix.as_ref(), config.id_prefix.as_ref())
                    .unwrap_or_default(),
            },
            crossref: self.deposit.crossref(config, now),
            urls: urls::UrlsOptions {
                landing: self.landing,
            },
        })
    }

    /// Decides how JATS is written.
    ///
    /// # Errors
    /// Wrong usage: Archiving is written as 1.3 and 1.4 only.
    pub fn jats(&self, config: &Config) -> Result<JatsOptions, Failure> {
        let options = JatsOptions {
            tag_set: self.tag_set.or(config.tag_set).unwrap_or_default(),
            version: self
                .jats_version
                .or(config.jats_version)
                .unwrap_or_default(),
            prefer_native: self.prefer.or(config.prefer) == Some(Prefer::Native),
        };
        if options.tag_set == TagSet::Archiving && options.version < Version::V1_3 {
            return Err(Failure::usage(
                "the archiving tag set is written as JATS 1.3 or 1.4",
            ));
        }
        Ok(options)
    }

    /// Refuses options that only other formats have. Those that can stand in the environment or at the top of the
    /// file hold for whatever formats have them.
    fn refuse_foreign(&self, format: ExportFormat) -> Result<(), Failure> {
        let given = [
            (self.prefix.is_some(), "prefix"),
            (self.flat, "flat"),
            (self.bulk, "bulk"),
            (self.template, "template"),
            (self.excel.is_some(), "excel"),
            (!self.fields.is_empty(), "fields"),
            (self.landing, "landing"),
        ];
        let foreign = given
            .iter()
            .find(|(is_given, option)| *is_given && !format.info().options.contains(option));
        match foreign {
            Some((_, option)) => Err(not_for(option, format)),
            None => Ok(()),
        }
    }
}

/// Returns the complaint about an option that a format does not have, with the formats that do.
pub(super) fn not_for(option: &str, format: ExportFormat) -> Failure {
    let formats: Vec<&str> = crate::export::FORMATS
        .iter()
        .filter(|known| known.info.options.contains(&option))
        .map(|known| known.info.name)
        .collect();
    Failure::usage(format!("{} has no option --{option}", format.info().name))
        .hint(format!("--{option} is for {}", formats.join(" and ")))
}

impl Deposit {
    fn crossref(&self, config: &Config, now: DateTime<Utc>) -> crossref::CrossrefOptions {
        let email = self
            .depositor_email
            .as_ref()
            .or(config.depositor_email.as_ref());
        crossref::CrossrefOptions {
            depositor: text(self.depositor.as_ref(), config.depositor.as_ref()),
            email: email.map(|email| email.as_str().to_owned()),
            registrant: text(self.registrant.as_ref(), config.registrant.as_ref()),
            timestamp: now
                .format("%Y%m%d%H%M%S%3f")
                .to_string()
                .parse()
                .unwrap_or_default(),
        }
    }
}

/// Returns a flag, else what the file says.
fn text(flag: Option<&ControlText>, file: Option<&ControlText>) -> Option<String> {
    flag.or(file).map(|text| text.as_str().to_owned())
}

/// The control number of a host record, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRecord {
    /// ISSN of the journal, or name of the source.
    pub key: String,
    /// Control number.
    pub number: ControlText,
}

impl FromStr for HostRecord {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (key, number) = text.split_once('=').unwrap_or_default();
        if key.is_empty() {
            return Err(
                "a host record is an ISSN or source, = and a number, such as 1404-6091=12345"
                    .to_owned(),
            );
        }
        Ok(Self {
            key: key.to_owned(),
            number: number.parse()?,
        })
    }
}

impl Catalog {
    /// Decides how MARC is written. A host record of the command line goes before one of the file.
    fn marc(&self, config: &Config) -> marc::MarcOptions {
        let file = config.host_record.iter();
        let flags = self
            .host_records
            .iter()
            .map(|record| (&record.key, &record.number));
        marc::MarcOptions {
            profile: self.profile.or(config.profile).unwrap_or_default(),
            organization: text(self.organization.as_ref(), config.organization.as_ref()),
            id_prefix: text(self.id_prefix.as_ref(), config.id_prefix.as_ref()).unwrap_or_default(),
            host_records: file
                .chain(flags)
                .map(|(key, number)| (key.clone(), number.as_str().to_owned()))
                .collect(),
        }
    }
}
