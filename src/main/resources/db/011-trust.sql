-- What a person has trusted of a project's own settings. Derived from the journal, as the rest of the table.

ALTER TABLE projects ADD COLUMN trust_fingerprint TEXT;
ALTER TABLE projects ADD COLUMN trust_by TEXT;
ALTER TABLE projects ADD COLUMN trust_at INTEGER;
-- Why it is not trusted any more: changed, person.
ALTER TABLE projects ADD COLUMN trust_lost TEXT;
