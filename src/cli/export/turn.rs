//! Turns of an export that the store keeps track of: what has changed since its last one, in files with numbers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use xxhash_rust::xxh3::xxh3_64;

use super::interrupt::Interruptible;
use super::{ExportConfig, ExportOptions, Place, Status};
use crate::cli::config::Config;
use crate::cli::exit::Failure;
use crate::export::{
    Choice, CountSink, Counts, Destination, Exporter, Options, Scope, export_turn, has_changes,
};
use crate::report::duplicates::duplicate_of;
use crate::store::{ExportBatch, ExportSpec, Store};

/// An export under a name.
#[derive(Clone)]
pub(crate) struct Named {
    name: String,
    pub(super) place: Place,
    path: PathBuf,
    options: Options,
    choice: Choice,
    /// Leaves out what another source has too.
    fold_duplicates: bool,
    /// Only changes, each time in a file of its own.
    delta: bool,
}

/// The result.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// Where it was written; nothing when there was nothing new.
    pub(crate) path: Option<PathBuf>,
    pub(crate) counts: Counts,
    pub(crate) note: Option<&'static str>,
    /// Where deletions are that have a file of their own, and what to do with them.
    pub(crate) hints: Vec<String>,
}

impl Named {
    /// Returns an export under a name: of changes in numbered files, or of everything in one.
    ///
    /// # Errors
    /// Wrong usage: changes without duplicates.
    pub(super) fn new(
        name: &str,
        path: PathBuf,
        wanted: &ExportOptions,
        delta: bool,
        (exporter, options): (Arc<dyn Exporter>, Options),
    ) -> Result<Self, Failure> {
        let fold_duplicates = wanted.selection.fold_duplicates;
        if fold_duplicates && delta {
            let why = "an export of changes cannot leave out duplicates";
            return Err(Failure::usage(why).hint(
                "which of two articles stands may change though neither does: export everything, without changed_since",
            ));
        }
        let destination = Destination::parse(&path, exporter.info());
        let status = Status::filter(
            wanted.selection.status,
            exporter.info(),
            &destination,
            delta,
        );
        let place = Place {
            exporter,
            destination,
            split: wanted.pieces.wanted(),
            status,
        };
        Ok(Self {
            name: name.to_owned(),
            place,
            path,
            options,
            choice: wanted.choice(status),
            fold_duplicates,
            delta,
        })
    }

    /// Returns an export of the configuration file as it is to be written.
    ///
    /// # Errors
    /// Wrong usage: an option that the format does not have, or values that do not go together.
    pub(crate) fn configured(export: &ExportConfig, config: &Config) -> Result<Self, Failure> {
        let within = |failure: Failure| failure.within(&format!("export {}", export.name));
        let wanted = export.parse().map_err(|why| within(Failure::usage(why)))?;
        let options = wanted
            .settings
            .options(export.format, config, chrono::Utc::now())
            .map_err(within)?;
        let exporter = export.format.exporter(&options).map_err(|error| {
            within(Failure::usage(error.to_string()).hint(error.hint().unwrap_or_default()))
        })?;
        let delta = export.changed_since.is_some();
        let path = export.path.clone();
        let named = Self::new(
            export.name.as_str(),
            path,
            &wanted,
            delta,
            (exporter, options),
        );
        named
            .and_then(|named| named.place.check().map(|()| named))
            .map_err(within)
    }

    fn spec(&self) -> ExportSpec {
        // Whatever shapes the file; the time of a deposit does not.
        let mut options = self.options.clone();
        options.crossref.timestamp = 0;
        let shape = format!(
            "{} {options:?} {:?} {:?} {}",
            self.place.exporter.info().name,
            self.choice,
            self.place.split,
            self.fold_duplicates
        );
        ExportSpec {
            name: self.name.clone(),
            format: self.place.exporter.info().name.to_owned(),
            options_hash: xxh3_64(shape.as_bytes()),
            sources: self.choice.sources.clone(),
            delta: self.delta,
        }
    }

    fn scope(&self) -> Scope {
        if self.delta || self.choice.is_part() {
            Scope::Delta
        } else {
            Scope::Full
        }
    }

