//! The context of a harvest: settings and server facts that stay the same while a source is harvested.

use chrono::{DateTime, TimeDelta, Utc};

use crate::harvest::Observer;
use crate::harvest::endpoint::Endpoint;
use crate::harvest::limits::RunLimits;
use crate::harvest::plan::DateHandling;
use crate::oai::{Datestamp, Identify, JournalPath, ListArgs, Request, Verb};
use crate::store::{RunNo, ServerFacts, Source, Store, Stream, Window};

/// The context of a harvest: settings and server facts that stay the same while a source is harvested.
pub(super) struct HarvestContext<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) endpoint: &'a Endpoint,
    pub(super) source: &'a Source,
    pub(super) identify: &'a Identify,
    pub(super) dates: DateHandling,
    pub(super) run_no: RunNo,
    pub(super) observer: &'a dyn Observer,
    pub(super) habits: Habits,
    /// Sets whose lists are harvested, of this source.
    pub(super) list_sets: Vec<String>,
    pub(super) limits: RunLimits,
}

/// Settings for storing pages and accepting records.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub(super) struct Habits {
    /// Pages that bring nothing new are kept too.
    pub(super) keep_all: bool,
    /// Journals that the source may be of, where it is one journal of an OJS site.
    pub(super) journals: Vec<JournalPath>,
    /// The server is known to list tombstones of records that it still has.
    pub(super) verify_tombstones: bool,
    /// The version that the server names is known not to cut its lists.
    pub(super) ends_lists_properly: bool,
    /// Everything is requested again, whatever is known.
    pub(super) is_full: bool,
    /// A person restricted the harvest to some dates.
    pub(super) has_bounds: bool,
}

impl HarvestContext<'_> {
    /// Returns the time that stands for an open beginning. Servers are careless of their earliestDatestamp: one that
    /// is about now is not believed, and any may be off by a time zone.
    pub(super) fn earliest(&self) -> DateTime<Utc> {
        let unknown = DateTime::from_timestamp(631_152_000, 0).unwrap_or_default(); // 1990
        Datestamp::parse(&self.identify.earliest_datestamp)
            .map(|date| date.time)
            .filter(|time| *time > unknown && *time < Utc::now() - TimeDelta::days(2))
            .map_or(unknown, |time| time - TimeDelta::days(2))
    }

    /// Returns whether a window lies before all that the server says it has.
    pub(super) fn precedes_earliest(&self, window: &Window) -> bool {
        let until = window.until.as_deref().and_then(Datestamp::parse);
        window.from.is_none() && until.is_some_and(|until| until.time < self.earliest())
    }
}

/// Returns the request of a window's next page.
pub(super) fn list_request(
    stream: &Stream,
    window: &Window,
    verb: Verb,
    facts: &ServerFacts,
) -> Request {
    let prefix = stream.metadata_prefix.clone();
    if let Some(token) = &window.token {
        return Request::Resume {
            verb,
            token: token.clone(),
            metadata_prefix: facts.token_wants_prefix.then_some(prefix),
        };
    }
    let args = ListArgs {
        metadata_prefix: prefix,
        set: window.set_spec.clone().or_else(|| stream.set_spec.clone()),
        from: window.from.clone(),
        until: window.until.clone(),
    };
    if verb == Verb::ListIdentifiers {
        Request::ListIdentifiers(args)
    } else {
        Request::ListRecords(args)
    }
}
