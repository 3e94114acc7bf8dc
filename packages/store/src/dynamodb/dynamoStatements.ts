import { appendSteps } from "../kinesis/kinesisChunks.ts";

// The statements that read and write items, all of them by their keys.

export const OF_ITEM = "table_id = $1 AND place = $2 AND hash = $3 AND range = $4";
export const GET = `SELECT version::text, bytes, item FROM dynamodb_items WHERE ${OF_ITEM}`;
// The limit keeps PostgreSQL from reading the whole table in order to join it.
export const GET_MANY = `SELECT g.at, i.version, i.bytes, i.item
   FROM json_to_recordset($1) AS g (at integer, "tableId" bigint, place integer, hash text, range text)
  CROSS JOIN LATERAL (
    SELECT version::text, bytes, item FROM dynamodb_items
     WHERE table_id = g."tableId" AND place = g.place AND hash = decode(g.hash, 'hex') AND range = decode(g.range, 'hex') LIMIT 1) AS i`;

const GIVEN = `SELECT at, place, decode(hash, 'hex') AS hash, decode(range, 'hex') AS range, expected, item, bytes, expires
    FROM json_to_recordset($2) AS g (at integer, place integer, hash text, range text, expected text, item text, bytes integer, expires bigint)`;
const SAME = "i.table_id = $1 AND i.place = g.place AND i.hash = g.hash AND i.range = g.range";
// True for every row. PostgreSQL takes JSON for a hundred rows, and would rather read a whole table that it takes for small than look for a hundred items; with
// this it takes it for one row. Plans are kept, and tables grow.
export const FEW = `BETWEEN ${-(2 ** 31)} AND ${2 ** 31 - 1}`;
const INSERTED = `INSERT INTO dynamodb_items AS i (table_id, place, hash, range, version, bytes, expires_at, item)
    SELECT $1, place, hash, range, nextval('dynamodb_versions'), bytes, expires, item FROM given`;
const ENTRY = `at integer, "indexId" bigint, place integer, hash text, range text, "itemPlace" integer, "itemHash" text, "itemRange" text`;

const WRITE_STEPS = `given AS MATERIALIZED (${GIVEN}),
  changed AS (
    UPDATE dynamodb_items i SET item = g.item, bytes = g.bytes, expires_at = g.expires, version = nextval('dynamodb_versions') FROM given g
     WHERE ${SAME} AND g.at ${FEW} AND g.item IS NOT NULL AND g.expected = i.version::text RETURNING g.at),
  inserted AS (${INSERTED} WHERE item IS NOT NULL AND expected = 'absent' ON CONFLICT DO NOTHING RETURNING place, hash, range),
  upserted AS (${INSERTED} WHERE item IS NOT NULL AND expected = 'any'
    ON CONFLICT (table_id, place, hash, range) DO UPDATE SET item = excluded.item, bytes = excluded.bytes, expires_at = excluded.expires_at, version = excluded.version
    RETURNING place, hash, range, (xmax = 0) AS "isNew"),
  deleted AS (DELETE FROM dynamodb_items i USING given g WHERE ${SAME} AND g.at ${FEW} AND g.item IS NULL AND g.expected IN ('any', i.version::text) RETURNING g.at),
  done AS MATERIALIZED (
    SELECT at, false AS "isNew" FROM changed UNION SELECT at, false FROM deleted
    UNION SELECT g.at, true FROM given g JOIN inserted USING (place, hash, range) WHERE g.expected = 'absent'
    UNION SELECT g.at, upserted."isNew" FROM given g JOIN upserted USING (place, hash, range) WHERE g.expected = 'any'
    UNION SELECT at, false FROM given WHERE item IS NULL AND expected = 'any'),
  index_removed AS (
    DELETE FROM dynamodb_index_items x USING json_to_recordset($3) AS d (${ENTRY}) JOIN done ON done.at = d.at
     WHERE x.index_id = d."indexId" AND x.place = d.place AND x.hash = decode(d.hash, 'hex') AND x.range = decode(d.range, 'hex')
       AND x.item_place = d."itemPlace" AND x.item_hash = decode(d."itemHash", 'hex') AND x.item_range = decode(d."itemRange", 'hex')),
  index_added AS (
    INSERT INTO dynamodb_index_items (index_id, place, hash, range, item_place, item_hash, item_range, bytes, item)
    SELECT p."indexId", p.place, decode(p.hash, 'hex'), decode(p.range, 'hex'), p."itemPlace", decode(p."itemHash", 'hex'), decode(p."itemRange", 'hex'), p.bytes, p.item
      FROM json_to_recordset($4) AS p (${ENTRY}, bytes integer, item text) JOIN done ON done.at = p.at
    ON CONFLICT (index_id, place, hash, range, item_place, item_hash, item_range) DO UPDATE SET bytes = excluded.bytes, item = excluded.item)`;
export const WRITE = `WITH ${WRITE_STEPS} SELECT at, "isNew" FROM done`;
// All or nothing: the shard is asked for only when all items are written, and without a row of it the division by zero undoes the statement.
export const WRITE_WITH_RECORDS = `WITH ${WRITE_STEPS},
  ${appendSteps({ streamId: "$5", shardNo: "$6", records: "$7", bytes: "$8", data: "$9" }, { condition: "(SELECT count(*) FROM done) = $10" })}
  SELECT at, "isNew", 1 / (SELECT count(*) FROM appended)::integer AS "isWhole" FROM done`;
// The limit is there as in GET_MANY.
export const LOCK = `WITH given AS MATERIALIZED (
    SELECT place, decode(hash, 'hex') AS hash, decode(range, 'hex') AS range
      FROM json_to_recordset($2) AS g (place integer, hash text, range text) ORDER BY 1, 2, 3)
  SELECT i.* FROM given g CROSS JOIN LATERAL (
    SELECT place, hash, range, version::text, bytes, item FROM dynamodb_items
     WHERE table_id = $1 AND place = g.place AND hash = g.hash AND range = g.range LIMIT 1 FOR UPDATE) AS i`;
