-- How far each process that may outlive the server has been heard, and what was written to it. Not derived from the journal; a launch
-- is forgotten with the end of its process.
CREATE TABLE launches (
    launch  TEXT PRIMARY KEY,
    session TEXT NOT NULL,
    heard   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX launches_by_session ON launches (session);

CREATE TABLE launch_inputs (
    launch TEXT NOT NULL,
    number INTEGER NOT NULL,
    -- the uuid of the prompt that it is, if it is one
    prompt TEXT,
    line   BLOB NOT NULL,
    PRIMARY KEY (launch, number)
) STRICT, WITHOUT ROWID;

-- The model's gateway asks at each request whether a launch is live.
CREATE INDEX sessions_by_launch ON sessions (launch);
