//! ListRecords, ListIdentifiers and GetRecord: pages of changes, and records in XML.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::pin::pin;
use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use futures_util::TryStreamExt as _;
use xxhash_rust::xxh3::xxh3_64;

use super::arguments::{Begin, ListRequest};
use super::collection::{Collection, SourceView};
use super::format::{Format, Kind, far};
use super::identifier;
use super::origin;
use super::rendered::Key;
use super::response::{Content, leaf, seconds};
use super::token::Place;
use super::{Provider, Refused, refuse};
use crate::article::Entry;
use crate::export::element;
use crate::normalize::entries::{FoundItem, Reading, items_in_batches};
use crate::oai::{Datestamp, ErrorCode, standalone_record};
use crate::store::{
    Change, ChangeFilter, ItemNo, Position, SourceId, StoreError, StoreResult, StoredItem,
    StoredRecord, Time,
};

/// A page ends early when it is this long, bytes.
const LONG_PAGE: usize = 4 << 20;

/// A list, from where it continues.
struct List {
    filter: ChangeFilter,
    records: bool,
    prefix: String,
    set: Option<String>,
    after: Option<Position>,
    cursor: u64,
    size: u64,
}

impl Provider {
    pub(super) async fn list(
        &self,
        request: &ListRequest,
        response_date: Time,
    ) -> Result<Content, Refused> {
        let collection = self.collection().await?;
        let mut list = match &request.begin {
            Begin::New {
                prefix,
                set,
                from,
                before,
            } => {
                let end = response_date + TimeDelta::seconds(1);
                let before = before.map_or(end, |before| before.min(end));
                let filter = ChangeFilter {
                    from: *from,
                    ..ChangeFilter::until(before)
                };
                List {
                    filter,
                    records: request.records,
                    prefix: prefix.clone(),
                    set: set.clone(),
                    after: None,
                    cursor: 0,
                    size: 0,
                }
            }
            Begin::Token(token) => self.resumed(token, request.records)?,
        };
        let Some(format) = collection.format(&list.prefix) else {
            return match list.after {
                None => refuse(
                    ErrorCode::CannotDisseminateFormat,
                    "no such metadataPrefix in this repository",
                ),
                Some(_) => bad_token(),
            };
        };
        format.narrow(&mut list.filter);
        if let Some(spec) = &list.set {
            match collection.sets.get(spec) {
                Some(set) => {
                    list.filter.source_id = set.source_id;
                    list.filter.departed.clone_from(&set.source);
                    list.filter.facets.extend(set.facets.clone());
                }
                None if collection.sets.is_empty() => {
                    return refuse(ErrorCode::NoSetHierarchy, "this repository has no sets yet");
                }
                None if list.after.is_some() => return bad_token(),
                None => return refuse(ErrorCode::NoRecordsMatch, "unknown set"),
            }
        }
        if list.after.is_none() {
            list.size = self.store.count_changes(&list.filter).await?;
        }
        self.page(&collection, format, list).await
    }

    fn resumed(&self, token: &str, records: bool) -> Result<List, Refused> {
        let Some(place) = self
            .signer
            .read(token, Utc::now())
            .filter(|place| place.records == records)
        else {
            return bad_token();
        };
        Ok(List {
            filter: ChangeFilter::until(place.before),
            records,
            prefix: place.prefix,
            set: place.set,
            after: Some(place.after),
            cursor: place.cursor,
            size: place.size,
        })
    }

    async fn page(
        &self,
        collection: &Collection,
        format: &Format,
        mut list: List,
    ) -> Result<Content, Refused> {
        let (verb, limit) = if list.records {
            ("ListRecords", self.settings.page_size)
        } else {
            ("ListIdentifiers", self.settings.identifiers_size)
        };
        let mut content = Content::new(verb, String::new());
        let begun = list.after.is_none();
        let former = list.after;
        // the last one shown, from where the next page goes on
        let mut shown = None;
        let mut more = true;
        while more && content.records == 0 {
            let mut changes = self
                .store
                .changes(&list.filter, list.after, limit + 1)
                .await?;
            more = changes.len() > limit;
            changes.truncate(limit);
            let texts = self
                .texts(collection, format, &changes, list.records)
                .await?;
            for (n, (change, text)) in changes.iter().zip(&texts).enumerate() {
                list.after = Some(change.position);
                if let Some(text) = text {
                    content.xml.push_str(text);
                    content.records += 1;
                    shown = list.after;
                }
                if content.xml.len() > LONG_PAGE {
                    more = more || texts[n + 1..].iter().any(Option::is_some);
                    break;
                }
            }
        }
        if content.records == 0 {
            if begun {
                return refuse(
                    ErrorCode::NoRecordsMatch,
                    "there are no records of this kind",
                );
            }
            let text = self
                .last_record(collection, format, &mut list, former)
                .await?;
            let Some(text) = text else {
                return bad_token();
            };
            content.xml.push_str(&text);
            content.records = 1;
        }
        list.after = shown.or(list.after);
        self.end(&mut content, &list, begun, more);
        Ok(content)
    }

