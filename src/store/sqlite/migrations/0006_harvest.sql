-- What a harvest has learned: of servers, of windows, of formats that items lack, of the sets that lists were of.
ALTER TABLE source ADD COLUMN server_facts TEXT;   -- JSON

ALTER TABLE harvest_window RENAME COLUMN tries TO restarts; -- times it was begun again after a failure
ALTER TABLE harvest_window ADD COLUMN parent_no INTEGER;    -- the window it is a part of
ALTER TABLE harvest_window ADD COLUMN failure TEXT;         -- kind of the last failure
ALTER TABLE harvest_window ADD COLUMN fresh INTEGER NOT NULL DEFAULT 0; -- records its list had not brought before
UPDATE harvest_window SET kind = 'verify_overlap', restarts = 0 WHERE kind = 'identifiers' AND restarts < 0;
UPDATE harvest_window SET kind = 'verify_count', restarts = 0 WHERE kind = 'identifiers' AND restarts > 1;

-- Records that the server says it cannot give in a format, as of a datestamp.
CREATE TABLE format_absence (
    source_id INTEGER NOT NULL,
    format_no INTEGER NOT NULL,
    identifier TEXT NOT NULL,
    datestamp TEXT NOT NULL,
    PRIMARY KEY (source_id, format_no, identifier)
) WITHOUT ROWID;

-- Sets whose lists named an item; its header may name fewer.
CREATE TABLE item_set (
    source_id INTEGER NOT NULL,
    item_no INTEGER NOT NULL,
    set_spec TEXT NOT NULL,
    seen_list INTEGER NOT NULL,      -- list that last named it
    PRIMARY KEY (source_id, item_no, set_spec)
) WITHOUT ROWID;
