//! Opening: what file it is, the lock of its writer, its schema.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior};

use super::fault::{at, io_error, is_full_disk, needs_writing, path_error};
use super::guard::{self, Guard, beside};
use crate::file_kind;
use crate::store::error::{StoreError, StoreResult};
use crate::store::fault::{Fault, Result};
use crate::store::file_mode::FileMode;
use crate::store::version::SCHEMA_VERSION;

/// `offp` in ASCII, at offset 68 of the file (SQLite's application_id).
const APPLICATION_ID: i32 = i32::from_be_bytes(*b"offp");

/// The schema. Until a version is released it is edited in place, and its number raised.
const SCHEMA: &str = include_str!("schema.sql");

/// The time a statement waits for another process, such as a reader that recovers the log.
pub(super) const BUSY: Duration = Duration::from_secs(10);

/// Statements kept prepared for each connection.
const PREPARED: usize = 128;

/// Opens for writing; the lock is held as long as the returned guard lives.
pub(super) fn writer(
    path: &Path,
    create: bool,
    mode: FileMode,
) -> StoreResult<(PathBuf, Connection, Guard)> {
    let shown = path.display().to_string();
    let found = inspect(path, &shown)?;
    if found == Found::Nothing && !create {
        return Err(missing(path));
    }
    let path = real_path(path).map_err(|e| path_error(&shown, &e))?;
    guard::check_side_files(&path, &shown)?;
    guard::check_lock_file(&path, &shown)?;
    let lock = lock(&path, mode, &shown)?;
    if found == Found::Nothing {
        // Made here, with its mode, which SQLite gives to the files beside it.
        guard::create(&path, mode).map_err(|e| io_error(&shown, "cannot create", &e))?;
    } else {
        mode.warn_of_wider(&path);
    }
    let guard = Guard::new(&path, lock).map_err(|e| io_error(&shown, "cannot open", &e))?;
    let conn = writing_connection(&path, create, &shown).map_err(|fault| at(fault, &shown))?;
    Ok((path, conn, guard))
}

/// The error of a path with nothing at it, which names the whole path: a relative one may be meant from elsewhere.
fn missing(path: &Path) -> StoreError {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    StoreError::Missing {
        path: path.display().to_string(),
    }
}

fn writing_connection(path: &Path, create: bool, shown: &str) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags)?;
    prepare(&conn)?;
    if is_blank(&conn, shown)? {
        if !create {
            return Err(not_a_store(shown, "it is empty").into());
        }
        // Fixed at creation; neither can change later without rewriting the whole file.
        conn.pragma_update(None, "page_size", 8192)?;
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    make_schema(&mut conn, shown)?;
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0))?;
    // A lost tail of the log is safe: checkpoints lie in the transactions they cover.
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    // 8 MiB: records and pages come in order, and the system caches the file besides.
    conn.pragma_update(None, "cache_size", -8_192)?;
    // Pages written again and again go into the file less often; 32 MiB of log at most between.
    conn.pragma_update_and_check(None, "wal_autocheckpoint", 4096, |row| row.get::<_, i64>(0))?;
    conn.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |row| {
        row.get::<_, i64>(0)
    })?;
    Ok(conn)
}

/// A file that is read, and how.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) path: PathBuf,
    /// Nobody can write to it or beside it: it is read without a lock or a log.
    is_immutable: bool,
    /// The lock that keeps writers away meanwhile, where one could come once the disk has room again.
    no_writer: Option<Arc<File>>,
}

impl Reading {
    /// A store that this process also writes to.
    pub(super) fn beside_writer(path: PathBuf) -> Self {
        Self {
            path,
            is_immutable: false,
            no_writer: None,
        }
    }

    /// The same file where nobody can write to it.
    pub(super) fn immutable(self) -> Self {
        Self {
            is_immutable: true,
            ..self
        }
    }

    /// One more connection.
    pub(super) fn connect(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = if self.is_immutable {
            let uri = immutable_uri(&self.path);
            Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_URI)?
        } else {
            Connection::open_with_flags(&self.path, flags)?
        };
        prepare(&conn)?;
        Ok(conn)
    }

    fn open(&self, shown: &str) -> Result<Connection> {
        let conn = self.connect()?;
        if is_blank(&conn, shown)? {
            return Err(not_a_store(shown, "it is empty").into());
        }
        check_version(meta(&conn, "schema_version")?, shown)?;
        Ok(conn)
    }
}

fn immutable_uri(path: &Path) -> String {
    use std::fmt::Write as _;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri.push_str("?immutable=1");
    uri
}

/// Opens for reading; needs no lock, and no right to write.
pub(super) fn reader(path: &Path) -> StoreResult<(Reading, Connection)> {
    let shown = path.display().to_string();
    match inspect(path, &shown)? {
        Found::Nothing => return Err(missing(path)),
        Found::Blank => return Err(not_a_store(&shown, "it is empty")),
        Found::Database => {}
    }
    let path = real_path(path).map_err(|e| path_error(&shown, &e))?;
    guard::check_side_files(&path, &shown)?;
    let mut reading = Reading::beside_writer(path);
    let mut opened = reading.open(&shown);
    let no_space = matches!(&opened, Err(fault) if is_full_disk(fault));
    if matches!(&opened, Err(fault) if needs_writing(fault)) {
        // A writer that was killed has left something half done, or there is no writing here at all.
        opened = match roll_back(&reading.path) {
            Ok(()) => reading.open(&shown),
            Err(_) if is_empty(&beside(&reading.path, "-wal")) => {
                if no_space {
                    reading.no_writer = keep_writers_away(&reading.path, &shown)?;
                }
                reading = reading.immutable();
                reading.open(&shown)
            }
            Err(_) if no_space => Err(StoreError::Full { path: shown.clone() }.into()),
            Err(_) => Err(StoreError::Denied {
                path: shown.clone(),
                detail: "its folder cannot be written to, and its log (-wal) holds what is not in the file yet"
                    .to_owned(),
            }
            .into()),
        };
    }
    let conn = opened.map_err(|fault| at(fault, &shown))?;
    Ok((reading, conn))
}

