-- Payloads of finished events are dropped by size and age. The size of one that was dropped; such an event cannot be replayed.
ALTER TABLE events ADD COLUMN payload_bytes integer;
-- Finished events that still have their payload, oldest first.
CREATE INDEX events_finished_with_payload ON events (finished_at) WHERE finished_at IS NOT NULL AND payload_bytes IS NULL;
