-- The token that asked for this one, if one did: what a leaked token left behind ends with it.
ALTER TABLE api_token ADD COLUMN issued_by TEXT;

CREATE INDEX api_token_by_issuer ON api_token (issued_by);
