import { createHash } from "node:crypto";

/** Limit of runs of one function in a chain of requests. https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html */
export const MAX_RUNS_IN_CHAIN = 16;
/** A lineage with more functions drops those with the fewest runs. */
const MAX_ENTRIES = 32;
const LINEAGE = /(?:^|;)\s*Lineage=([^;]*)/i;
const ENTRY = /^(?:\d+:)?([0-9a-f]{8}):(\d{1,9})$/;

export interface Lineage {
  /** The text that the run passes on: `1b2c3d4e:0|…`, each function with the number of its earlier runs in the chain. */
  readonly text: string;
  /** The number of earlier runs of the function in the chain. */
  readonly runs: number;
}

/** The name of a function in lineages. */
export function lineageName(arn: string): string {
  return createHash("sha256").update(arn).digest("hex").slice(0, 8);
}

/** The lineage of a run of the function `name` for a request with this trace header. Accepts any text. */
export function lineageOf(traceId: string | undefined, name: string): Lineage {
  const received = traceId === undefined ? undefined : LINEAGE.exec(traceId)?.[1];
  if (received === undefined || received === "") return { text: `${name}:0`, runs: 0 };
  const counts = new Map<string, number>();
  for (const entry of received.split("|")) {
    const [, other, count] = ENTRY.exec(entry) ?? [];
    if (other !== undefined) counts.set(other, Math.max(counts.get(other) ?? 0, Number(count)));
  }
  const before = counts.get(name);
  const runs = before === undefined ? 0 : before + 1;
  counts.delete(name);
  const others = [...counts].sort(([, a], [, b]) => b - a).slice(0, MAX_ENTRIES - 1);
  return { text: [[name, runs], ...others].map(([key, count]) => `${key}:${count}`).join("|"), runs };
}

/** Whether a request with this trace header would be stopped, because it has run the function `arn` too often. */
export function isLoop(traceId: string | undefined, arn: string): boolean {
  return lineageOf(traceId, lineageName(arn)).runs >= MAX_RUNS_IN_CHAIN;
}

/** The trace header of one run for several requests: of each function the most runs. The rest of the header is kept only when they all have the same. */
export function mergedTrace(traceIds: readonly (string | undefined)[]): string | undefined {
  const [first] = traceIds;
  if (traceIds.every((traceId) => traceId === first)) return first;
  const counts = new Map<string, number>();
  const rests = new Set<string | undefined>();
  for (const traceId of traceIds) {
    rests.add(traceId === undefined ? undefined : traceWithoutLineage(traceId));
    for (const entry of (traceId === undefined ? undefined : LINEAGE.exec(traceId)?.[1])?.split("|") ?? []) {
      const [, name, count] = ENTRY.exec(entry) ?? [];
      if (name !== undefined) counts.set(name, Math.max(counts.get(name) ?? 0, Number(count)));
    }
  }
  const [rest] = rests.size === 1 ? rests : [];
  const lineage = [...counts].map(([name, count]) => `${name}:${count}`).join("|");
  const parts = [rest, lineage === "" ? undefined : `Lineage=${lineage}`].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(";");
}

/** A trace header without its lineage; undefined when nothing is left of it. */
export function traceWithoutLineage(traceId: string): string | undefined {
  const rest = traceId.replace(LINEAGE, "").replace(/^;/, "").trim();
  return rest === "" ? undefined : rest;
}
