import { expect, test } from "vitest";
import { type ChangeRecord, decodeChange, encodeChange } from "./changeRecord.ts";

const RECORD: ChangeRecord = {
  eventID: "00112233445566778899aabbccddeeff",
  eventName: "MODIFY",
  at: 1_700_000_000,
  SizeBytes: 12,
  keys: '{"pk":{"S":"ü😀"}}',
};

test.each<ChangeRecord>([
  RECORD,
  { ...RECORD, eventName: "INSERT", newImage: '{"pk":{"S":"a\\u0000"}}' },
  { ...RECORD, eventName: "REMOVE", oldImage: "{}", isByTimeToLive: true },
  { ...RECORD, newImage: '{"n":{"N":"1"}}', oldImage: '{"n":{"N":"2"}}' },
])("a record is read as it was written: %o", (record) => {
  // Readers get parts of larger buffers.
  const bytes = Buffer.concat([Buffer.from("xx"), encodeChange(record)]).subarray(2);
  expect(decodeChange(bytes)).toEqual(record);
});

test("records that earlier versions wrote as JSON are read", () => {
  const userIdentity = { type: "Service", principalId: "dynamodb.amazonaws.com" };
  expect(decodeChange(Buffer.from(JSON.stringify(RECORD)))).toEqual(RECORD);
  expect(decodeChange(Buffer.from(JSON.stringify({ ...RECORD, userIdentity })))).toEqual({
    ...RECORD,
    isByTimeToLive: true,
  });
});
