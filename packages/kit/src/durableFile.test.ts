import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeDurableFile } from "./durableFile.ts";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "hearth-durable-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("a file is replaced as a whole, or kept when that is asked for, and no draft stays", () => {
  const path = join(folder(), "id");
  writeDurableFile(path, "first", { mode: 0o600, keepExisting: true });
  writeDurableFile(path, "second", { mode: 0o644, keepExisting: true });
  expect(readFileSync(path, "utf8")).toBe("first");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeDurableFile(path, "third", { mode: 0o600 });
  expect(readFileSync(path, "utf8")).toBe("third");
  expect(readdirSync(join(path, ".."))).toEqual(["id"]);
});

test("a link in the file's place is replaced, and the file that it leads to stays", () => {
  const inside = folder();
  const target = join(folder(), "target");
  writeFileSync(target, "of another user");
  symlinkSync(target, join(inside, "id"));
  writeDurableFile(join(inside, "id"), "own", { mode: 0o600 });
  expect(readFileSync(join(inside, "id"), "utf8")).toBe("own");
  expect(readFileSync(target, "utf8")).toBe("of another user");
});
