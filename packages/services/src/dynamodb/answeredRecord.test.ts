import { expect, test } from "vitest";
import { answeredRecord } from "./answeredRecord.ts";

const RECORD = {
  eventID: "1",
  eventName: "REMOVE",
  at: 1_700_000_000,
  SizeBytes: 3,
  keys: '{"pk":{"S":"a"}}',
} as const;
const OPTIONS = { view: "KEYS_ONLY", region: "eu-west-1", sequenceNumber: "100000000000000000001" } as const;

test("the record of an item that expired says so in the words of the API of streams", () => {
  expect(answeredRecord({ ...RECORD, isByTimeToLive: true }, OPTIONS)).toMatchObject({
    userIdentity: { Type: "Service", PrincipalId: "dynamodb.amazonaws.com" },
  });
  expect(answeredRecord(RECORD, OPTIONS)).not.toHaveProperty("userIdentity");
});
