import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type FunctionImage,
  type ImageProgram,
  ImageUnavailable,
  RuntimeUnavailable,
  type RuntimeSupport,
  type ImageProgress,
} from "@hearth/drivers";
import { ManualClock, Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { CodeStore, removeTree } from "@hearth/code";
import { FunctionIndex, type FunctionSettings, FunctionStore, InvokerLease } from "@hearth/store";
import { HERE, type TestDatabase, testDatabase, zipOf } from "@hearth/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ImageMetrics } from "./imageMetrics.ts";
import { Activator } from "./activator.ts";

const ACCOUNT = "000000000000";
const deps = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
const settings: FunctionSettings = {
  Runtime: "python3.12",
  Role: "arn:aws:iam::000000000000:role/any",
  Handler: "app.handler",
  Description: "",
  Timeout: 3,
  MemorySize: 128,
  TracingConfig: { Mode: "PassThrough" },
  PackageType: "Zip",
  Architectures: ["x86_64"],
  EphemeralStorage: { Size: 512 },
  SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
  LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/f" },
};

/** A clock that the test can put forward. */
class MovableClock extends SystemClock {
  aheadMs = 0;
  override monotonicMs(): number {
    return super.monotonicMs() + this.aheadMs;
  }
}

/** A machine whose runtimes are ready when the test says so. */
class Machine {
  ready: Promise<void> = Promise.resolve();
  /** For images, in addition. */
  images: Promise<void> = Promise.resolve();
  state: RuntimeSupport["state"] = "ready";
  servedBy = "python3.13";
  tell: (progress: ImageProgress) => void = () => undefined;
  runtimes = async (): Promise<readonly RuntimeSupport[]> => [
    { runtime: "python3.12", servedBy: this.servedBy, state: this.state },
  ];
  ensureRuntime = (): Promise<undefined> => this.ready.then(() => undefined);
  ensureRuntimeVersion = this.ensureRuntime;
  ensureImage = async (_image: FunctionImage, signal: AbortSignal): Promise<ImageProgram> => {
    const stopped = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => stopped.reject(signal.reason as Error));
    await Promise.race([Promise.all([this.ready, this.images]), stopped.promise]);
    return { entryPoint: ["/main"], command: [], workingDirectory: "/", environment: {} };
  };
  onProgress = (listener: (progress: ImageProgress) => void): void => void (this.tell = listener);
}

let stack: AsyncDisposableStack;
let db: TestDatabase;
let functions: FunctionStore;
let code: CodeStore;
let index: FunctionIndex;
let machine: Machine;
let expected: FunctionVersion[];
let activator: Activator;
let clock: MovableClock;

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  db = stack.use(await testDatabase());
  const folder = await mkdtemp(join(tmpdir(), "hearth-activator-"));
  stack.defer(() => removeTree(folder));
  functions = new FunctionStore({ ...deps, database: db.database });
  code = new CodeStore(folder, deps);
  const lease = new InvokerLease(systemRandom.uuid(), "the test", db.database);
  index = stack.use(
    new FunctionIndex({ ...deps, database: db.database, functions, lease, onSuperseded: () => undefined }),
  );
  await index.start();
  machine = new Machine();
  expected = [];
  clock = new MovableClock();
  activator = startActivator(false);
  index.onApplied(() => activator.wake());
});
afterEach(() => stack.disposeAsync());

function startActivator(exactRuntimes: boolean): Activator {
  return stack.use(
    new Activator({
      ...deps,
      clock,
      database: db.database,
      functions,
      code,
      imageSource: machine,
      environments: { expect: (version) => void expected.push(version) },
      imageMetrics: new ImageMetrics(new Registry()),
      exactRuntimes,
    }),
  );
}

async function create(archive: Uint8Array): Promise<void> {
  const stored = await code.put(archive);
  await functions.create({
    accountId: ACCOUNT,
    region: "us-east-1",
    FunctionName: "f",
    settings,
    code: stored,
    Tags: {},
    Publish: false,
  });
}

const current = async () =>
  await functions.find({ accountId: ACCOUNT, region: "us-east-1", FunctionName: "f" }, undefined);
const archive = async (text: string): Promise<Buffer> => Buffer.from(await zipOf({ "app.py": text }));

test("a new function becomes active when its code is unpacked, its runtime is available and the index has loaded it", async () => {
  await create(await archive("one"));
  expect(await current()).toMatchObject({ State: "Pending" });
  await expect.poll(async () => (await current())?.State, { interval: 5 }).toBe("Active");
  const record = await current();
  expect(record?.LastUpdateStatus).toBe("Successful");
  expect(record?.StateReason).toBe("The runtime python3.12 runs on python3.13 here.");
  expect(code.isUnpacked(record?.code.digest ?? "")).toBe(true);
  expect(expected.map((version) => version.FunctionName)).toEqual(["f"]);
  const loaded = await index.load(HERE, "f");
  expect(loaded?.versions.get("$LATEST")?.snapshotId).toBe(record?.snapshotId);
});

test("while an image is built the function is Pending with the reason", async () => {
  const gate = Promise.withResolvers<void>();
  machine.ready = gate.promise;
  machine.state = "obtainable";
  await create(await archive("one"));
  await expect.poll(async () => (await current())?.StateReason).toMatch(/python3.12 is being made ready/);
  machine.tell({ runtime: "python3.12", message: "Building hearth/python3.13 (2 of 5)" });
  await expect.poll(async () => (await current())?.StateReason).toBe("Building hearth/python3.13 (2 of 5)");
  gate.resolve();
  await expect.poll(async () => (await current())?.State).toBe("Active");
});

