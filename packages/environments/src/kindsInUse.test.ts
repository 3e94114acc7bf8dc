import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { KindsInUse } from "./kindsInUse.ts";
import { FakePools } from "./testing/fakePools.ts";
import { testVersion } from "./testing/testVersion.ts";

const folder = mkdtempSync(join(tmpdir(), "hearth-kinds-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = (): string => join(folder, `${files++}.json`);
const echo = { handle: (event: unknown) => event };
const kind = (tmpSizeMb: number) => ({ runtime: "python3.12", network: "none", tmpSizeMb }) as const;

/** Advances the clock until `check` holds. */
async function holds(host: FakePools, check: () => void | Promise<void>): Promise<void> {
  await vi.waitFor(
    async () => {
      await host.clock.advance(300);
      await check();
    },
    { timeout: 5000, interval: 5 },
  );
}

test("kinds are read as they were written", async () => {
  const path = newPath();
  const mounted = { ...kind(512), fileSystem: { accessPoint: "arn:aws:elasticfilesystem:x", mountName: "data" } };
  await new KindsInUse(path).write([kind(1024), mounted]);
  expect(await new KindsInUse(path).read()).toEqual([kind(1024), mounted]);
  expect(readdirSync(folder)).not.toContain(`${path}.new`);
});

test.each([
  ["missing", undefined],
  ["empty", ""],
  ["cut off", '[{"runtime":"pyth'],
  ["not a list", '{"runtime":"python3.12"}'],
  [
    "a list of something else",
    '[1,null,{"runtime":7},{"runtime":"image","image":"a","network":"none","tmpSizeMb":512}]',
  ],
])("a file that is %s counts as no kinds", async (_name, text) => {
  const path = newPath();
  if (text !== undefined) writeFileSync(path, text);
  expect(await new KindsInUse(path).read()).toEqual([]);
});

test("after a restart the kinds in use are booted before anything asks for them, the last used first", async () => {
  const kinds = new KindsInUse(newPath());
  {
    await using before = new FakePools(echo, { bootedPerRuntime: 1 }, undefined, kinds);
    await before.invoke(testVersion({ Runtime: "python3.12" }));
    await before.invoke(testVersion({ FunctionName: "other", Runtime: "nodejs22.x" }));
    await holds(before, async () =>
      expect((await kinds.read()).map(({ runtime }) => runtime)).toEqual(["nodejs22.x", "python3.12"]),
    );
  }
  await using after = new FakePools(echo, { bootedPerRuntime: 1 }, undefined, kinds);
  await after.pools.resumed();
  expect([...after.pools.stats().booted]).toEqual([
    ["python3.12", 1],
    ["nodejs22.x", 1],
  ]);
});

test("no more than four kinds are booted after a restart, and none when sandboxes are not booted ahead or memory is short", async () => {
  const many = Array.from({ length: 20 }, (_, i) => kind(512 + i));
  const kinds = new KindsInUse(newPath());
  await kinds.write(many);
  await using host = new FakePools(echo, { bootedPerRuntime: 3 }, undefined, kinds);
  await host.pools.resumed();
  expect(host.driver.booted).toHaveLength(4);
  await using off = new FakePools(echo, { bootedPerRuntime: 0 }, undefined, kinds);
  await off.pools.resumed();
  expect(off.driver.booted).toHaveLength(0);
});

test("a kind that cannot be booted any more delays nothing else", async () => {
  const kinds = new KindsInUse(newPath());
  await kinds.write([kind(512), kind(1024)]);
  let boots = 0;
  const boot = (): void => {
    if (++boots === 1) throw new Error("no such runtime");
  };
  await using host = new FakePools({ ...echo, boot }, { bootedPerRuntime: 1 }, undefined, kinds);
  await host.pools.resumed();
  expect([...host.pools.stats().booted]).toEqual([["python3.12", 1]]);
});

test("a kind is written down before its first sandbox has booted, which a crash may cut short", async () => {
  const kinds = new KindsInUse(newPath());
  const stopping = Promise.withResolvers<void>();
  await using host = new FakePools(
    { ...echo, boot: () => stopping.promise },
    { bootedPerRuntime: 1 },
    undefined,
    kinds,
  );
  const call = host.invoke(testVersion()).catch(() => undefined);
  await vi.waitFor(async () => expect(await kinds.read()).toHaveLength(1), 5000);
  expect(host.driver.booted).toHaveLength(0);
  stopping.resolve();
  await call;
});
