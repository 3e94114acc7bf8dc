-- What queries over logs read: chunks of the account and region that the transaction names, and nothing where it names none.
CREATE VIEW log_chunks_to_query WITH (security_barrier) AS
  SELECT c.seq, c.group_id, c.first_timestamp, c.last_timestamp, c.ingestion_time, c.data, s."logStreamName"
    FROM log_chunks c JOIN log_streams s ON s.id = c.stream_id
   WHERE EXISTS (SELECT FROM log_groups g
                  WHERE g.id = c.group_id AND g.account_id = current_setting('hearth.account_id', true) AND g.region = current_setting('hearth.region', true));

-- The role that they read it as. Roles belong to the whole server, which several installations and tests may share. A user that may not create roles, or may
-- not become this one, reads the view as itself.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'hearth_log_reader') THEN
    CREATE ROLE hearth_log_reader NOLOGIN;
  END IF;
  IF NOT pg_has_role(current_user, 'hearth_log_reader', 'MEMBER') THEN
    EXECUTE format('GRANT hearth_log_reader TO %I', current_user);
  END IF;
EXCEPTION WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
  RAISE NOTICE 'the role hearth_log_reader was not made by this migration: %', SQLERRM;
END
$$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'hearth_log_reader') THEN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO hearth_log_reader', current_schema());
    GRANT SELECT ON log_chunks_to_query TO hearth_log_reader;
  END IF;
END
$$;
