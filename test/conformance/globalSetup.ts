import { type RunningHearth, startHearth } from "@hearth/testkit";
import type { TestProject } from "vitest/node";
import { endpointVariable } from "./sharedEndpoint.ts";

const started: (readonly [variable: string, hearth: RunningHearth])[] = [];

/**
 * One Hearth per worker for all conformance tests that do not need one of their own: files that run at the same time do not see each
 * other's functions and limits. None when the tests run against another target.
 */
export async function setup({ config }: TestProject): Promise<void> {
  if (process.env["TARGET"] === "aws" || process.env["HEARTH_TEST_ENDPOINT"] !== undefined) return;
  const workers = Array.from({ length: config.maxWorkers }, (_, at) => at + 1);
  const starts = workers.map(async (worker) => {
    // Mappings of these brokers can be made; no server is there.
    const env = { HEARTH_BROKERS: "c=kafka://127.0.0.1:9,b=amqp://127.0.0.1:9" };
    const hearth = await startHearth({ env });
    started.push([endpointVariable(worker), hearth]);
  });
  const failed = (await Promise.allSettled(starts)).find((result) => result.status === "rejected");
  if (failed) {
    await teardown();
    throw failed.reason;
  }
  for (const [variable, hearth] of started) process.env[variable] = hearth.endpoint;
}

export async function teardown(): Promise<void> {
  const stops = started.splice(0).map(async ([variable, hearth]) => {
    delete process.env[variable];
    await hearth[Symbol.asyncDispose]();
  });
  const failed = (await Promise.allSettled(stops)).find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}
