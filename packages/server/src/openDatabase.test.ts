import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { expect, test } from "vitest";
import { readConfig } from "./config.ts";
import { openDatabase } from "./openDatabase.ts";
import { StartError } from "./startError.ts";

test("a data directory of another PostgreSQL is refused in one line that says what to do", async () => {
  await using stack = new AsyncDisposableStack();
  const HEARTH_DATA = await mkdtemp(join(tmpdir(), "hearth-other-"));
  stack.defer(() => rm(HEARTH_DATA, { recursive: true, force: true }));
  const data = join(HEARTH_DATA, "postgres", "data");
  await mkdir(data, { recursive: true });
  await writeFile(join(data, "PG_VERSION"), "99\n");
  const base = {
    config: readConfig({ HEARTH_DATA }, tmpdir()),
    clock: new SystemClock(),
    random: systemRandom,
    logger: silentLogger,
    registry: new Registry(),
    stop: new AbortController().signal,
  };
  const error = await openDatabase(base, stack).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  expect((error as Error).message).toContain(`${data} was made by PostgreSQL 99, and the embedded one is 18`);
});
