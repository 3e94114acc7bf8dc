import { expect, test } from "vitest";
import { Readiness } from "./readiness.ts";

function open() {
  const counted = { allWaiting: 0 };
  return { readiness: new Readiness(() => counted.allWaiting++), counted };
}

test("a set without participants does not count as waiting", () => {
  expect(open().readiness.allWaiting).toBe(false);
});

test("all wait only when the last participant does, and it is reported once", () => {
  const { readiness, counted } = open();
  const [runtime, extension] = [readiness.join(), readiness.join()];
  runtime.waits();
  runtime.waits();
  expect([readiness.allWaiting, counted.allWaiting]).toEqual([false, 0]);
  extension.waits();
  extension.waits();
  expect([readiness.allWaiting, counted.allWaiting]).toEqual([true, 1]);
});

test("an event makes a participant work until it waits again", () => {
  const { readiness, counted } = open();
  const runtime = readiness.join();
  runtime.waits();
  runtime.works();
  runtime.works();
  expect(readiness.allWaiting).toBe(false);
  runtime.waits();
  expect([readiness.allWaiting, counted.allWaiting]).toEqual([true, 2]);
});

test("a participant that leaves while it works is not waited for", () => {
  const { readiness, counted } = open();
  const [runtime, extension] = [readiness.join(), readiness.join()];
  runtime.waits();
  extension.leave();
  extension.leave();
  extension.waits();
  expect([readiness.allWaiting, counted.allWaiting]).toEqual([true, 1]);
  runtime.leave();
  expect([readiness.allWaiting, counted.allWaiting]).toEqual([false, 1]);
});

test("a participant that has left cannot be given an event", () => {
  const { readiness } = open();
  const runtime = readiness.join();
  runtime.leave();
  expect(() => runtime.works()).toThrow("has left");
});

test("a participant that joins later is waited for as well", () => {
  const { readiness } = open();
  readiness.join().waits();
  const extension = readiness.join();
  expect(readiness.allWaiting).toBe(false);
  extension.waits();
  expect(readiness.allWaiting).toBe(true);
});

test("the promise resolves when all wait, at once where they do already", async () => {
  const { readiness } = open();
  const runtime = readiness.join();
  let resolved = false;
  const waiting = readiness.whenAllWaiting().then(() => (resolved = true));
  await Promise.resolve();
  expect(resolved).toBe(false);
  runtime.waits();
  await waiting;
  await readiness.whenAllWaiting();
});
