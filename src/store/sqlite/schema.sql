-- The schema. Times are microseconds UTC, hashes the bits of an unsigned 64-bit number, booleans 0 or 1.
-- Every key leads with the source, and every number (item_no, page_no, seq) is handed out by its source row.
-- Identifiers are looked up by their hash (XXH3, 64 bits) and compared in full. The indexes here are of the identifiers
-- themselves, whose neighbours come together: inserts stay in few pages of the tree.

CREATE TABLE meta (
    key TEXT PRIMARY KEY,            -- schema_version, store_uuid, token_key, search
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE host (
    host_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE        -- hostname:port
);

CREATE TABLE source (
    source_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    base_url TEXT NOT NULL,          -- as pinned after redirects
    url_key TEXT NOT NULL,           -- base_url without what does not tell endpoints apart
    id_base TEXT NOT NULL UNIQUE,    -- url_key at creation, never changed
    host_id INTEGER REFERENCES host,
    identify TEXT,                   -- JSON
    fence INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    next_item INTEGER NOT NULL DEFAULT 1,
    next_page INTEGER NOT NULL DEFAULT 1,
    profile TEXT,                    -- JSON
    derivation TEXT,
    derived_seq INTEGER NOT NULL DEFAULT 0,
    keyed_seq INTEGER NOT NULL DEFAULT 0, -- highest seq of the articles whose keys are in article_key
    last_start INTEGER,              -- of the last run that harvested it
    last_listing INTEGER,            -- of the last run that listed it from its beginning
    server_facts TEXT                -- JSON: what harvests have learned of the server
);
CREATE INDEX source_by_url ON source (url_key);

-- Sources that are configured or were added, whether or not they have ever answered. A source's own row, with its
-- streams and items, appears with the first response that was accepted from its endpoint.
CREATE TABLE source_setting (
    name TEXT PRIMARY KEY,
    base_url TEXT NOT NULL,              -- as configured
    url_key TEXT NOT NULL,               -- base_url without what does not tell endpoints apart
    settings TEXT,                       -- JSON; null where the configuration file has them
    last_attempt INTEGER,                -- start of the newest run that tried it
    failures INTEGER NOT NULL DEFAULT 0, -- runs in a row that failed
    failing_since INTEGER,               -- start of the first of these runs
    last_error TEXT
) WITHOUT ROWID;
CREATE INDEX source_setting_by_url ON source_setting (url_key);

CREATE TABLE stream (
    source_id INTEGER NOT NULL,
    stream_no INTEGER NOT NULL,
    format_no INTEGER NOT NULL,      -- the same for all streams of one metadataPrefix
    metadata_prefix TEXT NOT NULL,
    set_spec TEXT,
    cursor INTEGER,
    last_complete_list INTEGER NOT NULL DEFAULT 0,
    last_list INTEGER NOT NULL DEFAULT 0,
    accepted INTEGER NOT NULL,       -- the endpoint has answered a list request of it
    PRIMARY KEY (source_id, stream_no)
) WITHOUT ROWID;

CREATE TABLE harvest_window (
    source_id INTEGER NOT NULL,
    stream_no INTEGER NOT NULL,
    window_no INTEGER NOT NULL,
    win_from TEXT,
    win_until TEXT,
    set_spec TEXT,
    kind TEXT NOT NULL,              -- list, identifiers, get, verify_overlap, verify_count
    state TEXT NOT NULL,             -- todo, open, done, split, gap
    token TEXT,
    token_at INTEGER,
    first_response TEXT,
    list_no INTEGER NOT NULL,
    list_size INTEGER,
    seen INTEGER NOT NULL,           -- sum of page.records from first_page on
    first_page INTEGER NOT NULL,     -- a window begun anew does not count its earlier pages
    newest TEXT,
    restarts INTEGER NOT NULL,       -- times it was begun again after a failure
    error TEXT,
    parent_no INTEGER,               -- the window it is a part of
    failure TEXT,                    -- kind of the last failure
    fresh INTEGER NOT NULL,          -- records its list had not brought before
    PRIMARY KEY (source_id, stream_no, window_no)
) WITHOUT ROWID;

CREATE TABLE gap (
    source_id INTEGER NOT NULL,
    stream_no INTEGER NOT NULL,
    gap_no INTEGER NOT NULL,
    identifier TEXT,
    identifier_hash INTEGER,
    win_from TEXT,
    win_until TEXT,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    last_try INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL,
    PRIMARY KEY (source_id, stream_no, gap_no)
) WITHOUT ROWID;
CREATE INDEX gap_by_identifier ON gap (source_id, stream_no, identifier);

CREATE TABLE page (
    source_id INTEGER NOT NULL,
    page_no INTEGER NOT NULL,
    stream_no INTEGER NOT NULL,
    window_no INTEGER NOT NULL,
    run_no INTEGER NOT NULL,
    kind TEXT NOT NULL,
    fetched_at INTEGER NOT NULL,
    request TEXT NOT NULL,
    status INTEGER NOT NULL,
    headers TEXT NOT NULL,           -- JSON
    wire_coding TEXT NOT NULL,
    sha256 BLOB NOT NULL,            -- of the body after content coding
    raw_len INTEGER NOT NULL,
    records INTEGER NOT NULL,
    head TEXT NOT NULL,              -- JSON: encoding and namespaces
    seq_to INTEGER NOT NULL,         -- the source's seq after this page
    note TEXT,                       -- JSON: what was blanked in the body, and the sha256 it has since
    PRIMARY KEY (source_id, page_no)
) WITHOUT ROWID;

-- A table with rowids: rows of many kilobytes would spoil a tree that keeps them among its keys.
CREATE TABLE page_body (
    source_id INTEGER NOT NULL,
    page_no INTEGER NOT NULL,
    codec INTEGER NOT NULL,          -- 0 as it is, 1 one zstd frame, 2 the same packed again
    dict_id INTEGER NOT NULL,        -- 0 none
    body BLOB NOT NULL,
    UNIQUE (source_id, page_no)
);

CREATE TABLE item (
    source_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    identifier_hash INTEGER NOT NULL,
    PRIMARY KEY (source_id, item_no),
    UNIQUE (source_id, identifier)
) WITHOUT ROWID;

-- The newest version of each format of each item.
CREATE TABLE record (
    source_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,
    format_no INTEGER NOT NULL,
    stream_no INTEGER NOT NULL,      -- where it was last seen
    page_no INTEGER NOT NULL,
    off INTEGER NOT NULL,
    len INTEGER NOT NULL,
    datestamp TEXT NOT NULL,         -- the newest it was seen with
    deleted INTEGER NOT NULL,
    cause TEXT,                      -- tombstone, gone
    seen_list INTEGER NOT NULL,      -- list it was last seen in
    seen_seq INTEGER NOT NULL,       -- source.seq when it was last seen, changed or not
    hash INTEGER NOT NULL,           -- content hash of the slice pointed at
    seq INTEGER NOT NULL,
    PRIMARY KEY (source_id, item_no, format_no)
) WITHOUT ROWID;
CREATE INDEX record_by_seq ON record (source_id, seq);

-- Versions that newer ones took the place of; columns as in record.
CREATE TABLE record_old (
    source_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,
    format_no INTEGER NOT NULL,
    stream_no INTEGER NOT NULL,
    page_no INTEGER NOT NULL,
    off INTEGER NOT NULL,
    len INTEGER NOT NULL,
    datestamp TEXT NOT NULL,
    deleted INTEGER NOT NULL,
    cause TEXT,
    seen_list INTEGER NOT NULL,
    seen_seq INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (source_id, item_no, format_no, seq)
) WITHOUT ROWID;

-- Derived, and made again from the pages at will.
CREATE TABLE article (
    source_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    cause_seq INTEGER NOT NULL,      -- seq of the record change behind it, or its own
    record_seq INTEGER NOT NULL,     -- highest seq of the records it was made from
    changed_at INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    hash INTEGER NOT NULL,
    facets_no INTEGER NOT NULL,      -- article_group of its facets, but for the issue
    codes_no INTEGER NOT NULL,       -- article_group of the codes of its findings
    issue_no INTEGER NOT NULL,       -- article_group of its issue
    keys BLOB NOT NULL,              -- its rows in article_key: 9 bytes each, kind and hash
    PRIMARY KEY (source_id, item_no)
) WITHOUT ROWID;
CREATE INDEX article_by_seq ON article (source_id, seq);
CREATE INDEX article_by_cause ON article (source_id, cause_seq);
CREATE INDEX article_by_change ON article (changed_at);
CREATE INDEX article_by_source_change ON article (source_id, changed_at);
CREATE INDEX article_by_facets ON article (source_id, facets_no, changed_at);

-- What many articles of a source have in common, each combination once.
CREATE TABLE article_group (
    source_id INTEGER NOT NULL,
    group_no INTEGER NOT NULL,
    kind TEXT NOT NULL,              -- facets, codes, issue
    content TEXT NOT NULL,           -- JSON: kind → values, or [[code, count], …]
    content_hash INTEGER NOT NULL,
    articles INTEGER NOT NULL,       -- that have it, deleted ones too
    PRIMARY KEY (source_id, group_no)
) WITHOUT ROWID;
CREATE INDEX article_group_by_content ON article_group (source_id, content_hash);

-- The groups whose facets have a value.
CREATE TABLE facet (
    kind TEXT NOT NULL,              -- set, language, year, license, type, format
    value_hash INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    group_no INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, value_hash, source_id, group_no, value)
) WITHOUT ROWID;

