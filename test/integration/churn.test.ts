import { randomUUID } from "node:crypto";
import {
  DeleteFunctionCommand,
  type LambdaClient,
  LambdaServiceException,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import {
  containersOf,
  dockerAvailable,
  noDocker,
  sampleFunctions,
  skipReason,
  startHearth,
  zipOf,
} from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const INVOCATIONS = 1_000;
const CALLERS = 16;

const revision = (number: number): Record<string, string> => ({
  "index.mjs": `export const handler = async () => ${number};\n`,
});

/** Creates, updates and deletes one function again and again; the old or the new code answers, and only the new code after the waiter returned. */
async function churn(client: LambdaClient, FunctionName: string, goesOn: () => boolean): Promise<number> {
  let rounds = 0;
  for (; goesOn(); rounds++) {
    await createActive(client, { FunctionName, files: revision(1) });
    expect((await invoke(client, FunctionName, {})).payload).toBe(1);
    for (const number of [2, 3]) {
      await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zipOf(revision(number)) }));
      expect([number - 1, number]).toContain((await invoke(client, FunctionName, {})).payload);
      await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName });
      for (let i = 0; i < 3; i++) expect((await invoke(client, FunctionName, {})).payload).toBe(number);
    }
    await client.send(new DeleteFunctionCommand({ FunctionName }));
    await invoke(client, FunctionName, {}).then(
      () => expect.fail("a deleted function answered"),
      (error: unknown) => expect((error as LambdaServiceException).name).toBe("ResourceNotFoundException"),
    );
  }
  return rounds;
}

/** Another client, which calls the functions that change in any state. */
async function nosy(client: LambdaClient, names: readonly string[], goesOn: () => boolean): Promise<void> {
  for (let i = 0; goesOn(); i++) {
    try {
      const { payload } = await invoke(client, names[i % names.length] ?? "", {});
      expect([1, 2, 3]).toContain(payload);
    } catch (error) {
      if (!(error instanceof LambdaServiceException)) throw error;
      expect(["ResourceNotFoundException", "ResourceConflictException", "TooManyRequestsException"]).toContain(
        error.name,
      );
    }
  }
}

async function underChurn(driver: "docker" | "process"): Promise<void> {
  const hearth = await startHearth({ driver });
  await using _ = hearth;
  const client = lambdaClient(hearth);
  await createActive(client, { FunctionName: "untouched", files: sampleFunctions.nodeEcho });
  let answered = 0;
  let sent = 0;
  const goesOn = (): boolean => answered < INVOCATIONS;
  const caller = async (): Promise<void> => {
    while (sent < INVOCATIONS) {
      sent++;
      const nonce = randomUUID();
      expect(await invoke(client, "untouched", { nonce })).toEqual({
        requestId: expect.any(String),
        payload: { nonce },
      });
      answered++;
    }
  };
  const changing = ["changing-a", "changing-b"];
  const [rounds] = await Promise.all([
    Promise.all(changing.map((name) => churn(client, name, goesOn))),
    nosy(client, changing, goesOn),
    ...Array.from({ length: CALLERS }, caller),
  ]);
  expect(answered).toBe(INVOCATIONS);
  expect(Math.min(...rounds)).toBeGreaterThan(0);
  await hearth.kill("SIGTERM");
  if (await dockerAvailable()) expect(await containersOf(hearth.dataDirectory)).toEqual([]);
}

const docker = { ...skipReason(await noDocker()), timeout: 600_000 };

describe("1,000 invocations at 16 callers while other functions are created, updated and deleted", () => {
  test("on the process driver every untouched invocation echoes its nonce and no 5xx is seen", () =>
    underChurn("process"));

  test("on the Docker driver the same, and no container is left", docker, () => underChurn("docker"));
});
