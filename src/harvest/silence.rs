//! Nothing at all where a list should be: whether it means that the list is empty.
//!
//! Some servers answer status 204, or an empty body, where the protocol has noRecordsMatch. So does one that dies of a
//! record. The list of identifiers, which needs no metadata, tells the one from the other.

use crate::harvest::HarvestError;
use crate::harvest::compare::is_comparison;
use crate::harvest::course::Trouble;
use crate::harvest::endpoint::{AskError, Cause};
use crate::harvest::walk::Walker;
use crate::http::HttpError;
use crate::oai::{Datestamp, ReadError, Verb};
use crate::store::{Window, WindowKind, WindowState};

impl Walker<'_> {
    /// Whether a whole list, not begun and not split, was answered with nothing, several times, and its list of
    /// identifiers is as empty.
    pub(super) async fn is_silence(
        &mut self,
        window: &Window,
        error: &AskError,
    ) -> Result<bool, HarvestError> {
        let is_part = self.stream.windows.iter().any(|other| {
            other.list_no == window.list_no
                && other.state == WindowState::Split
                && !is_comparison(other)
        });
        if !is_nothing(error)
            || is_part
            || window.token.is_some()
            || window.kind != WindowKind::List
        {
            return Ok(false);
        }
        match self
            .ask_at_most(&self.request(window, Verb::ListIdentifiers), 1)
            .await
        {
            Ok(got) => Ok(got.page.is_empty_list()),
            Err(error) if error.is_cancelled() => Err(HarvestError::Interrupted),
            Err(error) if error.stops_source() => Err(HarvestError::Ask(error)),
            Err(error) => Ok(is_nothing(&error)),
        }
    }

    /// What the silence means: for what may have changed since a list that came whole, that nothing has; the cursor
    /// stays, so that the next harvest asks for the same again. Of any other list it says nothing.
    pub(super) async fn judge_silence(
        &mut self,
        window: Window,
        trouble: &Trouble,
    ) -> Result<(), HarvestError> {
        let time = |bound: &str| Datestamp::parse(bound).map(|date| date.time);
        let since = self
            .stream
            .cursor
            .and_then(|cursor| time(&self.calendar.from_after(cursor)));
        let from = window.from.as_deref().and_then(time);
        let is_increment = since.zip(from).is_some_and(|(since, from)| from >= since);
        if is_increment && window.until.is_none() {
            self.report.note(format!(
                "{trouble}: taken as an empty list, since its identifiers are none either"
            ));
            return self.settle(window, WindowState::Done, vec![]).await;
        }
        self.lose(window, trouble).await
    }
}

/// Whether there was an answer, with nothing in it.
fn is_nothing(error: &AskError) -> bool {
    matches!(
        error.cause,
        Cause::Read(ReadError::Empty) | Cause::Http(HttpError::Status { status: 204, .. })
    )
}
