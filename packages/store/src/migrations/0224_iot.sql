-- AWS IoT: topic rules, certificates of devices, policies and what they are attached to, and retained messages.
CREATE TABLE iot_topic_rules (
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  rule_name   text        NOT NULL,
  -- Members of TopicRule that callers set: sql, description, actions, errorAction, awsIotSqlVersion, ruleDisabled.
  settings    json        NOT NULL,
  tags        json        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, rule_name)
);

-- The id is the SHA-256 of the certificate: it belongs to one account, because a device shows nothing but its certificate.
CREATE TABLE iot_certificates (
  certificate_id text        PRIMARY KEY CHECK (certificate_id ~ '^[0-9a-f]{64}$'),
  account_id     text        NOT NULL,
  region         text        NOT NULL,
  pem            text        NOT NULL,
  status         text        NOT NULL,
  not_before     timestamptz NOT NULL,
  not_after      timestamptz NOT NULL,
  created_at     timestamptz NOT NULL DEFAULT now(),
  modified_at    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX iot_certificates_by_account ON iot_certificates (account_id, region, certificate_id);

CREATE TABLE iot_policies (
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  policy_name text        NOT NULL,
  -- At most five: {"id", "document", "createdMs"}.
  versions    json        NOT NULL,
  default_id  text        NOT NULL,
  tags        json        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  modified_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, policy_name)
);

CREATE TABLE iot_policy_attachments (
  account_id  text NOT NULL,
  region      text NOT NULL,
  policy_name text NOT NULL,
  certificate_id text NOT NULL REFERENCES iot_certificates,
  PRIMARY KEY (account_id, region, policy_name, certificate_id),
  FOREIGN KEY (account_id, region, policy_name) REFERENCES iot_policies
);
CREATE INDEX iot_policy_attachments_by_certificate ON iot_policy_attachments (certificate_id, policy_name);

CREATE TABLE iot_retained_messages (
  account_id  text             NOT NULL,
  region      text             NOT NULL,
  topic       text COLLATE "C" NOT NULL,
  payload     bytea            NOT NULL,
  qos         smallint         NOT NULL,
  modified_at timestamptz      NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, topic)
);

-- Messages for the subscribers of brokers in other processes, for some minutes.
CREATE TABLE iot_broker_messages (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id text        NOT NULL,
  region     text        NOT NULL,
  topic      text        NOT NULL,
  payload    bytea       NOT NULL,
  qos        smallint    NOT NULL,
  retain     boolean     NOT NULL,
  -- The process whose broker has them already.
  origin     text        NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Processes keep rules, certificates and policies in memory; this tells them of which account and region to read them again.
CREATE FUNCTION announce_iot() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed record := coalesce(NEW, OLD);
BEGIN
  PERFORM pg_notify('hearth_iot', concat_ws(' ', changed.account_id, changed.region));
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON iot_topic_rules FOR EACH ROW EXECUTE FUNCTION announce_iot();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON iot_certificates FOR EACH ROW EXECUTE FUNCTION announce_iot();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON iot_policies FOR EACH ROW EXECUTE FUNCTION announce_iot();
CREATE TRIGGER announce AFTER INSERT OR UPDATE OR DELETE ON iot_policy_attachments FOR EACH ROW EXECUTE FUNCTION announce_iot();
