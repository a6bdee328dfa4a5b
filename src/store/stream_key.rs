//! The key of a stream, and what a commit looks up with it.

use super::fault::{Fault, Result};
use super::query::{FromRow, Row, values};
use super::session::Session;
use super::types::{FormatNo, ListNo, SourceId, StreamNo};

/// The key of a stream for a commit.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamKey {
    pub(super) source_id: SourceId,
    pub(super) stream_no: StreamNo,
    pub(super) format_no: FormatNo,
    /// The endpoint has answered a list request of it.
    pub(super) accepted: bool,
}

/// The row of a stream, as a commit needs it: read at once, for each statement costs a round trip.
pub(super) struct StreamRow {
    pub(super) key: StreamKey,
    /// The set whose lists it requests.
    pub(super) set_spec: Option<String>,
    /// The newest list.
    pub(super) last_list: ListNo,
    /// True if there are gaps that name their record.
    pub(super) has_record_gaps: bool,
    /// True if records are known to be absent in its format.
    pub(super) has_absences: bool,
}

/// Reads the key of a stream.
pub(super) async fn key(
    session: &dyn Session,
    source_id: SourceId,
    stream_no: StreamNo,
) -> Result<StreamKey> {
    Ok(row(session, source_id, stream_no).await?.key)
}

/// Reads the row of a stream.
pub(super) async fn row(
    session: &dyn Session,
    source_id: SourceId,
    stream_no: StreamNo,
) -> Result<StreamRow> {
    let sql = "SELECT s.source_id, s.stream_no, s.format_no, s.accepted, s.set_spec, s.last_list,
             EXISTS (SELECT 1 FROM gap g
                     WHERE g.source_id = $1 AND g.stream_no = $2 AND g.identifier IS NOT NULL),
             EXISTS (SELECT 1 FROM format_absence a WHERE a.source_id = $1 AND a.format_no = s.format_no)
         FROM stream s WHERE s.source_id = $1 AND s.stream_no = $2";
    let found = session.first(sql, &values![source_id, stream_no]).await?;
    found.ok_or_else(|| unknown(source_id, stream_no))
}

impl FromRow for StreamRow {
    fn from_row(row: &dyn Row) -> Result<Self> {
        Ok(Self {
            key: StreamKey {
                source_id: row.get(0)?,
                stream_no: row.get(1)?,
                format_no: row.get(2)?,
                accepted: row.get(3)?,
            },
            set_spec: row.get(4)?,
            last_list: row.get(5)?,
            has_record_gaps: row.get(6)?,
            has_absences: row.get(7)?,
        })
    }
}

/// Returns the fault that there is no such stream.
pub(super) fn unknown(source_id: SourceId, stream_no: StreamNo) -> Fault {
    Fault::unknown("stream", &format!("{source_id}/{stream_no}"))
}
