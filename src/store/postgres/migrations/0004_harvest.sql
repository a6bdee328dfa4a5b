-- What a harvest has learned: of servers, of windows, of formats that items lack, of the sets that lists were of.
ALTER TABLE source ADD COLUMN server_facts text;

ALTER TABLE harvest_window RENAME COLUMN tries TO restarts;
ALTER TABLE harvest_window ADD COLUMN parent_no bigint;
ALTER TABLE harvest_window ADD COLUMN failure text;
ALTER TABLE harvest_window ADD COLUMN fresh bigint NOT NULL DEFAULT 0;
UPDATE harvest_window SET kind = 'verify_overlap', restarts = 0 WHERE kind = 'identifiers' AND restarts < 0;
UPDATE harvest_window SET kind = 'verify_count', restarts = 0 WHERE kind = 'identifiers' AND restarts > 1;

CREATE TABLE format_absence (
    source_id bigint NOT NULL,
    format_no bigint NOT NULL,
    identifier text NOT NULL,
    datestamp text NOT NULL
);
CREATE UNIQUE INDEX format_absence_key ON format_absence (source_id, format_no, (md5(identifier)::uuid));

CREATE TABLE item_set (
    source_id bigint NOT NULL,
    item_no bigint NOT NULL,
    set_spec text NOT NULL,
    seen_list bigint NOT NULL,
    PRIMARY KEY (source_id, item_no, set_spec)
);
