-- Queues of SQS. `attributes` holds what the owner has set, each value as the very text that was sent.
CREATE TABLE sqs_queues (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  "QueueName" text        NOT NULL,
  is_fifo     boolean     NOT NULL,
  attributes  json        NOT NULL,
  tags        json        NOT NULL,
  created_at  timestamptz NOT NULL DEFAULT now(),
  modified_at timestamptz NOT NULL DEFAULT now(),
  purged_at   timestamptz,
  UNIQUE (account_id, region, "QueueName")
);

-- The order of messages within a FIFO queue, and their sequence numbers.
CREATE SEQUENCE sqs_message_ids;

-- What changes about a message is a narrow row. A message is in flight while it has a receipt and `visible_at` lies in the future; it is delayed while
-- it has none. Rows of a queue that is gone may be left over for a while: there is no foreign key, because every send would lock the queue's row.
CREATE TABLE sqs_messages (
  queue_id          bigint      NOT NULL,
  id                bigint      NOT NULL,
  message_id        uuid        NOT NULL,
  body_slot         smallint    NOT NULL,
  sent_at           timestamptz NOT NULL,
  visible_at        timestamptz NOT NULL,
  receive_count     integer     NOT NULL DEFAULT 0,
  receipt           bigint,
  received_at       timestamptz,
  first_received_at timestamptz,
  group_id          text,
  source_queue_arn  text,
  PRIMARY KEY (queue_id, id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX sqs_messages_by_visibility ON sqs_messages (queue_id, visible_at);

-- Bodies are only inserted, into the slot that `sqs_body_slot` names. The slots rotate: what is still needed of the oldest slot is copied to slot 9, and
-- the slot is truncated. So a message that is deleted soon costs no write to its body, and no vacuum. Slot 9 is an ordinary table.
CREATE TABLE sqs_bodies (
  slot         smallint NOT NULL,
  id           bigint   NOT NULL,
  body         text     NOT NULL,
  attributes   text,
  sender_id    text     NOT NULL,
  trace_header text,
  dedup_id     text,
  PRIMARY KEY (slot, id)
) PARTITION BY LIST (slot);
CREATE TABLE sqs_bodies_0 PARTITION OF sqs_bodies FOR VALUES IN (0);
CREATE TABLE sqs_bodies_1 PARTITION OF sqs_bodies FOR VALUES IN (1);
CREATE TABLE sqs_bodies_2 PARTITION OF sqs_bodies FOR VALUES IN (2);
CREATE TABLE sqs_bodies_9 PARTITION OF sqs_bodies FOR VALUES IN (9);

CREATE TABLE sqs_body_slot (
  current    smallint    NOT NULL,
  rotated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO sqs_body_slot (current) VALUES (0);

-- What FIFO queues have accepted in the last 5 minutes. `scope` is the message group where a queue deduplicates per group, otherwise empty.
CREATE TABLE sqs_deduplication (
  queue_id   bigint      NOT NULL,
  scope      text        NOT NULL,
  dedup_id   text        NOT NULL,
  id         bigint      NOT NULL,
  message_id uuid        NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (queue_id, scope, dedup_id)
);

-- Tasks of StartMessageMoveTask. A worker that runs one renews `lease_until`.
CREATE TABLE sqs_move_tasks (
  id              uuid        PRIMARY KEY,
  account_id      text        NOT NULL,
  region          text        NOT NULL,
  source_queue_id bigint      NOT NULL,
  source_arn      text        NOT NULL,
  destination_arn text,
  per_second      integer,
  status          text        NOT NULL,
  moved           bigint      NOT NULL DEFAULT 0,
  to_move         bigint      NOT NULL,
  last_id         bigint      NOT NULL,
  failure_reason  text,
  started_at      timestamptz NOT NULL DEFAULT now(),
  lease_until     timestamptz
);
CREATE UNIQUE INDEX sqs_move_tasks_running ON sqs_move_tasks (source_queue_id) WHERE status IN ('RUNNING', 'CANCELLING');
CREATE INDEX sqs_move_tasks_by_source ON sqs_move_tasks (source_arn, started_at);
