-- What is never read. Repairs are found again where a page is read; leases are of the other engine.
ALTER TABLE page DROP COLUMN list_hash;
ALTER TABLE page DROP COLUMN repairs;
ALTER TABLE article DROP COLUMN derivation;
ALTER TABLE host DROP COLUMN owner;
ALTER TABLE host DROP COLUMN epoch;
ALTER TABLE host DROP COLUMN lease_until;
ALTER TABLE host DROP COLUMN next_due;
ALTER TABLE host DROP COLUMN strain;
