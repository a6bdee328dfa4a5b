//! A copy of the whole store, made while it is in use.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::fault::{at, io_error};
use crate::file_kind;
use crate::phase::Phases;
use crate::store::convert::count;
use crate::store::fault::{Fault, Result};
use crate::temporary::{self, Access, Temporary};

/// Pages of the file that are copied at once.
const STEP: i32 = 4096;

pub(super) fn backup(conn: &Connection, to: &Path, phases: &Phases) -> Result<u64> {
    let shown = to.display().to_string();
    let failed = |what: &'static str| {
        let shown = shown.clone();
        move |e: std::io::Error| Fault::from(io_error(&shown, what, &e))
    };
    let name = to
        .file_name()
        .ok_or_else(|| Fault::invalid(format!("{shown:?} names no file")))?;
    let folder = to
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if fs::canonicalize(to)
        .ok()
        .is_some_and(|to| conn.path().is_some_and(|own| Path::new(own) == to))
    {
        return Err(Fault::invalid(format!("{shown:?} is the store itself")));
    }
    if let Some(kind) = file_kind::obstacle(to) {
        return Err(Fault::invalid(format!("{shown:?} is {kind}, not a file")));
    }
    // In a folder of its own: what SQLite keeps beside the copy goes with it, whenever the process stops.
    let staged = Temporary::folder_beside(&folder.join(name), Access::Private)
        .map_err(failed("cannot write a backup"))?;
    let file = staged.path().join("store.db");
    let created = create(&file).map_err(failed("cannot write a backup"))?;
    // It is the backup's disk that may be full, not the store's.
    copy(conn, &file, phases).map_err(|fault| Fault::from(at(fault, &shown)))?;
    created.sync_all().map_err(failed("cannot sync"))?;
    {
        let _move = temporary::moving();
        fs::rename(&file, to).map_err(failed("cannot put the backup in its place"))?;
    }
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all(); // not every file system lets folders be synced
    }
    Ok(fs::metadata(to).map_err(failed("cannot read"))?.len())
}

/// Creates a file that its owner alone may read.
fn create(path: &Path) -> std::io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Copies within the transaction of `conn`, so that no commit of a running harvest makes it begin again.
fn copy(conn: &Connection, to: &Path, phases: &Phases) -> Result<()> {
    let mut target = Connection::open(to)?;
    // No journal while it is copied: it is thrown away unless it is complete.
    target.pragma_update_and_check(None, "journal_mode", "MEMORY", |row| {
        row.get::<_, String>(0)
    })?;
    {
        let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let phase = phases.begin("copying the store", Some(count(pages)));
        let backup = Backup::new(conn, &mut target)?;
        let mut left = pages;
        loop {
            let result = backup.step(STEP)?;
            let now = i64::from(backup.progress().remaining);
            phase.advance(count(left - now));
            left = now;
            match result {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(Fault::engine("the backup did not come to its end")),
            }
        }
    }
    let _phase = phases.begin("reading the copy", None);
    // One file alone, without a log beside it, and read back once.
    target.pragma_update_and_check(None, "journal_mode", "DELETE", |row| {
        row.get::<_, String>(0)
    })?;
    let sound: String = target.query_row("PRAGMA quick_check", [], |row| row.get(0))?;
    if sound != "ok" {
        return Err(Fault::damaged(format!("its copy says {sound}")));
    }
    target.close().map_err(|(_, error)| error)?;
    Ok(())
}
