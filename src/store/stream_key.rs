//! The key of a stream.

use super::fault::{Fault, Result};
use super::query::values;
use super::session::Session;
use super::types::{FormatNo, SourceId, StreamNo};

/// The key of a stream for a commit.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamKey {
    pub(super) source_id: SourceId,
    pub(super) stream_no: StreamNo,
    pub(super) format_no: FormatNo,
    /// The endpoint has answered a list request of it.
    pub(super) accepted: bool,
}

/// Reads the key of a stream.
pub(super) async fn key(
    session: &dyn Session,
    source_id: SourceId,
    stream_no: StreamNo,
) -> Result<StreamKey> {
    let sql = "SELECT format_no, accepted FROM stream WHERE source_id = $1 AND stream_no = $2";
    let found = session.first(sql, &values![source_id, stream_no]).await?;
    let (format_no, accepted) = found.ok_or_else(|| unknown(source_id, stream_no))?;
    Ok(StreamKey {
        source_id,
        stream_no,
        format_no,
        accepted,
    })
}

/// Returns the fault that there is no such stream.
pub(super) fn unknown(source_id: SourceId, stream_no: StreamNo) -> Fault {
    Fault::unknown("stream", &format!("{source_id}/{stream_no}"))
}
