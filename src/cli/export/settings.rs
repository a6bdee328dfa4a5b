//! Settings of single formats, as flags and as keys of an `[[export]]`.

use std::str::FromStr;

use clap::Args;

use crate::cli::exit::Failure;
use crate::cli::values::{Contact, ControlText, ExportFormat, MetadataPrefix, named_value};
use crate::export::csv::Separator;
use crate::export::jats::{Prefer, TagSet, Version};
use crate::export::marc;

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
    /// Refuses options that only other formats have. Those that can stand in the environment or at the top of the
    /// file hold for whatever formats have them.
    pub(super) fn refuse_foreign(&self, format: ExportFormat) -> Result<(), Failure> {
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
