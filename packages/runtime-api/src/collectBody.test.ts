import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { expect, onTestFinished, test, vi } from "vitest";
import { collectBody } from "./collectBody.ts";

function collected(pieces: Iterable<Buffer>, maxBytes: number): Promise<Buffer | undefined> {
  const request = Readable.from(pieces) as IncomingMessage;
  return new Promise((resolve) => collectBody(request, maxBytes, resolve));
}

test("a body is whole up to the limit, and nothing beyond it", async () => {
  const pieces = ["ab", "c", "de"].map((text) => Buffer.from(text));
  expect((await collected(pieces, 5))?.toString()).toBe("abcde");
  expect(await collected(pieces, 4)).toBeUndefined();
  expect(await collected([], 4)).toHaveLength(0);
});

test("a sandbox that sends its response byte by byte does not make Hearth hold an object for each", async () => {
  const concat = vi.spyOn(Buffer, "concat");
  onTestFinished(() => concat.mockRestore());
  const pieces = Array.from({ length: 20_000 }, () => Buffer.from("x"));
  expect(await collected(pieces, 1_000_000)).toHaveLength(20_000);
  expect(concat.mock.lastCall?.[0].length).toBeLessThan(20);
});
