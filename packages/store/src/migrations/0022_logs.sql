CREATE TABLE log_groups (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id        text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "logGroupName"    text COLLATE "C" NOT NULL CHECK ("logGroupName" ~ '^[.\-_/#A-Za-z0-9]+$' AND length("logGroupName") <= 512),
  "creationTime"    bigint NOT NULL,
  -- Absent: for ever.
  "retentionInDays" integer CHECK ("retentionInDays" > 0),
  "kmsKeyId"        text,
  "logGroupClass"   text NOT NULL,
  tags              jsonb NOT NULL CHECK (jsonb_typeof(tags) = 'object'),
  UNIQUE (account_id, "logGroupName")
);

CREATE TABLE log_streams (
  id                    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  group_id              bigint NOT NULL REFERENCES log_groups ON DELETE CASCADE,
  "logStreamName"       text COLLATE "C" NOT NULL CHECK (length("logStreamName") BETWEEN 1 AND 512),
  "creationTime"        bigint NOT NULL,
  "firstEventTimestamp" bigint,
  "lastEventTimestamp"  bigint,
  "lastIngestionTime"   bigint,
  UNIQUE (group_id, "logStreamName")
);

-- A sequence of its own: partitioned tables have identity columns only from PostgreSQL 17 on.
CREATE SEQUENCE log_chunk_seq;

-- One compressed row per stream and flush. A day of arrival (UTC) is one partition; `logChunks.ts` makes them, `logRetention.ts` drops them.
CREATE TABLE log_chunks (
  day             date    NOT NULL,
  seq             bigint  NOT NULL DEFAULT nextval('log_chunk_seq'),
  group_id        bigint  NOT NULL,
  stream_id       bigint  NOT NULL REFERENCES log_streams ON DELETE CASCADE,
  first_timestamp bigint  NOT NULL,
  -- Readers rely on a chunk spanning at most a day.
  last_timestamp  bigint  NOT NULL CHECK (last_timestamp BETWEEN first_timestamp AND first_timestamp + 86400000),
  ingestion_time  bigint  NOT NULL,
  -- Of the messages, uncompressed.
  bytes           bigint  NOT NULL,
  data            bytea   NOT NULL,
  PRIMARY KEY (day, seq)
) PARTITION BY RANGE (day);
-- It is compressed already.
ALTER TABLE log_chunks ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX log_chunks_forward ON log_chunks (stream_id, first_timestamp, seq);
CREATE INDEX log_chunks_backward ON log_chunks (stream_id, last_timestamp, seq);
CREATE INDEX log_chunks_group ON log_chunks (group_id, first_timestamp, seq);
