import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { StartQueue, type StartWish } from "./startQueue.ts";

const never = new AbortController().signal;

function wish(functionKey: string, wanted: Partial<StartWish> = {}): StartWish {
  return {
    accountId: functionKey.split("/")[0] ?? "",
    functionKey,
    maxWaitMs: 3_000,
    memoryMb: () => 128,
    isUrgent: () => true,
    isNeeded: () => true,
    onAdmitted: () => undefined,
    ...wanted,
  };
}

/** A queue that notes in which order starts are admitted; `finish` ends the oldest that is under way. */
class Host {
  readonly clock = new ManualClock();
  freeMb = Infinity;
  readonly admitted: string[] = [];
  readonly failed: unknown[] = [];
  readonly queue: StartQueue;
  readonly #permits: Disposable[] = [];

  constructor(maxParallelBoots: number) {
    this.queue = new StartQueue({
      clock: this.clock,
      maxParallelBoots,
      admits: (mb, _accountId, reservations) =>
        [...reservations].reduce((sum, reservation) => sum + reservation.mb, mb) <= this.freeMb,
    });
  }

  enter(...wishes: StartWish[]): void {
    for (const each of wishes) {
      this.queue.enter(each, never).then(
        (permit) => {
          this.admitted.push(permit ? each.functionKey : `dropped ${each.functionKey}`);
          if (permit) this.#permits.push(permit);
        },
        (error: unknown) => this.failed.push(error),
      );
    }
  }

  async finish(): Promise<void> {
    this.#permits.shift()?.[Symbol.dispose]();
    await this.turn();
  }

  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const times = (count: number, make: () => StartWish) => Array.from({ length: count }, make);
const background = { isUrgent: () => false };

test("starts that a caller waits for come before those of a backlog of events", async () => {
  const host = new Host(4);
  host.enter(...times(50, () => wish("a/events", background)), ...times(5, () => wish("b/sync")));
  await host.turn();
  expect(host.admitted).toEqual(["a/events", "a/events", "b/sync", "b/sync"]);
  host.admitted.length = 0;
  for (let i = 0; i < 4; i++) await host.finish();
  expect(host.admitted.filter((key) => key === "b/sync")).toHaveLength(3);
  expect(host.admitted[0]).toBe("b/sync");
});

test("a stream of callers does not hold up events for ever", async () => {
  const host = new Host(2);
  host.enter(...times(20, () => wish("a/sync")), wish("b/events", background));
  for (let i = 0; i < 4; i++) await host.finish();
  expect(host.admitted).not.toContain("b/events");
  await host.clock.advance(2_000);
  await host.finish();
  expect(host.admitted).toContain("b/events");
});

test("accounts take turns, and so do the functions of an account", async () => {
  const host = new Host(2);
  host.enter(...times(30, () => wish("a/1")), wish("a/2"), wish("b/1"), wish("b/1"));
  for (let i = 0; i < 6; i++) await host.finish();
  expect(host.admitted.slice(0, 5).toSorted()).toEqual(["a/1", "a/1", "a/2", "b/1", "b/1"]);
});

test("an account whose boots hang leaves a place to the others", async () => {
  const host = new Host(8);
  host.enter(...times(20, () => wish("a/1")), ...times(20, () => wish("a/2")));
  await host.turn();
  expect(host.admitted).toHaveLength(7);
  host.enter(wish("b/1"));
  await host.turn();
  expect(host.admitted.at(-1)).toBe("b/1");
});

test("a start that is no longer needed is dropped", async () => {
  const host = new Host(1);
  let isNeeded = true;
  host.enter(wish("a/1"), wish("a/1", { isNeeded: () => isNeeded }));
  await host.turn();
  isNeeded = false;
  await host.finish();
  expect(host.admitted).toEqual(["a/1", "dropped a/1"]);
  expect(host.queue.waiting).toBe(0);
});

test("a start that does not fit lets smaller ones pass, and is admitted when memory is free", async () => {
  const host = new Host(4);
  host.freeMb = 300;
  host.enter(wish("a/large", { memoryMb: () => 2_000 }), wish("b/small"));
  await host.turn();
  expect(host.admitted).toEqual(["b/small"]);
  host.freeMb = 4_000;
  await host.clock.advance(100);
  await host.turn();
  expect(host.admitted).toEqual(["b/small", "a/large"]);
});

test("a start that waits for memory for too long is a throttle with a reason", async () => {
  const host = new Host(4);
  host.freeMb = 100;
  host.enter(wish("a/1"));
  await host.clock.advance(2_900);
  expect(host.failed).toEqual([]);
  await host.clock.advance(200);
  await host.turn();
  expect(host.failed).toEqual([
    expect.objectContaining({
      code: "TooManyRequestsException",
      members: { Reason: "ConcurrentInvocationLimitExceeded" },
    }),
  ]);
});

test("nothing boots ahead while starts wait or boot, and an aborted start leaves the queue", async () => {
  const host = new Host(1);
  const aborter = new AbortController();
  using ahead = host.queue.enterAhead();
  expect(ahead).toBeDefined();
  const waiting = host.queue.enter(wish("a/1"), aborter.signal);
  ahead?.booted();
  const permit = await waiting;
  expect(host.queue.enterAhead()).toBeUndefined();
  const second = host.queue.enter(wish("a/1"), aborter.signal);
  aborter.abort(new Error("stopping"));
  await expect(second).rejects.toThrow("stopping");
  permit?.[Symbol.dispose]();
  expect(host.queue.enterAhead()).toBeDefined();
});
