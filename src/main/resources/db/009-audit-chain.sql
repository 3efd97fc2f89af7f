-- The hashes were over the words that a release had for an event, so a release with other words broke the chain. Now they are over
-- what the journal stores, and the words are found when they are read. Computed anew from the journal at the next start.
DROP TABLE audit;

CREATE TABLE audit (
  n       INTEGER PRIMARY KEY,                  -- 1, 2, 3 … without gaps
  seq     INTEGER NOT NULL UNIQUE,              -- the event
  person  TEXT,                                 -- the actor's id, if it is a person; to find it by, as the next two
  action  TEXT NOT NULL,
  session TEXT,
  digest  TEXT NOT NULL,                        -- SHA-256 of the event as it is stored, hexadecimal
  hash    TEXT NOT NULL                         -- SHA-256 of n, seq, digest and of the hash before, hexadecimal
) STRICT;

CREATE INDEX audit_by_person ON audit (person, n);
CREATE INDEX audit_by_session ON audit (session, n);
CREATE INDEX audit_by_action ON audit (action, n);
