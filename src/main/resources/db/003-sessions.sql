-- Derived from the journal; may be dropped and rebuilt at any time.

CREATE TABLE projects (
    id         TEXT PRIMARY KEY,
    path       TEXT NOT NULL UNIQUE,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    id                TEXT PRIMARY KEY,
    project           TEXT NOT NULL,
    cwd               TEXT NOT NULL,
    title             TEXT,
    owner_id          TEXT NOT NULL,
    owner_name        TEXT NOT NULL,
    model             TEXT,
    permission_mode   TEXT NOT NULL,
    effort            TEXT,
    cli_session_id    TEXT NOT NULL,
    created_seq       INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    state             TEXT NOT NULL,
    state_since       INTEGER NOT NULL,
    last_seq          INTEGER NOT NULL,
    activity          TEXT,
    pending           INTEGER NOT NULL DEFAULT 0,
    -- permission updates that people chose for the rest of the session, a JSON array
    remembered        TEXT NOT NULL DEFAULT '[]',
    held              TEXT,
    stalled_cause     TEXT,
    stalled_since     INTEGER,
    -- custody
    launch            TEXT,
    pid               INTEGER,
    process_ticks     INTEGER,
    cli_version       TEXT,
    -- counts
    prompts           INTEGER NOT NULL DEFAULT 0,
    turns             INTEGER NOT NULL DEFAULT 0,
    cost_nanos        INTEGER NOT NULL DEFAULT 0,
    tokens_input      INTEGER NOT NULL DEFAULT 0,
    tokens_output     INTEGER NOT NULL DEFAULT 0,
    tokens_cache_read INTEGER NOT NULL DEFAULT 0,
    tokens_cache_write INTEGER NOT NULL DEFAULT 0,
    context_tokens    INTEGER,
    context_window    INTEGER,
    -- why it failed, until it is started again
    failure_code      TEXT,
    failure_message   TEXT,
    failure_remedy    TEXT,
    failure_exit      INTEGER,
    failure_stderr    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_age ON sessions (created_seq DESC);

CREATE TABLE prompts (
    session  TEXT NOT NULL,
    id       TEXT NOT NULL,
    seq      INTEGER NOT NULL,
    text     TEXT NOT NULL,
    state    TEXT NOT NULL,
    -- who wrote it
    author_id   TEXT NOT NULL,
    author_name TEXT NOT NULL,
    -- place in the line while it waits; else of no meaning
    place    INTEGER NOT NULL,
    PRIMARY KEY (session, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE approvals (
    id              TEXT PRIMARY KEY,
    session         TEXT NOT NULL,
    seq             INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    tool_use_id     TEXT NOT NULL,
    tool            TEXT NOT NULL,
    input           TEXT NOT NULL,
    description     TEXT,
    reason          TEXT,
    suggestions     TEXT NOT NULL,
    agent_id        TEXT,
    requested_at    INTEGER NOT NULL,
    state           TEXT NOT NULL,
    delivery        TEXT,
    decided_at      INTEGER,
    decided_by_id   TEXT,
    decided_by_name TEXT,
    decision_reason TEXT,
    changed_input   TEXT,
    expires_at      INTEGER,
    remembered      TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX approvals_by_state ON approvals (state, seq);
CREATE INDEX approvals_by_session ON approvals (session, seq);
