-- Who did what. Derived from the journal; each record carries a hash of itself and of the one before.
CREATE TABLE audit (
  n       INTEGER PRIMARY KEY,                  -- 1, 2, 3 … without gaps
  seq     INTEGER NOT NULL,                     -- the event
  time    INTEGER NOT NULL,                     -- milliseconds
  actor   TEXT NOT NULL,                        -- JSON, as in the journal
  person  TEXT,                                 -- the actor's id, if it is a person
  action  TEXT NOT NULL,
  session TEXT,
  summary TEXT NOT NULL,
  detail  TEXT NOT NULL,                        -- JSON
  hash    TEXT NOT NULL                         -- SHA-256, hexadecimal
) STRICT;

CREATE INDEX audit_by_person ON audit (person, n);
CREATE INDEX audit_by_session ON audit (session, n);
CREATE INDEX audit_by_action ON audit (action, n);
