-- Finding people: by the beginning of their name, and by role.

-- The name as it is compared. New ones are folded by the server, for every alphabet.
ALTER TABLE users_all ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE users_all SET name_key = lower(name);

CREATE INDEX users_by_name_key ON users_all (tenant_id, name_key, id);
CREATE INDEX users_by_role     ON users_all (tenant_id, role, email_key);
CREATE INDEX members_by_role   ON members_all (tenant_id, role, account_id);
