CREATE TABLE s3_buckets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE, -- unique in all accounts and regions
  account_id text NOT NULL,
  region text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  versioning text, -- Enabled or Suspended; NULL: never switched on
  settings jsonb NOT NULL DEFAULT '{}', -- sub-resources: policy, cors, tagging …
  revision bigint NOT NULL DEFAULT 0 -- of versioning and settings
);
CREATE INDEX s3_buckets_of_account ON s3_buckets (account_id, name);

CREATE SEQUENCE s3_sequence;

CREATE TABLE s3_objects (
  bucket_id bigint NOT NULL REFERENCES s3_buckets,
  key bytea NOT NULL, -- UTF-8; compared byte by byte, as S3 lists
  seq bigint NOT NULL, -- of one key's versions the newest has the highest
  version_id text, -- NULL: the null version
  is_latest boolean NOT NULL,
  is_marker boolean NOT NULL DEFAULT false,
  size bigint NOT NULL DEFAULT 0,
  etag text NOT NULL DEFAULT '',
  modified_at timestamptz NOT NULL,
  files jsonb NOT NULL DEFAULT '[]', -- [[id, bytes], …] in the order of the object's bytes
  facts jsonb NOT NULL DEFAULT '{}', -- headers, metadata, checksum, parts
  tags jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX s3_objects_versions ON s3_objects (bucket_id, key, seq DESC);
CREATE UNIQUE INDEX s3_objects_latest ON s3_objects (bucket_id, key) WHERE is_latest;
CREATE UNIQUE INDEX s3_objects_null ON s3_objects (bucket_id, key) WHERE version_id IS NULL;
CREATE INDEX s3_objects_listed ON s3_objects (bucket_id, key) WHERE is_latest AND NOT is_marker;

CREATE TABLE s3_files (
  id text PRIMARY KEY,
  account_id text NOT NULL,
  bytes bigint NOT NULL
);

-- What the files of an account take, in 16 rows so that writers rarely wait for each other.
CREATE TABLE s3_usage (
  account_id text NOT NULL,
  slot smallint NOT NULL,
  bytes bigint NOT NULL,
  PRIMARY KEY (account_id, slot)
);

CREATE FUNCTION s3_count_file() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO s3_usage AS u (account_id, slot, bytes)
    VALUES (coalesce(NEW.account_id, OLD.account_id), pg_backend_pid() % 16, coalesce(NEW.bytes, 0) - coalesce(OLD.bytes, 0))
    ON CONFLICT (account_id, slot) DO UPDATE SET bytes = u.bytes + excluded.bytes;
  RETURN NULL;
END $$;
CREATE TRIGGER s3_files_counted AFTER INSERT OR DELETE ON s3_files FOR EACH ROW EXECUTE FUNCTION s3_count_file();

CREATE TABLE s3_uploads (
  id text PRIMARY KEY,
  bucket_id bigint NOT NULL REFERENCES s3_buckets,
  key bytea NOT NULL,
  initiated_at timestamptz NOT NULL,
  facts jsonb NOT NULL DEFAULT '{}',
  tags jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX s3_uploads_listed ON s3_uploads (bucket_id, key, id);

CREATE TABLE s3_parts (
  upload_id text NOT NULL REFERENCES s3_uploads ON DELETE CASCADE,
  number integer NOT NULL,
  size bigint NOT NULL,
  etag text NOT NULL,
  checksum text, -- base64, of the upload's algorithm
  files jsonb NOT NULL,
  modified_at timestamptz NOT NULL,
  PRIMARY KEY (upload_id, number)
);
