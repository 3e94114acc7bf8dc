import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { noDocker } from "@hearth/testkit";
import { driverContract } from "../contract.ts";
import { connectLauncher } from "../launcher/client.ts";
import { runLauncher } from "../launcher/process.ts";
import { TEST_CACHE } from "../testDocker.ts";
import { TestDataDir } from "../testLauncher.ts";

const clock = new SystemClock();

async function make() {
  const data = new TestDataDir();
  const stop = new AbortController();
  const egress = { allow: [], unfiltered: false };
  const deps = { clock, random: systemRandom, logger: silentLogger, cacheDir: TEST_CACHE };
  const running = runLauncher({ dataDir: data.path, driver: "docker", cpu: "quota", egress, ...deps }, stop.signal);
  const driver = await connectLauncher({ dataDir: data.path, connectTimeoutMs: 20_000, clock, logger: silentLogger });
  return {
    driver,
    dataDir: data.path,
    runtime: "nodejs24.x",
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      stop.abort(new Error("the test has ended"));
      await running;
      data[Symbol.dispose]();
    },
  };
}

driverContract("the launcher over the docker driver", make, await noDocker());
