-- Sources that are configured or were added, whether or not they have ever answered; and when workers harvest them.
-- A source's own row, with its streams and items, appears with the first response that was accepted from its endpoint.
CREATE TABLE source_setting (
    name text COLLATE "C" PRIMARY KEY,
    base_url text NOT NULL,
    url_key text NOT NULL,
    host_id bigint REFERENCES host,
    settings text,
    last_attempt bigint,
    failures bigint NOT NULL DEFAULT 0,
    last_error text,
    plan text,                              -- JSON: formats, sets, landing pages; null: no worker harvests it
    period bigint,                          -- null: never by itself
    priority integer NOT NULL DEFAULT 0,
    next_due bigint
) WITH (fillfactor = 70);
CREATE INDEX source_setting_by_url ON source_setting (url_key);
CREATE INDEX source_setting_by_host ON source_setting (host_id);
INSERT INTO source_setting (name, base_url, url_key, host_id, settings, failures, plan, period, priority, next_due)
    SELECT s.name, s.base_url, s.url_key, s.host_id, s.settings, coalesce(d.failures, 0), d.plan, d.period,
           coalesce(d.priority, 0), d.next_due
    FROM source s LEFT JOIN schedule d USING (source_id) WHERE s.settings IS NOT NULL OR d.plan IS NOT NULL;
DROP TABLE schedule;
ALTER TABLE source DROP COLUMN settings;

-- Whether the endpoint has answered a list request of this stream. Others are dropped when the source is next opened.
ALTER TABLE stream ADD COLUMN accepted integer NOT NULL DEFAULT 0;
UPDATE stream SET accepted = 1;
