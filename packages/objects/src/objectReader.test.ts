import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ObjectReader, type Slice } from "./objectReader.ts";

const folder = await mkdtemp(join(tmpdir(), "hearth-reader-"));
afterAll(async () => await rm(folder, { recursive: true }));

async function textOf(slices: readonly Slice[], memory = Buffer.alloc(4)): Promise<string> {
  await using reader = await ObjectReader.open(slices);
  let text = "";
  for (let bytes = await reader.readInto(memory); bytes > 0; bytes = await reader.readInto(memory)) {
    text += memory.toString("utf8", 0, bytes);
  }
  return text;
}

test("parts of files are read one after the other, in pieces no larger than the memory", async () => {
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  await writeFile(first, "0123456789");
  await writeFile(second, "abcdefghij");
  const slices = [
    { path: first, start: 3, end: 9 },
    { path: second, start: 0, end: 4 },
  ];
  expect(await textOf(slices)).toBe("3456789abcde");
  expect(await textOf([{ path: second, start: 9, end: 9 }])).toBe("j");
  expect(await textOf([])).toBe("");
});

test("a first file that is gone is known before anything is read; a file that is too short is an error", async () => {
  const short = join(folder, "short");
  await writeFile(short, "0123456789");
  await truncate(short, 5);
  await expect(ObjectReader.open([{ path: join(folder, "gone"), start: 0, end: 1 }])).rejects.toMatchObject({
    code: "ENOENT",
  });
  await expect(textOf([{ path: short, start: 0, end: 9 }])).rejects.toThrow("ends at 5");
});
