-- What the provider had of sources that were removed, or have another name since: deletions are told for good.
CREATE TABLE departed (
    departed_no INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,              -- of the source
    identifier TEXT NOT NULL,
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
