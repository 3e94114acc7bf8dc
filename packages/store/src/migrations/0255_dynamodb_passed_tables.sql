-- Tables on the server that HEARTH_DYNAMODB_ENDPOINT names: to which account and region each belongs, and what of it Hearth keeps itself.
CREATE TABLE dynamodb_passed_tables (
  account_id  text        NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  region      text        NOT NULL,
  "TableName" text        COLLATE "C" NOT NULL,
  -- The table's name on the server, where all accounts and regions share one space of names.
  server_name text        COLLATE "C" NOT NULL UNIQUE,
  -- False from before the server is asked to create the table until it has done so.
  is_created  boolean     NOT NULL,
  tags        json        NOT NULL,
  policy      text,
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "TableName")
);
