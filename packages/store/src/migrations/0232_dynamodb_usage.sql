-- What the entries of a table's secondary indexes take.
ALTER TABLE dynamodb_usage ADD COLUMN index_bytes bigint NOT NULL DEFAULT 0;
-- They are counted anew soon.
UPDATE dynamodb_usage SET counted_at = to_timestamp(0);

-- Tables with work of their own are found without reading the others.
CREATE INDEX dynamodb_tables_creating ON dynamodb_tables (id) WHERE definition::text LIKE '%"CREATING"%';
CREATE INDEX dynamodb_tables_expiring ON dynamodb_tables (id) WHERE definition ->> 'timeToLive' IS NOT NULL;
CREATE INDEX dynamodb_tables_streaming ON dynamodb_tables (id) WHERE (definition -> 'stream' ->> 'isEnabled')::boolean;
