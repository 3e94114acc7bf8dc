-- Messages that could not be sent in the transaction that caused them. Those that wait are sent again under a lease (`due_at` is its end while
-- `lease_owner` is set); `dead` ones were refused or tried too often, and are kept for a while. A message that was sent has no row.
CREATE TABLE deliveries (
  id           uuid        PRIMARY KEY,
  account_id   text        NOT NULL,
  region       text        NOT NULL,
  "FunctionName" text      NOT NULL,
  "Role"       text        NOT NULL,
  log_group    text        NOT NULL,
  event_id     uuid        NOT NULL,
  purpose      text        NOT NULL CHECK (purpose IN ('OnSuccess', 'OnFailure', 'DeadLetter')),
  target       text        NOT NULL,
  body         bytea       NOT NULL,
  attributes   json        NOT NULL,
  trace_id     text,
  hops         integer     NOT NULL,
  state        text        NOT NULL CHECK (state IN ('waiting', 'dead')),
  created_at   timestamptz NOT NULL DEFAULT now(),
  due_at       timestamptz NOT NULL DEFAULT now(),
  lease_owner  text,
  attempts     integer     NOT NULL DEFAULT 0,
  last_error   text        NOT NULL,
  dead_at      timestamptz,
  CHECK ((state = 'dead') = (dead_at IS NOT NULL))
);

CREATE INDEX deliveries_due ON deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (dead_at) WHERE state = 'dead';
CREATE INDEX deliveries_by_function ON deliveries (account_id, region, "FunctionName", created_at);
