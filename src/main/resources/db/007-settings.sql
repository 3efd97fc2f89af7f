-- What the server was last started with. Derived from the journal.
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL                           -- as text; no secret
) STRICT;
