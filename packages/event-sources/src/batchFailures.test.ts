import { expect, test } from "vitest";
import { batchFailures } from "./batchFailures.ts";

const known = new Set(["a", "b"]);
const judge = (answer: string): string => {
  const failures = batchFailures(Buffer.from(answer), known);
  return failures.kind === "some" ? [...failures.ids].join(",") : failures.kind;
};

test.each(["", "null", "{}", '{"batchItemFailures":[]}', '{"batchItemFailures":null}', '{"other":1}'])(
  "the answer %s means that nothing failed",
  (answer) => {
    expect(judge(answer)).toBe("none");
  },
);

test.each([
  "{",
  '"text"',
  "[]",
  '{"batchItemFailures":"a"}',
  '{"batchItemFailures":[{"itemIdentifier":""}]}',
  '{"batchItemFailures":[{"itemIdentifier":null}]}',
  '{"batchItemFailures":[{"id":"a"}]}',
  '{"batchItemFailures":["a"]}',
  '{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"unknown"}]}',
])("the answer %s means that the whole batch failed", (answer) => {
  expect(judge(answer)).toBe("all");
});

test("the records that an answer names have failed", () => {
  expect(judge('{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}')).toBe("b");
});
