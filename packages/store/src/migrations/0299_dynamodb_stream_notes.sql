-- What the stream of a table says of the table as it was when the stream was made, for as long as the stream can be read; and when the table stopped writing it.
ALTER TABLE kinesis_streams ADD COLUMN of_table json, ADD COLUMN ended_at timestamptz;
UPDATE kinesis_streams s SET of_table = json_build_object('view', t.definition -> 'stream' -> 'view', 'key', t.definition -> 'key'),
       ended_at = CASE WHEN NOT (t.definition -> 'stream' ->> 'isEnabled')::boolean THEN now() END
  FROM dynamodb_tables t
 WHERE s.service = 'dynamodb' AND t.account_id = s.account_id AND t.region = s.region
   AND s."StreamName" = 'table/' || t."TableName" || '/stream/' || (t.definition -> 'stream' ->> 'label');

-- What each secondary index holds, nearly, as `dynamodb_usage` has it of tables.
CREATE TABLE dynamodb_index_usage (
  index_id bigint PRIMARY KEY,
  table_id bigint NOT NULL REFERENCES dynamodb_tables ON DELETE CASCADE,
  items    bigint NOT NULL,
  bytes    bigint NOT NULL
);
CREATE INDEX dynamodb_index_usage_of_table ON dynamodb_index_usage (table_id);
-- They are counted soon.
UPDATE dynamodb_usage u SET counted_at = to_timestamp(0) FROM dynamodb_tables t WHERE t.id = u.table_id AND json_array_length(t.definition -> 'indexes') > 0;
