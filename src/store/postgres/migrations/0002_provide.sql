-- What a provider chooses by, and what people search in.

-- JSON: {"set": [...], "language": [...], "year": [...], "license": [...], "format": [...]}
ALTER TABLE article ADD COLUMN facets text NOT NULL DEFAULT '{}';
ALTER TABLE forgotten ADD COLUMN facets text NOT NULL DEFAULT '{}';
CREATE INDEX article_in_order ON article (changed_at, source_id, item_no);
CREATE INDEX article_by_source_change ON article (source_id, changed_at, item_no);

-- Sets that articles of a source are or were in, as received.
CREATE TABLE source_set (
    source_id bigint NOT NULL,
    set_spec text COLLATE "C" NOT NULL,
    PRIMARY KEY (source_id, set_spec)
);

-- Words in the order they stand, folded before they come here. The text itself is made anew from the records.
CREATE TABLE article_text (
    source_id bigint NOT NULL,
    item_no bigint NOT NULL,
    words tsvector NOT NULL,
    PRIMARY KEY (source_id, item_no)
);
CREATE INDEX article_text_by_word ON article_text USING gin (words);

INSERT INTO meta VALUES ('token_key', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));
-- All is derived once more, which fills them; what did not change keeps its number and its time.
UPDATE source SET derivation = NULL;
