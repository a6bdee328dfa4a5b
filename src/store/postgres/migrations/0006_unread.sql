-- What is never read. Repairs are found again where a page is read.
ALTER TABLE page DROP COLUMN list_hash, DROP COLUMN repairs;
ALTER TABLE article DROP COLUMN derivation;
ALTER TABLE host DROP COLUMN strain, DROP COLUMN failures;
