import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { RuntimeTable } from "../runtimeTable.ts";
import { TestDataDir } from "../testing/testLauncher.ts";
import { Interpreters } from "./interpreters.ts";

const NOBODY = { uid: 65_534, gid: 65_534 };

test.skipIf(process.getuid?.() !== 0)(
  "an interpreter that the functions' user may not execute is passed over, such as one in root's home folder",
  async () => {
    using data = new TestDataDir();
    const folder = join(data.path, "home");
    const program = join(folder, "python3.13");
    mkdirSync(folder);
    writeFileSync(program, `#!/bin/sh\nprintf '3.13\\n${program}\\n'\n`, { mode: 0o755 });
    chmodSync(folder, 0o700);
    vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
    try {
      expect((await new Interpreters().find("python3.13")).path).toBe(program);
      const other = new Interpreters(new RuntimeTable(), NOBODY).find("python3.13").then(({ path }) => path, String);
      expect(await other).not.toContain(folder);
    } finally {
      vi.unstubAllEnvs();
    }
  },
);
