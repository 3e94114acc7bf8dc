import { expect, test } from "vitest";
import { md5OfAttributes, messageBytes } from "./message.ts";
import { decodeReceiptHandle, encodeReceiptHandle } from "./receiptHandle.ts";

test("the digest of attributes is AWS's", () => {
  const attributes = {
    Foo: { DataType: "String", StringValue: "Bar" },
    Count: { DataType: "Number", StringValue: "1" },
  };
  // As SQS answered for these two.
  expect(md5OfAttributes(attributes)).toBe("324758f82d026ac6ec5b31a3b192d1e3");
  expect(md5OfAttributes({})).toBeUndefined();
});

test("a message's size counts its body and the names, types and values of its attributes, in bytes", () => {
  const attributes = {
    n: { DataType: "String", StringValue: "é" },
    b: { DataType: "Binary", BinaryValue: "AAEC" },
  };
  expect(messageBytes({ body: "é", attributes })).toBe(2 + (1 + 6 + 2) + (1 + 6 + 3));
});

test("a receipt handle is read as it was written, and not when it was changed", () => {
  const receipt = { queueId: "7", id: "123456789012", receipt: "9007199254740991" };
  const handle = encodeReceiptHandle(receipt);
  expect(decodeReceiptHandle(handle)).toEqual(receipt);
  expect(handle).toMatch(/^AQEB/);
  for (const wrong of ["", "AQEB", handle.slice(4), handle.replace("AQEB", "AQEC"), `${handle}AAAA`, `x${handle}`]) {
    expect(decodeReceiptHandle(wrong)).toBeUndefined();
  }
});
