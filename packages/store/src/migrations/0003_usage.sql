-- One row per run of a function, written behind from the metering journals. A month is one partition; `usage.ts` makes them.
CREATE TABLE usage_records (
  id                 uuid             NOT NULL,
  account_id         text             NOT NULL,
  function_name      text             NOT NULL,
  version            text             NOT NULL,
  request_id         uuid             NOT NULL,
  ended_at           timestamptz      NOT NULL,
  duration_ms        double precision NOT NULL CHECK (duration_ms >= 0),
  billed_ms          bigint           NOT NULL CHECK (billed_ms >= 0),
  memory_mb          integer          NOT NULL CHECK (memory_mb > 0),
  max_memory_used_mb integer          NOT NULL CHECK (max_memory_used_mb >= 0),
  init_duration_ms   double precision,
  outcome            text             NOT NULL CHECK (outcome IN ('success', 'functionError', 'timedOut')),
  bytes_in           bigint           NOT NULL CHECK (bytes_in >= 0),
  bytes_out          bigint           NOT NULL CHECK (bytes_out >= 0),
  PRIMARY KEY (id, ended_at)
) PARTITION BY RANGE (ended_at);

CREATE INDEX usage_records_by_account ON usage_records (account_id, ended_at);
