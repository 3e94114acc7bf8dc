import { expect, test } from "vitest";
import type { ExecutionEnvironment } from "./executionEnvironment.ts";
import { WaitingRequests } from "./waitingRequests.ts";

const never = new AbortController().signal;

/** The part of an environment that serving a request needs. */
function environment() {
  const taken = { count: 0 };
  return { taken, environment: { take: () => void taken.count++ } as unknown as ExecutionEnvironment };
}

test("the request that has waited longest is served first, with an environment taken for it", async () => {
  const requests = new WaitingRequests();
  const waiting = [requests.wait(never), requests.wait(never)];
  const [a, b] = [environment(), environment()];
  expect([requests.serve(a.environment), requests.serve(b.environment)]).toEqual([true, true]);
  expect(await Promise.all(waiting)).toEqual([a.environment, b.environment]);
  expect([a.taken.count, b.taken.count, requests.size]).toEqual([1, 1, 0]);
});

test("an environment is not taken when no request waits", () => {
  const { environment: free, taken } = environment();
  expect(new WaitingRequests().serve(free)).toBe(false);
  expect(taken.count).toBe(0);
});

test("a request that is aborted leaves its place to the next", async () => {
  const requests = new WaitingRequests();
  const aborter = new AbortController();
  const aborted = requests.wait(aborter.signal);
  const next = requests.wait(never);
  aborter.abort(new Error("gone"));
  await expect(aborted).rejects.toThrow("gone");
  const { environment: free } = environment();
  expect(requests.serve(free)).toBe(true);
  expect(await next).toBe(free);
});

test("a failed start rejects one request, and a shutdown all of them", async () => {
  const requests = new WaitingRequests();
  const [first, second, third] = [requests.wait(never), requests.wait(never), requests.wait(never)];
  requests.rejectFirst(new Error("no room"));
  requests.rejectAll(new Error("shutting down"));
  await expect(first).rejects.toThrow("no room");
  await expect(second).rejects.toThrow("shutting down");
  await expect(third).rejects.toThrow("shutting down");
  expect(requests.size).toBe(0);
});
