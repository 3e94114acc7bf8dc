-- The next events of one function whose events wait because it has as many places as it may have.
CREATE INDEX events_waiting_by_function ON events (account_id, "FunctionName", due_at) WHERE finished_at IS NULL;
