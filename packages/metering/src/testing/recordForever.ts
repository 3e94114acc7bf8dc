import { writeSync } from "node:fs";
import { Registry, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { type ConnectionOptions, Database, UsageStore } from "@hearth/store";
import { Metering } from "../metering.ts";

// A process to be killed: records usage as fast as it may and writes each id on standard output once it was recorded.
const [directory = "", connection = "{}"] = process.argv.slice(2);
const clock = new SystemClock();
const deps = { clock, random: systemRandom, logger: silentLogger };
const database = new Database({ connection: JSON.parse(connection) as ConnectionOptions, max: 2 }, deps);
const metering = new Metering(
  { directory, region: "us-east-1", flushEveryMs: 20 },
  { ...deps, usage: new UsageStore(database), registry: new Registry() },
);

for (;;) {
  const id = systemRandom.uuid();
  metering.record({
    id,
    accountId: "000000000000",
    region: "us-east-1",
    functionName: "hello",
    version: "1",
    requestId: id,
    endedAt: clock.now(),
    durationMs: 1,
    billedMs: 1,
    memoryMb: 128,
    maxMemoryUsedMb: 30,
    initDurationMs: null,
    outcome: "success",
    bytesIn: 0,
    bytesOut: 0,
  });
  writeSync(1, `${id}\n`);
  await clock.sleep(1);
}
