-- The stream of a table is a stream as those of Kinesis, under a name that Kinesis' API does not allow.
ALTER TABLE kinesis_streams ADD COLUMN service text NOT NULL DEFAULT 'kinesis' CHECK (service IN ('kinesis', 'dynamodb'));

-- Tables of DynamoDB. `definition` holds what CreateTable and its companions have set, with the ids of the indexes.
CREATE TABLE dynamodb_tables (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id  text        NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  region      text        NOT NULL,
  "TableName" text        COLLATE "C" NOT NULL,
  table_id    uuid        NOT NULL,
  definition  json        NOT NULL,
  tags        json        NOT NULL,
  policy      text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  UNIQUE (account_id, region, "TableName")
);

CREATE SEQUENCE dynamodb_index_ids;
CREATE SEQUENCE dynamodb_versions CACHE 100;

-- Items. `place` is the beginning of the hash of the partition key: a scan goes by it, and a segment of a parallel scan is a range of it. Keys are bytes
-- whose order is that of the values. `version` changes with each write. Rows of a table that is gone are left over for a while.
CREATE TABLE dynamodb_items (
  table_id   bigint  NOT NULL,
  place      integer NOT NULL,
  hash       bytea   NOT NULL,
  range      bytea   NOT NULL,
  version    bigint  NOT NULL,
  bytes      integer NOT NULL,
  -- Seconds since the epoch, of the attribute that the table's time to live names.
  expires_at bigint,
  item       text    NOT NULL,
  PRIMARY KEY (table_id, place, hash, range)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX dynamodb_items_expiring ON dynamodb_items (table_id, expires_at) WHERE expires_at IS NOT NULL;

-- Items of secondary indexes, with the attributes that the index projects. The last three columns name the item itself.
CREATE TABLE dynamodb_index_items (
  index_id   bigint  NOT NULL,
  place      integer NOT NULL,
  hash       bytea   NOT NULL,
  range      bytea   NOT NULL,
  item_place integer NOT NULL,
  item_hash  bytea   NOT NULL,
  item_range bytea   NOT NULL,
  bytes      integer NOT NULL,
  item       text    NOT NULL,
  PRIMARY KEY (index_id, place, hash, range, item_place, item_hash, item_range)
) WITH (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.05);

-- Answers of transactions by their ClientRequestToken, for 10 minutes.
CREATE TABLE dynamodb_tokens (
  account_id text        NOT NULL,
  region     text        NOT NULL,
  token      text        NOT NULL,
  request    text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, token)
);
CREATE INDEX dynamodb_tokens_by_time ON dynamodb_tokens (created_at);

-- How much a table holds, nearly: each process adds what it has written every few seconds, and it is counted anew from time to time.
CREATE TABLE dynamodb_usage (
  table_id   bigint      PRIMARY KEY REFERENCES dynamodb_tables ON DELETE CASCADE,
  items      bigint      NOT NULL,
  bytes      bigint      NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT now()
);