    /// The record that ends a list of which all that was to come has changed since, or is left out: one of them, as it
    /// is now, and the next list has it too; else the one at `former`, with which the page before ended.
    async fn last_record(
        &self,
        collection: &Collection,
        format: &Format,
        list: &mut List,
        former: Option<Position>,
    ) -> StoreResult<Option<Arc<str>>> {
        list.filter.before = far();
        if let Some(text) = self.first(collection, format, list, list.after).await? {
            return Ok(Some(text));
        }
        let again = former.map(|place| Position {
            item_no: place.item_no.previous(),
            ..place
        });
        self.first(collection, format, list, again).await
    }

    /// The first change of a list after a place, where anything can be made of it.
    async fn first(
        &self,
        collection: &Collection,
        format: &Format,
        list: &List,
        after: Option<Position>,
    ) -> StoreResult<Option<Arc<str>>> {
        let changes = self.store.changes(&list.filter, after, 1).await?;
        let texts = self
            .texts(collection, format, &changes, list.records)
            .await?;
        Ok(texts.into_iter().flatten().next())
    }

    /// The resumptionToken (§3.5): with a value when the list continues, without one when it was in parts and ends
    /// here.
    fn end(&self, content: &mut Content, list: &List, begun: bool, more: bool) {
        let through = list.cursor + content.records as u64;
        match list.after.filter(|_| more) {
            Some(after) => {
                let life =
                    TimeDelta::from_std(self.settings.token_life).unwrap_or(TimeDelta::days(1));
                let expires = Utc::now() + life;
                let token = self.signer.write(&Place {
                    records: list.records,
                    prefix: list.prefix.clone(),
                    set: list.set.clone(),
                    before: list.filter.before,
                    after,
                    cursor: through,
                    size: list.size,
                    expires,
                });
                // Nothing in it needs escaping.
                let _ = writeln!(
                    content.xml,
                    "<resumptionToken expirationDate=\"{}\" completeListSize=\"{}\" cursor=\"{}\">{token}</resumptionToken>",
                    seconds(expires),
                    list.size.max(through + 1),
                    list.cursor,
                );
                content.leads_on = true;
            }
            None if !begun => {
                // What was listed in fact: what changed on the way left the list.
                let _ = writeln!(
                    content.xml,
                    "<resumptionToken completeListSize=\"{through}\" cursor=\"{}\"/>",
                    list.cursor
                );
            }
            None => {}
        }
    }

    pub(super) async fn get_record(
        &self,
        identifier: &str,
        prefix: &str,
    ) -> Result<Content, Refused> {
        let collection = self.collection().await?;
        let Some(change) = self.change(&collection, identifier).await? else {
            return refuse(
                ErrorCode::IdDoesNotExist,
                "unknown identifier in this repository",
            );
        };
        let Some(format) = collection.format(prefix) else {
            return refuse(
                ErrorCode::CannotDisseminateFormat,
                "no such metadataPrefix in this repository",
            );
        };
        let none = || {
            refuse(
                ErrorCode::CannotDisseminateFormat,
                "the item is not available in this format",
            )
        };
        let item = match &format.kind {
            Kind::Raw(_) => self.item(&change).await?,
            _ => None,
        };
        let Some(change) = in_format(format, change, item.as_ref()) else {
            return none();
        };
        let text = self
            .texts(&collection, format, &[change], true)
            .await?
            .pop()
            .flatten();
        let Some(text) = text else { return none() };
        Ok(Content {
            records: 1,
            ..Content::new("GetRecord", text.to_string())
        })
    }

    /// The newest change of an item by its identifier here.
    pub(super) async fn change(
        &self,
        collection: &Collection,
        identifier: &str,
    ) -> StoreResult<Option<Change>> {
        let local = identifier::read(&self.repository, identifier);
        let Some(local) = local else { return Ok(None) };
        let here = match collection.source_id(&local.source) {
            Some(source_id) => self.store.change(source_id, &local.original).await?,
            None => None,
        };
        match here {
            None => self.store.departed(&local.source, &local.original).await,
            here => Ok(here),
        }
    }

    /// The item behind a change; `None` where it is no more.
    async fn item(&self, change: &Change) -> StoreResult<Option<StoredItem>> {
        let Some(item) = change.position.item() else {
            return Ok(None);
        };
        Ok(self
            .store
            .items_at(item.source_id, &[item.item_no])
            .await?
            .pop())
    }

