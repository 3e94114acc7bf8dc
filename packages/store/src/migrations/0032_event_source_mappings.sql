-- Mappings from event sources to functions. No foreign key to functions: as on AWS, a mapping outlives its function until it is deleted itself.
CREATE TABLE event_source_mappings (
  id             uuid PRIMARY KEY,
  account_id     text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "FunctionName" text COLLATE "C" NOT NULL,
  -- A version or alias; empty for the function itself.
  qualifier      text COLLATE "C" NOT NULL,
  "EventSourceArn" text,
  -- SHA-256 of what tells one source from another: ARN, topic, queue, collection or the addresses of the brokers.
  source_digest  text NOT NULL CHECK (source_digest ~ '^[0-9a-f]{64}$'),
  enabled        boolean NOT NULL,
  -- The other members, as AWS names them, with defaults filled in. json, not jsonb: filter patterns keep every character.
  settings       json NOT NULL,
  "Tags"         jsonb NOT NULL CHECK (jsonb_typeof("Tags") = 'object'),
  "LastModified" timestamptz NOT NULL,
  CONSTRAINT event_source_mappings_source UNIQUE (account_id, "FunctionName", qualifier, source_digest)
);
CREATE INDEX event_source_mappings_by_account ON event_source_mappings (account_id, id);
CREATE INDEX event_source_mappings_by_source ON event_source_mappings (account_id, "EventSourceArn");
