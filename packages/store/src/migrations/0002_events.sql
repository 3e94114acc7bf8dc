-- Asynchronous invocations: a row is committed before the caller gets its 202. `due_at` is when somebody may claim it: the next attempt of one that
-- waits, the end of the lease of one that runs. Finished rows stay for a while, to be looked at and replayed; a deleted function's too, so no foreign key.
CREATE TABLE events (
  id               uuid        PRIMARY KEY,
  account_id       text        NOT NULL,
  "FunctionName"   text        NOT NULL,
  "Qualifier"      text,
  payload          bytea       NOT NULL,
  client_context   text,
  trace_id         text,
  replay_of        uuid,
  state            text        NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'succeeded', 'failed')),
  accepted_at      timestamptz NOT NULL DEFAULT now(),
  due_at           timestamptz NOT NULL DEFAULT now(),
  woken_at         timestamptz          DEFAULT now(),
  lease_owner      text,
  runs             integer     NOT NULL DEFAULT 0,
  function_errors  integer     NOT NULL DEFAULT 0,
  system_retries   integer     NOT NULL DEFAULT 0,
  finished_at      timestamptz,
  condition        text        CHECK (condition IN ('Success', 'RetriesExhausted', 'EventAgeExceeded', 'FunctionNotFound', 'Rejected')),
  executed_version text,
  last_error       text,
  CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
  CHECK ((state IN ('succeeded', 'failed')) = (finished_at IS NOT NULL)),
  CHECK ((finished_at IS NULL) = (condition IS NULL))
);

CREATE INDEX events_due ON events (due_at) WHERE finished_at IS NULL;
CREATE INDEX events_unfinished_age ON events (accepted_at) WHERE finished_at IS NULL;
CREATE INDEX events_finished ON events (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX events_by_function ON events (account_id, "FunctionName", accepted_at DESC);
