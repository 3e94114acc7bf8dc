import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { expect, test, vi } from "vitest";
import { Sandboxes } from "./sandboxes.ts";
import type { SandboxOwner } from "./sandboxOwner.ts";
import { FakeDriver } from "./testing/fakeDriver.ts";

const forever = new AbortController().signal;
const KEY = { runtime: "nodejs24.x", network: "none", tmpSizeMb: 512 } as const;
const SPECIALISATION = { environment: {}, taskRoot: "/t", optRoot: "/o", tmpDir: "/m", freshProcess: false };

/** An owner that records what it hears. */
function recorder() {
  const heard: string[] = [];
  const owner: SandboxOwner = {
    onWaiting: () => heard.push("waiting"),
    onNext: () => heard.push("next"),
    onAllWaiting: () => heard.push("allWaiting"),
    onResponse: () => heard.push("response"),
    onError: () => heard.push("error"),
    onTooLarge: () => heard.push("tooLarge"),
    onTruncated: () => heard.push("truncated"),
    onInitError: () => heard.push("initError"),
    onRestore: () => heard.push("restore"),
    onLines: () => heard.push("lines"),
    onExit: () => heard.push("exit"),
    onExtensionLines: () => heard.push("extensionLines"),
    onExtensions: () => heard.push("extensions"),
    onSubscribed: () => heard.push("subscribed"),
    onExtensionFault: () => heard.push("extensionFault"),
    onRuntimeExit: () => heard.push("runtimeExit"),
  };
  return { heard, owner };
}

test("the owner hears the runtime's first next, and then that all wait", async () => {
  await using driver = new FakeDriver();
  const sandboxes = new Sandboxes({ driver, clock: new SystemClock(), random: systemRandom, logger: silentLogger });
  const sandbox = await sandboxes.boot(KEY, forever);
  const { heard, owner } = recorder();
  sandbox.attach(owner);
  sandbox.specialise(SPECIALISATION);
  await sandbox.whenAllWaiting();
  expect(sandbox.allWaiting).toBe(true);
  expect(heard).toEqual(["next", "allWaiting"]);
  await sandboxes.stopAll();
});

test("the owner does not hear requests that come while the sandbox is being stopped", async () => {
  const init = Promise.withResolvers<void>();
  const stop = Promise.withResolvers<void>();
  await using driver = new FakeDriver({ init: () => init.promise, stop: () => stop.promise });
  const sandboxes = new Sandboxes({ driver, clock: new SystemClock(), random: systemRandom, logger: silentLogger });
  const sandbox = await sandboxes.boot(KEY, forever);
  const { heard, owner } = recorder();
  sandbox.attach(owner);
  sandbox.specialise(SPECIALISATION);
  const stopped = sandbox.stop(0);
  init.resolve();
  await vi.waitFor(() => expect(sandbox.allWaiting).toBe(true), { timeout: 5000 });
  expect(heard).toEqual([]);
  stop.resolve();
  await stopped;
  expect(sandboxes.size).toBe(0);
});
