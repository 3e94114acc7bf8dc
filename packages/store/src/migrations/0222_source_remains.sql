-- What a source keeps on its server for a mapping that was deleted, such as a consumer group or a replication slot, until it is removed there. Without this a
-- server that was away at that moment would keep it for ever.
CREATE TABLE event_source_remains (
  mapping_id uuid        PRIMARY KEY,
  mapping    json        NOT NULL,
  deleted_at timestamptz NOT NULL DEFAULT now(),
  attempts   integer     NOT NULL DEFAULT 0,
  next_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX event_source_remains_by_time ON event_source_remains (next_at);
