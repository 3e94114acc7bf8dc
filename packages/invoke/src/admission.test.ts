import { TooManyRequestsException } from "@hearth/model";
import type { IndexedFunction } from "@hearth/store";
import { expect, test } from "vitest";
import { Admission } from "./admission.ts";
import { ConcurrencyLimits } from "./concurrencyLimits.ts";

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
  const admission = new Admission(new ConcurrencyLimits({ accountLimit: 2 }));
  const first = admission.lease(fn("a"), "1");
  using _second = admission.lease(fn("b"), "1");
  expect(reasonOf(() => admission.lease(fn("c"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
  using _other = admission.lease(fn("a", undefined, "111111111111"), "1");
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  using _third = admission.lease(fn("c"), "1");
  expect(reasonOf(() => admission.lease(fn("c"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
});

test("reserved concurrency is guaranteed and a limit, and reduces what other functions share", () => {
  const admission = new Admission(new ConcurrencyLimits({ accountLimit: 3 }, new Map([["000000000000", 2]])));
  using _a = admission.lease(fn("a"), "1");
  expect(reasonOf(() => admission.lease(fn("b"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
  using _r1 = admission.lease(fn("r", 2), "1");
  using _r2 = admission.lease(fn("r", 2), "1");
  expect(reasonOf(() => admission.lease(fn("r", 2), "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
  expect(reasonOf(() => admission.lease(fn("off", 0), "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
});

test("the counts stay right when concurrency is reserved while invocations run", () => {
  const admission = new Admission(new ConcurrencyLimits({ accountLimit: 1 }));
  const before = admission.lease(fn("a"), "1");
  expect(reasonOf(() => admission.lease(fn("a", 1), "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
  before[Symbol.dispose]();
  using _within = admission.lease(fn("a", 1), "1");
  using _unreserved = admission.lease(fn("b"), "1");
  expect(admission.counts()).toEqual([
    { accountId: "000000000000", region: "us-east-1", FunctionName: "a", running: 1, throttled: 1 },
    { accountId: "000000000000", region: "us-east-1", FunctionName: "b", running: 1, throttled: 0 },
  ]);
});

test("provisioned slots belong to their version, and its further invocations are on demand", () => {
  const admission = new Admission(new ConcurrencyLimits({ accountLimit: 3 }, new Map([["000000000000", 2]])));
  const a = { ...fn("a"), provisioned: new Map([["1", 2]]) };
  const onDemand = admission.lease(a, "$LATEST");
  expect(reasonOf(() => admission.lease(fn("b"), "1"))).toBe("ConcurrentInvocationLimitExceeded");
  using _one = admission.lease(a, "1");
  using _two = admission.lease(a, "1");
  expect(reasonOf(() => admission.lease(a, "1"))).toBe("ConcurrentInvocationLimitExceeded");
  onDemand[Symbol.dispose]();
  using _spilled = admission.lease(a, "1");
  expect(admission.counts()).toContainEqual(expect.objectContaining({ FunctionName: "a", running: 3 }));
});

test("within reserved concurrency, other versions cannot take provisioned slots", () => {
  const admission = new Admission(new ConcurrencyLimits({ accountLimit: 1000 }));
  const r = { ...fn("r", 3), provisioned: new Map([["1", 2]]) };
  using _latest = admission.lease(r, "$LATEST");
  expect(reasonOf(() => admission.lease(r, "$LATEST"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
  using _one = admission.lease(r, "1");
  using _two = admission.lease(r, "1");
  expect(reasonOf(() => admission.lease(r, "1"))).toBe("ReservedFunctionConcurrentInvocationLimitExceeded");
});
