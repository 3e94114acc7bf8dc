import { backoffMs, type Clock, type Random } from "@hearth/kit";
import { type AccountRegion, AwsError, ServiceException } from "@hearth/model";
import {
  type DynamoKey,
  isSerializationFailure,
  isUniqueViolation,
  type QueuedDynamoWrite,
  type Transaction,
} from "@hearth/store";
import { ShardsReplaced } from "@hearth/streams";
import type { Item } from "./attributeValue.ts";
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  ItemCollectionSizeLimitExceededException,
  TransactionCanceledException,
} from "./errors.ts";
import { checkTransactionBytes } from "./itemSize.ts";
import { itemName, storedKey } from "./keys.ts";
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
  const keyed = request.parts.map((part) => ({ part, key: storedKey(part.table.definition.key, part.key) }));
  // Waiting here takes no connection to the database.
  using _turns = await tables.turns.takeAll(keyed.map(({ part, key }) => itemName(part.table.id, key)));
  for (let attempt = 1; ; attempt++) {
    let committed: (() => void)[] = [];
    try {
      const isNew = await tables.database.transaction(async (tx) => {
        committed = [];
        if (request.token && !(await isFirst(tx, where, request.token, tables))) return false;
        for (const { table, queued } of await decided(tx, keyed, tables)) {
          const announce = await tables.writeWithin(tx, table, queued);
          if (!announce) throw new Overtaken("an item of the transaction was changed meanwhile");
          committed.push(announce, () => {
            for (const { more } of queued) tables.counter.add(table.id, more.usage);
          });
        }
        return true;
      });
      for (const done of committed) done();
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
function byTable(parts: readonly KeyedPart[]): readonly (readonly KeyedPart[])[] {
  return [...Map.groupBy(parts, ({ part }) => part.table.id)]
    .toSorted(([a], [b]) => (BigInt(a) < BigInt(b) ? -1 : 1))
    .map(([, own]) => own);
}

interface KeyedPart {
  readonly part: TransactPart;
  readonly key: DynamoKey;
}

interface Writes {
  readonly table: Table;
  readonly queued: readonly QueuedDynamoWrite<Pending>[];
}

/** Decides about all parts before anything is written, so that the reasons of a refusal are those of all parts. */
async function decided(tx: Transaction, keyed: readonly KeyedPart[], tables: Tables): Promise<readonly Writes[]> {
  const reasons = new Map<TransactPart, CancellationReason>();
  const writes: Writes[] = [];
  let bytes = 0;
  for (const own of byTable(keyed)) {
    const [{ part: first }] = own as [KeyedPart];
    const { table } = first;
    const locked = await tables.items.lock(
      tx,
      table.id,
      own.map(({ key }) => key),
    );
    const found = new Map(locked.map((stored) => [itemName(table.id, stored), stored]));
    const queued: QueuedDynamoWrite<Pending>[] = [];
    for (const { part, key } of own) {
      const stored = found.get(itemName(table.id, key));
      const before = stored && decodeItem(stored.item);
      try {
        const after = part.decide(before);
        if (part.isCheck || (!before && !after)) continue;
        const planned = tables.plan(table, key, stored?.version ?? "absent", { before, after, image: stored });
        bytes += planned.write.bytes ?? 0;
        queued.push(planned);
      } catch (error) {
        reasons.set(part, reasonOf(error));
      }
    }
    if (queued.length > 0) writes.push({ table, queued });
  }
  if (reasons.size > 0) throw new TransactionCanceledException(keyed.map(({ part }) => reasons.get(part) ?? NONE));
  checkTransactionBytes(bytes);
  return writes;
}

/** Rethrows what is not the fault of a part. */
function reasonOf(error: unknown): CancellationReason {
  if (error instanceof ConditionalCheckFailedException) {
    return { Code: "ConditionalCheckFailed", Message: error.message, ...error.members };
  }
  if (!(error instanceof AwsError)) throw error;
  const Code =
    error instanceof ItemCollectionSizeLimitExceededException ? "ItemCollectionSizeLimitExceeded" : "ValidationError";
  return { Code, Message: error.message };
}
