import { expect, test } from "vitest";
import { BoundedReplies } from "./boundedReplies.ts";

const reply = (bytes: number) => ({ status: 200, headers: {}, body: Buffer.alloc(bytes) });

test("a reply is found until its time is over, and the newest ones of an account fit into its room", () => {
  const replies = new BoundedReplies(10_000);
  const small = reply(10);
  replies.keep("a", "short", small, 100);
  expect(replies.find("a", "short", 99)).toBe(small);
  expect(replies.find("b", "short", 99)).toBeUndefined();
  expect(replies.find("a", "short", 100)).toBeUndefined();
  replies.keep("b", "other", small, 100);
  for (let i = 0; i < 10; i++) replies.keep("a", String(i), reply(2_000), 100);
  const kept = Array.from({ length: 10 }, (_, i) => replies.find("a", String(i), 0) !== undefined);
  expect(kept.slice(7)).toEqual([true, true, true]);
  expect(kept[0]).toBe(false);
  expect(replies.find("b", "other", 0)).toBe(small);
  replies.keep("a", "9", reply(20_000), 100);
  expect(replies.find("a", "9", 0)).toBeUndefined();
});

test("a small body does not keep the buffer in memory that it is a part of", () => {
  const replies = new BoundedReplies(10_000);
  const body = Buffer.alloc(8_192, "x").subarray(10, 13);
  replies.keep("a", "b", { status: 200, headers: {}, body }, 1);
  const kept = replies.find("a", "b", 0)?.body;
  expect(Buffer.from(kept ?? []).toString()).toBe("xxx");
  expect(kept?.buffer.byteLength).toBe(3);
});
