-- The URL of a function or of one of its aliases. `url_id` is the first label of its host name and never changes.
CREATE TABLE function_urls (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  alias          text COLLATE "C",
  qualifier      text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(alias, '')) STORED,
  url_id         text NOT NULL UNIQUE CHECK (url_id ~ '^[0-9a-z]{32}$'),
  "AuthType"     text NOT NULL CHECK ("AuthType" IN ('NONE', 'AWS_IAM')),
  "InvokeMode"   text NOT NULL CHECK ("InvokeMode" IN ('BUFFERED', 'RESPONSE_STREAM')),
  "Cors"         json,
  "CreationTime"     timestamptz NOT NULL,
  "LastModifiedTime" timestamptz NOT NULL,
  PRIMARY KEY (account_id, "FunctionName", qualifier),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE,
  FOREIGN KEY (account_id, "FunctionName", alias) REFERENCES aliases ON DELETE CASCADE
);
