//! Settings of journals: what registration agencies and catalogs are to know of the journals of a source.

use crate::cli::config::{Config, SourceConfig};
use crate::cli::context::Context;
use crate::cli::journal_config::JournalConfig;
use crate::cli::stored_settings;
use crate::normalize::JournalSetting;
use crate::normalize::derive::set_journals;
use crate::store::{Source, Store, StoreResult};

impl JournalConfig {
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
        apply_to(config, store, &source).await?;
    }
    Ok(())
}

/// Hands on the settings of the journals of one source.
pub(super) async fn apply_to(
    config: &Config,
    store: &dyn Store,
    source: &Source,
) -> StoreResult<()> {
    let configured = config.source.iter().find(|configured| {
        let is_it = configured.name.as_str() == source.name
            || configured.url.url().as_str() == source.base_url;
        is_it && !configured.is_adhoc
    });
    match configured {
        Some(configured) => set_journals(store, source, settings(configured)).await,
        None => Ok(()),
    }
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
