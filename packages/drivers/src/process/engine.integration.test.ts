import { driverContract } from "../testing/driverContract.ts";
import { TestDataDir, testDriver, testEngineDeps } from "../testing/testLauncher.ts";
import { ProcessEngine } from "./engine.ts";

driverContract("the process driver", async () => {
  const data = new TestDataDir();
  const driver = testDriver(new ProcessEngine(testEngineDeps(data.path)), data.path);
  const [major] = process.versions.node.split(".");
  return {
    driver,
    dataDir: data.path,
    runtime: `nodejs${major}.x`,
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      data[Symbol.dispose]();
    },
  };
});
