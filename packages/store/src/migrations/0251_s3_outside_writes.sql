-- The state of a key that was announced last, in buckets that others write to without Hearth.
CREATE TABLE s3_seen (
  bucket_id bigint NOT NULL REFERENCES s3_buckets ON DELETE CASCADE,
  key bytea NOT NULL,
  etag text, -- NULL: there is no object
  modified_at timestamptz, -- NULL: not known, as of a write through Hearth
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (bucket_id, key)
);
CREATE INDEX s3_seen_old ON s3_seen (seen_at);

-- What a server has reported and Hearth has not looked at yet.
CREATE TABLE s3_notices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bucket_id bigint NOT NULL REFERENCES s3_buckets ON DELETE CASCADE,
  key bytea NOT NULL,
  event text NOT NULL, -- ObjectCreated:Put …, as it was reported
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  UNIQUE (bucket_id, key)
);
CREATE INDEX s3_notices_due ON s3_notices (due_at);

-- Buckets that are listed at intervals.
CREATE TABLE s3_watches (
  bucket_id bigint PRIMARY KEY REFERENCES s3_buckets ON DELETE CASCADE,
  next_at timestamptz NOT NULL,
  is_known boolean NOT NULL DEFAULT false -- the first listing announces nothing
);
