import { CloudWatchLogsClient, CreateLogGroupCommand, StartLiveTailCommand } from "@aws-sdk/client-cloudwatch-logs";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { containersOf, noDocker, type RunningHearth, sampleFunctions, skipReason, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { createActive, lambdaClient } from "../support/lambda.ts";

const NETWORK_MADE = /the egress firewall is installed and proven|there is no egress firewall/;

async function startWithSleeper(drainMs: number, driver: "docker" | "process" = "process"): Promise<RunningHearth> {
  const hearth = await startHearth({ driver, env: { HEARTH_DRAIN_MS: String(drainMs) } });
  try {
    // The network of functions is made before there is a function.
    if (driver === "docker") await expect.poll(() => hearth.logs(), { timeout: 60_000 }).toMatch(NETWORK_MADE);
    const sleeper = { FunctionName: "sleeper", files: sampleFunctions.nodeSleep, Timeout: 60 };
    await createActive(lambdaClient(hearth), sleeper);
    return hearth;
  } catch (error) {
    await hearth[Symbol.asyncDispose]();
    throw error;
  }
}

test(
  "one Ctrl-C in the terminal, which reaches every process, lets invocations end and leaves no container",
  skipReason(await noDocker()),
  async () => {
    await using hearth = await startWithSleeper(20_000, "docker");
    const client = lambdaClient(hearth);
    await client.send(sleep(0));
    const running = client.send(sleep(3000));
    await expect.poll(async () => await runningIn(hearth), { timeout: 20_000 }).toBe(1);
    process.kill(-hearth.pid, "SIGINT");
    expect((await running).FunctionError).toBeUndefined();
    expect(await hearth.ended()).toEqual({ code: 0, signal: null });
    expect(await containersOf(hearth.dataDirectory)).toEqual([]);
  },
);

/** The invocations that run, by the metrics. */
async function runningIn({ metrics = "" }: RunningHearth): Promise<number> {
  const text = await (await fetch(metrics)).text();
  const values = [...text.matchAll(/^hearth_concurrent_executions(?:\{.*\})? (\d+)$/gm)].map(([, value]) =>
    Number(value),
  );
  return values.reduce((sum, value) => sum + value, 0);
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
  expect(hearth.logs()).toContain(
    "stopping: waits for 1 invocation (sleeper 1), 8 s at most (HEARTH_DRAIN_MS); a second Ctrl-C stops at once",
  );
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
  expect(hearth.logs()).toContain("HEARTH_DRAIN_MS is over: breaks off 1 invocation (sleeper 1)");
});

test("a stop ends live tails, which would go on for hours", async () => {
  await using hearth = await startHearth({ env: { HEARTH_DRAIN_MS: "20000" } });
  const logs = new CloudWatchLogsClient({ ...hearth.clientConfig, maxAttempts: 1, disableHostPrefix: true });
  await logs.send(new CreateLogGroupCommand({ logGroupName: "g" }));
  const logGroupIdentifiers = ["arn:aws:logs:us-east-1:000000000000:log-group:g"];
  const { responseStream } = await logs.send(new StartLiveTailCommand({ logGroupIdentifiers }));
  const begun = Promise.withResolvers<void>();
  const followed = (async () => {
    for await (const message of responseStream ?? []) if (message.sessionUpdate) begun.resolve();
  })().then(
    () => "it ended",
    ({ name }: Error) => name,
  );
  await begun.promise;
  const before = performance.now();
  expect(await hearth.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  expect(performance.now() - before).toBeLessThan(10_000);
  expect(await followed).toBe("SessionStreamingException");
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
  expect(hearth.logs()).toContain("3 events from before this start are taken up again");
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
