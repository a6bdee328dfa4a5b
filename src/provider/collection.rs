//! The served collection: sources, sets, formats.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::format::{Format, Namespaces};
use super::set;
use super::settings::{Settings, VirtualSet};
use crate::normalize::LANDING_PAGE;
use crate::normalize::entries::EntryReader;
use crate::normalize::stored::context_of;
use crate::store::{Change, Facets, SourceId, Store, StoreResult, has_facets};
use crate::values::DisplaySafeUrl;

/// No source has this number.
const NOWHERE: SourceId = SourceId(0);

/// A source.
#[derive(Debug)]
pub(crate) struct SourceView {
    pub(crate) name: String,
    /// setSpec.
    pub(crate) spec: String,
    /// Base URL, without credentials.
    pub(crate) base_url: DisplaySafeUrl,
    pub(crate) reader: EntryReader,
}

/// A set, and what it chooses.
#[derive(Clone, Debug, Default)]
pub(crate) struct SetView {
    pub(crate) name: String,
    pub(crate) source_id: Option<SourceId>,
    /// Name of that source.
    pub(crate) source: Option<String>,
    pub(crate) facets: Facets,
}

/// Sources, sets and formats, as they were a moment ago.
#[derive(Debug)]
pub(crate) struct Collection {
    pub(crate) sources: HashMap<SourceId, SourceView>,
    by_name: HashMap<String, SourceId>,
    /// By setSpec.
    pub(crate) sets: BTreeMap<String, SetView>,
    virtual_sets: BTreeMap<String, VirtualSet>,
    pub(crate) formats: Vec<Format>,
    /// Namespace by metadataPrefix as received.
    pub(crate) namespaces: HashMap<String, String>,
}

impl SetView {
    fn of_source(name: String, source_id: SourceId, source: &str) -> Self {
        Self {
            name,
            source_id: Some(source_id),
            source: Some(source.to_owned()),
            facets: Facets::new(),
        }
    }
}

impl Collection {
    pub(crate) async fn read(
        store: &dyn Store,
        settings: &Settings,
        namespaces: &Namespaces,
    ) -> StoreResult<Self> {
        let mut collection = Self {
            sources: HashMap::new(),
            by_name: HashMap::new(),
            sets: BTreeMap::new(),
            virtual_sets: settings.sets.clone(),
            formats: Format::own(),
            namespaces: HashMap::new(),
        };
        let prefixes = collection.add_sources(store).await?;
        collection.add_received_sets(store).await?;
        for (spec, set) in &settings.sets {
            let view = SetView {
                name: set.name.clone(),
                source_id: None,
                source: None,
                facets: set.facets.clone(),
            };
            collection.sets.insert(spec.clone(), view);
        }
        for prefix in prefixes {
            let found = namespaces.of(store, &prefix).await?;
            collection
                .namespaces
                .insert(prefix.clone(), found.0.clone());
            // A format whose namespace nobody knows cannot be told of; it is, once there is a record.
            if !found.0.is_empty() {
                collection.formats.extend(Format::raw(&prefix, found));
            }
        }
        Ok(collection)
    }

    /// Adds every source with its set; returns the metadataPrefixes that were harvested.
    async fn add_sources(&mut self, store: &dyn Store) -> StoreResult<BTreeSet<String>> {
        let mut prefixes = BTreeSet::new();
        for source in store.sources().await? {
            let streams = store.streams(source.source_id).await?;
            let harvested = streams.into_iter().map(|stream| stream.metadata_prefix);
            prefixes.extend(harvested.filter(|prefix| prefix != LANDING_PAGE));
            let context = context_of(&source);
            let spec = set::of_source(&source.name);
            let title = context
                .repository_name
                .clone()
                .unwrap_or_else(|| source.name.clone());
            let set = SetView::of_source(title, source.source_id, &source.name);
            self.sets.insert(spec.clone(), set);
            self.by_name.insert(source.name.clone(), source.source_id);
            let view = SourceView {
                base_url: DisplaySafeUrl::from(&source.base_url),
                name: source.name,
                spec,
                reader: EntryReader::new(store, source.source_id, context),
            };
            self.sources.insert(source.source_id, view);
        }
        Ok(prefixes)
    }

    /// Adds the sets that records were received in, those of removed sources included.
    async fn add_received_sets(&mut self, store: &dyn Store) -> StoreResult<()> {
        for (source_id, received) in store.known_sets().await? {
            let Some(source) = self.sources.get(&source_id) else {
                continue;
            };
            let name = source.name.clone();
            self.add_received(source_id, &name, &received);
        }
        for (name, received) in store.departed_sets().await? {
            let source_id = self.by_name.get(&name).copied().unwrap_or(NOWHERE);
            if received.is_empty() {
                let set = || SetView::of_source(name.clone(), source_id, &name);
                self.sets.entry(set::of_source(&name)).or_insert_with(set);
            } else {
                self.add_received(source_id, &name, &received);
            }
        }
        Ok(())
    }

    /// A set as received is one of its own, and part of those above it (§2.6).
    fn add_received(&mut self, source_id: SourceId, name: &str, received: &str) {
        let (own, spec) = (set::of_source(name), set::received(name, received));
        let title = self
            .sets
            .get(&own)
            .map(|set| set.name.clone())
            .unwrap_or_default();
        let mut end = own.len();
        while let Some(length) = spec.get(end + 1..) {
            end = length.find(':').map_or(spec.len(), |at| end + 1 + at);
            let part = &spec[own.len() + 1..end];
            let below = || SetView::of_source(format!("{title}: {part}"), source_id, name);
            let set = self
                .sets
                .entry(spec[..end].to_owned())
                .or_insert_with(below);
            let values = set.facets.entry("set".to_owned()).or_default();
            if !values.iter().any(|value| value == received) {
                values.push(received.to_owned());
            }
        }
    }

    pub(crate) fn format(&self, prefix: &str) -> Option<&Format> {
        self.formats.iter().find(|format| format.prefix == prefix)
    }

    pub(crate) fn source_id(&self, name: &str) -> Option<SourceId> {
        self.by_name.get(name).copied()
    }

    /// Name of the source of a change, also of one that went.
    pub(crate) fn name_of<'a>(&'a self, change: &'a Change) -> Option<&'a str> {
        let here = || Some(self.sources.get(&change.position.source_id)?.name.as_str());
        change.departed.as_deref().or_else(here)
    }

    /// setSpecs of an item's header.
    pub(crate) fn set_specs(&self, change: &Change) -> Vec<String> {
        let Some(source) = self.name_of(change) else {
            return Vec::new();
        };
        let received = change.facets.get("set").into_iter().flatten();
        let mut specs = vec![set::of_source(source)];
        specs.extend(received.map(|spec| set::received(source, spec)));
        let of_config = self
            .virtual_sets
            .iter()
            .filter(|(_, set)| has_facets(&change.facets, &set.facets));
        specs.extend(of_config.map(|(spec, _)| spec.clone()));
        specs
    }
}
