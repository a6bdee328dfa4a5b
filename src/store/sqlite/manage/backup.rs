//! A copy of the whole store, made while it is in use.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::super::fault::{Fault, Outcome, io_error};
use super::super::guard;
use crate::store::FileMode;

pub(super) fn backup(conn: &Connection, to: &Path) -> Outcome<u64> {
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
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{:016x}.tmp", fastrand::u64(..)));
    let temporary = folder.join(hidden);
    guard::create(&temporary, FileMode::default()).map_err(failed("cannot write a backup"))?;
    let copied = copy(conn, &temporary)
        .and_then(|()| {
            File::open(&temporary)
                .and_then(|file| file.sync_all())
                .map_err(failed("cannot sync"))
        })
        .and_then(|()| {
            fs::rename(&temporary, to).map_err(failed("cannot put the backup in its place"))
        });
    if let Err(error) = copied {
        let _ = fs::remove_file(&temporary); // what is left of it is of no use to anyone
        return Err(error);
    }
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all(); // not every file system lets folders be synced
    }
    Ok(fs::metadata(to).map_err(failed("cannot read"))?.len())
}

fn copy(conn: &Connection, to: &Path) -> Outcome<()> {
    let mut target = Connection::open(to)?;
    {
        let backup = Backup::new(conn, &mut target)?;
        // All at once: in steps, each commit of a running harvest would make it begin again.
        if backup.step(-1)? != StepResult::Done {
            return Err(Fault::engine("the backup did not come to its end"));
        }
    }
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
