import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  DescribeLogStreamsCommand,
  FilterLogEventsCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { zipOf } from "@hearth/testkit";
import { CreateFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type LambdaTarget, lambdaTarget } from "../lambda/lambdaTarget.ts";

let target: LambdaTarget;
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  target = await lambdaTarget();
  const { endpoint, region, credentials } = target.client.config;
  logs = new CloudWatchLogsClient({
    region,
    credentials,
    ...(target.isAws || !endpoint
      ? {}
      : { endpoint: await endpoint().then(({ protocol, hostname, port }) => `${protocol}//${hostname}:${port}`) }),
  });
});
afterAll(async () => await target[Symbol.asyncDispose]());

test(
  "what a function writes is in its log group within seconds, between START, END and REPORT",
  { timeout: 60_000 },
  async () => {
    const FunctionName = target.newName();
    const source = "export const handler = async (event) => { console.log('said', event.word); return 1; };";
    await target.client.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Role: target.Role,
        Code: { ZipFile: await zipOf({ "index.mjs": source }) },
      }),
    );
    await target.active(FunctionName);
    const { $metadata } = await target.client.send(
      new InvokeCommand({ FunctionName, Payload: '{"word":"hello & <world>"}' }),
    );
    const logGroupName = `/aws/lambda/${FunctionName}`;
    const lines = await vi.waitFor(
      async () => {
        const { events } = await logs.send(new FilterLogEventsCommand({ logGroupName }));
        const messages = events?.map(({ message }) => message ?? "") ?? [];
        expect(messages.at(-1)).toMatch(/^REPORT /);
        return messages;
      },
      { timeout: 30_000, interval: 200 },
    );
    const id = $metadata.requestId;
    expect(lines.slice(-4)).toEqual([
      `START RequestId: ${id} Version: $LATEST\n`,
      expect.stringMatching(new RegExp(`\\t${id}\\tINFO\\tsaid hello & <world>\n$`)),
      `END RequestId: ${id}\n`,
      expect.stringMatching(
        new RegExp(
          `^REPORT RequestId: ${id}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: 128 MB\\tMax Memory Used: \\d+ MB\\t(Init Duration: [\\d.]+ ms\\t)?\n$`,
        ),
      ),
    ]);
    const { logStreams } = await logs.send(new DescribeLogStreamsCommand({ logGroupName }));
    expect(logStreams?.[0]?.logStreamName).toMatch(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/);
    await logs.send(new DeleteLogGroupCommand({ logGroupName }));
  },
);
