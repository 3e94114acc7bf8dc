CREATE TABLE layers (
  account_id   text NOT NULL CHECK (account_id ~ '^[0-9]{12}$'),
  "LayerName"  text COLLATE "C" NOT NULL CHECK ("LayerName" ~ '^[a-zA-Z0-9_-]{1,140}$'),
  -- Numbers of deleted versions are not given again.
  last_version bigint NOT NULL CHECK (last_version > 0),
  PRIMARY KEY (account_id, "LayerName")
);

CREATE TABLE layer_versions (
  account_id     text NOT NULL,
  "LayerName"    text COLLATE "C" NOT NULL,
  "Version"      bigint NOT NULL CHECK ("Version" > 0),
  "CreatedDate"  timestamptz NOT NULL,
  code_digest    text NOT NULL CHECK (code_digest ~ '^[0-9a-f]{64}$'),
  "CodeSize"     bigint NOT NULL CHECK ("CodeSize" > 0),
  -- As AWS's members; null where the publisher said nothing.
  "Description"  text NOT NULL,
  "LicenseInfo"  text,
  "CompatibleRuntimes"      text[] NOT NULL,
  "CompatibleArchitectures" text[] NOT NULL,
  -- The resource policy: both or none.
  policy_revision   uuid,
  policy_statements json,
  PRIMARY KEY (account_id, "LayerName", "Version"),
  FOREIGN KEY (account_id, "LayerName") REFERENCES layers,
  CHECK ((policy_revision IS NULL) = (policy_statements IS NULL)),
  CHECK (policy_statements IS NULL OR json_array_length(policy_statements) > 0)
);
CREATE INDEX layer_versions_code ON layer_versions (code_digest);
CREATE INDEX layer_versions_sizes ON layer_versions (account_id) INCLUDE ("CodeSize");
