CREATE TABLE functions (
  account_id     text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "FunctionName" text COLLATE "C" NOT NULL CHECK ("FunctionName" ~ '^[a-zA-Z0-9_-]{1,64}$'),
  created_at     timestamptz NOT NULL,
  -- Numbers of deleted versions are not given again.
  last_version   bigint NOT NULL DEFAULT 0 CHECK (last_version >= 0),
  "ReservedConcurrentExecutions" integer CHECK ("ReservedConcurrentExecutions" >= 0),
  PRIMARY KEY (account_id, "FunctionName")
);

CREATE TABLE function_versions (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  -- 0 is $LATEST.
  number         bigint NOT NULL CHECK (number >= 0),
  "RevisionId"   uuid NOT NULL,
  "LastModified" timestamptz NOT NULL,
  code_digest    text NOT NULL CHECK (code_digest ~ '^[0-9a-f]{64}$'),
  "CodeSize"     bigint NOT NULL CHECK ("CodeSize" > 0),
  -- What the user set, in AWS's members. json, not jsonb: it keeps the order of variables and every character.
  settings       json NOT NULL,
  -- Of code and settings: PublishVersion of what is published already answers with that version.
  fingerprint    text NOT NULL,

  "State"                      text NOT NULL CHECK ("State" IN ('Pending', 'Active', 'Inactive', 'Failed')),
  "StateReason"                text,
  "StateReasonCode"            text,
  "LastUpdateStatus"           text CHECK ("LastUpdateStatus" IN ('Successful', 'Failed', 'InProgress')),
  "LastUpdateStatusReason"     text,
  "LastUpdateStatusReasonCode" text,
  "RuntimeVersionArn"          text,

  -- The FunctionVersion that runs.
  active_snapshot json,
  -- wanted, then applied, then none. See activation.ts.
  activation      text CHECK (activation IN ('wanted', 'applied')),
  applied_seq     bigint,
  -- A version published by the write that changed $LATEST becomes active in the same transaction as that revision of $LATEST.
  activated_with  uuid,

  -- A repeat of the update with this amz-sdk-invocation-id gets the same answer.
  update_invocation_id text,
  update_answer        json,

  PRIMARY KEY (account_id, "FunctionName", number),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE,
  CHECK ("State" <> 'Active' OR active_snapshot IS NOT NULL),
  CHECK ("State" <> 'Pending' OR activation IS NOT NULL),
  CHECK (coalesce("LastUpdateStatus", '') <> 'InProgress' OR activation IS NOT NULL),
  CHECK ((coalesce(activation, '') = 'applied') = (applied_seq IS NOT NULL)),
  CHECK (activated_with IS NULL OR (number > 0 AND activation IS NOT NULL)),
  CHECK ((update_invocation_id IS NULL) = (update_answer IS NULL))
);
CREATE INDEX function_versions_activation ON function_versions ("LastModified") WHERE activation IS NOT NULL;
CREATE INDEX function_versions_code ON function_versions (code_digest);

CREATE TABLE function_tags (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  "Key"          text NOT NULL,
  "Value"        text NOT NULL,
  PRIMARY KEY (account_id, "FunctionName", "Key"),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE
);
