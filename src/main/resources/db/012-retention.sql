-- For how many days contents of a project's sessions are kept after their last event; NULL: for ever. Derived from the journal, as the
-- rest of the table.
ALTER TABLE projects ADD COLUMN retention_days INTEGER;

-- Since when what was said in a session is gone, and the number of the event that says so. Derived as well.
ALTER TABLE sessions ADD COLUMN expired_at INTEGER;
ALTER TABLE sessions ADD COLUMN expired_seq INTEGER;

-- Sessions of which it is recorded that their contents go, and in whose events some may still be: up to which event they may, and up to
-- which none is any more. Not derived from the journal; gone with the last of them.
CREATE TABLE expiring (
    session TEXT PRIMARY KEY,
    through INTEGER NOT NULL,
    buried  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
