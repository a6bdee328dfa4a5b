-- Sources that are configured or were added, whether or not they have ever answered. A source's own row, with its
-- streams and items, appears with the first response that was accepted from its endpoint.
CREATE TABLE source_setting (
    name TEXT PRIMARY KEY,
    base_url TEXT NOT NULL,              -- as configured
    url_key TEXT NOT NULL,               -- base_url without what does not tell endpoints apart
    settings TEXT,                       -- JSON; null where the configuration file has them
    last_attempt INTEGER,                -- start of the newest run that tried it
    failures INTEGER NOT NULL DEFAULT 0, -- runs in a row that failed
    last_error TEXT
) WITHOUT ROWID;
CREATE INDEX source_setting_by_url ON source_setting (url_key);
INSERT INTO source_setting (name, base_url, url_key, settings)
    SELECT name, base_url, url_key, settings FROM source WHERE settings IS NOT NULL;
ALTER TABLE source DROP COLUMN settings;

-- Whether the endpoint has answered a list request of this stream. Others are dropped when the source is next opened.
ALTER TABLE stream ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;
UPDATE stream SET accepted = 1;
