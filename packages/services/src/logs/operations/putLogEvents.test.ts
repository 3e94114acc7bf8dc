import { ManualClock } from "@hearth/kit";
import type { LogsDeps } from "../deps.ts";
import { expect, test } from "vitest";
import { putLogEvents } from "./putLogEvents.ts";

test("while the disk is almost full PutLogEvents is throttled, and nothing is stored", async () => {
  const clock = new ManualClock();
  let isShort = true;
  let inserts = 0;
  const deps = {
    groups: { find: () => Promise.resolve({ id: 1n, retentionInDays: null }) },
    streams: { find: () => Promise.resolve({ id: 2n }) },
    chunks: { insert: () => Promise.resolve(void inserts++) },
    usage: { record: () => undefined },
    clock,
    disk: {
      get isShort() {
        return isShort;
      },
    },
  } as unknown as LogsDeps;
  const context = { accountId: "000000000000", region: "us-east-1", headers: {} } as Parameters<
    typeof putLogEvents.handle
  >[1];
  const logEvents = [{ timestamp: clock.now(), message: "line" }];
  const put = async () =>
    await putLogEvents.handle({ logGroupName: "g", logStreamName: "s", logEvents }, context, deps);
  await expect(put()).rejects.toMatchObject({ code: "ThrottlingException" });
  expect(inserts).toBe(0);
  isShort = false;
  await put();
  expect(inserts).toBe(1);
});
