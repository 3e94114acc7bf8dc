-- Secrets Manager.
CREATE TABLE secrets (
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  "Name"      text        COLLATE "C" NOT NULL,
  -- Description and KmsKeyId, as in AWS's API.
  settings    json        NOT NULL DEFAULT '{}',
  tags        json        NOT NULL DEFAULT '{}',
  -- The resource policy, as it was put.
  policy      text,
  -- {RotationLambdaARN, RotationRules, enabledMs, lastRotatedMs}
  rotation    json,
  -- A rotation that is under way: {token, step, eventId, startedMs}
  rotating    json,
  created_at  timestamptz NOT NULL DEFAULT now(),
  changed_at  timestamptz NOT NULL DEFAULT now(),
  -- The day of the last read of a value.
  accessed_on date,
  -- When a secret that is marked for deletion is removed, and when it was marked.
  removed_at  timestamptz,
  deleted_at  timestamptz,
  PRIMARY KEY (account_id, region, "Name")
);

CREATE TABLE secret_versions (
  account_id  text        NOT NULL,
  region      text        NOT NULL,
  "Name"      text        COLLATE "C" NOT NULL,
  "VersionId" text        NOT NULL,
  -- Sealed: {"SecretString": …} or {"SecretBinary": base64}. NULL until the function that rotates the secret has put one.
  value       text,
  stages      text[]      NOT NULL DEFAULT '{}',
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  accessed_on date,
  PRIMARY KEY (account_id, region, "Name", "VersionId"),
  FOREIGN KEY (account_id, region, "Name") REFERENCES secrets ON DELETE CASCADE
);

CREATE FUNCTION check_secret_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.value IS NOT NULL THEN
    PERFORM check_sealed(NEW.value);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_sealed BEFORE INSERT OR UPDATE OF value ON secret_versions FOR EACH ROW EXECUTE FUNCTION check_secret_version();
