//! Removing one format of a source: the statements that the engines have in common.
//!
//! `$1` is the source. Parameters are numbered in the order of their appearance, as SQLite binds them.

use super::types::{FormatNo, StreamNo};

/// Streams of a source: number, format, metadataPrefix, set.
pub(super) const STREAMS: &str = "SELECT stream_no, format_no, metadata_prefix, set_spec FROM stream WHERE source_id = $1 ORDER BY stream_no";

/// Items that have records in this format alone; a landing page (`$3`) does not make an article.
pub(super) const STRANDED: &str = "SELECT count(*) FROM record r WHERE r.source_id = $1 AND r.format_no = $2
     AND NOT EXISTS (SELECT 1 FROM record o JOIN stream s ON s.source_id = o.source_id AND s.format_no = o.format_no
                     WHERE o.source_id = $1 AND o.item_no = r.item_no AND o.format_no <> $2
                       AND s.metadata_prefix <> $3)";

/// Removes the records of a format.
pub(super) const RECORDS: [&str; 3] = [
    "DELETE FROM format_absence WHERE source_id = $1 AND format_no = $2",
    "DELETE FROM record_old WHERE source_id = $1 AND format_no = $2",
    "DELETE FROM record WHERE source_id = $1 AND format_no = $2",
];

/// Articles are made from the records that are left.
pub(super) const ARTICLES: &str = "UPDATE article SET record_seq =
         (SELECT max(r.seq) FROM record r WHERE r.source_id = article.source_id AND r.item_no = article.item_no)
     WHERE source_id = $1 AND record_seq >
         (SELECT max(r.seq) FROM record r WHERE r.source_id = article.source_id AND r.item_no = article.item_no)";

/// Removes the pages of a stream whose format has no records any more.
pub(super) const PAGES: [&str; 2] = [
    "DELETE FROM page_body WHERE source_id = $1
         AND page_no IN (SELECT page_no FROM page WHERE source_id = $1 AND stream_no = $2)",
    "DELETE FROM page WHERE source_id = $1 AND stream_no = $2",
];

/// Hands to one stream (`$1`) what another one (`$3`) of the same format and source (`$2`) brought.
pub(super) const HAND_OVER: [&str; 3] = [
    "UPDATE record_old SET stream_no = $1 WHERE source_id = $2 AND stream_no = $3",
    "UPDATE record SET stream_no = $1 WHERE source_id = $2 AND stream_no = $3",
    "UPDATE page SET stream_no = $1, window_no = 0 WHERE source_id = $2 AND stream_no = $3",
];

/// Removes a stream and its checkpoint.
pub(super) const STREAM: [&str; 3] = [
    "DELETE FROM harvest_window WHERE source_id = $1 AND stream_no = $2",
    "DELETE FROM gap WHERE source_id = $1 AND stream_no = $2",
    "DELETE FROM stream WHERE source_id = $1 AND stream_no = $2",
];

/// Has all articles derived again, and fences out the writer of the source.
pub(super) const SOURCE: &str =
    "UPDATE source SET fence = fence + 1, derivation = NULL WHERE source_id = $1";

/// A stream as [`STREAMS`] returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StreamRow {
    pub(super) stream_no: StreamNo,
    pub(super) format_no: FormatNo,
    pub(super) prefix: String,
    pub(super) set: Option<String>,
}

/// The rows to remove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Removal {
    pub(super) format_no: FormatNo,
    pub(super) streams: Vec<StreamNo>,
    /// The stream of the same format that takes over what the others brought; without one, the format goes whole.
    pub(super) heir: Option<StreamNo>,
}

/// Decides which streams go.
///
/// # Errors
/// What is wrong, in words: there is no such stream, or no other format would be left.
pub(super) fn removal(
    streams: &[StreamRow],
    prefix: &str,
    set: Option<&str>,
) -> Result<Removal, String> {
    let of_format = || streams.iter().filter(|row| row.prefix == prefix);
    let goes = |row: &&StreamRow| set.is_none_or(|set| row.set.as_deref() == Some(set));
    let Some(first) = of_format().find(goes) else {
        let known: Vec<String> = streams
            .iter()
            .map(|row| match &row.set {
                Some(set) => format!("{} with set {set}", row.prefix),
                None => row.prefix.clone(),
            })
            .collect();
        let set = set.map_or_else(String::new, |set| format!(" with set {set}"));
        return Err(format!(
            "the source has no format {prefix}{set}; it has {}",
            known.join(", ")
        ));
    };
    let heir = of_format().find(|row| !goes(row)).map(|row| row.stream_no);
    if heir.is_none() && streams.iter().all(|row| row.format_no == first.format_no) {
        return Err(format!("{prefix} is the only format of the source"));
    }
    Ok(Removal {
        format_no: first.format_no,
        streams: of_format().filter(goes).map(|row| row.stream_no).collect(),
        heir,
    })
}

/// The error when items would be left without any record.
pub(super) fn stranded(prefix: &str, items: i64) -> String {
    format!("{items} records are known in {prefix} alone and would be lost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(stream_no: i64, format_no: i64, prefix: &str, set: Option<&str>) -> StreamRow {
        StreamRow {
            stream_no: StreamNo(stream_no),
            format_no: FormatNo(format_no),
            prefix: prefix.to_owned(),
            set: set.map(str::to_owned),
        }
    }

    #[test]
    fn decides_what_goes_and_what_stays() {
        let streams = [
            row(1, 1, "oai_dc", None),
            row(2, 1, "oai_dc", Some("j:ART")),
            row(3, 2, "marcxml", None),
        ];
        let removal = |prefix, set| removal(&streams, prefix, set);
        assert_eq!(
            removal("marcxml", None),
            Ok(Removal {
                format_no: FormatNo(2),
                streams: vec![StreamNo(3)],
                heir: None
            })
        );
        assert_eq!(
            removal("oai_dc", Some("j:ART")),
            Ok(Removal {
                format_no: FormatNo(1),
                streams: vec![StreamNo(2)],
                heir: Some(StreamNo(1))
            })
        );
        assert_eq!(
            removal("oai_dc", None).unwrap().streams,
            [StreamNo(1), StreamNo(2)]
        );
        let missing = removal("jats", None).unwrap_err();
        assert!(
            missing.ends_with("it has oai_dc, oai_dc with set j:ART, marcxml"),
            "{missing}"
        );
    }

    #[test]
    fn refuses_to_drop_the_only_format() {
        let streams = [row(1, 1, "oai_dc", None), row(2, 1, "oai_dc", Some("a"))];
        assert!(removal(&streams, "oai_dc", None).is_err());
        assert!(removal(&streams, "oai_dc", Some("a")).is_ok());
    }
}
