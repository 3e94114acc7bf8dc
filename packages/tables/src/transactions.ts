import { backoffMs, type Clock, type Random } from "@hearth/kit";
import { type AccountRegion, AwsError, ServiceException } from "@hearth/model";
import { isSerializationFailure, isUniqueViolation, type QueuedDynamoWrite, type Transaction } from "@hearth/store";
import { ShardsReplaced } from "@hearth/streams";
import type { Item } from "./attributeValue.ts";
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  TransactionCanceledException,
} from "./errors.ts";
import { storedKey } from "./keys.ts";
import { decodeItem } from "./storedItem.ts";
import type { Table } from "./table.ts";
import type { Decide, Pending, Tables } from "./tables.ts";

/** One item of a transaction. */
export interface TransactPart {
  readonly table: Table;
  /** Checked. */
  readonly key: Item;
  readonly decide: Decide;
  /** The item is only looked at. */
  readonly isCheck?: boolean;
}

export interface TransactRequest {
  readonly parts: readonly TransactPart[];
  /** A ClientRequestToken and the digest of the request that it belongs to. */
  readonly token?: { readonly value: string; readonly digest: string } | undefined;
}

export interface TransactDeps {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly random: Random;
}

const MAX_ATTEMPTS = 10;
const RETRY = { baseMs: 2, maxMs: 200 };

/** An item was changed between the look at it and the write. */
class Overtaken extends Error {
  override readonly name = "Overtaken";
}

/**
 * Writes all items or none. Items that exist are locked, in the order of their keys; one that appears or disappears meanwhile makes the transaction begin
 * again. Rejects with TransactionCanceledException. False when the token shows that it was carried out before.
 */
export async function transactWrite(
  where: AccountRegion,
  request: TransactRequest,
  deps: TransactDeps,
): Promise<boolean> {
  const { tables, clock, random } = deps;
  for (let attempt = 1; ; attempt++) {
    let committed: (() => void)[] = [];
    let usage: (() => void)[] = [];
    try {
      const isNew = await tables.database.transaction(async (tx) => {
        [committed, usage] = [[], []];
        if (request.token && !(await isFirst(tx, where, request.token, tables))) return false;
        for (const parts of byTable(request.parts)) {
          const written = await writeOfTable(tx, parts, request.parts, tables);
          committed.push(written.announce);
          usage.push(...written.usage);
        }
        return true;
      });
      for (const done of [...committed, ...usage]) done();
      return isNew;
    } catch (error) {
      const isPassing =
        error instanceof Overtaken ||
        error instanceof ShardsReplaced ||
        isUniqueViolation(error) ||
        isSerializationFailure(error);
      if (!isPassing) throw error;
      if (attempt >= MAX_ATTEMPTS) {
        if (error instanceof Overtaken) throw new TransactionCanceledException(request.parts.map(() => CONFLICT));
        throw new ServiceException("The transaction could not be carried out. Try again.");
      }
      await clock.sleep(backoffMs(attempt, RETRY, random));
    }
  }
}

const NONE: CancellationReason = { Code: "None" };
const CONFLICT: CancellationReason = { Code: "TransactionConflict", Message: "Transaction is ongoing for the item" };

async function isFirst(
  tx: Transaction,
  where: AccountRegion,
  { value, digest }: NonNullable<TransactRequest["token"]>,
  tables: Tables,
): Promise<boolean> {
  const earlier = await tables.tokens.take(tx, where, value, digest);
  if (earlier !== undefined && earlier !== digest) {
    throw new IdempotentParameterMismatchException(
      "The provided ClientRequestToken was used with another request in the last 10 minutes.",
    );
  }
  return earlier === undefined;
}

/** The parts by table, tables in the order in which every transaction locks them. */
function byTable(parts: readonly TransactPart[]): readonly (readonly TransactPart[])[] {
  return [...Map.groupBy(parts, ({ table }) => table.id)]
    .toSorted(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map(([, own]) => own);
}

async function writeOfTable(
  tx: Transaction,
  parts: readonly TransactPart[],
  all: readonly TransactPart[],
  tables: Tables,
): Promise<{ readonly announce: () => void; readonly usage: readonly (() => void)[] }> {
  const [{ table }] = parts as [TransactPart];
  const keyed = parts.map((part) => ({ part, key: storedKey(table.definition.key, part.key) }));
  const locked = await tables.items.lock(
    tx,
    table.id,
    keyed.map(({ key }) => key),
  );
  const found = new Map(locked.map((stored) => [nameOf(stored), stored]));
  const reasons = new Map<TransactPart, CancellationReason>();
  const writes: QueuedDynamoWrite<Pending>[] = [];
  for (const { part, key } of keyed) {
    const stored = found.get(nameOf(key));
    const before = stored && decodeItem(stored.item);
    try {
      const after = part.decide(before);
      if (part.isCheck || (!before && !after)) continue;
      writes.push(tables.plan(table, key, stored?.version ?? "absent", { before, after, image: stored }));
    } catch (error) {
      reasons.set(part, reasonOf(error));
    }
  }
  if (reasons.size > 0) throw new TransactionCanceledException(all.map((part) => reasons.get(part) ?? NONE));
  if (writes.length === 0) return { announce: () => undefined, usage: [] };
  const announce = await tables.writeWithin(tx, table, writes);
  if (!announce) throw new Overtaken("an item of the transaction was changed meanwhile");
  return {
    announce,
    usage: writes.map(
      ({ more }) =>
        () =>
          tables.counter.add(table.id, more.usage),
    ),
  };
}

function nameOf({ hash, range }: { readonly hash: Buffer; readonly range: Buffer }): string {
  return `${hash.toString("hex")}:${range.toString("hex")}`;
}

/** Rethrows what is not the fault of a part. */
function reasonOf(error: unknown): CancellationReason {
  if (error instanceof ConditionalCheckFailedException) {
    return { Code: "ConditionalCheckFailed", Message: error.message, ...error.members };
  }
  if (!(error instanceof AwsError)) throw error;
  return { Code: "ValidationError", Message: error.message };
}
