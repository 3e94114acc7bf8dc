import { expect, test } from "vitest";
import { parseTrace, traceFromW3c, w3cFromTrace } from "./trace.ts";

const ROOT = "1-0af76519-16cd43dd8448eb211c80319c";
const W3C = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const XRAY = `Root=${ROOT};Parent=b7ad6b7169203331;Sampled=1`;

test("a trace header is read in any order, with members of others in it", () => {
  expect(parseTrace(`Self=1-a; Sampled=0;Root=${ROOT};Lineage=a:1`)).toEqual({ root: ROOT, isSampled: false });
  expect(parseTrace("Root=1-2-3;Parent=x;Sampled=?")).toEqual({});
});

test("traceparent and X-Ray's header stand for each other", () => {
  expect(traceFromW3c(W3C)).toBe(XRAY);
  expect(w3cFromTrace(XRAY)).toBe(W3C);
  expect(w3cFromTrace(`Root=${ROOT}`)).toBeUndefined();
});

test.each([
  "",
  "00-00000000000000000000000000000000-b7ad6b7169203331-01",
  "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
  "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
])("an invalid traceparent is no trace: %s", (traceparent) => expect(traceFromW3c(traceparent)).toBeUndefined());
