import type { AdminClient } from "./adminClient.ts";
import type { Terminal } from "./terminal.ts";
import { textTable, withoutControls } from "./textTable.ts";

interface End {
  readonly condition: string;
  readonly durationMs?: number;
  readonly error?: string;
  readonly answer?: { readonly bytes: number; readonly text: string; readonly sha256?: string };
}

/** A replay beside the event that it replays. */
export interface Comparison {
  readonly id: string;
  readonly replayOf: string;
  readonly before: End;
  /** Absent while the replay is not finished. */
  readonly after?: End;
  /** Absent when the answer of one of them was not kept. */
  readonly isSame?: boolean;
}

const POLL_MS = 1_000;

/** Waits until the replays are finished, at most `waitMs`, and resolves with how they ended. */
export async function compared(
  client: AdminClient,
  ids: readonly string[],
  waitMs: number,
  { now, sleep }: Pick<Terminal, "now" | "sleep">,
): Promise<readonly Comparison[]> {
  const endMs = now() + waitMs;
  for (;;) {
    const answer = await client.send("POST", "/_hearth/events/compare", { ids });
    const { comparisons } = answer as { readonly comparisons: readonly Comparison[] };
    if (comparisons.every(({ after }) => after) || now() >= endMs) return comparisons;
    await sleep(POLL_MS);
  }
}

/** Whether every replay is finished and ended as its event did. */
export function areSame(comparisons: readonly Comparison[]): boolean {
  return comparisons.every(({ after, isSame }) => after && isSame !== false);
}

export function comparisonTable(comparisons: readonly Comparison[]): string {
  const count = (verdict: string): number => comparisons.filter((one) => verdictOf(one) === verdict).length;
  const sums = ["same", "different", "not finished", "unknown"]
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${verdict}`)
    .join(", ");
  const rows = comparisons.map((one) => [
    one.replayOf,
    one.id,
    verdictOf(one),
    textOf(one.before),
    one.after ? textOf(one.after) : "",
  ]);
  return `${textTable(["EVENT", "REPLAY", "ANSWER", "BEFORE", "NOW"], rows)}\n\n${sums}`;
}

function verdictOf({ after, isSame }: Comparison): string {
  if (!after) return "not finished";
  if (isSame === undefined) return "unknown";
  return isSame ? "same" : "different";
}

const SHORT = 60;

function textOf({ condition, error, answer, durationMs }: End): string {
  const said = condition === "Success" ? (answer?.text ?? "Success") : `${condition}: ${error ?? ""}`;
  const line = withoutControls(said);
  const shown = line.length > SHORT ? `${line.slice(0, SHORT)}…` : line;
  return durationMs === undefined ? shown : `${shown} (${Math.round(durationMs)} ms)`;
}
