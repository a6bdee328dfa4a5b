//! Reconciliation: records missing from a complete list are marked as vanished, unless the list itself is in doubt.
//!
//! A list that is cut short without saying so would delete records that are still there. So a list is believed that
//! lacks at most a tenth of the known records; a few of a small journal, where the server's count agrees with what came
//! (the list is then not cut short); and a handful that GetRecord confirms to be gone.

use crate::harvest::HarvestError;
use crate::harvest::endpoint::Endpoint;
use crate::harvest::report::{ListSeen, LossKind, SourceReport};
use crate::oai::{ErrorCode, Request};
use crate::store::{Reconciled, ShrinkLimit, Source, Store, StreamNo};

/// Largest share of the known records that a list may lack and still be believed.
const MAX_SHARE: f64 = 0.1;
/// Records that a list may lack whose count agrees, up to half of the known ones.
const FEW: u64 = 5;
/// Records that GetRecord is asked to confirm at most.
const HANDFUL: u64 = 8;
/// Tries of a request that confirms one.
const TRIES: u32 = 2;

/// Marks as vanished what whole lists of one format, one of each set, no longer hold. Returns whether they were
/// believed.
pub(super) async fn reconcile(
    store: &dyn Store,
    source: &Source,
    endpoint: &Endpoint,
    lists: &[ListSeen],
    prefix: &str,
    allow_shrink: bool,
    report: &mut SourceReport,
) -> Result<bool, HarvestError> {
    // A list of a format that some items lack names what it cannot give too.
    let is_told = |list: &ListSeen| list.whole && !list.is_partial_format;
    let Some(first) = lists
        .iter()
        .map(|list| list.list_no)
        .min()
        .filter(|_| lists.iter().all(is_told))
    else {
        return Ok(true);
    };
    let streams: Vec<StreamNo> = lists.iter().map(|list| list.stream_no).collect();
    let limit = ShrinkLimit {
        share: if allow_shrink { 1.0 } else { MAX_SHARE },
        records: if lists.iter().all(|list| list.is_counted) {
            FEW
        } else {
            0
        },
    };
    let mut seen = store.reconcile(source, &streams, first, limit).await?;
    if !seen.applied
        && seen.missing <= HANDFUL
        && confirm(endpoint, prefix, &seen.sample, report).await?
    {
        let all = ShrinkLimit {
            share: 1.0,
            records: 0,
        };
        seen = store.reconcile(source, &streams, first, all).await?;
    }
    report_vanished(&seen, report);
    Ok(seen.applied)
}

fn report_vanished(seen: &Reconciled, report: &mut SourceReport) {
    if seen.applied {
        report.tally.deleted += seen.missing;
        if seen.missing > 0 {
            report.note(format!(
                "{} records vanished without a tombstone",
                seen.missing
            ));
        }
        return;
    }
    report.lose_as(
        LossKind::MassDeletion,
        "deletions",
        format!(
            "the list lacks {} of {} known records, too many to believe: none was deleted",
            seen.missing, seen.known
        ),
    );
}

/// Returns whether the server no longer knows any of these records, or says that they are deleted.
async fn confirm(
    endpoint: &Endpoint,
    prefix: &str,
    identifiers: &[String],
    report: &mut SourceReport,
) -> Result<bool, HarvestError> {
    for identifier in identifiers {
        let request = Request::GetRecord {
            identifier: identifier.clone(),
            metadata_prefix: prefix.to_owned(),
        };
        let got = endpoint.request_at_most(&request, TRIES).await;
        report.requests += u64::from(match &got {
            Ok(got) => got.tries,
            Err(error) => error.tries,
        });
        let page = match got {
            Ok(got) => got.page,
            Err(error) if error.is_cancelled() => return Err(HarvestError::Interrupted),
            Err(_) => return Ok(false),
        };
        let is_unknown = page
            .errors
            .iter()
            .any(|error| error.code == ErrorCode::IdDoesNotExist);
        let is_deleted = page.records.iter().any(|record| record.deleted);
        if !is_unknown && !is_deleted {
            return Ok(false);
        }
    }
    Ok(true)
}
