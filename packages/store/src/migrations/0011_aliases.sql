CREATE TABLE aliases (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  "Name"         text COLLATE "C" NOT NULL CHECK ("Name" ~ '^[a-zA-Z0-9_-]{1,128}$' AND "Name" !~ '^[0-9]+$'),
  "Description"  text NOT NULL,
  "RevisionId"   uuid NOT NULL,
  -- 0 is $LATEST. No action on deletion: a version that an alias points to cannot be deleted, except with its function.
  number         bigint NOT NULL,
  -- The other version and its share, when calls are split.
  second_number  bigint CHECK (second_number IS NULL OR (second_number > 0 AND second_number <> number AND number > 0)),
  second_weight  double precision CHECK (second_weight BETWEEN 0 AND 1),
  PRIMARY KEY (account_id, "FunctionName", "Name"),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE,
  CONSTRAINT aliases_version FOREIGN KEY (account_id, "FunctionName", number) REFERENCES function_versions,
  CONSTRAINT aliases_second_version FOREIGN KEY (account_id, "FunctionName", second_number) REFERENCES function_versions,
  CHECK ((second_number IS NULL) = (second_weight IS NULL))
);
CREATE INDEX aliases_version ON aliases (account_id, "FunctionName", number);
