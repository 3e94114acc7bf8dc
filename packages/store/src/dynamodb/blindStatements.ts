import { appendSteps } from "../kinesis/kinesisChunks.ts";
import { ABSENT, REPLACED } from "./changeChunk.ts";
import { unseen } from "./arrays.ts";
import { FEW } from "./dynamoStatements.ts";

// The statements that put and delete items without a look at them. Their parameters need no parsing: arrays of numbers and keys, and one value with the texts of
// all items. $1 is the table, $2 to $4 are the keys, $5 the texts.

const KEYS = `${unseen("$2::integer[]")}, $3::bytea[], $4::bytea[]`;

/** The items, in the order in which they are given. Parameters from `first` on: where each begins in $5, its length, its size, and when it expires. */
const given = (
  first: number,
): string => `SELECT place, hash, range, bytes, expires, convert_from(substring($5::bytea FROM start FOR length), 'UTF8') AS item
    FROM unnest(${KEYS}, $${first}::integer[], $${first + 1}::integer[], $${first + 2}::integer[], $${first + 3}::bigint[]) AS g (place, hash, range, start, length, bytes, expires)`;
/** Writes and returns rows in the order in which it reads them. */
const insertFrom = (
  from: string,
): string => `INSERT INTO dynamodb_items AS i (table_id, place, hash, range, bytes, expires_at, item, version)
    SELECT $1, place, hash, range, bytes, expires, item, nextval('dynamodb_versions') FROM ${from}
    ON CONFLICT (table_id, place, hash, range) DO UPDATE SET bytes = excluded.bytes, expires_at = excluded.expires_at, item = excluded.item, version = excluded.version`;

/** A row for each item, in their order. */
export const PUT = `${insertFrom(`(${given(6)}) AS given`)} RETURNING (xmax = 0) AS "isNew"`;

// With records, $6 is how much of $5 is the beginning of the chunk, $7 whether the stream shows what was replaced, $8 and $9 are the shard.

const isSame = `item = "oldItem"`;
/** Items of this version or a later one were written with their attributes in one order: migration 0291 began it. */
const FIRST_ORDERED = 2n ** 52n;
const IS_CLEAR = `count(*) FILTER (WHERE "oldVersion" < ${FIRST_ORDERED} AND NOT ${isSame} AND octet_length(item) = octet_length("oldItem")) = 0`;

const insteadOfItem = (code: number): string => `int4send(${code}) || int4send(${ABSENT})`;
const REPLACED_ITEM = `int4send("oldBytes") || CASE WHEN $7::boolean THEN int4send(octet_length("oldItem")) || convert_to("oldItem", 'UTF8') ELSE int4send(${ABSENT}) END`;
const IF_NOTHING = `WHEN "oldItem" IS NULL THEN ${insteadOfItem(REPLACED.nothing)}`;

/** The steps after one that has found or replaced the items: the chunk, unless nothing has changed, and one row with the sizes of what was replaced. */
function recordedFrom(
  step: string,
  { replaced, changed, isWhole }: Readonly<Record<"replaced" | "changed" | "isWhole", string>>,
): string {
  const append = appendSteps(
    { streamId: "$8", shardNo: "$9", records: "records", bytes: "octet_length(data)", data: "data" },
    { condition: `"isWhole" AND changed > 0`, from: "chunk" },
  );
  return `chunk AS MATERIALIZED (
    SELECT count(*)::integer AS records, array_agg("oldBytes") AS olds, count(*) FILTER (WHERE ${changed}) AS changed, ${isWhole} AS "isWhole",
           substring($5::bytea FROM 1 FOR $6) || string_agg(${replaced}, '') AS data FROM ${step}),
  ${append}
  SELECT olds, 1 / CASE WHEN "isWhole" AND (changed = 0 OR EXISTS (SELECT FROM appended)) THEN 1 ELSE 0 END AS "isDone" FROM chunk`;
}

/** The items that there are of those of `g`. The limit keeps PostgreSQL from reading the whole table in order to join it. */
const LOCKED = `LEFT JOIN LATERAL (
        SELECT item, bytes, version, ctid FROM dynamodb_items
         WHERE table_id = $1 AND place = g.place AND hash = g.hash AND range = g.range LIMIT 1 FOR UPDATE) AS i ON true`;

const PUT_RECORDS = {
  replaced: `CASE ${IF_NOTHING} WHEN ${isSame} THEN ${insteadOfItem(REPLACED.same)} ELSE ${REPLACED_ITEM} END`,
  changed: `"oldItem" IS NULL OR NOT ${isSame}`,
};

/**
 * Puts items and appends a chunk with a record of each change to a shard. All or nothing: the division by zero undoes the statement when
 * - an item from before `FIRST_ORDERED` has a text of the same length, which may say the same in another order,
 * - the shard was closed, or
 * - before PostgreSQL 18, another transaction added an item in the moment before it was locked.
 */
export const PUT_WITH_RECORDS = {
  /** From PostgreSQL 18 on an INSERT returns what it has replaced. */
  returning: `WITH put AS (${insertFrom(`(${given(10)}) AS given`)}
    RETURNING new.item, old.item AS "oldItem", old.bytes AS "oldBytes", old.version AS "oldVersion"),
  ${recordedFrom("put", { ...PUT_RECORDS, isWhole: IS_CLEAR })}`,
  /** Before, the items are locked first, so that what is read of them is what is replaced. */
  locking: `WITH put AS MATERIALIZED (
    SELECT g.*, i.item AS "oldItem", i.bytes AS "oldBytes", i.version AS "oldVersion" FROM (${given(10)}) AS g
      ${LOCKED}),
  written AS (${insertFrom("put")} RETURNING (xmax = 0) AS "isNew"),
  ${recordedFrom("put", { ...PUT_RECORDS, isWhole: `${IS_CLEAR} AND count(*) FILTER (WHERE "oldItem" IS NULL) = (SELECT count(*) FROM written WHERE "isNew")` })}`,
};

/** Deletes items and appends the records. All or nothing: undone when the shard was closed, or another transaction changed an item in the moment before it was locked. */
export const DELETE_WITH_RECORDS = `WITH found AS MATERIALIZED (
    SELECT g.at, i.item AS "oldItem", i.bytes AS "oldBytes", i.ctid AS "oldPlace" FROM unnest(${KEYS}) WITH ORDINALITY AS g (place, hash, range, at)
      ${LOCKED}),
  deleted AS (DELETE FROM dynamodb_items i USING found f WHERE i.ctid = f."oldPlace" AND f.at ${FEW} RETURNING 1),
  ${recordedFrom("found", {
    replaced: `CASE ${IF_NOTHING} ELSE ${REPLACED_ITEM} END`,
    changed: `"oldItem" IS NOT NULL`,
    isWhole: `count("oldItem") = (SELECT count(*) FROM deleted)`,
  })}`;
