import { expect, test } from "vitest";
import { eventTable, eventText, type WholeEvent } from "./eventTexts.ts";

const event: WholeEvent = {
  id: "8ff8d1c6-1234-4abc-8def-0123456789ab",
  function: "hello",
  qualifier: "live",
  state: "failed",
  condition: "RetriesExhausted",
  acceptedAt: "2026-01-02T03:04:05.678Z",
  finishedAt: "2026-01-02T03:07:05.678Z",
  runs: 2,
  lastError: `no\u001b[2J${"x".repeat(200)}`,
  payloadBytes: 12,
  payloadKept: false,
  replays: ["11111111-1234-4abc-8def-0123456789ab"],
  attempts: [
    { run: 1, endedAt: "2026-01-02T03:04:06.000Z", durationMs: 12.4, outcome: "functionError", error: "no\nline" },
    { run: 2, endedAt: "2026-01-02T03:07:05.000Z", durationMs: 9, outcome: "RetriesExhausted", error: "y".repeat(200) },
  ],
  undelivered: [{ purpose: "DeadLetter", target: "arn", state: "dead", attempts: 1, lastError: "z".repeat(200) }],
};

test("a listing shows how an event ended and the beginning of its error, which cannot move the cursor", () => {
  const [headings, row] = eventTable([event]).split("\n");
  expect(headings).toMatch(/^ID +ACCEPTED +QUALIFIER +STATE +RUNS +LAST ERROR$/);
  expect(row).toMatch(/^8ff8d1c6-\S+ +2026-01-02 03:04:05 +live +RetriesExhausted +2 +no\?\[2Jx{94}…$/);
  expect(eventTable([{ ...event, state: "succeeded", condition: "Success" }])).toContain(" succeeded ");
  expect(eventTable([])).toBe("There are no such events.");
});

test("a listing shows the error of a function as its type and message, without control characters that JSON hides", () => {
  const lastError = JSON.stringify({ errorMessage: "no \u001b[2J customer", errorType: "ValueError", stackTrace: [] });
  expect(eventTable([{ ...event, lastError }])).toMatch(/2 +ValueError: no \?\[2J customer$/);
  expect(eventTable([{ ...event, lastError: "null" }])).toMatch(/2 +null$/);
});

test("an event shows its runs and what was not delivered, with whole errors", () => {
  const lines = eventText(event).split("\n");
  expect(lines).toContain("function    hello:live");
  expect(lines).toContain("state       failed (RetriesExhausted)");
  expect(lines).toContain("payload     12 bytes, removed");
  expect(lines).toContain("replayed as 11111111-1234-4abc-8def-0123456789ab");
  expect(eventText(event)).toMatch(/^1 +2026-01-02 03:04:06 +12 ms +functionError +no\?line$/m);
  expect(eventText(event)).toMatch(/^2 .* y{200}$/m);
  expect(eventText(event)).toMatch(/^DeadLetter +arn +dead +1 +z{200}$/m);
});

test("a listing of all functions names the function of each event", () => {
  const [headings, row] = eventTable([event], true).split("\n");
  expect(headings).toMatch(/^ID +ACCEPTED +FUNCTION +QUALIFIER/);
  expect(row).toMatch(/ hello +live /);
});
