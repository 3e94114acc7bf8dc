-- The alias or version that a caller named.
ALTER TABLE usage_records ADD COLUMN qualifier text;

-- Minutes (seconds since the epoch) in which usage was recorded that the metrics of AWS/Lambda do not show yet. `changes` grows with further usage: a
-- process that has made metrics of a minute removes its row only if there were none meanwhile.
CREATE TABLE cloudwatch_usage_minutes (
  account_id text        NOT NULL,
  region     text        NOT NULL,
  minute     bigint      NOT NULL,
  changes    bigint      NOT NULL,
  due_at     timestamptz NOT NULL,
  PRIMARY KEY (account_id, region, minute)
);
CREATE INDEX cloudwatch_usage_minutes_by_due ON cloudwatch_usage_minutes (due_at);
