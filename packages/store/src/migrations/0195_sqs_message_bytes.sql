-- The size of each message, so that what an account stores can be limited. 0 for messages that were stored before.
ALTER TABLE sqs_messages ADD COLUMN bytes integer NOT NULL DEFAULT 0;
