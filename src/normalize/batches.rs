//! The items of a source in batches, worked on by all processors and handed on in order.

use std::num::NonZero;
use std::thread::available_parallelism;

use futures_util::{Stream, TryStreamExt, stream};

use crate::store::{ItemNo, Selection, Source, Store, StoreError, StoreResult, StoredItem};

/// Items in one read and one piece of work.
pub(crate) const BATCH: usize = 200;

/// Works on the items of a selection, batch by batch. A few batches are read and worked on at a time, away from
/// the threads of the runtime; they come in the order of their items. `skip` gives the item number to go on
/// behind, at that number or beyond it.
///
/// Errors: of the store.
pub(crate) fn batches<'a, T: Send + 'static>(
    store: &'a dyn Store,
    source: &'a Source,
    selection: Selection,
    skip: impl Fn(ItemNo) -> ItemNo + Copy + Send + 'a,
    work: impl Fn(Vec<StoredItem>) -> T + Clone + Send + 'a + 'static,
) -> impl Stream<Item = StoreResult<T>> + Send + 'a {
    let read = stream::try_unfold(ItemNo::START, move |after| async move {
        let items = store
            .items(source.source_id, selection, skip(after), BATCH)
            .await?;
        Ok::<_, StoreError>(
            items
                .last()
                .map(|last| last.item_no)
                .map(|last| (items, last)),
        )
    });
    // While one is handed on and another read, no processor waits for work.
    let under_way = match available_parallelism().map_or(1, NonZero::get) {
        1 => 1,
        workers => workers + 2,
    };
    let started = read.map_ok(move |items| {
        let work = work.clone();
        let task = tokio::task::spawn_blocking(move || work(items));
        let stopped = |error| StoreError::Engine {
            path: source.name.clone(),
            detail: format!("a batch stopped: {error}"),
        };
        async move { task.await.map_err(stopped) }
    });
    started.try_buffered(under_way)
}
