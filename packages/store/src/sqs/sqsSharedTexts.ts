import type { SharedText } from "@hearth/model";
import type { Transaction } from "../postgres/queryable.ts";

/**
 * Stores the texts that are not in the current slot yet: each chunk of a fan-out brings the same one. Resolves with the slot, which the messages with these texts
 * must be written into. The transaction holds locks on it, so that the slot is not truncated before it ends.
 */
export async function storeSharedTexts(tx: Transaction, texts: ReadonlyMap<string, SharedText>): Promise<number> {
  const ids = [...texts.keys()].toSorted();
  // Only looked for at first: PostgreSQL would read and pack a long text before it finds that it has it.
  const rows = await tx.prepared<{ slot: number; known: string | null }>(
    `SELECT s.current AS slot, t.id::text AS known
       FROM sqs_body_slot s LEFT JOIN sqs_shared_texts t ON t.slot = s.current AND t.id = ANY($1::uuid[])`,
    [ids],
  );
  const slot = rows[0]?.slot ?? 0;
  const known = new Set(rows.map((row) => row.known));
  for (const id of ids) {
    const text = texts.get(id);
    if (!text || known.has(id)) continue;
    await tx.prepared(
      "INSERT INTO sqs_shared_texts (slot, id, text, bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
      [slot, id, text.text, text.byteLength],
    );
  }
  return slot;
}