-- Articles as exported, packed: a cache, made again from the records where it is missing or stale.
-- A table with rowids: its pages are filled to the last row.
CREATE TABLE kept_article (
    article_no INTEGER PRIMARY KEY,  -- source_id * 2^40 + item_no
    mark INTEGER NOT NULL,           -- hash of everything that the article was made of, and of its canonical line
    body BLOB NOT NULL               -- one zstd frame, packed against the source's sample and the records of the item
);

-- The line of an article of each source, for what lines have in common.
CREATE TABLE kept_sample (
    source_id INTEGER PRIMARY KEY,
    line BLOB NOT NULL
);

-- Figures of the articles of a block of items, for reports: a cache.
CREATE TABLE kept_figures (
    source_id INTEGER NOT NULL,
    block_no INTEGER NOT NULL,       -- item_no / 1000
    mark INTEGER NOT NULL,           -- hash of the rows that they were made of
    body TEXT NOT NULL,              -- JSON
    PRIMARY KEY (source_id, block_no)
) WITHOUT ROWID;

-- Hashes of the keys by which the same article is found elsewhere.
CREATE TABLE article_key (
    kind INTEGER NOT NULL,           -- 0 doi, 1 url, 2 title
    key_hash INTEGER NOT NULL,       -- XXH3, 64 bits
    source_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,
    PRIMARY KEY (kind, key_hash, source_id, item_no)
) WITHOUT ROWID;

