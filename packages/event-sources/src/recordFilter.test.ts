import { expect, test } from "vitest";
import { recordFilter } from "./recordFilter.ts";
import type { SourceRecord } from "./eventSource.ts";

function record(body: string | undefined): SourceRecord {
  const event = { body: "as it came", attributes: { SenderId: "me" } };
  return { json: "{}", id: "1", matched: () => ({ event, dataKey: "body", data: body }) };
}
function passes(patterns: readonly object[], body: string | undefined): boolean | undefined {
  const Filters = patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) }));
  return recordFilter({ FilterCriteria: { Filters } })?.(record(body));
}

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html#filtering-SQS: text and JSON against patterns for text, for JSON, and for neither.
test.each([
  ["text", { body: ["text"] }, true],
  ["text", { body: [{ prefix: "te" }] }, true],
  ["text", { body: ["other"] }, false],
  ["text", { body: { a: [1] } }, false],
  ["text", { attributes: { SenderId: ["me"] } }, true],
  ['{"a":1}', { body: { a: [1] } }, true],
  ['{"a":1}', { body: { a: [2] } }, false],
  ['{"a":1}', { body: ['{"a":1}'] }, false],
  ['{"a":1}', { attributes: { SenderId: ["me"] } }, true],
  ['{"a":1}', { attributes: { SenderId: ["you"] } }, false],
  ['{"a":1}', { $or: [{ body: { a: [1] } }, { attributes: { SenderId: ["you"] } }] }, true],
  ['{"a":', { body: { a: [1] } }, false],
] as const)("the body %s against the pattern %j: %s", (body, pattern, expected) => {
  expect(passes([pattern], body)).toBe(expected);
});

test("one matching pattern of several is enough, and data that is no text matches no pattern for it", () => {
  expect(passes([{ body: { a: [1] } }, { body: { a: [2] } }], '{"a":2}')).toBe(true);
  expect(passes([{ body: [{ exists: true }] }], undefined)).toBe(false);
  expect(recordFilter({})).toBeUndefined();
});
