import { ManualClock } from "@hearth/kit";
import { TooManyRequestsException } from "@hearth/model";
import type { IndexedFunction } from "@hearth/store";
import { expect, test } from "vitest";
import { Admission } from "./admission.ts";
import { ConcurrencyLimits } from "./concurrencyLimits.ts";
import { Lease } from "./lease.ts";

function fn(
  FunctionName: string,
  reserved?: number,
  accountId = "000000000000",
  region = "us-east-1",
): IndexedFunction {
  const maps = { versions: new Map(), notActive: new Map(), aliases: new Map() };
  return {
    accountId,
    region,
    FunctionName,
    ...maps,
    ...(reserved !== undefined && { ReservedConcurrentExecutions: reserved }),
  };
}

const clock = new ManualClock();
const forever = new AbortController().signal;

function admissionWith(limits: ConcurrencyLimits): Admission {
  return new Admission({ limits, clock });
}

/** A lease that is there at once. */
function taken(admission: Admission, wanted: IndexedFunction, Version: string): Lease {
  const lease = admission.lease(wanted, Version, forever);
  if (!(lease instanceof Lease)) throw new Error("the lease has to wait");
  return lease;
}

function reasonOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof TooManyRequestsException) return error.members["Reason"];
    throw error;
  }
  return undefined;
}

test("functions without reserved concurrency share the limit of their account", () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 2 }));
  const first = taken(admission, fn("a"), "1");
  using _second = taken(admission, fn("b"), "1");
  expect(reasonOf(() => taken(admission, fn("c"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
  using _other = taken(admission, fn("a", undefined, "111111111111"), "1");
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using _third = taken(admission, fn("c"), "1");
  expect(reasonOf(() => taken(admission, fn("c"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
});

test("reserved concurrency is guaranteed and a limit, and reduces what other functions share", () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 3 }, new Map([["000000000000", 2]])));
  using _a = taken(admission, fn("a"), "1");
  expect(reasonOf(() => taken(admission, fn("b"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
  using _r1 = taken(admission, fn("r", 2), "1");
  using _r2 = taken(admission, fn("r", 2), "1");
  expect(reasonOf(() => taken(admission, fn("r", 2), "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
  expect(reasonOf(() => taken(admission, fn("off", 0), "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
});

test("the counts stay right when concurrency is reserved while invocations run", () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 1 }));
  const before = taken(admission, fn("a"), "1");
  expect(reasonOf(() => taken(admission, fn("a", 1), "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
  before[Symbol.dispose]();
  using _within = taken(admission, fn("a", 1), "1");
  using _unreserved = taken(admission, fn("b"), "1");
  expect(admission.counts()).toEqual([
    { accountId: "000000000000", region: "us-east-1", FunctionName: "a", running: 1 },
    { accountId: "000000000000", region: "us-east-1", FunctionName: "b", running: 1 },
  ]);
});

test("provisioned slots belong to their version, and its further invocations are on demand", () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 3 }, new Map([["000000000000", 2]])));
  const a = { ...fn("a"), provisioned: new Map([["1", 2]]) };
  const onDemand = taken(admission, a, "$LATEST");
  expect(reasonOf(() => taken(admission, fn("b"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
  using _one = taken(admission, a, "1");
  using _two = taken(admission, a, "1");
  expect(reasonOf(() => taken(admission, a, "1"))).toBe("ConcurrentInvocationLimitExceeded");
  onDemand[Symbol.dispose]();
  using _spilled = taken(admission, a, "1");
  expect(admission.counts()).toContainEqual(expect.objectContaining({ FunctionName: "a", running: 3 }));
});

test("within reserved concurrency, other versions cannot take provisioned slots", () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 1000 }));
  const r = { ...fn("r", 3), provisioned: new Map([["1", 2]]) };
  using _latest = taken(admission, r, "$LATEST");
  expect(reasonOf(() => taken(admission, r, "$LATEST"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
  using _one = taken(admission, r, "1");
  using _two = taken(admission, r, "1");
  expect(reasonOf(() => taken(admission, r, "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
});

const throttled = { code: "TooManyRequestsException" };

test("an invocation waits for the slot of one that has its answer, and gets it before others", async () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 1 }));
  for (const reserved of [undefined, 1]) {
    const first = taken(admission, fn("a", reserved), "1");
    expect(reasonOf(() => admission.lease(fn("a", reserved), "1", forever))).toBeDefined();
    first.finishing();
    first.finishing();
    const waiting = admission.lease(fn("a", reserved), "1", forever);
    // One slot is about to become free, so one invocation may wait for it.
    expect(reasonOf(() => admission.lease(fn("a", reserved), "1", forever))).toBeDefined();
    first[Symbol.dispose]();
    expect(reasonOf(() => admission.lease(fn("a", reserved), "1", forever))).toBeDefined();
    (await waiting)[Symbol.dispose]();
    taken(admission, fn("a", reserved), "1")[Symbol.dispose]();
  }
});

test("the wait for a slot is short, and ends with a throttle when it was in vain", async () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 1 }));
  const first = taken(admission, fn("a"), "1");
  first.finishing();
  const refused = expect(admission.lease(fn("b"), "1", forever)).rejects.toMatchObject(throttled);
  await clock.advance(100);
  await refused;
  first[Symbol.dispose]();
  taken(admission, fn("b"), "1")[Symbol.dispose]();
});

test("a caller that goes away gives its place in the queue up", async () => {
  const admission = admissionWith(new ConcurrencyLimits({ accountLimit: 1 }));
  const first = taken(admission, fn("a"), "1");
  first.finishing();
  const caller = new AbortController();
  const waiting = admission.lease(fn("a"), "1", caller.signal);
  caller.abort(new Error("gone"));
  await expect(waiting).rejects.toThrow("gone");
  const next = admission.lease(fn("a"), "1", forever);
  first[Symbol.dispose]();
  (await next)[Symbol.dispose]();
  expect(admission.counts()).toMatchObject([{ running: 0 }]);
});
