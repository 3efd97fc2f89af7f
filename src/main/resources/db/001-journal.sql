-- The truth: one ordered, append-only list of events. Everything else is computed from it or stands beside it.
CREATE TABLE events(
  seq INTEGER PRIMARY KEY,      -- 1, 2, 3 … without gaps
  time INTEGER NOT NULL,        -- milliseconds since 1970
  session TEXT,                 -- the session it belongs to, if any
  actor TEXT NOT NULL,          -- JSON, as on the wire
  type TEXT NOT NULL,           -- kebab-case, as on the wire
  data TEXT NOT NULL            -- JSON, as on the wire
) STRICT;

CREATE INDEX events_by_session ON events(session, seq) WHERE session IS NOT NULL;
