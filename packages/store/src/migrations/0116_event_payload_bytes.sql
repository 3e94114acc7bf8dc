-- Bytes of payloads that the events of an account hold, queued and finished ones. Each statement that adds or removes payloads changes these counters too.
-- An account has several of them (`part`), so that statements that run at the same time seldom wait for each other; only their sum has a meaning.
CREATE TABLE event_payload_bytes (
  account_id text     NOT NULL,
  part       smallint NOT NULL,
  bytes      bigint   NOT NULL,
  PRIMARY KEY (account_id, part)
) WITH (fillfactor = 50);
INSERT INTO event_payload_bytes SELECT account_id, 0, sum(octet_length(payload)) FROM events GROUP BY account_id;

-- Finished events that still have their payload, oldest first, now by account: an account with too many of them loses its own.
DROP INDEX events_finished_with_payload;
CREATE INDEX events_finished_with_payload ON events (account_id, finished_at) WHERE finished_at IS NOT NULL AND payload_bytes IS NULL;
