-- Topics of SNS. `attributes` holds what the owner has set, each value as the very text that was sent. `last_sequence` is that of the last message of a FIFO topic.
CREATE TABLE sns_topics (
  id                    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id            text        NOT NULL,
  region                text        NOT NULL,
  "TopicName"           text        NOT NULL,
  is_fifo               boolean     NOT NULL,
  attributes            json        NOT NULL,
  tags                  json        NOT NULL,
  created_at            timestamptz NOT NULL DEFAULT now(),
  modified_at           timestamptz NOT NULL DEFAULT now(),
  subscriptions_deleted integer     NOT NULL DEFAULT 0,
  last_sequence         bigint      NOT NULL DEFAULT 0,
  UNIQUE (account_id, region, "TopicName")
);

-- Sequence numbers of messages of FIFO topics.
CREATE SEQUENCE sns_sequence_numbers;

-- Subscriptions. `pending` waits for its confirmation; `cancelled` was ended by its endpoint, which may confirm it again until the token expires, and is
-- shown nowhere. `owner` is the account that subscribed. Only the SHA-256 of a token is stored.
CREATE TABLE sns_subscriptions (
  id                   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic_id             bigint      NOT NULL REFERENCES sns_topics ON DELETE CASCADE,
  uuid                 uuid        NOT NULL UNIQUE,
  owner                text        NOT NULL,
  region               text        NOT NULL,
  protocol             text        NOT NULL,
  endpoint             text        NOT NULL,
  principal            text        NOT NULL,
  attributes           json        NOT NULL,
  has_filter           boolean     NOT NULL,
  state                text        NOT NULL CHECK (state IN ('pending', 'confirmed', 'cancelled')),
  token_sha256         text,
  token_expires_at     timestamptz,
  was_authenticated    boolean     NOT NULL,
  guards_unsubscribing boolean     NOT NULL DEFAULT false,
  created_at           timestamptz NOT NULL DEFAULT now()
);
-- Endpoints may be too long for an index.
CREATE UNIQUE INDEX sns_subscriptions_by_endpoint ON sns_subscriptions (topic_id, protocol, md5(endpoint));
CREATE INDEX sns_subscriptions_by_topic ON sns_subscriptions (topic_id, id);
CREATE INDEX sns_subscriptions_by_owner ON sns_subscriptions (owner, region, id);
CREATE INDEX sns_subscriptions_by_token ON sns_subscriptions (token_sha256) WHERE token_sha256 IS NOT NULL;
CREATE INDEX sns_subscriptions_to_expire ON sns_subscriptions (token_expires_at) WHERE state <> 'confirmed';

-- What FIFO topics have accepted in the last 5 minutes. `scope` is the message group where a topic deduplicates per group, otherwise empty.
CREATE TABLE sns_deduplication (
  topic_id   bigint      NOT NULL REFERENCES sns_topics ON DELETE CASCADE,
  scope      text        NOT NULL,
  dedup_id   text        NOT NULL,
  message_id uuid        NOT NULL,
  sequence   bigint      NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (topic_id, scope, dedup_id)
);
CREATE INDEX sns_deduplication_by_expiry ON sns_deduplication (expires_at);

-- The key that this installation signs notifications with, and its certificate, which anyone may read. The private key is sealed.
CREATE TABLE sns_signing_keys (
  id          text        PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
  private_key text        NOT NULL,
  certificate text        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION check_sns_signing_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM check_sealed(NEW.private_key);
  RETURN NEW;
END $$;
CREATE TRIGGER check_sealed BEFORE INSERT OR UPDATE OF private_key ON sns_signing_keys FOR EACH ROW EXECUTE FUNCTION check_sns_signing_key();
