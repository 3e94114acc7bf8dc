import { join } from "node:path";
import { silentLogger, SystemClock } from "@hearth/kit";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  type Driver,
  type ImageProgress,
  type ImageSource,
  ImageUnavailable,
  RuntimeUnavailable,
  type SandboxEvent,
} from "../driver.ts";
import { TestDataDir } from "../testing/testLauncher.ts";
import { connectLauncher, type LauncherClient } from "./client.ts";
import { launcherVersion } from "./launcherVersion.ts";
import { LauncherServer } from "./server.ts";

const ID = "0123456789abcdef";
const DIGEST = "a".repeat(64);
const clock = new SystemClock();

/** A driver that answers every call with something distinguishable. */
class RecordingDriver implements Driver {
  readonly name = "process";
  emit: (event: SandboxEvent) => void = () => undefined;
  progress: (progress: ImageProgress) => void = () => undefined;
  readonly images = {
    runtimes: vi.fn<ImageSource["runtimes"]>(async () => [
      { runtime: "python3.12", servedBy: "python3.13", state: "ready" },
    ]),
    ensureRuntime: vi.fn<ImageSource["ensureRuntime"]>(async () => undefined),
    ensureRuntimeVersion: vi.fn<ImageSource["ensureRuntimeVersion"]>(async (_runtime, version) => version),
    resolveImage: vi.fn<ImageSource["resolveImage"]>(async () => ({ kind: "found", digest: DIGEST })),
    ensureImage: vi.fn<ImageSource["ensureImage"]>(async () => ({
      entryPoint: ["/main"],
      command: [],
      workingDirectory: "/",
      environment: { A: "b" },
    })),
    keptImages: vi.fn<ImageSource["keptImages"]>(async () => [DIGEST]),
    releaseImage: vi.fn<ImageSource["releaseImage"]>(async () => undefined),
    onProgress: (listener: (progress: ImageProgress) => void): void => void (this.progress = listener),
  };
  readonly prepare = vi.fn<Driver["prepare"]>(async () => ({ apiSocket: "/a", output: "/o" }));
  readonly create = vi.fn<Driver["create"]>(async () => true);
  readonly boot = vi.fn<Driver["boot"]>(async () => undefined);
  readonly specialise = vi.fn<Driver["specialise"]>(async () => ({ taskRoot: "/t", optRoot: "/p", tmpDir: "/x" }));
  readonly freeze = vi.fn<Driver["freeze"]>(async () => undefined);
  readonly thaw = vi.fn<Driver["thaw"]>(async () => undefined);
  readonly cpuMs = vi.fn<Driver["cpuMs"]>(async () => 1.5);
  readonly stop = vi.fn<Driver["stop"]>(async () => undefined);
  readonly list = vi.fn<Driver["list"]>(async () => [ID, "feedfeedfeedfeed"]);
  readonly expectEgress = vi.fn<Driver["expectEgress"]>(async () => undefined);
  on(listener: (event: SandboxEvent) => void): void {
    this.emit = listener;
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

async function connected(): Promise<{ driver: RecordingDriver; client: LauncherClient }> {
  const data = new TestDataDir();
  const driver = new RecordingDriver();
  const server = await LauncherServer.listen({
    driver,
    notices: ["a notice"],
    socketPath: join(data.path, "launcher.sock"),
    invoker: undefined,
    goneAfterMs: 0,
    clock,
    logger: silentLogger,
    beforeServing: async () => undefined,
  });
  const client = await connectLauncher({ dataDir: data.path, connectTimeoutMs: 5000, clock, logger: silentLogger });
  onTestFinished(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    data[Symbol.dispose]();
  });
  return { driver, client };
}

const signal = (): AbortSignal => new AbortController().signal;

test("every method of the image source reaches the driver with its arguments, and its result comes back", async () => {
  const { driver, client } = await connected();
  expect([client.name, client.notices, client.version]).toEqual(["process", ["a notice"], launcherVersion()]);
  expect(await client.images.runtimes()).toEqual(await driver.images.runtimes());
  expect(await client.images.ensureRuntime("python3.12", signal())).toBeUndefined();
  expect(driver.images.ensureRuntime).toHaveBeenCalledWith("python3.12", expect.any(AbortSignal));
  expect(await client.images.ensureRuntimeVersion("python3.12", DIGEST, signal())).toBe(DIGEST);
  expect(await client.images.resolveImage("app:v1", "000000000000", signal())).toEqual({
    kind: "found",
    digest: DIGEST,
  });
  expect(driver.images.resolveImage).toHaveBeenCalledWith("app:v1", "000000000000", expect.any(AbortSignal));
  const image = { accountId: "000000000000", repository: "app", digest: DIGEST };
  expect(await client.images.ensureImage(image, signal())).toMatchObject({ environment: { A: "b" } });
  expect(driver.images.ensureImage).toHaveBeenCalledWith(image, expect.any(AbortSignal));
  expect(await client.images.keptImages()).toEqual([DIGEST]);
  expect(await client.images.releaseImage(DIGEST)).toBeUndefined();
  expect(driver.images.releaseImage.mock.calls[0]?.[0]).toBe(DIGEST);
});

test("every method for sandboxes reaches the driver, for the connection's own sandboxes only", async () => {
  const { driver, client } = await connected();
  const key = { runtime: "nodejs22.x", network: "none", tmpSizeMb: 512 } as const;
  await expect(client.boot(ID, key, signal())).rejects.toThrow("is not of this connection");
  await client.stop(ID, 0);
  expect(driver.stop).not.toHaveBeenCalled();

  expect(await client.prepare(ID)).toEqual({ apiSocket: "/a", output: "/o" });
  await client.boot(ID, key, signal());
  expect(driver.boot).toHaveBeenCalledWith(ID, key, expect.any(AbortSignal));
  const spec = {
    codeDigest: DIGEST,
    layerDigests: [DIGEST],
    memoryMb: 256,
    accountId: "000000000000",
    expectedMb: 128,
  };
  expect(await client.specialise(ID, spec, signal())).toEqual({ taskRoot: "/t", optRoot: "/p", tmpDir: "/x" });
  expect(driver.specialise).toHaveBeenCalledWith(ID, spec, expect.any(AbortSignal));
  await client.freeze(ID);
  await client.thaw(ID);
  expect([driver.freeze.mock.calls[0]?.[0], driver.thaw.mock.calls[0]?.[0]]).toEqual([ID, ID]);
  expect(await client.cpuMs(ID)).toBe(1.5);
  driver.cpuMs.mockResolvedValueOnce(undefined);
  expect(await client.cpuMs(ID)).toBeUndefined();
  expect(await client.list()).toEqual([ID]);
  expect(await client.expectEgress()).toBeUndefined();
  expect(driver.expectEgress).toHaveBeenCalledTimes(1);
  await client.stop(ID, 20);
  expect(driver.stop).toHaveBeenCalledWith(ID, 20);
});

test("events reach the listeners that they are for", async () => {
  const { driver, client } = await connected();
  const [events, progress]: unknown[][] = [[], []];
  client.on((event) => events?.push(event));
  client.images.onProgress((one) => progress?.push(one));
  await client.prepare(ID);
  driver.progress({ runtime: "python3.12", message: "building" });
  driver.emit({ kind: "memory", sandboxId: "feedfeedfeedfeed", maxMemoryBytes: 1 });
  driver.emit({ kind: "memory", sandboxId: ID, maxMemoryBytes: 2 });
  await expect.poll(() => events).toEqual([{ kind: "memory", sandboxId: ID, maxMemoryBytes: 2 }]);
  expect(progress).toEqual([{ runtime: "python3.12", message: "building" }]);
});

test("errors keep their class, and an aborted call is cancelled in the launcher", async () => {
  const { driver, client } = await connected();
  driver.images.ensureRuntime.mockRejectedValueOnce(new RuntimeUnavailable("no such runtime"));
  await expect(client.images.ensureRuntime("python3.12", signal())).rejects.toBeInstanceOf(RuntimeUnavailable);
  driver.images.ensureImage.mockRejectedValueOnce(new ImageUnavailable("ImageDeleted", "gone"));
  const image = { accountId: "000000000000", repository: "app", digest: DIGEST };
  await expect(client.images.ensureImage(image, signal())).rejects.toMatchObject({ reasonCode: "ImageDeleted" });

  const cancelled = Promise.withResolvers<undefined>();
  driver.images.ensureRuntime.mockImplementationOnce((_runtime, inLauncher) => {
    inLauncher.addEventListener("abort", () => cancelled.resolve(undefined));
    return cancelled.promise;
  });
  const controller = new AbortController();
  const call = client.images.ensureRuntime("python3.12", controller.signal);
  await expect.poll(() => driver.images.ensureRuntime.mock.calls.length).toBe(2);
  controller.abort(new Error("no longer needed"));
  await expect(call).rejects.toThrow("no longer needed");
  await cancelled.promise;
});
