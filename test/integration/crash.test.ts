import { randomUUID } from "node:crypto";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { SystemClock } from "@hearth/kit";
import { containersOf, noDocker, sampleFunctions, skipReason, startHearth } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
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
  await createActive(client, { FunctionName: "sync", files: sampleFunctions.nodeEcho });
  await createActive(client, { FunctionName: "async", files: sampleFunctions.nodeEcho });

  for (const name of ["sync", "async"]) await invoke(client, name, {});
  const answered: string[] = [];
  const accepted: string[] = [];
  let killed = false;
  const syncCaller = async (): Promise<void> => {
    while (!killed) {
      const nonce = randomUUID();
      const answer = await invoke(client, "sync", { nonce }).catch(() => undefined);
      if (!answer) return; // it was in flight at the kill
      expect(answer.payload).toEqual({ nonce });
      answered.push(answer.requestId);
    }
  };
  const asyncCaller = async (): Promise<void> => {
    while (!killed) {
      const sent = client.send(
        new InvokeCommand({ FunctionName: "async", InvocationType: "Event", Payload: Buffer.from('{"n":1}') }),
      );
      const output = await sent.catch(() => undefined);
      if (!output) return;
      expect(output.StatusCode).toBe(202);
      accepted.push(output.$metadata.requestId ?? "");
    }
  };
  const load = Promise.all([...Array.from({ length: CALLERS }, syncCaller), asyncCaller(), asyncCaller()]);
  await clock.sleep(2_000);
  while (answered.length < 100 || accepted.length < 10) await clock.sleep(50);
  await hearth.kill("SIGKILL");
  killed = true;
  await load;

  await hearth.start();
  expect((await invoke(lambdaClient(hearth), "sync", { again: true })).payload).toEqual({ again: true });
  await using database = databaseOf(hearth);
  const ranIds = async (name: string): Promise<string[]> => {
    const rows = await database.query<{ request_id: string }>(
      "SELECT request_id FROM usage_records WHERE function_name = $1",
      [name],
    );
    return rows.map((row) => row.request_id);
  };
  await expect
    .poll(
      async () => {
        const ran = new Set(await ranIds("async"));
        return accepted.filter((id) => !ran.has(id)).length;
      },
      { timeout: 90_000, interval: 500 },
    )
    .toBe(0);
  const ran = await ranIds("sync");
  expect(new Set(ran).size).toBe(ran.length);
  const there = new Set(ran);
  expect(answered.filter((id) => !there.has(id))).toEqual([]);
  expect(ran.length - answered.length).toBeLessThanOrEqual(CALLERS + 2);
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
