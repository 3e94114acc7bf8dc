-- Event buses of EventBridge, their rules, and the targets of rules. The default bus of an account has a row from its first change on.
CREATE TABLE event_buses (
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  "Name"      text        NOT NULL,
  -- Members of DescribeEventBus that callers set: Description, DeadLetterConfig, KmsKeyIdentifier, LogConfig.
  settings    json        NOT NULL,
  policy      json,
  tags        json        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  modified_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "Name")
);

CREATE TABLE event_rules (
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  bus         text        NOT NULL,
  "Name"      text        NOT NULL,
  -- Members of DescribeRule that callers set: EventPattern, ScheduleExpression, State, Description, RoleArn.
  settings    json        NOT NULL,
  tags        json        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, bus, "Name"),
  FOREIGN KEY (account_id, region, bus) REFERENCES event_buses (account_id, region, "Name") ON DELETE CASCADE
);

CREATE TABLE event_rule_targets (
  account_id  text NOT NULL,
  region      text NOT NULL,
  bus         text NOT NULL,
  rule        text NOT NULL,
  "Id"        text NOT NULL,
  "Arn"       text NOT NULL,
  -- The whole target, as PutTargets got it.
  target      json NOT NULL,
  PRIMARY KEY (account_id, region, bus, rule, "Id"),
  FOREIGN KEY (account_id, region, bus, rule) REFERENCES event_rules (account_id, region, bus, "Name") ON DELETE CASCADE
);
CREATE INDEX event_rule_targets_by_arn ON event_rule_targets (account_id, region, bus, "Arn");

-- Processes keep the rules of a bus in memory; this tells them which bus to read again. Changes of rules are rare, so that it may be part of their commit.
CREATE FUNCTION announce_event_bus() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := coalesce(NEW, OLD);
BEGIN
  IF TG_TABLE_NAME = 'event_buses' THEN
    PERFORM pg_notify('hearth_eventbridge', concat_ws(' ', changed.account_id, changed.region, changed."Name"));
  ELSE
    PERFORM pg_notify('hearth_eventbridge', concat_ws(' ', changed.account_id, changed.region, changed.bus));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON event_buses FOR EACH ROW EXECUTE FUNCTION announce_event_bus();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON event_rules FOR EACH ROW EXECUTE FUNCTION announce_event_bus();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON event_rule_targets FOR EACH ROW EXECUTE FUNCTION announce_event_bus();
