-- The model's gateway asks at each request whether a launch is live.
CREATE INDEX sessions_by_launch ON sessions (launch);
