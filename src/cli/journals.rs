//! Settings of journals: what registration agencies and catalogs are to know of the journals of a source.

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::cli::config::{Config, SourceConfig};
use crate::cli::context::Context;
use crate::cli::stored_settings;
use crate::cli::values::{DoiText, IssnText, PlainText, SetSpec};
use crate::normalize::derive::set_journals;
use crate::normalize::{JournalFacts, JournalSetting};
use crate::store::{Store, StoreResult};

/// One journal of a source with several, selected by at least one of `issn`, `path` and `set`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Args)]
#[serde(default, deny_unknown_fields)]
pub struct JournalConfig {
    /// One of its ISSNs.
    #[arg(skip)]
    pub issn: Option<IssnText>,
    /// The path in Open Journal Systems.
    #[arg(skip)]
    pub path: Option<PlainText>,
    /// The setSpec, the subsets included.
    #[arg(skip)]
    pub set: Option<SetSpec>,

    /// Title of the journal, the same for all its articles
    #[arg(long, value_name = "TITLE")]
    pub journal_title: Option<PlainText>,

    /// The print ISSN
    #[arg(long, value_name = "ISSN")]
    pub issn_print: Option<IssnText>,

    /// The online ISSN
    #[arg(long, value_name = "ISSN")]
    pub issn_electronic: Option<IssnText>,

    /// The publisher
    #[arg(long, value_name = "NAME")]
    pub publisher: Option<PlainText>,

    /// The place of publication
    #[arg(long, value_name = "PLACE")]
    pub publisher_place: Option<PlainText>,

    /// The journal's own DOI
    #[arg(long, value_name = "DOI")]
    pub journal_doi: Option<DoiText>,
}

impl JournalConfig {
    /// Returns whether it selects no journal.
    pub(super) fn selects_nothing(&self) -> bool {
        self.issn.is_none() && self.path.is_none() && self.set.is_none()
    }

    /// Returns whether it sets nothing.
    pub(super) fn sets_nothing(&self) -> bool {
        self.facts() == JournalFacts::default()
    }

    /// Makes these the settings of a source's only journal.
    pub(super) fn write_to(&self, source: &mut SourceConfig) {
        source.journal_title.clone_from(&self.journal_title);
        source.issn_print.clone_from(&self.issn_print);
        source.issn_electronic.clone_from(&self.issn_electronic);
        source.publisher.clone_from(&self.publisher);
        source.publisher_place.clone_from(&self.publisher_place);
        source.journal_doi.clone_from(&self.journal_doi);
    }

    /// Returns the settings that a source has for all its articles.
    fn of_source(source: &SourceConfig) -> Self {
        Self {
            journal_title: source.journal_title.clone(),
            issn_print: source.issn_print.clone(),
            issn_electronic: source.issn_electronic.clone(),
            publisher: source.publisher.clone(),
            publisher_place: source.publisher_place.clone(),
            journal_doi: source.journal_doi.clone(),
            ..Self::default()
        }
    }

    fn facts(&self) -> JournalFacts {
        JournalFacts {
            title: self.journal_title.as_ref().map(ToString::to_string),
            issn_print: self.issn_print.as_ref().map(ToString::to_string),
            issn_electronic: self.issn_electronic.as_ref().map(ToString::to_string),
            publisher: self.publisher.as_ref().map(ToString::to_string),
            publisher_place: self.publisher_place.as_ref().map(ToString::to_string),
            doi: self
                .journal_doi
                .as_ref()
                .map(|doi| doi.as_str().to_ascii_lowercase()),
        }
    }

    fn setting(&self) -> JournalSetting {
        JournalSetting {
            issn: self.issn.as_ref().map(ToString::to_string),
            path: self.path.as_ref().map(ToString::to_string),
            set: self.set.as_ref().map(ToString::to_string),
            facts: self.facts(),
        }
    }

    /// Returns the lines of a configuration file.
    pub(super) fn lines_of(source: &SourceConfig) -> String {
        let settings = Self::of_source(source);
        let text = toml::to_string(&settings);
        text.unwrap_or_default()
    }
}

/// Returns the settings of a source's journals: those of single journals first.
fn settings(source: &SourceConfig) -> Vec<JournalSetting> {
    let whole = JournalConfig::of_source(source);
    let own = source.journal.iter();
    own.chain((!whole.sets_nothing()).then_some(&whole))
        .map(JournalConfig::setting)
        .collect()
}

/// Hands the settings of journals on to the store, by which the articles of its sources are derived. Sources that the
/// configuration does not name keep what they had.
pub(super) async fn apply(config: &Config, store: &dyn Store) -> StoreResult<()> {
    if !store.is_writable() {
        return Ok(());
    }
    for source in store.sources().await? {
        let configured = config.source.iter().find(|configured| {
            configured.name.as_str() == source.name
                || configured.url.url().as_str() == source.base_url
        });
        if let Some(configured) = configured {
            set_journals(store, &source, settings(configured)).await?;
        }
    }
    Ok(())
}

/// The same with the sources whose settings are in the store.
pub(super) async fn apply_all(context: &Context, store: &dyn Store) -> anyhow::Result<()> {
    let config = stored_settings::of(&context.config, store).await?;
    Ok(apply(&config, store).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_a_source_set_what_they_say() {
        let head = "[[source]]\nname = \"cac\"\nurl = \"https://a.example/oai\"\n";
        let config = Config::parse(head).unwrap();
        let mut source = config.source[0].clone();
        let flags = JournalConfig {
            journal_title: "Central \"Asia\"".parse().ok(),
            issn_electronic: "2002-3839".parse().ok(),
            journal_doi: "10.5555/CAC".parse().ok(),
            ..JournalConfig::default()
        };
        flags.write_to(&mut source);
        let lines = JournalConfig::lines_of(&source);
        let read = Config::parse(&format!("{head}{lines}")).unwrap();
        let settings = settings(&read.source[0]);
        assert_eq!(settings.len(), 1);
        assert_eq!(settings[0].facts.title.as_deref(), Some("Central \"Asia\""));
        assert_eq!(
            settings[0].facts.issn_electronic.as_deref(),
            Some("2002-3839")
        );
        assert_eq!(settings[0].facts.doi.as_deref(), Some("10.5555/cac"));
    }
}
