import {
  CloudWatchLogsClient,
  type LiveTailSessionLogEvent,
  StartLiveTailCommand,
  type StartLiveTailCommandInput,
} from "@aws-sdk/client-cloudwatch-logs";
import { skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { refusal } from "../refusal.ts";
import { type LogsTarget, logsTarget } from "./logsTarget.ts";

let target: LogsTarget;
/** The SDK puts `streaming-` before the host of a live tail, which a host of Hearth's own does not have. */
let logs: CloudWatchLogsClient;
beforeAll(async () => {
  target = await logsTarget();
  logs = new CloudWatchLogsClient({ ...(await target.config()), maxAttempts: 1, disableHostPrefix: true });
});
afterAll(async () => {
  logs.destroy();
  await target[Symbol.asyncDispose]();
});

/** Follows until `count` events have arrived; `onStart` is called when the session has begun. */
async function follow(
  input: Omit<StartLiveTailCommandInput, "logGroupIdentifiers"> & { readonly logGroupName: string },
  count: number,
  onStart: () => Promise<void>,
): Promise<readonly LiveTailSessionLogEvent[]> {
  const { logGroupName, ...rest } = input;
  const arn = `arn:aws:logs:${target.lambda.region}:${target.lambda.accountId}:log-group:${logGroupName}`;
  const { responseStream } = await logs.send(new StartLiveTailCommand({ logGroupIdentifiers: [arn], ...rest }));
  const found: LiveTailSessionLogEvent[] = [];
  for await (const message of responseStream ?? []) {
    if (message.sessionStart) {
      expect(message.sessionStart).toMatchObject({ logGroupIdentifiers: [arn], sessionId: expect.any(String) });
      await onStart();
    }
    found.push(...(message.sessionUpdate?.sessionResults ?? []));
    if (found.length >= count) break;
  }
  return found;
}

describe("StartLiveTail", skipReason(process.env["TARGET"] === "aws" ? "it costs there" : undefined), () => {
  test("shows what arrives from then on, and what matches", { timeout: 30_000 }, async () => {
    const logGroupName = await target.groupWith("a", "b");
    await target.put(logGroupName, "a", ["ERROR before"]);
    const found = await follow({ logGroupName, logEventFilterPattern: "%ERROR|WARN%" }, 3, async () => {
      await target.put(logGroupName, "a", ["ERROR one", "INFO two"]);
      await target.put(logGroupName, "b", ["WARN three", "ERROR four"]);
    });
    const shown = new Set(found.map(({ message, logStreamName }) => `${logStreamName}: ${message}`));
    expect(shown).toEqual(new Set(["a: ERROR one", "b: ERROR four", "b: WARN three"]));
    expect(found[0]?.logGroupIdentifier).toBe(`${target.lambda.accountId}:${logGroupName}`);
  });

  test("shows the streams that were named", { timeout: 30_000 }, async () => {
    const logGroupName = await target.groupWith("a", "b");
    const found = await follow({ logGroupName, logStreamNamePrefixes: ["b"] }, 1, async () => {
      await target.put(logGroupName, "a", ["one"]);
      await target.put(logGroupName, "b", ["two"]);
    });
    expect(found.map(({ message }) => message)).toEqual(["two"]);
  });

  test("refuses groups that do not exist, and patterns that are wrong", async () => {
    const logGroupName = await target.groupWith();
    const start = async (input: StartLiveTailCommandInput) => await refusal(logs.send(new StartLiveTailCommand(input)));
    expect(await start({ logGroupIdentifiers: ["/missing"] })).toMatchObject({ name: "ResourceNotFoundException" });
    const logGroupIdentifiers = [logGroupName];
    expect(await start({ logGroupIdentifiers, logEventFilterPattern: "{" })).toMatchObject({
      name: "InvalidParameterException",
    });
    expect(await start({ logGroupIdentifiers, logStreamNames: ["a"], logStreamNamePrefixes: ["a"] })).toMatchObject({
      name: "InvalidParameterException",
    });
  });
});
