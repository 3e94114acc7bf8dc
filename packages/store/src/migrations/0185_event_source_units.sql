-- What became of a mapping that a user has changed, and the result of its last batch. A process that polls compares `revision` with the one that it runs.
ALTER TABLE event_source_mappings
  ADD COLUMN state text NOT NULL DEFAULT 'Creating'
    CHECK (state IN ('Creating', 'Enabling', 'Enabled', 'Updating', 'Disabling', 'Disabled', 'Deleting')),
  ADD COLUMN revision bigint NOT NULL DEFAULT 1,
  ADD COLUMN last_result text;
UPDATE event_source_mappings SET state = 'Disabled' WHERE NOT enabled;
ALTER TABLE event_source_mappings ALTER COLUMN state DROP DEFAULT;

-- The processes that poll event sources. What one owns is free again when its lease has ended.
CREATE TABLE event_source_workers (
  id          text        PRIMARY KEY,
  lease_until timestamptz NOT NULL
);

-- What one process owns of a mapping: the whole source (unit ''), which also finds the shards of a stream, or one shard. The fence grows with every new
-- owner, and a position is written only with the fence of its owner. A position is text that only the source understands.
CREATE TABLE event_source_units (
  mapping_id   uuid    NOT NULL REFERENCES event_source_mappings (id) ON DELETE CASCADE,
  unit         text    COLLATE "C" NOT NULL,
  owner        text,
  fence        bigint  NOT NULL DEFAULT 0,
  position     text,
  -- The state of the tumbling window that is open.
  window_state json,
  -- The shard was read to its end.
  ended        boolean NOT NULL DEFAULT false,
  PRIMARY KEY (mapping_id, unit)
);
CREATE INDEX event_source_units_by_owner ON event_source_units (owner);
INSERT INTO event_source_units (mapping_id, unit) SELECT id, '' FROM event_source_mappings;
