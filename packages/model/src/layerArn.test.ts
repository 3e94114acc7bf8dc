import fc from "fast-check";
import { expect, test } from "vitest";
import { layerArn, parseLayerReference } from "./layerArn.ts";

test("the ARN of a layer or a layer version is parsed to the parts it was made of", () => {
  const parts = fc.record(
    {
      region: fc.constantFrom("us-east-1", "eu-west-3", "us-gov-west-1", "cn-north-1"),
      accountId: fc.stringMatching(/^\d{12}$/),
      LayerName: fc.stringMatching(/^[a-zA-Z0-9-_]{1,140}$/),
      Version: fc.integer({ min: 1, max: 1_000_000 }),
    },
    { requiredKeys: ["region", "accountId", "LayerName"] },
  );
  fc.assert(
    fc.property(parts, (layer) => {
      expect(parseLayerReference(layerArn(layer))).toEqual(layer);
    }),
  );
});

test("a bare name has no account", () => {
  expect(parseLayerReference("numpy")).toEqual({ LayerName: "numpy" });
});

test.each([
  "",
  "numpy:1",
  "a b",
  "arn:aws:lambda:us-east-1:12:layer:x",
  "arn:aws:lambda:us-east-1:000000000000:function:x",
])("%j names no layer", (text) => expect(parseLayerReference(text)).toBeUndefined());
