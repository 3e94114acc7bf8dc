-- When the runtime of a version is updated. Number 0 is $LATEST; a version without a row is on 'Auto'.
CREATE TABLE runtime_management_configs (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  number         bigint NOT NULL,
  "UpdateRuntimeOn"   text NOT NULL CHECK ("UpdateRuntimeOn" IN ('Auto', 'Manual', 'FunctionUpdate')),
  "RuntimeVersionArn" text,
  PRIMARY KEY (account_id, "FunctionName", number),
  FOREIGN KEY (account_id, "FunctionName", number) REFERENCES function_versions ON DELETE CASCADE,
  CHECK (("UpdateRuntimeOn" = 'Manual') = ("RuntimeVersionArn" IS NOT NULL))
);

-- What happens to a function that calls itself through queues and topics.
ALTER TABLE functions ADD COLUMN "RecursiveLoop" text NOT NULL DEFAULT 'Terminate' CHECK ("RecursiveLoop" IN ('Allow', 'Terminate'));
