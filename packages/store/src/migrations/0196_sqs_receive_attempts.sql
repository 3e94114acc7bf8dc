-- What receives of FIFO queues with a ReceiveRequestAttemptId have got, so that one that is repeated gets the same: [{id, receipt, visibleAt}].
CREATE TABLE sqs_receive_attempts (
  queue_id   bigint      NOT NULL,
  attempt_id text        NOT NULL,
  messages   json        NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (queue_id, attempt_id)
);
CREATE INDEX sqs_receive_attempts_expired ON sqs_receive_attempts (expires_at);
