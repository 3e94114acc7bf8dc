import { expect, test } from "vitest";
import { describeInFlight } from "./inFlight.ts";

const of = (FunctionName: string, running: number, accountId = "000000000000") => ({
  accountId,
  FunctionName,
  running,
});

test("what a process is working on is said with numbers and the functions that run most", () => {
  expect(describeInFlight({ invocations: [of("idle", 0)], requests: 0 })).toBeUndefined();
  expect(describeInFlight({ invocations: [], requests: 1 })).toBe("1 request");
  expect(describeInFlight({ invocations: [of("hello", 1), of("idle", 0)], requests: 1 })).toBe(
    "1 invocation (hello 1)",
  );
  expect(describeInFlight({ invocations: [of("a", 1), of("b", 2, "111111111111")], requests: 0 })).toBe(
    "3 invocations (111111111111:b 2, 000000000000:a 1)",
  );
  const many = Array.from({ length: 7 }, (_, at) => of(`f${at}`, 1));
  expect(describeInFlight({ invocations: many, requests: 0 })).toBe(
    "7 invocations (f0 1, f1 1, f2 1, f3 1, f4 1, 2 more functions)",
  );
});
