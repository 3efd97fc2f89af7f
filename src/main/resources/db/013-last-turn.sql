-- How a session's last turn ended, when badly: 'failed', with the reason for people, or 'cut' by a stop of the server or its runner.
-- And the model that it ran on. Derived from the journal, as the rest of the table; of turns before this one nothing is said.
ALTER TABLE sessions ADD COLUMN turn_fault TEXT;
ALTER TABLE sessions ADD COLUMN turn_fault_message TEXT;
ALTER TABLE sessions ADD COLUMN turn_model TEXT;
