import { structure, ValidationException } from "@hearth/model";
import type { ComparedEvent, EndedRun } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { AdminDeps } from "./deps.ts";

const MAX_COMPARED = 1_000;

/** How replays ended, and the events that they replay. */
export const compareEvents = operation({
  name: "CompareEvents",
  http: ["POST", "/_hearth/events/compare", 200],
  input: structure({ ids: z.array(z.uuid()).min(1).max(MAX_COMPARED) }),
  errors: [ValidationException],
  async handle({ ids }, context, { eventHistory }: Pick<AdminDeps, "eventHistory">) {
    return { comparisons: (await eventHistory.compare(context, ids)).map(shown) };
  },
});

function shown({ id, replayOf, before, after }: ComparedEvent): object {
  return {
    id,
    replayOf,
    before: endOf(before),
    ...(after && { after: endOf(after), isSame: isSame(before, after) }),
  };
}

function endOf({ condition, lastAttempt }: EndedRun): object {
  const { durationMs, error, answer } = lastAttempt ?? {};
  return {
    condition,
    ...(durationMs !== undefined && { durationMs }),
    ...(error !== undefined && { error }),
    ...(answer && { answer }),
  };
}

/** `undefined` when the answer of one of them was not kept. */
function isSame(before: EndedRun, after: EndedRun): boolean | undefined {
  if (before.condition !== after.condition) return false;
  if (before.condition !== "Success") return before.lastAttempt?.error === after.lastAttempt?.error;
  const [old, now] = [before.lastAttempt?.answer, after.lastAttempt?.answer];
  if (!old || !now) return undefined;
  return old.bytes === now.bytes && old.text === now.text && old.sha256 === now.sha256;
}
