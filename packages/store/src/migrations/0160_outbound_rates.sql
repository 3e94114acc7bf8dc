-- When a target outside that has a limit per second may be used next (a subscription, an API destination). What lies in the past means nothing, so rows
-- need not survive a crash.
CREATE UNLOGGED TABLE outbound_rates (
  key     text        PRIMARY KEY,
  next_at timestamptz NOT NULL
);
CREATE INDEX outbound_rates_by_time ON outbound_rates (next_at);
