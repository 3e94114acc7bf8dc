// Statements that read for several requests at once. The limits in the lateral parts keep PostgreSQL from reading whole tables in order to join them.

/** Items of a larger sum are left to the next statement: their texts are null. */
const MAX_STATEMENT_BYTES = 4 * 1024 * 1024;
/** A query ends with the item that makes it as large as this, the most that a page has. Less than a statement may have, with an item of the largest size. */
const MAX_PART_BYTES = 1024 * 1024;

const BOUNDED_ITEM = `CASE WHEN sum(i.bytes) OVER (ROWS UNBOUNDED PRECEDING) - i.bytes < ${MAX_STATEMENT_BYTES} THEN i.item END AS item`;

export const GET_ITEMS = `SELECT g.at, i.version, i.bytes, ${BOUNDED_ITEM}
   FROM json_to_recordset($1) AS g (at integer, "tableId" bigint, place integer, hash text, range text)
  CROSS JOIN LATERAL (
    SELECT version::text, bytes, item FROM dynamodb_items
     WHERE table_id = g."tableId" AND place = g.place AND hash = decode(g.hash, 'hex') AND range = decode(g.range, 'hex') LIMIT 1) AS i`;

// Sort keys have at most 1,024 bytes.
const AFTER_ALL = "decode(repeat('ff', 1025), 'hex')";

const parts = (order: "ASC" | "DESC"): string => `SELECT g.at, i.range, i.bytes, ${BOUNDED_ITEM}
   FROM json_to_recordset($1) AS g (at integer, "tableId" bigint, place integer, hash text, "from" text, "to" text, "limit" integer)
  CROSS JOIN LATERAL (
    SELECT range, bytes, item FROM (
      SELECT range, bytes, item, sum(bytes) OVER (ORDER BY range ${order} ROWS UNBOUNDED PRECEDING) - bytes AS before FROM (
        SELECT range, bytes, item FROM dynamodb_items
         WHERE table_id = g."tableId" AND place = g.place AND hash = decode(g.hash, 'hex')
           AND range >= decode(g."from", 'hex') AND range < coalesce(decode(g."to", 'hex'), ${AFTER_ALL})
         ORDER BY range ${order} LIMIT g."limit") AS first) AS counted
     WHERE before < ${MAX_PART_BYTES}) AS i`;

export const QUERY_PARTS = { ascending: parts("ASC"), descending: parts("DESC") };
