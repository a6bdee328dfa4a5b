//! Sources, their streams, and the windows that a harvest has come to.

use serde::{Deserialize, Serialize};

use super::Time;

/// A source to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpec {
    /// Name, where the configuration gives one; else one is made from host and path.
    pub name: Option<String>,
    /// Base URL of the endpoint.
    pub base_url: String,
}

/// A source: one endpoint under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Number in this store.
    pub source_id: i64,
    /// Name, unique in the store.
    pub name: String,
    /// Base URL, as pinned after redirects.
    pub base_url: String,
    /// Frozen at creation, without scheme; article ids derive from it.
    pub id_base: String,
    /// Proof of ownership; handed out at opening.
    pub fence: i64,
    /// Newest change.
    pub seq: i64,
    /// What Identify said, and when.
    pub identify: Option<Remembered>,
    /// Learned profile, JSON.
    pub profile: Option<String>,
    /// What the articles were derived by.
    pub derivation: Option<String>,
    /// Records up to this seq are derived.
    pub derived_seq: i64,
}

/// What an endpoint said of itself, remembered for a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// When it was asked.
    pub asked_at: Time,
    /// Identify.
    pub identify: crate::oai::Identify,
    /// Days of the widest window that the server bears, where it has refused wider ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widest: Option<i64>,
}

/// One metadataPrefix and set of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Number within the source.
    pub stream_no: i64,
    /// Number of the format within the source.
    pub format_no: i64,
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// setSpec; the whole repository without.
    pub set_spec: Option<String>,
    /// Where the next incremental harvest starts, before the overlap; `None` until a list was complete.
    pub cursor: Option<Time>,
    /// Number of the last complete full list; 0 before the first.
    pub last_complete_list: i64,
    /// Number of the newest list begun, full or incremental; 0 before the first.
    pub last_list: i64,
    /// The checkpoint: windows in order.
    pub windows: Vec<Window>,
}

/// How a window is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// ListRecords.
    List,
    /// ListIdentifiers, then GetRecord for each.
    Identifiers,
    /// GetRecord alone.
    Get,
}

/// How far a window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// Not begun.
    Todo,
    /// Begun: `token` tells where to go on.
    Open,
    /// Its end was seen and its count agrees.
    Done,
    /// Replaced by narrower windows.
    Split,
    /// Given up; its loss is a gap.
    Gap,
}

/// A span of datestamps of one stream; the checkpoint of a harvest is its windows.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// Number within the stream.
    pub window_no: i64,
    /// `from` as sent, or none.
    pub from: Option<String>,
    /// `until` as sent, or none.
    pub until: Option<String>,
    /// A set narrower than the stream's, when the window was split by sets.
    pub set_spec: Option<String>,
    /// How it is fetched.
    pub kind: WindowKind,
    /// How far it is.
    pub state: WindowState,
    /// resumptionToken of the next page.
    pub token: Option<String>,
    /// When that token was received.
    pub token_at: Option<Time>,
    /// responseDate of the window's first page, as received.
    pub first_response: Option<String>,
    /// The list this window is part of.
    pub list_no: i64,
    /// completeListSize, as last promised.
    pub list_size: Option<i64>,
    /// Records on its committed pages.
    pub seen: i64,
    /// Newest datestamp seen, as received.
    pub newest: Option<String>,
    /// Tries that failed.
    pub tries: i64,
    /// The last failure.
    pub error: Option<String>,
}

impl Window {
    /// A window that has not begun.
    pub fn todo(window_no: i64, list_no: i64, from: Option<String>, until: Option<String>) -> Self {
        Self {
            window_no,
            from,
            until,
            set_spec: None,
            kind: WindowKind::List,
            state: WindowState::Todo,
            token: None,
            token_at: None,
            first_response: None,
            list_no,
            list_size: None,
            seen: 0,
            newest: None,
            tries: 0,
            error: None,
        }
    }
}

/// The new checkpoint of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamUpdate {
    /// Next incremental start, before the overlap.
    pub cursor: Option<Time>,
    /// Number of the complete full list, when this was one.
    pub last_complete_list: Option<i64>,
}

/// Items by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Offered.
    pub live: u64,
    /// Withdrawn.
    pub deleted: u64,
    /// Known but never had.
    pub unavailable: u64,
}
