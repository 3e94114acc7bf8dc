import {
  CreateFunctionCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  type LambdaClient,
  PutProvisionedConcurrencyConfigCommand,
  waitUntilPublishedVersionActive,
} from "@aws-sdk/client-lambda";
import { noDocker, type RunningHearth, skipReason, startHearth, zipOf } from "@hearth/testkit";
import { describe, expect, test } from "vitest";
import { lambdaClient, ROLE } from "../support/lambda.ts";

const FunctionName = "kept";
const KEPT = 2;
/** Says how and when its environment was initialised, and stays busy so long that each concurrent call needs one of its own. */
const files = {
  "index.mjs": `const initialisedAt = Date.now();
export const handler = async () => {
  await new Promise((done) => setTimeout(done, 300));
  return { type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, initialisedAt, pid: process.pid };
};
`,
};

interface Run {
  readonly type: string;
  readonly initialisedAt: number;
  readonly pid: number;
}

async function invoke(client: LambdaClient): Promise<Run> {
  const { Payload } = await client.send(new InvokeCommand({ FunctionName, Qualifier: "1" }));
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Run;
}

const status = async (client: LambdaClient) => {
  const { Status, AvailableProvisionedConcurrentExecutions: available } = await client.send(
    new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "1" }),
  );
  return [Status, available];
};

/** Once the environments are reported as ready, as many concurrent calls each find one that was initialised before the call. */
async function expectKept(hearth: RunningHearth): Promise<readonly Run[]> {
  const client = lambdaClient(hearth);
  await expect.poll(() => status(client), { timeout: 60_000, interval: 50 }).toEqual(["READY", KEPT]);
  const askedAt = Date.now();
  const runs = await Promise.all(Array.from({ length: KEPT }, () => invoke(client)));
  for (const run of runs) {
    expect(run.type).toBe("provisioned-concurrency");
    expect(run.initialisedAt).toBeLessThan(askedAt);
  }
  return runs;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

async function keptOverStarts(driver: "docker" | "process", signals: readonly NodeJS.Signals[]): Promise<void> {
  await using hearth = await startHearth({ driver });
  const client = lambdaClient(hearth);
  const Code = { ZipFile: await zipOf(files) };
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Code,
      Role: ROLE,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Publish: true,
    }),
  );
  await waitUntilPublishedVersionActive(
    { client, maxWaitTime: 300, minDelay: 0.1, maxDelay: 1 },
    { FunctionName, Qualifier: "1" },
  );
  await client.send(
    new PutProvisionedConcurrencyConfigCommand({
      FunctionName,
      Qualifier: "1",
      ProvisionedConcurrentExecutions: KEPT,
    }),
  );
  let before = await expectKept(hearth);
  for (const signal of signals) {
    await hearth.kill(signal);
    const startedAt = Date.now();
    await hearth.start();
    const after = await expectKept(hearth);
    for (const run of after) expect(run.initialisedAt).toBeGreaterThan(startedAt);
    if (driver === "process") expect(before.filter(({ pid }) => isAlive(pid))).toEqual([]);
    before = after;
  }
}

const docker = { ...skipReason(await noDocker()), timeout: 300_000 };

describe("provisioned environments are ready again after kill -9 and after a stop, and the old ones are gone", () => {
  test("on the process driver", { timeout: 120_000 }, () => keptOverStarts("process", ["SIGKILL", "SIGTERM"]));
  test("on the Docker driver", docker, () => keptOverStarts("docker", ["SIGKILL"]));
});
