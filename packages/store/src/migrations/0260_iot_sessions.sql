-- The sessions of clients of the embedded MQTT broker that did not ask for a clean session, and the messages with QoS 1 that wait in them.
CREATE TABLE iot_sessions (
  account_id text             NOT NULL,
  region     text             NOT NULL,
  client_id  text COLLATE "C" NOT NULL,
  -- Brokers put it off while the client is connected.
  expires_at timestamptz      NOT NULL,
  PRIMARY KEY (account_id, region, client_id)
);
CREATE INDEX iot_sessions_by_expiry ON iot_sessions (expires_at);

CREATE TABLE iot_session_subscriptions (
  account_id   text             NOT NULL,
  region       text             NOT NULL,
  client_id    text COLLATE "C" NOT NULL,
  topic_filter text COLLATE "C" NOT NULL,
  qos          smallint         NOT NULL,
  PRIMARY KEY (account_id, region, client_id, topic_filter),
  FOREIGN KEY (account_id, region, client_id) REFERENCES iot_sessions ON DELETE CASCADE
);

CREATE TABLE iot_session_messages (
  id         bigint           GENERATED ALWAYS AS IDENTITY,
  account_id text             NOT NULL,
  region     text             NOT NULL,
  client_id  text COLLATE "C" NOT NULL,
  -- The same in all sessions that a message waits in.
  message_id uuid             NOT NULL,
  topic      text             NOT NULL,
  payload    bytea            NOT NULL,
  PRIMARY KEY (account_id, region, client_id, id),
  FOREIGN KEY (account_id, region, client_id) REFERENCES iot_sessions ON DELETE CASCADE
);
CREATE INDEX iot_session_messages_by_message ON iot_session_messages (message_id);

ALTER TABLE iot_broker_messages ADD COLUMN message_id uuid;
