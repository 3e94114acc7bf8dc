/**
 * Test files of a project that shares its workers (vitest.config.ts) run in one process one after the other. Each must leave that process as it
 * found it, so that no file depends on those that ran before: a file that does not fails.
 */
import { SystemClock } from "@hearth/kit";
import { afterAll, expect } from "vitest";

/** What a file's last hook closes is gone a moment later. */
const PATIENCE_MS = 5_000;
const STEP_MS = 20;
/** The time that Vitest gives to a hook. */
const OF_THE_HOOK: Readonly<Record<string, number>> = { Timeout: 1 };

/** These are opened when they are first used. */
void [process.stdin, process.stdout, process.stderr];

const clock = new SystemClock();
const before = settings();
const running = resources();

afterAll(async () => {
  expect(settings(), "the test file leaves the process with other settings than it found").toEqual(before);
  for (let waited = 0; waited < PATIENCE_MS && left().length > 0; waited += STEP_MS) await clock.sleep(STEP_MS);
  expect(left(), "the test file leaves these running").toEqual([]);
});

function settings() {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST"));
  const listeners = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
  return { cwd: process.cwd(), env: Object.fromEntries(env), listeners: Object.fromEntries(listeners) };
}

/** Kinds of what keeps a process alive, and how many there are of each. */
function resources(): ReadonlyMap<string, number> {
  const kinds = Map.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  return new Map([...kinds].map(([kind, all]) => [kind, all.length]));
}

function left(): readonly string[] {
  const most = (kind: string): number => (running.get(kind) ?? 0) + (OF_THE_HOOK[kind] ?? 0);
  return [...resources()].filter(([kind, count]) => count > most(kind)).map(([kind]) => kind);
}
