import { SystemClock } from "@hearth/kit";
import { containersOf, noDocker, sampleFunctions, skipReason, startHearth } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { AccountedLoad, missing, recordedRuns } from "../support/accounting.ts";
import { databaseOf } from "../support/database.ts";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const CALLERS = 8;
const clock = new SystemClock();

/**
 * kill -9 of the whole process group in the middle of a load of synchronous and asynchronous invocations, then a start on the same data:
 * functions are there, accepted events run, every answered invocation has exactly one usage record, no orphan container remains.
 */
async function killedUnderLoad(driver: "docker" | "process"): Promise<void> {
  await using hearth = await startHearth({ driver });
  const client = lambdaClient(hearth);
  for (const FunctionName of ["sync", "async"]) {
    await createActive(client, { FunctionName, files: sampleFunctions.nodeEcho });
  }
  await invoke(client, "sync", {});
  const load = new AccountedLoad(client);
  const callers = Array.from({ length: CALLERS }, () => load.callSync());
  const ended = Promise.all([...callers, load.callAsync(), load.callAsync()]);
  await clock.sleep(2_000);
  while (load.answered.length < 100 || load.accepted.length < 10) await clock.sleep(50);
  await hearth.kill("SIGKILL");
  load.stop();
  await ended;

  await hearth.start();
  expect((await invoke(lambdaClient(hearth), "sync", { again: true })).payload).toEqual({ again: true });
  await using database = databaseOf(hearth);
  const eventsThatDidNotRun = async (): Promise<number> =>
    missing(load.accepted, await recordedRuns(database, "async")).length;
  await expect.poll(eventsThatDidNotRun, { timeout: 90_000, interval: 500 }).toBe(0);
  const ran = await recordedRuns(database, "sync");
  expect(new Set(ran).size).toBe(ran.length);
  expect(missing(load.answered, ran)).toEqual([]);
  // Besides those in flight at the kill: the call before the load and the one after the start.
  expect(ran.length - load.answered.length).toBeLessThanOrEqual(CALLERS + 2);
  if (driver === "docker") {
    await hearth.kill("SIGTERM");
    expect(await containersOf(hearth.dataDirectory)).toEqual([]);
  }
}

const docker = { ...skipReason(await noDocker()), timeout: 600_000 };

describe("kill -9 in the middle of a load, then a new start, loses and doubles nothing", () => {
  test("on the process driver", () => killedUnderLoad("process"));
  test("on the Docker driver, and no orphan container remains", docker, () => killedUnderLoad("docker"));
});
