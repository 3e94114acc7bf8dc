-- Events that end without a run because their function's reserved concurrency is 0.
ALTER TABLE events DROP CONSTRAINT events_condition_check;
ALTER TABLE events ADD CONSTRAINT events_condition_check
  CHECK (condition IN ('Success', 'RetriesExhausted', 'EventAgeExceeded', 'ZeroReservedConcurrency', 'FunctionNotFound', 'Rejected'));
-- Deliveries since a function last ran, for an event that a delivery has brought: a loop of functions that never run ends at a limit.
ALTER TABLE events ADD COLUMN hops integer NOT NULL DEFAULT 0;
-- The HTTP status of the last run, which a dead letter tells.
ALTER TABLE events ADD COLUMN last_status integer;
