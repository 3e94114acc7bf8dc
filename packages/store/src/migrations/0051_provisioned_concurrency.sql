-- How many initialised environments are kept for a version, or for what an alias points to, and how many there are.
CREATE TABLE provisioned_concurrency (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  number         bigint CHECK (number > 0),
  alias          text COLLATE "C",
  qualifier      text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(alias, number::text)) STORED,
  requested      integer NOT NULL CHECK (requested > 0),
  "LastModified" timestamptz NOT NULL,
  -- A new one whenever the wish or its versions change: a report on an older wish is not written.
  wish_id        uuid NOT NULL,
  "Status"       text NOT NULL CHECK ("Status" IN ('IN_PROGRESS', 'READY', 'FAILED')),
  "StatusReason" text,
  available      integer NOT NULL DEFAULT 0 CHECK (available >= 0),
  PRIMARY KEY (account_id, "FunctionName", qualifier),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE,
  FOREIGN KEY (account_id, "FunctionName", number) REFERENCES function_versions ON DELETE CASCADE,
  FOREIGN KEY (account_id, "FunctionName", alias) REFERENCES aliases ON DELETE CASCADE,
  CHECK ((number IS NULL) <> (alias IS NULL))
);
