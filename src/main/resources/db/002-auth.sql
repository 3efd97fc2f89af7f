-- People and their sign-ins. Not derived from events: written in the same transaction as the event that tells of them,
-- because hashes never stand in an event.

CREATE TABLE user (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  name_key      TEXT NOT NULL UNIQUE,           -- the name as it is compared: lower case
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL,                  -- PHC string, Argon2id
  must_change   INTEGER NOT NULL,
  created_at    INTEGER NOT NULL                -- milliseconds
) STRICT;

-- One sign-in of one browser. Its refresh tokens are a family: when one is used twice, the whole sign-in ends.
CREATE TABLE sign_in (
  id         TEXT PRIMARY KEY,
  user_id    TEXT NOT NULL REFERENCES user (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL                   -- moves on with each refresh
) STRICT;

CREATE INDEX sign_in_by_user ON sign_in (user_id, created_at);

CREATE TABLE refresh_token (
  hash       TEXT PRIMARY KEY,                  -- SHA-256 of the token, hexadecimal; the token itself is nowhere
  sign_in_id TEXT NOT NULL REFERENCES sign_in (id) ON DELETE CASCADE,
  expires_at INTEGER NOT NULL,
  used_at    INTEGER NOT NULL DEFAULT 0         -- 0: not yet
) STRICT;

CREATE INDEX refresh_token_by_sign_in ON refresh_token (sign_in_id);
