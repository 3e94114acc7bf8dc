-- Data streams of Kinesis. `next_shard` is the number of the next shard.
CREATE TABLE kinesis_streams (
  id              bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id      text        NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  region          text        NOT NULL,
  "StreamName"    text        COLLATE "C" NOT NULL,
  mode            text        NOT NULL CHECK (mode IN ('PROVISIONED', 'ON_DEMAND')),
  retention_hours integer     NOT NULL DEFAULT 24 CHECK (retention_hours BETWEEN 24 AND 8760),
  max_record_kib  integer     NOT NULL DEFAULT 1024,
  key_id          text,
  metrics         json        NOT NULL DEFAULT '[]',
  tags            json        NOT NULL,
  policy          text,
  next_shard      integer     NOT NULL,
  created_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, region, "StreamName")
);

-- `last_seq` is the place of the last record; records are written under the lock of this row, so places follow the order of commits. A closed shard takes
-- no records and stays until its records have expired. Hash keys are 128-bit numbers.
CREATE TABLE kinesis_shards (
  stream_id  bigint      NOT NULL REFERENCES kinesis_streams ON DELETE CASCADE,
  shard_no   integer     NOT NULL,
  parents    integer[]   NOT NULL,
  from_hash  numeric(39) NOT NULL,
  to_hash    numeric(39) NOT NULL,
  first_seq  bigint      NOT NULL,
  last_seq   bigint      NOT NULL,
  closed_at  timestamptz,
  PRIMARY KEY (stream_id, shard_no)
) WITH (fillfactor = 50);

-- The records that arrived together for a shard, in one row, never changed. A place is the time of arrival in milliseconds, shifted left by 20 bits, and a
-- counter, so that a day of places is one partition. `kinesisChunks.ts` makes them, `kinesisRetention.ts` drops them; the default one holds what arrived
-- while clocks jumped. There is no foreign key, because every write would lock the stream's row.
CREATE TABLE kinesis_chunks (
  stream_id  bigint  NOT NULL,
  shard_no   integer NOT NULL,
  last_seq   bigint  NOT NULL,
  records    integer NOT NULL,
  arrived_ms bigint  NOT NULL,
  bytes      integer NOT NULL,
  data       bytea   NOT NULL,
  PRIMARY KEY (stream_id, shard_no, last_seq)
) PARTITION BY RANGE (last_seq);
ALTER TABLE kinesis_chunks ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE kinesis_chunks_default PARTITION OF kinesis_chunks DEFAULT;

-- What the records of a stream take, by shard and by day of arrival (days since the epoch): limits of accounts are checked with it.
CREATE TABLE kinesis_stored (
  stream_id bigint  NOT NULL,
  shard_no  integer NOT NULL,
  day       integer NOT NULL,
  bytes     bigint  NOT NULL,
  PRIMARY KEY (stream_id, shard_no, day)
) WITH (fillfactor = 50);

CREATE TABLE kinesis_consumers (
  stream_id      bigint      NOT NULL REFERENCES kinesis_streams ON DELETE CASCADE,
  "ConsumerName" text        COLLATE "C" NOT NULL,
  tags           json        NOT NULL,
  policy         text,
  created_at     timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (stream_id, "ConsumerName")
);
