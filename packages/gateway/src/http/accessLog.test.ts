import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { AccessLog } from "./accessLog.ts";

test("long lines of one account that wait to be written are bounded by their length", async () => {
  let length = 0;
  const log = new AccessLog({
    logs: {
      groups: { find: () => Promise.resolve({ id: "g" }) },
      streams: { create: () => Promise.resolve(), find: () => Promise.resolve({ id: "s" }) },
      chunks: {
        insert: ([chunk]: readonly { readonly events: readonly { readonly message: string }[] }[]) => {
          for (const { message } of chunk?.events ?? []) length += message.length;
          return Promise.resolve();
        },
      },
    },
    disk: { isShort: false },
    clock: new ManualClock(),
    logger: silentLogger,
  } as unknown as ConstructorParameters<typeof AccessLog>[0]);
  const call = (accountId: string) => ({
    api: { accountId, region: "us-east-1", apiId: "a" },
    stage: {
      stageName: "s",
      accessLogSettings: {
        destinationArn: `arn:aws:logs:us-east-1:${accountId}:log-group:g`,
        format: "$context.identity.userAgent".repeat(100),
      },
    },
  });
  for (let i = 0; i < 2_000; i++) log.add(call("hostile"), () => "x".repeat(1_000));
  await log.flush();
  expect(length).toBeLessThan(20_000_000);
  const before = length;
  log.add(call("honest"), () => "y");
  await log.flush();
  expect(length - before).toBe(100);
  await log[Symbol.asyncDispose]();
});
