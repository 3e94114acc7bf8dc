-- How the last runs of an event ended, oldest first: {run, endedAt, durationMs, outcome, status, error}.
ALTER TABLE events ADD COLUMN attempts jsonb NOT NULL DEFAULT '[]';
-- Events that an operator has cancelled while they waited.
ALTER TABLE events DROP CONSTRAINT events_condition_check;
ALTER TABLE events ADD CONSTRAINT events_condition_check
  CHECK (condition IN ('Success', 'RetriesExhausted', 'EventAgeExceeded', 'ZeroReservedConcurrency', 'FunctionNotFound', 'Rejected', 'Cancelled'));
-- Whether an event was replayed, and the messages about an event that were not delivered.
CREATE INDEX events_replay_of ON events (replay_of) WHERE replay_of IS NOT NULL;
CREATE INDEX deliveries_of_event ON deliveries (event_id);
