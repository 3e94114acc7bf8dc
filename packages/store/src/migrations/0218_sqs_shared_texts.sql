-- Texts that the bodies of many messages begin with, such as a notification of a topic with 1,000 queues. A text lies in the slot of the bodies that begin
-- with it, and is copied and removed with them: see `sqs_bodies`.
CREATE TABLE sqs_shared_texts (
  slot  smallint NOT NULL,
  id    uuid     NOT NULL,
  text  text     NOT NULL,
  bytes integer  NOT NULL,
  PRIMARY KEY (slot, id)
) PARTITION BY LIST (slot);
CREATE TABLE sqs_shared_texts_0 PARTITION OF sqs_shared_texts FOR VALUES IN (0);
CREATE TABLE sqs_shared_texts_1 PARTITION OF sqs_shared_texts FOR VALUES IN (1);
CREATE TABLE sqs_shared_texts_2 PARTITION OF sqs_shared_texts FOR VALUES IN (2);
CREATE TABLE sqs_shared_texts_9 PARTITION OF sqs_shared_texts FOR VALUES IN (9);

ALTER TABLE sqs_bodies ADD COLUMN shared_text_id uuid;
-- `bytes` leaves out the shared text: an account is charged for it once.
ALTER TABLE sqs_messages ADD COLUMN shared_text_id uuid;
