-- Parameters of Systems Manager. A parameter is what its latest version says.
CREATE TABLE ssm_parameters (
  account_id text   NOT NULL,
  region     text   NOT NULL,
  "Name"     text   COLLATE "C" NOT NULL,
  "Version"  bigint NOT NULL,
  tags       json   NOT NULL DEFAULT '{}',
  PRIMARY KEY (account_id, region, "Name")
);

CREATE TABLE ssm_parameter_versions (
  account_id   text        NOT NULL,
  region       text        NOT NULL,
  "Name"       text        COLLATE "C" NOT NULL,
  "Version"    bigint      NOT NULL,
  "Type"       text        NOT NULL,
  -- Sealed, for a SecureString.
  value        text        NOT NULL,
  -- Description, AllowedPattern, KeyId, Tier, DataType and LastModifiedUser, as in AWS's API.
  settings     json        NOT NULL,
  labels       text[]      NOT NULL DEFAULT '{}',
  modified_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (account_id, region, "Name", "Version"),
  FOREIGN KEY (account_id, region, "Name") REFERENCES ssm_parameters ON DELETE CASCADE
);

CREATE FUNCTION check_ssm_parameter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."Type" = 'SecureString' THEN
    PERFORM check_sealed(NEW.value);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_sealed BEFORE INSERT OR UPDATE OF value ON ssm_parameter_versions FOR EACH ROW EXECUTE FUNCTION check_ssm_parameter();
