-- The resource policy of a function, of one of its versions or of one of its aliases.
CREATE TABLE function_policies (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  number         bigint,
  alias          text COLLATE "C",
  qualifier      text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(alias, number::text, '')) STORED,
  "RevisionId"   uuid NOT NULL,
  -- Statements in the order they were added.
  statements     json NOT NULL CHECK (json_array_length(statements) > 0),
  PRIMARY KEY (account_id, "FunctionName", qualifier),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE,
  FOREIGN KEY (account_id, "FunctionName", number) REFERENCES function_versions ON DELETE CASCADE,
  FOREIGN KEY (account_id, "FunctionName", alias) REFERENCES aliases ON DELETE CASCADE,
  CHECK (number IS NULL OR alias IS NULL)
);