-- What was taken down: not taken in again, whatever the server says.
CREATE TABLE forgotten (
    source_id INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    identifier_hash INTEGER NOT NULL,
    seq INTEGER NOT NULL,            -- the change it was, for exports of changes
    at INTEGER NOT NULL,
    facets TEXT NOT NULL,            -- as of the article
    PRIMARY KEY (source_id, identifier)
) WITHOUT ROWID;

CREATE TABLE run (
    run_id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended INTEGER,
    outcome TEXT,
    report TEXT                      -- JSON
);

CREATE TABLE run_source (
    run_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    seq_from INTEGER NOT NULL,
    seq_to INTEGER NOT NULL,
    PRIMARY KEY (run_id, source_id)
) WITHOUT ROWID;
CREATE INDEX run_source_by_source ON run_source (source_id, run_id);

CREATE TABLE export (
    export_id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    format TEXT NOT NULL,
    options_hash INTEGER NOT NULL,
    delta_no INTEGER NOT NULL DEFAULT 0, -- the last one written
    state TEXT,                      -- full, delta: what is pending; or nothing
    removed_upto INTEGER NOT NULL DEFAULT 0 -- removal_no up to which it has told its readers
);

CREATE TABLE export_cursor (
    export_id INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    done_seq INTEGER NOT NULL DEFAULT 0,
    pending_seq INTEGER,
    PRIMARY KEY (export_id, source_id)
) WITHOUT ROWID;

-- Articles that went with their source, until the export that had them has told its readers.
CREATE TABLE removed (
    removal_no INTEGER PRIMARY KEY AUTOINCREMENT,
    export_id INTEGER NOT NULL,
    name TEXT NOT NULL,              -- of the source
    base_url TEXT NOT NULL,
    id_base TEXT NOT NULL,
    identifier TEXT NOT NULL,
    at INTEGER NOT NULL
);
CREATE INDEX removed_by_export ON removed (export_id, removal_no);

-- Sets whose lists named an item; its header may name fewer.
CREATE TABLE item_set (
    source_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,
    set_spec TEXT NOT NULL,
    seen_list INTEGER NOT NULL,      -- list that last named it
    PRIMARY KEY (source_id, item_no, set_spec)
) WITHOUT ROWID;

-- Records that the server says it cannot give in a format, as of a datestamp.
CREATE TABLE format_absence (
    source_id INTEGER NOT NULL,
    format_no INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    identifier_hash INTEGER NOT NULL,
    datestamp TEXT NOT NULL,
    PRIMARY KEY (source_id, format_no, identifier)
) WITHOUT ROWID;

-- What the provider had of sources that were removed, or have another name since: deletions are told for good.
CREATE TABLE departed (
    departed_no INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,              -- of the source
    identifier TEXT NOT NULL,
    identifier_hash INTEGER NOT NULL,
    at INTEGER NOT NULL,
    facets TEXT NOT NULL,            -- as of the article
    UNIQUE (name, identifier)
);
CREATE INDEX departed_by_time ON departed (at, departed_no);

-- Their sets, as received; an empty one is that of the source.
CREATE TABLE departed_set (
    name TEXT NOT NULL,
    set_spec TEXT NOT NULL,
    PRIMARY KEY (name, set_spec)
) WITHOUT ROWID;

-- Live articles of a source by facet.
CREATE TABLE facet_count (
    source_id INTEGER NOT NULL,
    kind TEXT NOT NULL,              -- issue, language, license, type, year
    value TEXT NOT NULL,
    articles INTEGER NOT NULL,
    PRIMARY KEY (source_id, kind, value)
) WITHOUT ROWID;

-- rowid = source_id * 2^40 + item_no. The text itself is made again from the records. Facets are hashes, one word each;
-- abstracts are there if meta has search = "abstracts".
CREATE VIRTUAL TABLE article_text USING fts5(
    title, name, number, summary, facet,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO meta VALUES ('token_key', lower(hex(randomblob(32))));
