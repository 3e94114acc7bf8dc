-- A bucket whose objects are on the server that HEARTH_S3_ENDPOINT names.
ALTER TABLE s3_buckets ADD COLUMN passed_on boolean NOT NULL DEFAULT false;
-- false: the name is reserved, and the bucket is being made on that server.
ALTER TABLE s3_buckets ADD COLUMN is_ready boolean NOT NULL DEFAULT true;

-- A write that is passed on and will be announced: written before the request is sent, deleted with the transaction that holds its event.
CREATE TABLE s3_intents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bucket_id bigint NOT NULL REFERENCES s3_buckets ON DELETE CASCADE,
  key bytea NOT NULL,
  event text NOT NULL, -- ObjectCreated:Put …
  version_id text, -- the version that the request names
  request jsonb NOT NULL, -- who sent it
  begun_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  leased_until timestamptz NOT NULL -- renewed while the request is under way; then another process finds out what became of it
);
CREATE INDEX s3_intents_due ON s3_intents (leased_until);
CREATE INDEX s3_intents_of_key ON s3_intents (bucket_id, key);
