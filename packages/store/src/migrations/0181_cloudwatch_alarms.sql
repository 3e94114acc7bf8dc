-- Alarms of both kinds. `settings` holds what the owner has set, in AWS's members. `revision` grows with each change of the settings or the state: an
-- evaluation that has seen an older one changes nothing. A process that evaluates an alarm moves `due_at` ahead as its lease.
CREATE TABLE cloudwatch_alarms (
  id                    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id            text        NOT NULL,
  region                text        NOT NULL,
  "AlarmName"           text        COLLATE "C" NOT NULL,
  kind                  text        NOT NULL CHECK (kind IN ('MetricAlarm', 'CompositeAlarm')),
  settings              jsonb       NOT NULL,
  -- Names of the alarms in the rule of a composite alarm.
  children              text[]      NOT NULL,
  actions_enabled       boolean     NOT NULL,
  tags                  jsonb       NOT NULL CHECK (jsonb_typeof(tags) = 'object'),
  state_value           text        NOT NULL,
  state_reason          text        NOT NULL,
  state_reason_data     text,
  state_updated_at      timestamptz NOT NULL,
  state_transitioned_at timestamptz NOT NULL,
  configured_at         timestamptz NOT NULL,
  revision              bigint      NOT NULL,
  due_at                timestamptz NOT NULL,
  UNIQUE (account_id, region, "AlarmName")
);
CREATE INDEX cloudwatch_alarms_by_due ON cloudwatch_alarms (due_at);
CREATE INDEX cloudwatch_alarms_by_child ON cloudwatch_alarms USING gin (children) WHERE kind = 'CompositeAlarm';

-- What happened to alarms, also to those that are gone; kept for 30 days as on AWS.
CREATE TABLE cloudwatch_alarm_history (
  id           bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id   text        NOT NULL,
  region       text        NOT NULL,
  "AlarmName"  text        NOT NULL,
  kind         text        NOT NULL,
  at           timestamptz NOT NULL,
  type         text        NOT NULL,
  summary      text        NOT NULL,
  data         text        NOT NULL
);
CREATE INDEX cloudwatch_alarm_history_by_alarm ON cloudwatch_alarm_history (account_id, region, "AlarmName", id);
CREATE INDEX cloudwatch_alarm_history_by_time ON cloudwatch_alarm_history (at);
