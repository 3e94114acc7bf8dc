-- Subscription filters and metric filters of log groups. A chunk that is written to a group with filters gets a row in `log_chunks_to_filter` in the
-- same statement; the row is removed in the transaction that writes the messages about the chunk. A position in the order of `seq` would skip chunks:
-- numbers are taken before transactions commit, and in no order of theirs.
ALTER TABLE log_groups ADD COLUMN has_filters boolean NOT NULL DEFAULT false;

-- The functions that ran before the lines were written, as in trace headers: a function that is subscribed to what it causes ends after some rounds.
ALTER TABLE log_chunks ADD COLUMN lineage text;

CREATE TABLE log_subscription_filters (
  group_id         bigint NOT NULL REFERENCES log_groups ON DELETE CASCADE,
  "filterName"     text   COLLATE "C" NOT NULL CHECK (length("filterName") BETWEEN 1 AND 512),
  "filterPattern"  text   NOT NULL,
  "destinationArn" text   NOT NULL,
  "roleArn"        text,
  distribution     text   NOT NULL CHECK (distribution IN ('Random', 'ByLogStream')),
  "creationTime"   bigint NOT NULL,
  PRIMARY KEY (group_id, "filterName")
);

CREATE TABLE log_metric_filters (
  group_id                bigint NOT NULL REFERENCES log_groups ON DELETE CASCADE,
  "filterName"            text   COLLATE "C" NOT NULL CHECK (length("filterName") BETWEEN 1 AND 512),
  "filterPattern"         text   NOT NULL,
  "metricTransformations" json   NOT NULL,
  "creationTime"          bigint NOT NULL,
  PRIMARY KEY (group_id, "filterName")
);

CREATE TABLE log_chunks_to_filter (
  seq         bigint  PRIMARY KEY,
  day         date    NOT NULL,
  group_id    bigint  NOT NULL REFERENCES log_groups ON DELETE CASCADE,
  attempts    integer NOT NULL DEFAULT 0,
  lease_owner text,
  due_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX log_chunks_to_filter_due ON log_chunks_to_filter (due_at, seq);
CREATE INDEX log_chunks_to_filter_group ON log_chunks_to_filter (group_id);

-- Live tails read what has arrived since they last looked.
CREATE INDEX log_chunks_arrival ON log_chunks (group_id, seq);
