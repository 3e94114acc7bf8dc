import { isConnectionLoss, isSerializationFailure, type Transaction } from "@hearth/store";
import { DeliveryRefused } from "./deliveryRefused.ts";
import type { Committed, Send, Together } from "./targetKind.ts";

/** A message was written, will never be taken, or could not be written for a reason that may pass. */
export type Written =
  | { readonly committed: Committed }
  | { readonly refused: DeliveryRefused }
  | { readonly failed: string };

/**
 * Writes messages in `tx`; resolves with one result for each. Those that can be written together are. One that fails is undone and leaves the others and
 * the transaction as they are. Rejects where the whole transaction must be repeated or has failed.
 */
export async function writePlanned(tx: Transaction, sends: readonly Send[]): Promise<readonly Written[]> {
  const results: Written[] = [];
  const groups = new Map<Together["write"], number[]>();
  const alone: number[] = [];
  for (const [at, { together }] of sends.entries()) {
    const group = together && groups.get(together.write);
    if (group) group.push(at);
    else if (together) groups.set(together.write, [at]);
    else alone.push(at);
  }
  for (const [write, group] of groups) {
    const items = group.map((at) => sends[at]?.together?.item);
    const written = group.length > 1 ? await undoable(tx, async () => await write(tx, items)) : undefined;
    if (written && "value" in written) {
      for (const [index, at] of group.entries()) results[at] = resultOf(written.value[index]);
    } else alone.push(...group);
  }
  for (const at of alone.toSorted((a, b) => a - b)) {
    const send = sends[at] as Send;
    const written = await undoable(tx, async () => await send(tx));
    if ("value" in written) results[at] = { committed: written.value };
    else if (written.error instanceof DeliveryRefused) results[at] = { refused: written.error };
    else results[at] = { failed: String(written.error) };
  }
  return results;
}

function resultOf(result: Committed | DeliveryRefused | undefined): Written {
  if (result instanceof DeliveryRefused) return { refused: result };
  return result ? { committed: result } : { failed: "the target kind gave no result for the message" };
}

/** Runs statements that leave nothing behind when they fail. */
async function undoable<T>(
  tx: Transaction,
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly error: unknown }> {
  await tx.query("SAVEPOINT delivery");
  try {
    const value = await work();
    await tx.query("RELEASE SAVEPOINT delivery");
    return { value };
  } catch (error) {
    if (isSerializationFailure(error) || isConnectionLoss(error)) throw error;
    await tx.query("ROLLBACK TO SAVEPOINT delivery");
    return { error };
  }
}
