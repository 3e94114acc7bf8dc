import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvokeCommand, ListFunctionsCommand, UpdateFunctionConfigurationCommand } from "@aws-sdk/client-lambda";
import { SystemClock } from "@hearth/kit";
import { LEASE_MS, postgresPaths } from "@hearth/store";
import { pause, sampleFunctions, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { missing, recordedRuns } from "../support/accounting.ts";
import { databaseOf } from "../support/database.ts";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const PATIENCE = { timeout: 120_000, interval: 250 };
const clock = new SystemClock();

test("while PostgreSQL hangs, warm invocations go on and other calls fail; afterwards all works without a restart", async () => {
  await using hearth = await startHearth();
  const client = lambdaClient(hearth);
  const FunctionName = "warm";
  await createActive(client, { FunctionName, files: sampleFunctions.nodeEcho });
  await invoke(client, FunctionName, {});
  const readyz = async (): Promise<string> => (await fetch(`${hearth.endpoint}/readyz`)).text();
  const pidFile = join(postgresPaths(join(hearth.dataDirectory, "postgres")).data, "postmaster.pid");
  const answered: string[] = [];
  {
    using _paused = pause(Number(readFileSync(pidFile, "utf8").split("\n")[0]));
    let othersAreFailing = true;
    const failure = (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => "it was answered",
        (error: unknown) => error,
      );
    const others = Promise.all([
      failure(client.send(new ListFunctionsCommand({}))),
      failure(client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: "new" }))),
      failure(client.send(new InvokeCommand({ FunctionName, InvocationType: "Event" }))),
    ]).finally(() => (othersAreFailing = false));
    // Also after the invoker's lease, which only PostgreSQL can renew, has lapsed.
    const since = clock.monotonicMs();
    while (othersAreFailing || clock.monotonicMs() - since < 2 * LEASE_MS) {
      const { payload, requestId } = await invoke(client, FunctionName, { n: answered.length });
      expect(payload).toEqual({ n: answered.length });
      answered.push(requestId);
      await clock.sleep(20);
    }
    for (const error of await others) expect(error).toMatchObject({ name: "ServiceException", $fault: "server" });
    expect(await failure(client.send(new ListFunctionsCommand({})))).toMatchObject({ name: "ServiceException" });
    await expect.poll(readyz, PATIENCE).toMatch(/^ready\nPostgreSQL has not been usable for \d+ s\n$/);
  }
  await expect.poll(readyz, PATIENCE).toBe("ready\n");
  const describe = async (Description: string): Promise<string | undefined> =>
    (await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description }))).Description;
  await expect.poll(() => describe("newer").catch(String), PATIENCE).toBe("newer");
  expect((await invoke(client, FunctionName, { again: true })).payload).toEqual({ again: true });
  await using database = databaseOf(hearth);
  const unrecorded = async (): Promise<number> => missing(answered, await recordedRuns(database, FunctionName)).length;
  await expect.poll(unrecorded, PATIENCE).toBe(0);
}, 300_000);
