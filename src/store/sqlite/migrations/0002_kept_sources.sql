-- Sources whose settings live in the store, and when each source was last listed from its beginning.
ALTER TABLE source ADD COLUMN settings TEXT;       -- JSON; nothing where the configuration file has them
ALTER TABLE source ADD COLUMN last_listing INTEGER;
