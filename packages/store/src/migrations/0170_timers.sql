-- When schedules, rules and rotations are due next: one narrow row each, so that the next one is found by one look at an index. What is to be done then is
-- in the owner's own table.
CREATE TABLE timers (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Who knows what is to be done: 'schedule', 'rule', 'rotation'.
  owner        text        NOT NULL,
  account_id   text        NOT NULL,
  region       text        NOT NULL,
  -- The owner's own key.
  name         text        NOT NULL,
  -- The occurrence that is waited for, and when it is to be acted on: later, within a flexible window. While a process works on it, `due_at` is when
  -- another one may.
  scheduled_at timestamptz NOT NULL,
  due_at       timestamptz NOT NULL,
  -- Counts claims and changes; it is the fence.
  claims       integer     NOT NULL DEFAULT 0,
  -- The last occurrence that was acted on, and when this row was written.
  last_at      timestamptz,
  settled_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The clock was set back: an occurrence in the future must be found anew.
  replan       boolean     NOT NULL DEFAULT false,
  UNIQUE (owner, account_id, region, name)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX timers_due ON timers (due_at);