/// Holds the lock of the writer for as long as a store on a full disk is read, together with other readers. Returns
/// nothing where there is no lock to hold.
fn keep_writers_away(path: &Path, shown: &str) -> StoreResult<Option<Arc<File>>> {
    let path = beside(path, ".lock");
    if file_kind::obstacle(&path).is_some() {
        return Ok(None);
    }
    let Ok(lock) = File::open(path) else {
        return Ok(None);
    };
    match lock.try_lock_shared() {
        Ok(()) => Ok(Some(Arc::new(lock))),
        Err(TryLockError::WouldBlock) => Err(StoreError::Full {
            path: shown.to_owned(),
        }),
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

fn is_empty(path: &Path) -> bool {
    fs::metadata(path).map_or_else(|e| e.kind() == ErrorKind::NotFound, |file| file.len() == 0)
}

/// Undoes what a writer that was killed while it made the store has left half done: a reader may not, and could read
/// nothing. A writer that lives is not disturbed, for its journal is not taken for one that was left.
fn roll_back(path: &Path) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    prepare(&conn)?;
    if conn.is_readonly("main")? {
        return Err(Fault::engine("it may only be read"));
    }
    conn.pragma_query_value(None, "schema_version", |_| Ok(()))?;
    Ok(())
}

fn prepare(conn: &Connection) -> Result<()> {
    conn.busy_timeout(BUSY)?;
    conn.set_prepared_statement_cache_capacity(PREPARED);
    // Plans do not depend on what is bound to them. Without, many are made again at each run.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // The file may have been made by anyone: none of its schema is to call functions with side effects.
    conn.pragma_update(None, "trusted_schema", false)?;
    conn.pragma_update(None, "cell_size_check", true)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Nothing,
    Blank,
    Database,
}

/// Looks at the first bytes, so that a file of another program is not touched at all.
fn inspect(path: &Path, shown: &str) -> StoreResult<Found> {
    if let Some(kind) = file_kind::obstacle(path) {
        return Err(not_a_store(shown, &format!("it is {kind}")));
    }
    match fs::metadata(path) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(path_error(shown, &e)),
    }
    let mut header = Vec::new();
    File::open(path)
        .and_then(|file| file.take(100).read_to_end(&mut header))
        .map_err(|e| io_error(shown, "cannot read", &e))?;
    if header.is_empty() {
        return Ok(Found::Blank);
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(not_a_store(shown, "it is no SQLite database"));
    }
    match header.get(68..72) {
        Some([0, 0, 0, 0]) => Ok(Found::Database), // perhaps an empty one: told apart when open
        Some(id) if *id == APPLICATION_ID.to_be_bytes() => Ok(Found::Database),
        _ => Err(not_a_store(shown, "it is a database of another program")),
    }
}

/// Returns whether the database holds nothing yet. One that holds something is ours, or refused.
fn is_blank(conn: &Connection, shown: &str) -> Result<bool> {
    let id: i32 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if id == APPLICATION_ID {
        return Ok(false);
    }
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if id == 0 && tables == 0 {
        Ok(true)
    } else {
        Err(not_a_store(shown, "it is a database of another program").into())
    }
}

/// Makes the schema in an empty database; refuses one of another version.
fn make_schema(conn: &mut Connection, shown: &str) -> Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !is_blank(&tx, shown)? {
        return check_version(meta(&tx, "schema_version")?, shown);
    }
    tx.execute_batch(SCHEMA)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    let uuid = uuid::Uuid::new_v4().to_string();
    let mut put = tx.prepare("INSERT INTO meta (key, value) VALUES (?1, ?2)")?;
    put.execute(("store_uuid", uuid))?;
    put.execute(("schema_version", SCHEMA_VERSION.to_string()))?;
    drop(put);
    tx.commit()?;
    Ok(())
}

fn check_version(found: i64, shown: &str) -> Result<()> {
    Ok(crate::store::version::check_version(found, shown)?)
}

fn meta(conn: &Connection, key: &str) -> Result<i64> {
    conn.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
        row.get::<_, String>(0)
    })
    .optional()?
    .and_then(|value| value.parse().ok())
    .ok_or_else(|| Fault::damaged(format!("no {key} in its table meta")))
}

/// The lock of the writer: a file beside the store, locked by the system and therefore free again as soon as
/// its process is gone, however it went. The file stays; removing it would let two hold it.
fn lock(path: &Path, mode: FileMode, shown: &str) -> StoreResult<File> {
    let file = guard::open_or_create(&beside(path, ".lock"), mode)
        .map_err(|e| io_error(shown, "cannot open its lock file", &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: shown.to_owned(),
        }),
        Err(TryLockError::Error(e)) => Err(io_error(shown, "cannot lock it", &e)),
    }
}

/// The path without links, so that one store has one lock under whichever name it goes.
fn real_path(path: &Path) -> std::io::Result<PathBuf> {
    if path.exists() {
        return fs::canonicalize(path);
    }
    let parent = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = path
        .file_name()
        .ok_or_else(|| std::io::Error::from(ErrorKind::InvalidInput))?;
    Ok(fs::canonicalize(parent)?.join(name))
}

fn not_a_store(shown: &str, detail: &str) -> StoreError {
    StoreError::NotAStore {
        path: shown.to_owned(),
        detail: detail.to_owned(),
    }
}
