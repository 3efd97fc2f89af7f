-- Sessions are somebody's. Before that all could come to them, which these keep; derived from the journal as the rest of the table.
ALTER TABLE sessions ADD COLUMN sharing TEXT NOT NULL DEFAULT 'team-write';
