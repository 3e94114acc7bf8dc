import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { ExecutionLog } from "./executionLog.ts";

const api = { accountId: "111122223333", region: "us-east-1", apiId: "a" };
const line = { timestamp: 1, message: "Extended Request Id: x" };

/** What is written for one request. */
async function written(RoleArn: string | undefined, refusal?: string, isShort = false) {
  const events: unknown[] = [];
  const asked: unknown[] = [];
  const log = new ExecutionLog({
    logs: {
      streams: { ensure: ([to]) => Promise.resolve(to ? [{ groupId: 1n, streamId: 2n }] : []) },
      chunks: {
        insert: (chunks) => {
          events.push(...chunks.flatMap((chunk) => chunk.events));
          return Promise.resolve();
        },
      },
    },
    accounts: { find: () => Promise.resolve(RoleArn === undefined ? {} : { cloudwatchRoleArn: RoleArn }) },
    senders: {
      refusalOf: (sender, action) => {
        asked.push(sender, action);
        return Promise.resolve(refusal);
      },
    },
    disk: { isShort },
    clock: new ManualClock(),
    logger: silentLogger,
  });
  log.add({ api, stageName: "dev", requestId: "id", lines: [line] });
  await log[Symbol.asyncDispose]();
  return { events, asked };
}

test("lines are written with the role of the account, which has to allow it, while the disk has room", async () => {
  const role = "arn:aws:iam::111122223333:role/logs";
  const { events, asked } = await written(role);
  expect(events).toEqual([{ timestamp: 1, message: "(id) Extended Request Id: x" }]);
  expect(asked).toMatchObject([
    { principal: "apigateway.amazonaws.com", RoleArn: role },
    {
      action: "logs:PutLogEvents",
      resource: "arn:aws:logs:us-east-1:111122223333:log-group:API-Gateway-Execution-Logs_a/dev:*",
    },
  ]);
  expect((await written(undefined)).events).toEqual([]);
  expect((await written(role, "no")).events).toEqual([]);
  expect((await written(role, undefined, true)).events).toEqual([]);
});
