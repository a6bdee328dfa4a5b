//! A citation, taken apart.

/// A source citation, taken apart. Values are as printed; `None` is what the value does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Citation {
    /// Title of the journal.
    pub journal: Option<String>,
    /// Volume.
    pub volume: Option<String>,
    /// Number: free text (`1-2`, `Supl. 1`, `03`).
    pub number: Option<String>,
    /// Year of the issue.
    pub year: Option<i32>,
    /// Title of the issue.
    pub issue_title: Option<String>,
    /// Pages, raw.
    pub pages: Option<String>,
    /// The part that was not understood.
    pub leftover: Option<String>,
}
