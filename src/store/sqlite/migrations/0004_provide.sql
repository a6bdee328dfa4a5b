-- What a provider chooses by, and what people search in.

-- JSON: {"set": [...], "language": [...], "year": [...], "license": [...], "format": [...]}
ALTER TABLE article ADD COLUMN facets TEXT NOT NULL DEFAULT '{}';
ALTER TABLE forgotten ADD COLUMN facets TEXT NOT NULL DEFAULT '{}';
CREATE INDEX article_by_source_change ON article (source_id, changed_at);

-- Sets that articles of a source are or were in, as received.
CREATE TABLE source_set (
    source_id INTEGER NOT NULL,
    set_spec TEXT NOT NULL,
    PRIMARY KEY (source_id, set_spec)
) WITHOUT ROWID;

-- rowid = source_id * 2^40 + item_no. The text itself is made anew from the records.
CREATE VIRTUAL TABLE article_text USING fts5(
    title, name, number,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

INSERT INTO meta VALUES ('token_key', lower(hex(randomblob(32))));
-- All is derived once more, which fills them; what did not change keeps its number and its time.
UPDATE source SET derivation = NULL;
