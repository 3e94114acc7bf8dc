-- How asynchronous invocations of a version or alias are retried and where they go in the end. Number 0 is $LATEST, the function without a qualifier.
CREATE TABLE event_invoke_configs (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  number         bigint,
  alias          text COLLATE "C",
  qualifier      text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(alias, CASE number WHEN 0 THEN '$LATEST' ELSE number::text END)) STORED,
  "LastModified" timestamptz NOT NULL,
  "MaximumRetryAttempts"     integer CHECK ("MaximumRetryAttempts" BETWEEN 0 AND 2),
  "MaximumEventAgeInSeconds" integer CHECK ("MaximumEventAgeInSeconds" BETWEEN 60 AND 21600),
  on_success     text CHECK (on_success <> ''),
  on_failure     text CHECK (on_failure <> ''),
  PRIMARY KEY (account_id, "FunctionName", qualifier),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE,
  FOREIGN KEY (account_id, "FunctionName", number) REFERENCES function_versions ON DELETE CASCADE,
  FOREIGN KEY (account_id, "FunctionName", alias) REFERENCES aliases ON DELETE CASCADE,
  CHECK ((number IS NULL) <> (alias IS NULL))
);
