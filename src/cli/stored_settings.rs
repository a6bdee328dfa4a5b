//! Sources whose settings are in the store, beside those of the configuration file.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::config::{Config, SourceConfig};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::store::{Attempts, SourceSettings, SourceSpec, Store, StoreError};

/// Returns the configuration with the sources whose settings are in the store. A source of the file with the same name
/// or URL takes precedence.
pub(super) async fn config(context: &Context) -> anyhow::Result<Config> {
    match context.open_read().await {
        Ok(store) => of(&context.config, store.as_ref()).await,
        // An empty file is one that is yet to become a store.
        Err(
            StoreError::Missing { .. }
            | StoreError::NotAStore { .. }
            | StoreError::Unsupported { .. },
        ) => Ok(context.config.clone()),
        Err(error) => Err(error.into()),
    }
}

/// Returns a configuration with the sources whose settings are in an open store.
pub(super) async fn of(config: &Config, store: &dyn Store) -> anyhow::Result<Config> {
    let mut config = config.clone();
    let stored = store.source_settings().await?;
    let names: HashSet<String> = config
        .source
        .iter()
        .map(|source| source.name.to_string())
        .collect();
    let places: HashSet<String> = config
        .source
        .iter()
        .map(|source| source.url.url().to_string())
        .collect();
    for source in stored.iter().filter(|source| source.settings.is_some()) {
        let name = source.spec.name.clone().unwrap_or_default();
        if names.contains(&name) || places.contains(&source.spec.base_url) {
            continue;
        }
        let added = read(source).and_then(|source| config.add(source));
        added
            .map_err(|error| Failure::config(format!("the source {name} of the store: {error}")))?;
    }
    Ok(config)
}

/// Returns the same, with those of `given` that the store knows by name alone because they were harvested by their URL.
pub(super) async fn config_with(context: &Context, given: &[String]) -> anyhow::Result<Config> {
    let mut config = config(context).await?;
    let named = |text: &&String| {
        config
            .source
            .iter()
            .any(|source| source.name.as_str() == *text)
    };
    let unknown: Vec<&String> = given
        .iter()
        .filter(|text| !named(text) && !text.contains("://") && !Path::new(text).exists())
        .collect();
    if unknown.is_empty() {
        return Ok(config);
    }
    let Ok(store) = context.open_read().await else {
        return Ok(config);
    };
    for source in store.sources().await? {
        // Saved responses that came without an address have none to ask.
        if unknown.iter().any(|name| **name == source.name) && source.base_url.contains("://") {
            let settings = json!({"name": source.name, "url": source.base_url});
            let added = serde_json::from_value(settings).map_err(|error| error.to_string());
            added
                .and_then(|source: SourceConfig| {
                    config.add(SourceConfig {
                        is_adhoc: true,
                        ..source
                    })
                })
                .map_err(|error| {
                    Failure::config(format!("the source {} of the store: {error}", source.name))
                })?;
        }
    }
    Ok(config)
}

/// Converts a source to the form in which the store keeps its settings.
pub(super) fn write(source: &SourceConfig) -> Result<SourceSettings, Failure> {
    let url = source.url.url();
    if !url.username().is_empty() || url.password().is_some() || source.headers.is_some() {
        return Err(
            Failure::usage(format!("{}: the store keeps no credentials", source.url))
                .hint("put this source into offprint.toml"),
        );
    }
    let all = serde_json::to_value(source).map_err(|error| Failure::usage(error.to_string()))?;
    let mut settings = Map::new();
    for (key, value) in all.as_object().into_iter().flatten() {
        if !value.is_null() && key != "name" && key != "url" {
            settings.insert(key.clone(), value.clone());
        }
    }
    let spec = SourceSpec {
        name: Some(source.name.to_string()),
        base_url: url.to_string(),
    };
    Ok(SourceSettings {
        spec,
        settings: Some(Value::Object(settings).to_string()),
        attempts: Attempts::default(),
    })
}

fn read(source: &SourceSettings) -> Result<SourceConfig, String> {
    let text = source.settings.as_deref().unwrap_or("{}");
    let mut settings: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| error.to_string())?;
    settings.insert("name".to_owned(), source.spec.name.clone().into());
    settings.insert("url".to_owned(), source.spec.base_url.clone().into());
    serde_json::from_value(Value::Object(settings)).map_err(|error| error.to_string())
}
