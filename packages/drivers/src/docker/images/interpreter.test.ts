import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { settle } from "./interpreter.ts";

test("folders are open to a sandbox's user whatever the umask, and files keep their mode", async () => {
  using data = new TestDataDir();
  const top = join(data.path, "interpreter");
  mkdirSync(join(top, "lib/python"), { recursive: true, mode: 0o700 });
  writeFileSync(join(top, "lib/python/os.py"), "", { mode: 0o644 });
  await settle(top);
  for (const name of ["", "lib", "lib/python"]) expect(statSync(join(top, name)).mode & 0o777).toBe(0o755);
  expect(statSync(join(top, "lib/python/os.py")).mode & 0o777).toBe(0o644);
});
