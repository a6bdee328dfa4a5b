//! The tables of a store with their columns, as far as all engines have them.

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
}

/// A table of the store, as far as all engines have it.
#[derive(Debug)]
pub struct Table {
    /// The name.
    pub name: &'static str,
    /// The number of its first columns that form the key.
    pub key: usize,
    /// The columns.
    pub columns: &'static [(&'static str, Kind)],
}

use Kind::{Bool as L, Bytes as B, Int as I, Text as T};

const RECORD: &[(&str, Kind)] = &[
    ("source_id", I),
    ("item_no", I),
    ("format_no", I),
    ("seq", I),
    ("stream_no", I),
    ("page_no", I),
    ("off", I),
    ("len", I),
    ("datestamp", T),
    ("deleted", L),
    ("cause", T),
    ("seen_list", I),
    ("seen_seq", I),
    ("hash", I),
];

/// All tables. The sources come last: a copy that was cut off has none, and is not taken for a store.
pub(super) const TABLES: &[Table] = &[
    Table {
        name: "host",
        key: 1,
        columns: &[("host_id", I), ("name", T)],
    },
    Table {
        name: "stream",
        key: 2,
        columns: &[
            ("source_id", I),
            ("stream_no", I),
            ("format_no", I),
            ("metadata_prefix", T),
            ("set_spec", T),
            ("cursor", I),
            ("last_complete_list", I),
            ("last_list", I),
            ("accepted", L),
        ],
    },
    Table {
        name: "harvest_window",
        key: 3,
        columns: &[
            ("source_id", I),
            ("stream_no", I),
            ("window_no", I),
            ("win_from", T),
            ("win_until", T),
            ("set_spec", T),
            ("kind", T),
            ("state", T),
            ("token", T),
            ("token_at", I),
            ("first_response", T),
            ("list_no", I),
            ("list_size", I),
            ("seen", I),
            ("first_page", I),
            ("newest", T),
            ("restarts", I),
            ("error", T),
            ("parent_no", I),
            ("failure", T),
            ("fresh", I),
        ],
    },
    Table {
        name: "format_absence",
        key: 3,
        columns: &[
            ("source_id", I),
            ("format_no", I),
            ("identifier", T),
            ("identifier_hash", I),
            ("datestamp", T),
        ],
    },
    Table {
        name: "item_set",
        key: 3,
        columns: &[
            ("source_id", I),
            ("item_no", I),
            ("set_spec", T),
            ("seen_list", I),
        ],
    },
    Table {
        name: "gap",
        key: 3,
        columns: &[
            ("source_id", I),
            ("stream_no", I),
            ("gap_no", I),
            ("identifier", T),
            ("identifier_hash", I),
            ("win_from", T),
            ("win_until", T),
            ("reason", T),
            ("tries", I),
            ("last_try", I),
            ("acknowledged", L),
        ],
    },
    Table {
        name: "page",
        key: 2,
        columns: &[
            ("source_id", I),
            ("page_no", I),
            ("stream_no", I),
            ("window_no", I),
            ("run_no", I),
            ("kind", T),
            ("fetched_at", I),
            ("request", T),
            ("status", I),
            ("headers", T),
            ("wire_coding", T),
            ("sha256", B),
            ("raw_len", I),
            ("records", I),
            ("head", T),
            ("seq_to", I),
            ("note", T),
        ],
    },
    Table {
        name: "page_body",
        key: 2,
        columns: &[
            ("source_id", I),
            ("page_no", I),
            ("codec", I),
            ("dict_id", I),
            ("body", B),
        ],
    },
    Table {
        name: "item",
        key: 2,
        columns: &[
            ("source_id", I),
            ("item_no", I),
            ("identifier", T),
            ("identifier_hash", I),
        ],
    },
    Table {
        name: "record",
        key: 3,
        columns: RECORD,
    },
    Table {
        name: "record_old",
        key: 4,
        columns: RECORD,
    },
    Table {
        name: "article",
        key: 2,
        columns: &[
            ("source_id", I),
            ("item_no", I),
            ("seq", I),
            ("cause_seq", I),
            ("record_seq", I),
            ("changed_at", I),
            ("deleted", L),
            ("hash", I),
            ("facets_no", I),
            ("codes_no", I),
            ("issue_no", I),
            ("keys", B),
        ],
    },
    Table {
        name: "article_group",
        key: 2,
        columns: &[
            ("source_id", I),
            ("group_no", I),
            ("kind", T),
            ("content", T),
            ("content_hash", I),
            ("articles", I),
        ],
    },
    Table {
        name: "facet",
        key: 5,
        columns: &[
            ("kind", T),
            ("value_hash", I),
            ("source_id", I),
            ("group_no", I),
            ("value", T),
        ],
    },
    Table {
        name: "article_key",
        key: 4,
        columns: &[
            ("kind", I),
            ("key_hash", I),
            ("source_id", I),
            ("item_no", I),
        ],
    },
    Table {
        name: "facet_count",
        key: 3,
        columns: &[("source_id", I), ("kind", T), ("value", T), ("articles", I)],
    },
    Table {
        name: "forgotten",
        key: 2,
        columns: &[
            ("source_id", I),
            ("identifier", T),
            ("identifier_hash", I),
            ("seq", I),
            ("at", I),
            ("facets", T),
        ],
    },
    Table {
        name: "departed",
        key: 1,
        columns: &[
            ("departed_no", I),
            ("name", T),
            ("identifier", T),
            ("identifier_hash", I),
            ("at", I),
            ("facets", T),
        ],
    },
    Table {
        name: "departed_set",
        key: 2,
        columns: &[("name", T), ("set_spec", T)],
    },
    Table {
        name: "run",
        key: 1,
        columns: &[
            ("run_id", I),
            ("kind", T),
            ("started", I),
            ("ended", I),
            ("outcome", T),
            ("report", T),
        ],
    },
    Table {
        name: "run_source",
        key: 2,
        columns: &[
            ("run_id", I),
            ("source_id", I),
            ("seq_from", I),
            ("seq_to", I),
        ],
    },
    Table {
        name: "export",
        key: 1,
        columns: &[
            ("export_id", I),
            ("name", T),
            ("format", T),
            ("options_hash", I),
            ("delta_no", I),
            ("state", T),
            ("removed_upto", I),
        ],
    },
    Table {
        name: "removed",
        key: 1,
        columns: &[
            ("removal_no", I),
            ("export_id", I),
            ("name", T),
            ("base_url", T),
            ("id_base", T),
            ("identifier", T),
            ("at", I),
        ],
    },
    Table {
        name: "export_cursor",
        key: 2,
        columns: &[
            ("export_id", I),
            ("source_id", I),
            ("done_seq", I),
            ("pending_seq", I),
        ],
    },
    Table {
        name: "source_setting",
        key: 1,
        columns: &[
            ("name", T),
            ("base_url", T),
            ("url_key", T),
            ("settings", T),
            ("last_attempt", I),
            ("failures", I),
            ("failing_since", I),
            ("last_error", T),
        ],
    },
    Table {
        name: "source",
        key: 1,
        columns: &[
            ("source_id", I),
            ("name", T),
            ("base_url", T),
            ("url_key", T),
            ("id_base", T),
            ("host_id", I),
            ("identify", T),
            ("fence", I),
            ("seq", I),
            ("next_item", I),
            ("next_page", I),
            ("profile", T),
            ("derivation", T),
            ("derived_seq", I),
            ("keyed_seq", I),
            ("last_start", I),
            ("last_listing", I),
            ("server_facts", T),
        ],
    },
];

impl Table {
    pub(super) fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }

    pub(super) fn keys(&self) -> Vec<&'static str> {
        self.names().into_iter().take(self.key).collect()
    }
}
