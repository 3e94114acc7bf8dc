-- Stores an object without a version id, in one statement. `Objects` does the same step by step where more belongs to the transaction: conditions, versions, events.
CREATE FUNCTION s3_put(
  of_bucket bigint, of_key bytea, expected_versioning text, of_account text, new_size bigint, new_etag text,
  modified_ms float8, new_files jsonb, new_facts jsonb, new_tags jsonb,
  OUT outcome text, -- stored; gone: there is no such bucket; overtaken: its versioning has changed
  OUT new_seq bigint,
  OUT obsolete jsonb -- the files of the object that was replaced
) LANGUAGE plpgsql AS $$
DECLARE
  present_versioning text;
BEGIN
  -- Until the end of the transaction nothing deletes the bucket, and no other writer changes the key.
  SELECT b.versioning INTO present_versioning FROM s3_buckets b WHERE b.id = of_bucket FOR KEY SHARE;
  IF NOT FOUND THEN
    outcome := 'gone';
    RETURN;
  END IF;
  IF present_versioning IS DISTINCT FROM expected_versioning THEN
    outcome := 'overtaken';
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(of_key, 'hex'), of_bucket));
  new_seq := nextval('s3_sequence'); -- after the lock: above the number of each version that is there
  DELETE FROM s3_objects o WHERE o.bucket_id = of_bucket AND o.key = of_key AND o.version_id IS NULL RETURNING o.files INTO obsolete;
  IF present_versioning IS NOT NULL THEN
    UPDATE s3_objects o SET is_latest = false WHERE o.bucket_id = of_bucket AND o.key = of_key AND o.is_latest;
  END IF;
  INSERT INTO s3_objects (bucket_id, key, seq, is_latest, size, etag, modified_at, files, facts, tags)
    VALUES (of_bucket, of_key, new_seq, true, new_size, new_etag, to_timestamp(modified_ms / 1000), new_files, new_facts, new_tags);
  INSERT INTO s3_files (id, account_id, bytes)
    SELECT f ->> 0, of_account, (f ->> 1)::bigint FROM jsonb_array_elements(new_files) f;
  IF obsolete <> '[]' THEN
    DELETE FROM s3_files WHERE id IN (SELECT f ->> 0 FROM jsonb_array_elements(obsolete) f);
  END IF;
  outcome := 'stored';
END $$;
