-- A shard's row counts what is stored of the day of its last record, which changes with each append anyway; `kinesis_stored` has the days before.
ALTER TABLE kinesis_shards ADD COLUMN last_day_bytes bigint NOT NULL DEFAULT 0;

CREATE FUNCTION keep_kinesis_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO kinesis_stored AS k (stream_id, shard_no, day, bytes)
  VALUES (OLD.stream_id, OLD.shard_no, (OLD.last_seq >> 20) / 86400000, OLD.last_day_bytes)
  ON CONFLICT (stream_id, shard_no, day) DO UPDATE SET bytes = k.bytes + excluded.bytes;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  NEW.last_day_bytes := NEW.last_day_bytes - OLD.last_day_bytes;
  RETURN NEW;
END $$;
CREATE TRIGGER next_day BEFORE UPDATE OF last_seq ON kinesis_shards FOR EACH ROW
  WHEN (OLD.last_day_bytes > 0 AND (OLD.last_seq >> 20) / 86400000 <> (NEW.last_seq >> 20) / 86400000) EXECUTE FUNCTION keep_kinesis_day();
-- Records of a deleted shard stay until they are collected.
CREATE TRIGGER last_day BEFORE DELETE ON kinesis_shards FOR EACH ROW WHEN (OLD.last_day_bytes > 0) EXECUTE FUNCTION keep_kinesis_day();

-- What the records of a stream take, by shard and by day of arrival (days since the epoch). A day may have two rows, after a clock was set back.
CREATE VIEW kinesis_days AS
  SELECT stream_id, shard_no, day, bytes FROM kinesis_stored
  UNION ALL
  SELECT stream_id, shard_no, ((last_seq >> 20) / 86400000)::integer, last_day_bytes FROM kinesis_shards WHERE last_day_bytes > 0;
