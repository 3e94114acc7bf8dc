import type { FunctionConcurrency } from "@hearth/invoke";

/** What a process is working on. */
export interface InFlight {
  /** The invocations that run here, by function. */
  readonly invocations: readonly Pick<FunctionConcurrency, "accountId" | "FunctionName" | "running">[];
  /** Requests of clients that have no answer yet, those that wait for invocations included. */
  readonly requests: number;
}

const NAMED = 5;

/** As part of a sentence: `3 invocations (hello 2, resize 1)`; `undefined` when nothing runs. */
export function describeInFlight({ invocations, requests }: InFlight): string | undefined {
  const running = invocations.filter((one) => one.running > 0).sort((a, b) => b.running - a.running);
  if (running.length === 0) return requests === 0 ? undefined : counted(requests, "request");
  const total = running.reduce((sum, one) => sum + one.running, 0);
  const areOfOneAccount = new Set(running.map(({ accountId }) => accountId)).size === 1;
  const names = running
    .slice(0, NAMED)
    .map(({ accountId, FunctionName, running: count }) =>
      areOfOneAccount ? `${FunctionName} ${count}` : `${accountId}:${FunctionName} ${count}`,
    );
  if (running.length > NAMED) names.push(`${running.length - NAMED} more functions`);
  return `${counted(total, "invocation")} (${names.join(", ")})`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
