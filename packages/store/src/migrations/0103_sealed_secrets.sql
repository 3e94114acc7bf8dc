-- Secrets of access keys, functions' variables and the secret of session tokens are sealed with a master key. Its own key is in no table.
-- The ids of all keys that rows may be sealed with: one, and two while the key is being rotated.
CREATE TABLE master_keys (
  key_id     text PRIMARY KEY CHECK (key_id ~ '^[0-9a-f]{16}$'),
  created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE session_secret
  DROP CONSTRAINT session_secret_secret_check,
  ALTER COLUMN secret DROP NOT NULL,
  ADD COLUMN sealed text,
  ADD CONSTRAINT session_secret_one CHECK ((secret IS NULL) <> (sealed IS NULL));

-- Refuses what is not sealed, or sealed with a key that was rotated away: a process that still seals with an old key must not leave rows that nobody can read.
CREATE FUNCTION check_sealed(value text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF value NOT LIKE 'hk1:%' OR NOT EXISTS (SELECT 1 FROM master_keys WHERE key_id = split_part(value, ':', 2)) THEN
    RAISE EXCEPTION 'a secret is to be stored that is not sealed with a master key of this installation';
  END IF;
END $$;

CREATE FUNCTION check_access_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM check_sealed(NEW.secret_access_key);
  RETURN NEW;
END $$;
CREATE TRIGGER check_sealed BEFORE INSERT OR UPDATE OF secret_access_key ON access_keys FOR EACH ROW EXECUTE FUNCTION check_access_key();

CREATE FUNCTION check_session_secret() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM check_sealed(coalesce(NEW.sealed, ''));
  RETURN NEW;
END $$;
CREATE TRIGGER check_sealed BEFORE INSERT OR UPDATE ON session_secret FOR EACH ROW EXECUTE FUNCTION check_session_secret();

CREATE FUNCTION check_function_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.settings #>> '{Environment}' IS NOT NULL THEN
    PERFORM check_sealed(coalesce(NEW.settings #>> '{Environment,Sealed}', ''));
  END IF;
  IF NEW.active_snapshot #>> '{configuration,Environment}' IS NOT NULL THEN
    PERFORM check_sealed(coalesce(NEW.active_snapshot #>> '{configuration,Environment,Sealed}', ''));
  END IF;
  IF NEW.update_answer #>> '{Environment}' IS NOT NULL THEN
    PERFORM check_sealed(coalesce(NEW.update_answer #>> '{Environment,Sealed}', ''));
  END IF;
  IF NEW.fingerprint LIKE 'hk1:%' THEN
    PERFORM check_sealed(NEW.fingerprint);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_sealed BEFORE INSERT OR UPDATE OF settings, active_snapshot, update_answer, fingerprint ON function_versions
  FOR EACH ROW EXECUTE FUNCTION check_function_version();