test("code that cannot be unpacked, or a runtime that cannot be had, fails the function with AWS's code and the reason", async () => {
  await create(Buffer.from("not a zip"));
  await expect.poll(async () => (await current())?.State).toBe("Failed");
  expect(await current()).toMatchObject({ StateReasonCode: "InvalidZipFileException" });
  expect((await current())?.StateReason).toMatch(/cannot be unpacked/);
});

test("a runtime that this machine cannot have fails the function and says what to do", async () => {
  machine.ready = Promise.reject(new RuntimeUnavailable("python3.12 is not installed here: install Docker."));
  machine.ready.catch(() => undefined);
  await create(await archive("one"));
  await expect.poll(async () => (await current())?.State).toBe("Failed");
  expect(await current()).toMatchObject({
    StateReasonCode: "InvalidRuntime",
    StateReason: "python3.12 is not installed here: install Docker.",
  });
});

test("where only exact runtimes are taken, one that turns out to be another version fails the function", async () => {
  await activator[Symbol.asyncDispose]();
  activator = startActivator(true);
  await create(await archive("one"));
  await expect.poll(async () => (await current())?.State).toBe("Failed");
  expect(await current()).toMatchObject({
    StateReasonCode: "InvalidRuntime",
    StateReason: "The runtime python3.12 would run on python3.13 here, which HEARTH_EXACT_RUNTIMES=1 refuses.",
  });
});

test("a function that runs as on AWS is active without a StateReason", async () => {
  machine.servedBy = "python3.12";
  await create(await archive("one"));
  await expect.poll(async () => (await current())?.State).toBe("Active");
  expect((await current())?.StateReason).toBeNull();
});

async function createOfImage(store = functions, FunctionName = "f"): Promise<string> {
  const { Runtime: _runtime, Handler: _handler, ...others } = settings;
  const image = { digest: "a".repeat(64), sizeBytes: 0, ImageUri: "registry.test:5000/team/f:1" };
  const made = { accountId: ACCOUNT, region: "us-east-1", FunctionName, Tags: {}, Publish: false };
  await store.create({ ...made, settings: { ...others, PackageType: "Image" }, code: image });
  return `registry.test:5000/team/f@sha256:${image.digest}`;
}

test("a function made of an image waits until it is pulled, saying how far that is, and gets no runtime", async () => {
  const gate = Promise.withResolvers<void>();
  machine.ready = gate.promise;
  const image = await createOfImage();
  await expect
    .poll(async () => {
      machine.tell({ runtime: image, message: "pulling it" });
      return await current();
    })
    .toMatchObject({ State: "Pending", StateReason: "pulling it" });
  gate.resolve();
  await expect.poll(async () => (await current())?.State).toBe("Active");
  const loaded = await index.load(HERE, "f");
  expect(loaded?.versions.get("$LATEST")?.imageRepository).toBe("registry.test:5000/team/f");
});

test("an image that cannot be had fails the function with AWS's code and the reason", async () => {
  machine.ready = Promise.reject(new ImageUnavailable("ImageDeleted", "manifest unknown"));
  machine.ready.catch(() => undefined);
  await createOfImage();
  await expect
    .poll(current)
    .toMatchObject({ State: "Failed", StateReasonCode: "ImageDeleted", StateReason: "manifest unknown" });
});

test("a registry fails a function when it has been down for an hour of tries, however old the function is", async () => {
  machine.ready = Promise.reject(new Error("connection refused"));
  machine.ready.catch(() => undefined);
  const yesterday = new ManualClock(deps.clock.now() - 86_400_000);
  await createOfImage(new FunctionStore({ ...deps, clock: yesterday, database: db.database }));
  await expect.poll(async () => (await current())?.StateReason).toMatch(/is repeated/);
  expect(await current()).toMatchObject({ State: "Pending" });
  clock.aheadMs = 3_600_000;
  await expect
    .poll(current, { timeout: 5_000 })
    .toMatchObject({ State: "Failed", StateReasonCode: "ImageAccessDenied" });
  expect((await current())?.StateReason).toBe("The image could not be pulled for an hour: connection refused");
});

test("hundreds of functions that wait for their images do not delay a new function", async () => {
  machine.images = new Promise(() => undefined);
  const names = Array.from({ length: 200 }, (_, at) => `waiting-${at}`);
  await Promise.all(names.map((name) => createOfImage(functions, name)));
  await create(await archive("one"));
  await expect.poll(async () => (await current())?.State, { timeout: 5_000 }).toBe("Active");
  expect(
    await functions.find({ accountId: ACCOUNT, region: "us-east-1", FunctionName: "waiting-0" }, undefined),
  ).toMatchObject({
    State: "Pending",
  });
});

test("an error of the platform goes into the StateReason and is retried", async () => {
  machine.ready = Promise.reject(new Error("disk full"));
  machine.ready.catch(() => undefined);
  await create(await archive("one"));
  await expect.poll(async () => (await current())?.StateReason).toMatch(/is repeated/);
  machine.ready = Promise.resolve();
  await expect.poll(async () => (await current())?.State, { timeout: 5_000 }).toBe("Active");
});

test("once an update has ended, the index never answers with the old code", async () => {
  await create(await archive("0"));
  await expect.poll(async () => (await current())?.State).toBe("Active");
  await index.load(HERE, "f");
  for (let at = 1; at <= 8; at++) {
    const stored = await code.put(await archive(String(at)));
    await functions.update({ accountId: ACCOUNT, region: "us-east-1", FunctionName: "f" }, { code: stored });
    await expect.poll(async () => (await current())?.LastUpdateStatus, { interval: 2 }).toBe("Successful");
    const loaded = index.find(HERE, "f") ?? (await index.load(HERE, "f"));
    expect(loaded?.versions.get("$LATEST")?.codeDigest).toBe(stored.digest);
  }
});
