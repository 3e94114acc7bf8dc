import fc from "fast-check";
import { expect, onTestFinished, test, vi } from "vitest";
import { GatheredBytes } from "./gatheredBytes.ts";

test("whatever the pieces are, the whole is their concatenation", () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 4000, max: 5000 }).map((length) => new Uint8Array(length).fill(length)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const gathered = new GatheredBytes();
      for (const one of pieces) gathered.add(one);
      const expected = Buffer.concat(pieces);
      expect(gathered.length).toBe(expected.length);
      expect(gathered.whole().equals(expected)).toBe(true);
    }),
  );
});

test("a body of one piece is not copied", () => {
  const piece = Buffer.from("abc");
  const gathered = new GatheredBytes();
  gathered.add(piece);
  expect(gathered.whole().buffer).toBe(piece.buffer);
});

test("pieces of one byte are held in few objects", () => {
  const concat = vi.spyOn(Buffer, "concat");
  onTestFinished(() => concat.mockRestore());
  const gathered = new GatheredBytes();
  for (let at = 0; at < 300_000; at++) gathered.add(Buffer.from([at & 255]));
  expect(gathered.whole()).toHaveLength(300_000);
  expect(concat.mock.calls[0]?.[0].length).toBeLessThan(20);
});
