import type { StreamRecord } from "../../eventSource.ts";
import type { OwnPlace } from "../ownSource.ts";
import { columnJson } from "./columnJson.ts";
import { lsnText, positionText } from "./lsn.ts";
import type { Before, Row, Table } from "./pgoutput.ts";

/** The transaction of a change. */
export interface Transaction {
  readonly commitLsn: bigint;
  readonly committedAtMs: number;
  readonly xid: number;
}

export interface Change {
  readonly operation: "insert" | "update" | "delete" | "truncate";
  readonly table: Table;
  readonly before?: Before | undefined;
  readonly after?: Row | undefined;
}

/** The record of the change with this number in its transaction; the first has number 1. */
export function changeRecord(
  { operation, table, before, after }: Change,
  transaction: Transaction,
  number: number,
  place: Pick<OwnPlace, "arn" | "region">,
): StreamRecord {
  const { commitLsn, committedAtMs, xid } = transaction;
  const { schema, name, columns } = table;
  const position = positionText({ lsn: commitLsn, changes: number });
  const head = {
    messageId: position,
    operation,
    schema,
    table: name,
    keyColumns: columns.filter(({ isKey }) => isKey).map((column) => column.name),
    transactionId: xid,
    commitLsn: lsnText(commitLsn),
    timestamp: committedAtMs,
  };
  // What the server leaves out of the new row is in the old one, if that is complete.
  const whole = after?.map((value, at) => (value === undefined && before?.isFull ? before.row[at] : value));
  const unchanged = columns.filter((_, at) => whole && whole[at] === undefined).map((column) => column.name);
  const tail = { unchanged, eventSource: "hearth:postgres", eventSourceARN: place.arn, awsRegion: place.region };
  const rows = [
    ...(before ? [`"old":${rowJson(table, before.row, before.isFull)}`] : []),
    ...(whole ? [`"new":${rowJson(table, whole, true)}`] : []),
  ];
  const json = [JSON.stringify(head).slice(0, -1), ...rows, JSON.stringify(tail).slice(1)].join(",");
  return {
    json,
    id: position,
    position,
    partitionKey: `${schema}.${name}`,
    arrivedAtMs: committedAtMs,
    matched: () => ({ event: JSON.parse(json) as Readonly<Record<string, unknown>> }),
  };
}

/** Without columns that were not sent; the columns of the replica identity only, unless `isFull`. */
function rowJson({ columns }: Table, row: Row, isFull: boolean): string {
  const members = columns.flatMap(({ name, typeOid, isKey }, at) => {
    const value = row[at];
    if (value === undefined || (!isFull && !isKey)) return [];
    return [`${JSON.stringify(name)}:${value === null ? "null" : columnJson(typeOid, value)}`];
  });
  return `{${members.join(",")}}`;
}
