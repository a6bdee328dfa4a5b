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

-- removal_no up to which an export has told its readers.
ALTER TABLE export ADD COLUMN removed_upto INTEGER NOT NULL DEFAULT 0;