    /// Formats that an item can be fetched in.
    pub(super) async fn formats_of<'a>(
        &self,
        collection: &'a Collection,
        change: &Change,
    ) -> StoreResult<Vec<&'a Format>> {
        let item = self.item(change).await?;
        let has = |format: &&Format| {
            in_format(format, change.clone(), item.as_ref()).is_some_and(|change| !change.deleted)
        };
        Ok(collection.formats.iter().filter(has).collect())
    }

    /// Each change as a record or header in XML; `None` where nothing can be made of it.
    async fn texts(
        &self,
        collection: &Collection,
        format: &Format,
        changes: &[Change],
        records: bool,
    ) -> StoreResult<Vec<Option<Arc<str>>>> {
        let header = |change: &Change| self.header(collection, change, change.deleted);
        if !records {
            return Ok(changes
                .iter()
                .map(|change| Some(header(change).into()))
                .collect());
        }
        let name = xxh3_64(format.prefix.as_bytes());
        let keys: Vec<Key> = changes
            .iter()
            .map(|change| (change.position, name))
            .collect();
        let mut texts = self.rendered.get(&keys);
        if texts
            .iter()
            .zip(changes)
            .any(|(text, change)| text.is_none() && !change.deleted)
        {
            // Whoever waited for another may find the work done.
            let _turn = self.turns.acquire().await;
            texts = self.rendered.get(&keys);
            self.render(collection, format, changes, &mut texts).await?;
            let made = keys
                .iter()
                .zip(&texts)
                .filter_map(|(key, text)| Some((*key, Arc::clone(text.as_ref()?))));
            self.rendered.put(made);
        }
        for (text, change) in texts.iter_mut().zip(changes) {
            if change.deleted {
                *text = Some(format!("<record>\n{}</record>\n", header(change)).into());
            }
        }
        Ok(texts)
    }

    /// Makes the records that are not there yet, source by source, away from the threads of the runtime.
    async fn render(
        &self,
        collection: &Collection,
        format: &Format,
        changes: &[Change],
        texts: &mut [Option<Arc<str>>],
    ) -> StoreResult<()> {
        let mut wanted: HashMap<SourceId, HashMap<ItemNo, usize>> = HashMap::new();
        for (n, change) in changes.iter().enumerate() {
            if let Some(item) = change
                .position
                .item()
                .filter(|_| !change.deleted && texts[n].is_none())
            {
                wanted
                    .entry(item.source_id)
                    .or_default()
                    .insert(item.item_no, n);
            }
        }
        for (source_id, places) in wanted {
            let Some(source) = collection.sources.get(&source_id) else {
                continue;
            };
            let mut item_nos: Vec<ItemNo> = places.keys().copied().collect();
            item_nos.sort_unstable();
            let mut batches = pin!(items_in_batches(&*self.store, source_id, &item_nos));
            while let Some(items) = batches.try_next().await? {
                let made = self.make_records(source, format, items).await?;
                for (item, made) in &made {
                    if let Some(&n) = places.get(&item.item_no) {
                        let place = (source, format);
                        texts[n] = self.record(collection, place, &changes[n], item, made);
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns a record in XML; `None` where nothing can be made of it.
    fn record(
        &self,
        collection: &Collection,
        (source, format): (&SourceView, &Format),
        change: &Change,
        item: &StoredItem,
        made: &MetadataResult,
    ) -> Option<Arc<str>> {
        let header = |deleted| self.header(collection, change, deleted);
        match made {
            MetadataResult::Metadata(metadata) => {
                let (header, about) = (header(false), about(collection, source, format, item));
                let record = format!(
                    "<record>\n{header}<metadata>\n{metadata}\n</metadata>\n{about}</record>\n"
                );
                Some(record.into())
            }
            MetadataResult::Deleted => {
                Some(format!("<record>\n{}</record>\n", header(true)).into())
            }
            MetadataResult::Unreadable => {
                tracing::warn!(
                    source = source.name,
                    identifier = item.identifier,
                    format = format.prefix,
                    "a record cannot be read and is left out"
                );
                None
            }
        }
    }

    /// Makes the metadata of items, away from the threads of the runtime.
    async fn make_records(
        &self,
        source: &SourceView,
        format: &Format,
        items: Vec<StoredItem>,
    ) -> StoreResult<Vec<(StoredItem, MetadataResult)>> {
        let found = match &format.kind {
            Kind::Raw(_) => items.into_iter().map(FoundItem::from).collect(),
            _ => source.reader.find(self.store.as_ref(), items).await?,
        };
        let (reader, kind) = (source.reader.clone(), format.kind.clone());
        let work = tokio::task::spawn_blocking(move || {
            let mut reading = reader.begin();
            let made = found
                .into_iter()
                .map(|found| metadata(&mut reading, found, &kind));
            made.collect()
        });
        work.await.map_err(|error| StoreError::Engine {
            path: source.name.clone(),
            detail: format!("records could not be made: {error}"),
        })
    }

    fn header(&self, collection: &Collection, change: &Change, deleted: bool) -> String {
        let source = collection.name_of(change).unwrap_or_default();
        let mut xml = String::with_capacity(256);
        xml.push_str(if deleted {
            "<header status=\"deleted\">\n"
        } else {
            "<header>\n"
        });
        leaf(
            &mut xml,
            "identifier",
            &identifier::write(&self.repository, source, &change.identifier),
        );
        leaf(&mut xml, "datestamp", &seconds(change.position.changed_at));
        for spec in collection.set_specs(change) {
            leaf(&mut xml, "setSpec", &spec);
        }
        xml.push_str("</header>\n");
        xml
    }
}

/// The change as a format has it; `None` when the item, which formats as received are looked for in, has no record in
/// it.
fn in_format(format: &Format, mut change: Change, item: Option<&StoredItem>) -> Option<Change> {
    match &format.kind {
        Kind::Raw(_) if change.position.item().is_none() => Some(change),
        Kind::Raw(prefix) => {
            let record = item?
                .records
                .iter()
                .find(|record| record.metadata_prefix == *prefix)?;
            change.deleted = change.deleted || record.deleted;
            Some(change)
        }
        Kind::OpenAire => {
            let complete = change
                .facets
                .get("format")
                .is_some_and(|all| all.contains(&format.prefix));
            complete.then_some(change)
        }
        _ => Some(change),
    }
}

fn bad_token<T>() -> Result<T, Refused> {
    refuse(
        ErrorCode::BadResumptionToken,
        "the resumptionToken is invalid or has expired",
    )
}

/// The result of making `<metadata>`.
enum MetadataResult {
    Metadata(String),
    /// It was withdrawn since, and not yet derived.
    Deleted,
    Unreadable,
}

fn metadata(
    reading: &mut Reading<'_>,
    found: FoundItem,
    kind: &Kind,
) -> (StoredItem, MetadataResult) {
    if let Kind::Raw(prefix) = kind {
        let made = received(&found.item, prefix);
        return (found.item, made);
    }
    let (item, entry) = reading.entry(found);
    let made = match entry {
        Entry::Deleted(_) => MetadataResult::Deleted,
        Entry::Live(article) if article.is_unread() => MetadataResult::Unreadable,
        Entry::Live(article) => MetadataResult::Metadata(match kind {
            Kind::Jats => element::jats(&article),
            Kind::Marcxml => element::marcxml(&article),
            Kind::OpenAire => element::openaire(&article),
            Kind::DublinCore | Kind::Raw(_) => element::dublin_core(&article),
        }),
    };
    (item, made)
}

/// A record as received.
fn received(item: &StoredItem, prefix: &str) -> MetadataResult {
    let Some(record) = item
        .records
        .iter()
        .find(|record| record.metadata_prefix == prefix)
    else {
        return MetadataResult::Unreadable;
    };
    if record.deleted {
        return MetadataResult::Deleted;
    }
    let metadata = standalone_record(&record.raw, &record.head)
        .ok()
        .and_then(|whole| whole.metadata);
    metadata.map_or(MetadataResult::Unreadable, MetadataResult::Metadata)
}

/// The provenance container (guideline for provenance information): where the record came from.
fn about(
    collection: &Collection,
    source: &SourceView,
    format: &Format,
    item: &StoredItem,
) -> String {
    let raw = match &format.kind {
        Kind::Raw(prefix) => item
            .records
            .iter()
            .find(|record| record.metadata_prefix == *prefix),
        _ => item.records.first(),
    };
    let Some(record) = raw else {
        return String::new();
    };
    let namespace = collection
        .namespaces
        .get(&record.metadata_prefix)
        .map_or("", String::as_str);
    let mut xml = String::with_capacity(768);
    let _ = writeln!(
        xml,
        "<about>\n<provenance xmlns=\"http://www.openarchives.org/OAI/2.0/provenance\" \
         xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/provenance \
         http://www.openarchives.org/OAI/2.0/provenance.xsd\">\n\
         <originDescription harvestDate=\"{}\" altered=\"{}\">",
        seconds(record.fetched_at),
        !matches!(format.kind, Kind::Raw(_)),
    );
    leaf(&mut xml, "baseURL", &source.base_url);
    leaf(&mut xml, "identifier", &item.identifier);
    leaf(&mut xml, "datestamp", &datestamp(record));
    leaf(&mut xml, "metadataNamespace", namespace);
    xml.push_str(&origin::upstream(record));
    xml.push_str("</originDescription>\n</provenance>\n</about>\n");
    xml
}

/// The datestamp as the schema takes it; when the record was fetched, where it is none.
fn datestamp(record: &StoredRecord) -> String {
    Datestamp::parse(&record.datestamp).map_or_else(
        || seconds(record.fetched_at),
        |stamp| stamp.granularity.format(stamp.time),
    )
}
