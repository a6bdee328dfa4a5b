//! Which rows tell the items of a selection: the same for every engine.

use super::convert::micros;
use super::types::Selection;

/// Up to so many changes, a batch looks at all of them by their number and sorts; beyond, it goes through the
/// items in order and looks at each one's changes.
pub(super) const FEW: i64 = 10_000;

/// Rows of a table whose column is above one bound and at most the other.
pub(super) struct Choice {
    pub(super) table: &'static str,
    pub(super) column: &'static str,
    pub(super) after: i64,
    pub(super) upto: i64,
}

impl Choice {
    pub(super) fn of(selection: Selection) -> Self {
        let (table, column, after, upto) = match selection {
            Selection::All => ("item", "item_no", 0, i64::MAX),
            Selection::Dirty { after } => ("record", "seq", after, i64::MAX),
            Selection::Changed { after, upto } => ("article", "seq", after, upto),
            Selection::Caused { after } => ("article", "cause_seq", after, i64::MAX),
            Selection::Since { from } => ("article", "changed_at", micros(from) - 1, i64::MAX),
        };
        Self {
            table,
            column,
            after,
            upto,
        }
    }
}
