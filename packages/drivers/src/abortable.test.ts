import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { abortable } from "./abortable.ts";

test("work that fails after its caller has gone fails nobody else", async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  onTestFinished(() => void process.off("unhandledRejection", onUnhandled));
  const before = Promise.withResolvers<void>();
  await expect(abortable(before.promise, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
  const during = Promise.withResolvers<void>();
  const leaving = new AbortController();
  const waiting = abortable(during.promise, leaving.signal);
  leaving.abort(new Error("left"));
  await expect(waiting).rejects.toThrow("left");
  before.reject(new Error("late"));
  during.reject(new Error("late"));
  await setImmediate();
  expect(unhandled).toEqual([]);
});

test("work settles as it does by itself while nobody leaves", async () => {
  const { signal } = new AbortController();
  expect(await abortable(Promise.resolve(1), signal)).toBe(1);
  await expect(abortable(Promise.reject(new Error("wrong")), signal)).rejects.toThrow("wrong");
});
