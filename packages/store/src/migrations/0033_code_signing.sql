CREATE TABLE code_signing_configs (
  id             text PRIMARY KEY CHECK (id ~ '^csc-[a-z0-9]{17}$'),
  account_id     text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "Description"  text,
  "SigningProfileVersionArns"     text[] NOT NULL CHECK (cardinality("SigningProfileVersionArns") BETWEEN 1 AND 20),
  "UntrustedArtifactOnDeployment" text NOT NULL CHECK ("UntrustedArtifactOnDeployment" IN ('Warn', 'Enforce')),
  "Tags"         jsonb NOT NULL CHECK (jsonb_typeof("Tags") = 'object'),
  "LastModified" timestamptz NOT NULL,
  UNIQUE (account_id, id)
);

-- The configuration that new code of a function is held to. One that a function has cannot be deleted.
CREATE TABLE function_code_signing (
  account_id     text NOT NULL,
  "FunctionName" text COLLATE "C" NOT NULL,
  config_id      text NOT NULL,
  PRIMARY KEY (account_id, "FunctionName"),
  FOREIGN KEY (account_id, "FunctionName") REFERENCES functions ON DELETE CASCADE,
  CONSTRAINT function_code_signing_config FOREIGN KEY (account_id, config_id) REFERENCES code_signing_configs (account_id, id)
);
CREATE INDEX function_code_signing_config ON function_code_signing (account_id, config_id);
