import { mkdtempSync, rmSync } from "node:fs";
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
