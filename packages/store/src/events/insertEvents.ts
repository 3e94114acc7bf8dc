import { LATEST } from "@hearth/model";
import { findQualified } from "../functions/qualifiers.ts";
import type { FunctionKey } from "../functions/functionRows.ts";
import type { Queryable, Transaction } from "../postgres/queryable.ts";
import { countPayloads } from "./eventPayloads.ts";

/** An asynchronous invocation at the time of its acceptance. */
export interface NewEvent extends FunctionKey {
  /** The invocation's request id, a UUID; retries keep it. */
  readonly id: string;
  readonly Qualifier?: string;
  readonly payload: Uint8Array;
  readonly traceId?: string;
  /** For an event that a delivery has brought: how many deliveries there were since a function last ran. */
  readonly hops?: number;
}

/** SQL: what `COUNT_ADDED` reads of each new event, from a query that is named `added`. */
export const ADDED = "account_id, octet_length(payload) AS bytes";
export const COUNT_ADDED = countPayloads("SELECT account_id, bytes FROM added");

/** Sends all payloads as one binary parameter: an array of them would be sent as hexadecimal text. */
export async function insertEvents(database: Queryable, events: readonly NewEvent[]): Promise<readonly undefined[]> {
  let at = 1;
  const rows = events.map(({ payload, ...rest }) => {
    const row = { hops: 0, ...rest, at, length: payload.byteLength };
    at += payload.byteLength;
    return row;
  });
  await database.prepared(
    `WITH added AS (
       INSERT INTO events (id, account_id, region, "FunctionName", "Qualifier", payload, trace_id, hops)
       SELECT e.id, e."accountId", e.region, e."FunctionName", e."Qualifier", substring($2::bytea FROM e.at FOR e.length), e."traceId", e.hops
         FROM json_to_recordset($1) AS e (id uuid, "accountId" text, region text, "FunctionName" text, "Qualifier" text, "traceId" text, hops integer,
                                          at integer, length integer)
       RETURNING ${ADDED})
     ${COUNT_ADDED}`,
    [JSON.stringify(rows), Buffer.concat(events.map((event) => event.payload))],
  );
  return events.map(() => undefined);
}

/** Accepts events in the transaction of what caused them. Resolves with false for those whose function, version or alias does not exist: they are not written. */
export async function sendEvents(tx: Transaction, events: readonly NewEvent[]): Promise<readonly boolean[]> {
  const known = new Map<string, boolean>();
  for (const event of events) {
    const key = keyOf(event);
    if (!known.has(key)) known.set(key, Boolean(await findQualified(tx, event, event.Qualifier ?? LATEST)));
  }
  const sent = events.map((event) => known.get(keyOf(event)) === true);
  const written = events.filter((_event, at) => sent[at]);
  if (written.length > 0) await insertEvents(tx, written);
  return sent;
}

function keyOf({ accountId, region, FunctionName, Qualifier = LATEST }: NewEvent): string {
  return `${accountId}:${region}:${FunctionName}:${Qualifier}`;
}
