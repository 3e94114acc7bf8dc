import { expect, test } from "vitest";
import { z } from "zod";
import { shapeOf } from "../schema/shape.ts";
import { blob } from "../schema/traits.ts";
import { jsonDecoder } from "./json.ts";

const Value: z.ZodType = z.object({
  B: blob().optional(),
  BS: z.array(blob()).optional(),
  S: z.string().optional(),
  L: z.lazy(() => z.array(Value)).optional(),
});
const decode = jsonDecoder(shapeOf(z.object({ Item: z.record(z.string(), Value), At: z.date().optional() })));
const decoded = (json: string): unknown => decode(Buffer.from(json));
const bytes = Buffer.from("hi");

test("binary values and times are found at any depth", () => {
  expect(decoded('{"Item":{"a":{"B":"aGk="},"b":{"S":"aGk="}}}')).toEqual({
    Item: { a: { B: bytes }, b: { S: "aGk=" } },
  });
  expect(decoded('{"Item":{"a":{"BS":["aGk="]}}}')).toEqual({ Item: { a: { BS: [bytes] } } });
  expect(decoded('{"Item":{"a":{"L":[{"L":[{"B":"aGk="}]}]}}}')).toEqual({
    Item: { a: { L: [{ L: [{ B: bytes }] }] } },
  });
  expect(decoded('{"Item":{},"At":1.5}')).toEqual({ Item: {}, At: new Date(1500) });
});

test("also where the name of the member is written with escapes", () => {
  expect(decoded('{"Item":{"a":{"\\u0042":"aGk="}}}')).toEqual({ Item: { a: { B: bytes } } });
  expect(decoded('{"\\u0041t":2,"Item":{}}')).toEqual({ Item: {}, At: new Date(2000) });
});

test("what holds neither is returned as it was read", () => {
  expect(decoded('{"Item":{"B":{"S":"x"},"c":{"S":"\\"B\\""}}}')).toEqual({ Item: { B: { S: "x" }, c: { S: '"B"' } } });
  expect(decoded('{"Item":{"a":{"S":null}}}')).toEqual({ Item: { a: {} } });
});
