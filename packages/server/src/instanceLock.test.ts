import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { lockInstance } from "./instanceLock.ts";

test("only one process can play a role on a data directory, and the error names it", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-lock-"));
  try {
    {
      using _lock = lockInstance(folder, "all");
      expect(() => lockInstance(folder, "all")).toThrow(`Another Hearth (pid ${process.pid}) uses ${folder}`);
      using _other = lockInstance(folder, "launcher");
    }
    using _again = lockInstance(folder, "all");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a link in the place of a lock is refused, and what it leads to is not made", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-lock-"));
  try {
    symlinkSync(join(folder, "elsewhere"), join(folder, "all.lock"));
    expect(() => lockInstance(folder, "all")).toThrow("is not a file");
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
