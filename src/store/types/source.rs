//! Sources, their streams, and the windows that a harvest has come to.

use serde::{Deserialize, Serialize};

use super::{FormatNo, ListNo, SourceId, StreamNo, Time, WindowNo};

/// A source to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSpec {
    /// Name, where the configuration gives one; else one is made from host and path.
    pub name: Option<String>,
    /// Base URL of the endpoint.
    pub base_url: String,
}

/// Settings of a source that is configured or was added. They are there before the source itself, which appears with
/// the first response that was accepted from its endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSettings {
    /// Name and URL, as configured.
    pub spec: SourceSpec,
    /// The content of a table of the configuration file beside them, as a JSON object; `None` where the file has them.
    pub settings: Option<String>,
    /// The outcome of its harvests; not changed by saving settings.
    pub attempts: Attempts,
}

/// The outcome of harvesting a configured or added source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Attempts {
    /// Start of the newest run that tried it.
    pub last: Option<Time>,
    /// Runs in a row that failed.
    pub failures: i64,
    /// Start of the first of these runs.
    pub failing_since: Option<Time>,
    /// Why the newest one failed.
    pub error: Option<String>,
}

/// A source: one endpoint under a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Number in this store.
    pub source_id: SourceId,
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
    /// The response to Identify, and its time.
    pub identify: Option<Remembered>,
    /// Facts that harvests have learned about its server.
    pub facts: ServerFacts,
    /// Learned profile, JSON.
    pub profile: Option<String>,
    /// The derivation of the articles: version and profile.
    pub derivation: Option<String>,
    /// Records up to this seq are derived.
    pub derived_seq: i64,
}

/// The response of an endpoint to Identify, remembered for a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// When it was asked.
    pub asked_at: Time,
    /// Identify.
    pub identify: crate::oai::Identify,
    /// Formats that were found to be the best on offer; empty until they were requested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best: Vec<String>,
    /// True if the endpoint redirects from its URL.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redirects: bool,
    /// URLs of pages that led to the endpoint, so that they lead there again without a search.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<String>,
}

/// Facts that harvests have learned about a server, remembered until a full harvest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a habit of its own, and several may come together"
)]
pub struct ServerFacts {
    /// Days of the widest window that the server accepts, where it has refused wider ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub widest_window_days: Option<i64>,
    /// Records on the longest page of its lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_page: Option<u64>,
    /// It lists everything, whatever `from` and `until` say.
    pub ignores_dates: bool,
    /// It wants metadataPrefix beside the resumptionToken.
    pub token_wants_prefix: bool,
    /// The last page has a token too, which leads to an error or to an empty page.
    pub token_past_end: bool,
    /// It rejects a `from` that lies before what it calls its earliest datestamp.
    pub rejects_early_from: bool,
    /// It ends its lists with a page as long as the others, and has been found to leave nothing out.
    pub full_last_page: bool,
    /// metadataPrefixes that it offers, but cannot give every record in.
    #[serde(skip_serializing_if = "std::collections::BTreeSet::is_empty")]
    pub partial_formats: std::collections::BTreeSet<String>,
}

/// One metadataPrefix and set of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// Number within the source.
    pub stream_no: StreamNo,
    /// Number of the format within the source.
    pub format_no: FormatNo,
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// setSpec; the whole repository without.
    pub set_spec: Option<String>,
    /// Where the next incremental harvest starts, before the overlap; `None` until a list was complete.
    pub cursor: Option<Time>,
    /// Number of the last complete full list; 0 before the first.
    pub last_complete_list: ListNo,
    /// Number of the newest list begun, full or incremental; 0 before the first.
    pub last_list: ListNo,
    /// The checkpoint: windows in order.
    pub windows: Vec<Window>,
}

/// The way a window is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowKind {
    /// ListRecords.
    List,
    /// ListIdentifiers, then GetRecord for each.
    Identifiers,
    /// GetRecord alone.
    Get,
    /// ListIdentifiers over what an incremental list would bring once more, compared with the store.
    VerifyOverlap,
    /// ListIdentifiers once more over a range that brought fewer records than it had promised.
    VerifyCount,
}

/// The state of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// Not begun.
    Todo,
    /// Begun: `token` tells where to continue.
    Open,
    /// The end was seen and the count agrees.
    Done,
    /// Replaced by narrower windows.
    Split,
    /// Given up; its loss is a gap.
    Gap,
}

/// The kind of failure of a window, comparable with that of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// A page could not be fetched or read.
    PageFailed,
    /// The server said that the window is too wide.
    TooWide,
    /// The token was refused.
    TokenRefused,
    /// The list came back to a page it had given before.
    Loop,
    /// It ended before all that completeListSize promised.
    Incomplete,
    /// A full page came without a token.
    FullPageWithoutToken,
    /// The token led past the records, and nothing says whether they were all.
    EndUnproven,
    /// The server answered with an error of the protocol.
    Refused,
    /// The server cannot give it in this format.
    FormatRefused,
    /// Much of what was to be verified had changed.
    Changed,
}

/// A span of datestamps of one stream; the checkpoint of a harvest is its windows.
///
/// It is one row of the table `harvest_window`, hence the number of its fields.
#[derive(Clone, Debug, PartialEq)]
// shape: one field for each column of the table harvest_window
pub struct Window {
    /// Number within the stream.
    pub window_no: WindowNo,
    /// The window it is a part of, which failed.
    pub parent_no: Option<WindowNo>,
    /// `from` as sent, or none.
    pub from: Option<String>,
    /// `until` as sent, or none.
    pub until: Option<String>,
    /// A set narrower than the stream's, when the window was split by sets.
    pub set_spec: Option<String>,
    /// The way it is fetched.
    pub kind: WindowKind,
    /// The state.
    pub state: WindowState,
    /// resumptionToken of the next page.
    pub token: Option<String>,
    /// When that token was received.
    pub token_at: Option<Time>,
    /// responseDate of the window's first page, as received.
    pub first_response: Option<String>,
    /// The list this window is part of.
    pub list_no: ListNo,
    /// completeListSize, as last promised.
    pub list_size: Option<i64>,
    /// Records on its committed pages.
    pub seen: i64,
    /// Newest datestamp seen, as received.
    pub newest: Option<String>,
    /// The number of those records that the list had not returned before.
    pub fresh: i64,
    /// Times it was begun again after a failure.
    pub restarts: i64,
    /// Kind of the last failure.
    pub failure: Option<FailureKind>,
    /// The last failure, for people.
    pub error: Option<String>,
}

impl Window {
    /// A window that has not begun.
    pub fn todo(
        window_no: WindowNo,
        list_no: ListNo,
        from: Option<String>,
        until: Option<String>,
    ) -> Self {
        Self {
            window_no,
            parent_no: None,
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
            fresh: 0,
            restarts: 0,
            failure: None,
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
    pub last_complete_list: Option<ListNo>,
}

/// Records of one format of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormatCount {
    /// metadataPrefix.
    pub metadata_prefix: String,
    /// Live records.
    pub live: u64,
    /// Records that the server cannot give in this format.
    pub absent: u64,
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
