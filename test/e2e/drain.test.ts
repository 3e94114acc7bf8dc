import { InvokeCommand } from "@aws-sdk/client-lambda";
import { type RunningHearth, sampleFunctions, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { createActive, lambdaClient } from "../support/lambda.ts";

async function startWithSleeper(drainMs: number): Promise<RunningHearth> {
  const hearth = await startHearth({ env: { HEARTH_DRAIN_MS: String(drainMs) } });
  try {
    const sleeper = { FunctionName: "sleeper", files: sampleFunctions.nodeSleep, Timeout: 60 };
    await createActive(lambdaClient(hearth), sleeper);
    return hearth;
  } catch (error) {
    await hearth[Symbol.asyncDispose]();
    throw error;
  }
}

const sleep = (ms: number) => new InvokeCommand({ FunctionName: "sleeper", Payload: JSON.stringify({ ms }) });

test("a stop waits for running invocations, answers them, and takes no new ones", async () => {
  await using hearth = await startWithSleeper(8000);
  const client = lambdaClient(hearth);
  await client.send(sleep(0));
  const running = client.send(sleep(3000));
  await new Promise((done) => setTimeout(done, 500));
  const ended = hearth.kill("SIGTERM");
  await new Promise((done) => setTimeout(done, 300));
  await expect(fetch(`${hearth.endpoint}/readyz`)).rejects.toThrow();
  const answer = await running;
  expect(answer.FunctionError).toBeUndefined();
  expect(JSON.parse(answer.Payload?.transformToString() ?? "")).toEqual({ ms: 3000 });
  expect(await ended).toEqual({ code: 0, signal: null });
});

test("a stop does not wait longer than HEARTH_DRAIN_MS", async () => {
  await using hearth = await startWithSleeper(3000);
  const running = lambdaClient(hearth).send(sleep(50_000));
  const answer = running.then(
    () => "answered",
    () => "broken off",
  );
  await new Promise((done) => setTimeout(done, 1500));
  const before = performance.now();
  expect(await hearth.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  const tookMs = performance.now() - before;
  expect(tookMs).toBeGreaterThan(2500);
  expect(tookMs).toBeLessThan(15_000);
  expect(await answer).toBe("broken off");
});

test("an accepted event that had no time to run before the stop runs after the next start", async () => {
  await using hearth = await startWithSleeper(3000);
  const client = lambdaClient(hearth);
  for (let i = 0; i < 3; i++) {
    await client.send(
      new InvokeCommand({
        FunctionName: "sleeper",
        InvocationType: "Event",
        Payload: JSON.stringify({ ms: 9_000, i }),
      }),
    );
  }
  await new Promise((done) => setTimeout(done, 1000));
  await hearth.restart();
  const { CloudWatchLogsClient, FilterLogEventsCommand } = await import("@aws-sdk/client-cloudwatch-logs");
  const logs = new CloudWatchLogsClient(hearth.clientConfig);
  const reports = async (): Promise<number> => {
    const found = await logs.send(
      new FilterLogEventsCommand({ logGroupName: "/aws/lambda/sleeper", filterPattern: "REPORT" }),
    );
    return found.events?.filter(({ message }) => /\tDuration: 9\d{3}\./.test(message ?? "")).length ?? 0;
  };
  await expect.poll(reports, { timeout: 60_000, interval: 250 }).toBe(3);
});
