import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { OpenWrites } from "./openWrites.ts";

const ACCOUNT = "111122223333";

test("an account may have so many open writes, its own and those that other processes left, and others are not in its way", async () => {
  const clock = new ManualClock();
  let rows = 3;
  const intents = { countOf: async (accountId: string) => (accountId === ACCOUNT ? rows : 0) };
  const open = new OpenWrites({ intents, limit: 5, clock });
  await open.begin(ACCOUNT, 2);
  await expect(open.begin(ACCOUNT, 1)).rejects.toMatchObject({ code: "SlowDown", httpStatus: 503 });
  await open.begin("444455556666", 5);
  open.end(ACCOUNT, 2);
  await open.begin(ACCOUNT, 1);
  rows = 5;
  await clock.advance(1_000);
  await expect(open.begin(ACCOUNT, 1)).rejects.toThrow("HEARTH_S3_OPEN_WRITES");
  rows = 0;
  await clock.advance(1_000);
  await open.begin(ACCOUNT, 5);
});

test("without a limit nothing is counted", async () => {
  const intents = { countOf: () => Promise.reject(new Error("counted")) };
  await new OpenWrites({ intents, limit: 0, clock: new ManualClock() }).begin(ACCOUNT, 1_000_000);
});