    /// Writes what is due. What has changed since a turn that was cut off has a turn of its own.
    pub(crate) async fn write(
        &self,
        store: &dyn Store,
        cancel: &CancellationToken,
    ) -> Result<Done, crate::Error> {
        let mut done = Done::default();
        loop {
            let (wrote, again) = self.turn(store, cancel, &mut done).await?;
            if let Some((path, counts)) = wrote {
                done.path = Some(path);
                done.counts += counts;
            }
            if !again {
                return Ok(done);
            }
        }
    }

    /// Counts what is due, and notes nothing.
    pub(crate) async fn count(&self, store: &dyn Store) -> Result<Counts, crate::Error> {
        let turn = store.preview_export(&self.spec()).await?;
        let sink = CountSink::new(Arc::clone(&self.place.exporter));
        export_turn(store, &turn, self.turn_scope(), &self.choice, sink).await
    }

    fn turn_scope(&self) -> Scope {
        if self.delta {
            Scope::Delta
        } else {
            Scope::Full
        }
    }

    /// One turn: what it wrote, and whether it ended one that was cut off. Its end is noted before it is written, and
    /// that it is written only when its file has its name: a turn that was cut off writes the same changes to the same
    /// file, those apart that have changed again. Where that is all of them, its file keeps the number if it has its
    /// name already, for someone may have read it.
    async fn turn(
        &self,
        store: &dyn Store,
        cancel: &CancellationToken,
        done: &mut Done,
    ) -> Result<(Option<(PathBuf, Counts)>, bool), crate::Error> {
        let turn = store.begin_export(&self.spec()).await?;
        let destination = Destination::parse(&self.path, self.place.exporter.info());
        let again = turn.is_retry && self.delta;
        if !self.is_wanted(store, &turn).await? {
            let is_written = again && place_of(&numbered(destination, turn.delta_no)).exists();
            store.end_export(turn.export_id, is_written).await?;
            return Ok((None, again));
        }
        if self.delta && turn.everything && turn.delta_no > 1 {
            done.note = Some("everything, since its settings have changed");
        }
        let destination = if self.delta {
            numbered(destination, turn.delta_no)
        } else {
            destination
        };
        let place = Place {
            destination: destination.clone(),
            ..self.place.clone()
        };
        let target = Interruptible::new(place.open(self.scope())?, cancel);
        let mut choice = self.choice.clone();
        if self.fold_duplicates {
            choice.excluded_duplicates = Arc::new(duplicate_of(store).await?.into_keys().collect());
        }
        let counts = export_turn(store, &turn, self.turn_scope(), &choice, target).await?;
        if let Some(hint) = place.deletions_hint(&self.options) {
            done.hints.push(hint);
        }
        store.end_export(turn.export_id, true).await?;
        Ok((Some((place_of(&destination), counts)), again))
    }

    async fn is_wanted(&self, store: &dyn Store, turn: &ExportBatch) -> Result<bool, crate::Error> {
        Ok(
            turn.everything
                || has_changes(store, turn).await?
                || !self.delta && !self.path.exists(),
        )
    }
}

fn place_of(destination: &Destination) -> PathBuf {
    match destination {
        Destination::File(path) | Destination::Folder(path) | Destination::Archive(path) => {
            path.clone()
        }
        Destination::Stdout => PathBuf::from("-"),
    }
}

/// The place of a delta: its number goes before the first dot of the name, `changes.000001.jsonl.gz`.
fn numbered(destination: Destination, number: i64) -> Destination {
    let place = |path: &Path| {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let (stem, rest) = match name.char_indices().skip(1).find(|(_, c)| *c == '.') {
            Some((dot, _)) => name.split_at(dot),
            None => (name.as_str(), ""),
        };
        path.with_file_name(format!("{stem}.{number:06}{rest}"))
    };
    match destination {
        Destination::File(path) => Destination::File(place(&path)),
        Destination::Folder(path) => Destination::Folder(place(&path)),
        Destination::Archive(path) => Destination::Archive(place(&path)),
        Destination::Stdout => Destination::Stdout,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("out/changes.jsonl", "out/changes.000007.jsonl")]
    #[case("changes.jsonl.gz", "changes.000007.jsonl.gz")]
    #[case("changes", "changes.000007")]
    #[case(".hidden.jsonl", ".hidden.000007.jsonl")]
    #[case("jats/", "jats.000007")]
    fn deltas_are_numbered(#[case] path: &str, #[case] expected: &str) {
        assert_eq!(
            numbered(Destination::File(path.into()), 7),
            Destination::File(expected.into())
        );
    }
}
