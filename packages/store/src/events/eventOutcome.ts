import type { Queryable } from "../postgres/queryable.ts";

export interface EventOutcome {
  readonly state: "waiting" | "succeeded" | "failed";
  readonly error?: string;
}

/** How an asynchronous invocation went; `undefined` when there is no such event, or no more. */
export async function eventOutcome(database: Queryable, id: string): Promise<EventOutcome | undefined> {
  const [row] = await database.query<{ condition: string | null; isFinished: boolean; error: string | null }>(
    `SELECT condition, finished_at IS NOT NULL AS "isFinished", last_error AS error FROM events WHERE id = $1`,
    [id],
  );
  if (!row) return undefined;
  if (!row.isFinished) return { state: "waiting" };
  return row.condition === "Success"
    ? { state: "succeeded" }
    : { state: "failed", error: row.error ?? row.condition ?? "" };
}
