-- Services send too: topics, rules, schedules. Such a row has `principal` and `source_arn`, and the role if the service was given one; that of a function
-- has "FunctionName", "Role" and log_group as before.
ALTER TABLE deliveries
  ALTER COLUMN "FunctionName" DROP NOT NULL,
  ALTER COLUMN "Role" DROP NOT NULL,
  ALTER COLUMN log_group DROP NOT NULL,
  ALTER COLUMN event_id DROP NOT NULL,
  DROP CONSTRAINT deliveries_purpose_check,
  ADD COLUMN principal text,
  ADD COLUMN source_arn text,
  ADD COLUMN "RoleArn" text,
  ADD COLUMN group_id text,
  ADD COLUMN dedup_id text,
  -- {maxAttempts, maxAgeMs, backoff}; the outbox's own rules where it says nothing.
  ADD COLUMN retry json,
  ADD COLUMN dead_letter text,
  ADD COLUMN parameters json,
  -- The target is not in Hearth: an attempt may take seconds, and is made outside of any transaction.
  ADD COLUMN outside boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT deliveries_sender_check CHECK (("FunctionName" IS NULL) = (principal IS NOT NULL) AND (principal IS NULL) = (source_arn IS NULL));

-- Claims are fair between accounts, and between the targets of one account.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (outside, due_at) WHERE state = 'waiting';
CREATE INDEX deliveries_lanes ON deliveries (outside, account_id, hashtext(target), due_at) WHERE state = 'waiting';

-- Messages for many targets: one row has the body once, and is expanded in chunks. Each chunk and the cursor after it are written in one transaction.
CREATE TABLE fan_outs (
  id          uuid        PRIMARY KEY,
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  -- The name of the reader that knows the targets, and what it needs besides the body.
  reader      text        NOT NULL,
  context     json        NOT NULL,
  body        bytea       NOT NULL,
  -- Where the next chunk starts; NULL at the beginning.
  cursor      json,
  created_at  timestamptz NOT NULL DEFAULT now(),
  due_at      timestamptz NOT NULL DEFAULT now(),
  lease_owner text,
  -- Counts claims; it is the fence.
  claims      integer     NOT NULL DEFAULT 0,
  -- Since the last chunk that was written.
  failures    integer     NOT NULL DEFAULT 0,
  last_error  text
);
CREATE INDEX fan_outs_by_account ON fan_outs (account_id, created_at, id);
