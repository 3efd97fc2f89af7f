-- People who come by an invitation, who may be disabled, and whose programs come by API tokens. As with 002-auth.sql, nothing here
-- is derived from events, because hashes never stand in an event. An empty password_hash: nobody has chosen a password yet.
ALTER TABLE user ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE user ADD COLUMN last_sign_in_at INTEGER NOT NULL DEFAULT 0;    -- milliseconds; 0: never

-- Where it began, so that after a restart the limits on guessing still know where a person is at home.
ALTER TABLE sign_in ADD COLUMN address TEXT NOT NULL DEFAULT '';

-- At most one of a person: a new link makes the one before worth nothing.
CREATE TABLE invitation (
  user_id    TEXT PRIMARY KEY REFERENCES user (id),
  hash       TEXT NOT NULL UNIQUE,              -- SHA-256 of the token, hexadecimal; the token itself is nowhere
  expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE api_token (
  id           TEXT PRIMARY KEY,
  user_id      TEXT NOT NULL REFERENCES user (id),
  name         TEXT NOT NULL,
  role         TEXT NOT NULL,                   -- the most that it may do
  hash         TEXT NOT NULL UNIQUE,            -- as above
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL DEFAULT 0       -- to the minute; 0: never
) STRICT;

CREATE INDEX api_token_by_user ON api_token (user_id, created_at);
