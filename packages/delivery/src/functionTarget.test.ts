import { expect, test } from "vitest";
import { functionTarget } from "./functionTarget.ts";
import { HERE, outgoing } from "./testing/outgoing.ts";

const TargetArn = `arn:aws:lambda:${HERE.region}:${HERE.accountId}:function:f`;
const wakeUps = { add: () => undefined };

test("a message waits while the disk is short, and while the payloads of its account's events take all they may", async () => {
  const full = functionTarget({ wakeUps, disk: { isShort: true } });
  await expect(full.open(outgoing({ TargetArn }))).rejects.toThrow("too little free disk space");
  const quota = { hasRoomFor: () => false, count: () => undefined };
  const limited = functionTarget({ wakeUps, disk: { isShort: false }, quota });
  await expect(limited.open(outgoing({ TargetArn }))).rejects.toThrow("take all they may");
});

test("a message that is too large for an asynchronous invocation, or names no function, is refused", async () => {
  const target = functionTarget({ wakeUps });
  await expect(target.open(outgoing({ TargetArn, body: Buffer.alloc(1_048_577) }))).rejects.toMatchObject({
    name: "DeliveryRefused",
    code: "INVALID_PARAMETER",
  });
  await expect(target.open(outgoing({ TargetArn: "arn:aws:lambda:x" }))).rejects.toMatchObject({
    name: "DeliveryRefused",
  });
});
