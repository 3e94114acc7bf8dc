import { expect, test } from "vitest";
import { FRAME_BYTES, framed, framedLength, heldBack } from "./sentBody.ts";

async function* pieces(...sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (const size of sizes) yield await Promise.resolve(Buffer.alloc(size, 7));
}

async function all(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of source) found.push(piece);
  return Buffer.concat(found);
}

test.for([
  [[]],
  [[1]],
  [[FRAME_BYTES]],
  [[FRAME_BYTES - 1, 2]],
  [[3, FRAME_BYTES * 2, 100_000]],
  [[17, 0, 1_000_000, 5]],
] as const)("a body in chunks is as long as its request says: %j", async ([sizes]) => {
  const name = "x-amz-checksum-crc32";
  const bytes = sizes.reduce<number>((sum, size) => sum + size, 0);
  const sent = await all(framed(pieces(...sizes), { name, value: () => "AAAAAA==" }));
  expect(sent).toHaveLength(framedLength(bytes, name, 8));
  expect(sent.toString("latin1").endsWith(`0\r\n${name}:AAAAAA==\r\n\r\n`)).toBe(true);
});

test("the last piece is given away only when the end has come, and never when the end is an error", async () => {
  async function* lying(): AsyncGenerator<Uint8Array> {
    yield* pieces(1, 2, 3);
    throw new Error("the hash is another one");
  }
  const got: number[] = [];
  const read = async (): Promise<void> => {
    for await (const piece of heldBack(lying())) got.push(piece.length);
  };
  await expect(read()).rejects.toThrow("the hash is another one");
  expect(got).toEqual([1, 2]);
  expect(await all(heldBack(pieces(1, 0, 2)))).toHaveLength(3);
});
