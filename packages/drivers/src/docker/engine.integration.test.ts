import { symlinkSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { driverContract } from "../contract.ts";
import { createEngine } from "../createEngine.ts";
import { TestDataDir, testDriver, testEngineDeps } from "../testLauncher.ts";

driverContract("the docker driver", async () => {
  const data = new TestDataDir();
  const stop = new AbortController();
  const engine = await createEngine({ ...testEngineDeps(data.path), driver: "docker" }, stop.signal);
  const driver = testDriver(engine, data.path);
  return {
    driver,
    dataDir: data.path,
    runtime: "nodejs24.x",
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("the test has ended"));
      await driver[Symbol.asyncDispose]();
      data[Symbol.dispose]();
    },
  };
});
