import { mkdtemp, rename, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type TestDatabase, testDatabase, zipOf } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CodeCollector } from "./codeCollector.ts";
import { CodeStore } from "@hearth/code";
import { FunctionStore } from "@hearth/store";
import { LayerStore } from "@hearth/store";
import { removeTree } from "@hearth/code";
import { ACCOUNT, SETTINGS, zipFunction } from "@hearth/testkit";

const HOURS_AGO = (hours: number): Date => new Date(Date.now() - hours * 3_600_000);
const signal = new AbortController().signal;
let stack: AsyncDisposableStack;
let db: TestDatabase;
let folder: string;
let code: CodeStore;
let functions: FunctionStore;
let layers: LayerStore;
let registry: Registry;
let collector: CodeCollector;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  db = stack.use(await testDatabase());
  folder = await mkdtemp(join(tmpdir(), "hearth-collect-"));
  stack.defer(() => removeTree(folder));
  const clock = new SystemClock();
  const deps = { database: db.database, clock, random: systemRandom, region: "us-east-1" };
  functions = new FunctionStore(deps);
  layers = new LayerStore(deps);
  code = new CodeStore(folder, deps);
  registry = new Registry();
  const kinds = ["blobs", "unpacked"] as const;
  collector = stack.use(
    new CodeCollector({ database: db.database, code, kinds, clock, logger: silentLogger, registry }),
  );
  await collector.collect(); // after the one that it begins with
});
afterEach(async () => await stack.disposeAsync());

/** Stores and unpacks an archive, two hours ago. */
async function stored(content: string): Promise<{ readonly digest: string; readonly sizeBytes: number }> {
  const blob = await code.put(await zipOf({ "index.mjs": content }));
  await code.unpack(blob.digest, signal);
  await age(blob.digest);
  return blob;
}

async function age(digest: string): Promise<void> {
  for (const path of [code.path(digest), code.unpackedPath(digest)]) await utimes(path, HOURS_AGO(2), HOURS_AGO(2));
}

const isThere = (digest: string): readonly boolean[] => [code.has(digest), code.isUnpacked(digest)];

test("unneeded code is removed at the second collection, and counted", async () => {
  const { digest } = await stored("nobody's");
  await collector.collect();
  expect(isThere(digest)).toEqual([true, true]);
  await collector.collect();
  expect(isThere(digest)).toEqual([false, false]);
  const metrics = await registry.metrics();
  expect(metrics).toContain('hearth_code_collected_total{kind="blobs"} 1');
  expect(metrics).toContain('hearth_code_collected_total{kind="unpacked"} 1');
});

test("code stays while a version, its running snapshot, a layer or a function with a deleted layer needs it", async () => {
  const [first, second, layer, deletedLayer] = await Promise.all(["1", "2", "l", "d"].map(stored));
  if (!first || !second || !layer || !deletedLayer) throw new Error("nothing stored");
  const attached = { Arn: "arn", CodeSize: 1, digest: deletedLayer.digest, unpackedBytes: 1 };
  const settings = { ...SETTINGS, Layers: [attached] };
  const key = zipFunction("f");
  await functions.create({ ...key, settings, code: first });
  const [activation] = await functions.listActivations(1);
  if (!activation) throw new Error("no activation");
  await functions.applyActivation(activation.version);
  await functions.finishActivation(activation.version);
  // The update is wanted; what runs is the first code.
  await functions.update(key, { code: second });
  const description = { Description: "", LicenseInfo: undefined, CompatibleRuntimes: [], CompatibleArchitectures: [] };
  await layers.publish({ accountId: ACCOUNT, region: "us-east-1", LayerName: "l" }, layer, description);
  for (let time = 0; time < 3; time++) await collector.collect();
  for (const { digest } of [first, second, layer, deletedLayer]) expect(isThere(digest)).toEqual([true, true]);
  await functions.delete(key);
  for (let time = 0; time < 2; time++) await collector.collect();
  expect(isThere(first.digest)).toEqual([false, false]);
  expect(isThere(deletedLayer.digest)).toEqual([false, false]);
  expect(isThere(layer.digest)).toEqual([true, true]);
});

test("code that was stored or unpacked within the hour stays, also when it existed before", async () => {
  const { digest } = await stored("again");
  await collector.collect();
  await code.put(await zipOf({ "index.mjs": "again" }));
  await code.unpack(digest, signal);
  await collector.collect();
  expect(isThere(digest)).toEqual([true, true]);
  await age(digest);
  await code.put(await zipOf({ "index.mjs": "again" })); // an upload whose row is not committed yet
  await collector.collect();
  expect(isThere(digest)).toEqual([true, false]);
});

test("drafts of uploads that were never finished are removed, those that may still be written are not", async () => {
  await stored("any");
  const [old, young] = [join(folder, "blobs", ".new-old"), join(folder, "blobs", ".new-young")];
  for (const draft of [old, young]) await writeFile(draft, "PK");
  await utimes(old, HOURS_AGO(2), HOURS_AGO(2));
  for (let time = 0; time < 2; time++) await collector.collect();
  const drafts = (await code.list("blobs")).filter(({ digest }) => digest === undefined);
  expect(drafts.map(({ name }) => name)).toEqual([".new-young"]);
  await code.removeLeftovers({ blobs: true });
  expect((await code.list("blobs")).filter(({ digest }) => digest === undefined)).toEqual([]);
});

test("code that a killed collection had set aside is restored, unless it has been stored again", async () => {
  const [lost, again] = await Promise.all(["lost", "again"].map(stored));
  if (!lost || !again) throw new Error("nothing stored");
  const asides = [lost, again].map(({ digest }) => [code.path(digest), join(folder, "blobs", `.old-0a-${digest}.zip`)]);
  for (const [path = "", aside = ""] of asides) await rename(path, aside);
  await code.put(await zipOf({ "index.mjs": "again" }));
  await collector.collect();
  const listed = await code.list("blobs");
  expect(new Set(listed.map(({ digest }) => digest))).toEqual(new Set([lost.digest, again.digest]));
  await expect(code.unpackedBytes(lost.digest)).resolves.toBeGreaterThan(0);
});
