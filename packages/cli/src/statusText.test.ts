import { expect, test } from "vitest";
import { duration, size, statusText } from "./statusText.ts";

const status = {
  version: "0.1.0",
  processes: ["control", "events", "invoker"],
  startedAt: "2026-01-31T10:00:00.000Z",
  regions: ["eu-west-1", "eu-central-1"],
  accounts: 2,
  functions: 7,
  database: { description: "PostgreSQL on db/hearth", version: "18.4", sizeBytes: 12_345_678 },
  disk: { directory: "/data", freeBytes: 5_000_000_000, totalBytes: 50_000_000_000, minFreeBytes: 0 },
  events: { unfinished: 3, oldestAgeMs: 61_000 },
  problems: [],
};
const counts = { region: "eu-west-1", accountId: "000000000000", starting: 1, warm: 2, busy: 1 };
const environments = {
  driver: "docker",
  frozen: 3,
  bootedAhead: 1,
  requestsWaiting: 0,
  functions: [
    { ...counts, FunctionName: "a" },
    { ...counts, FunctionName: "b" },
  ],
};
const whole = { endpoint: "http://127.0.0.1:4566", isReady: true, status, environments, problems: [] };
const NOW = Date.parse("2026-01-31T13:12:00Z");

test("the status says everything in one look", () => {
  expect(statusText(whole, NOW).split("\n")).toEqual([
    "Hearth 0.1.0 at http://127.0.0.1:4566 is ready",
    "  up since      2026-01-31T10:00:00Z (3 h 12 min)",
    "  roles         control, events, invoker",
    "  regions       eu-west-1, eu-central-1",
    "  functions     7, accounts: 2",
    "  driver        docker",
    "  environments  2 busy, 4 idle (3 frozen), 2 starting; 1 booted ahead",
    "  requests      0 wait for an environment",
    "  events        3 wait or run, the oldest for 1 min 1 s",
    "  database      PostgreSQL on db/hearth, version 18.4, 12.3 MB",
    "  disk          5.0 GB of 50.0 GB free in /data",
    "Nothing is wrong.",
  ]);
});

test("what is not right stands at the end", () => {
  const text = statusText({ ...whole, problems: ["PostgreSQL has not been usable for 5 s"] }, NOW);
  expect(text.split("\n").slice(-2)).toEqual(["Not right:", "  - PostgreSQL has not been usable for 5 s"]);
});

test("what could not be read is unknown", () => {
  const database = { description: "PostgreSQL on db/hearth", version: null, sizeBytes: null };
  const disk = { ...status.disk, freeBytes: null, totalBytes: null };
  const text = statusText({ ...whole, status: { ...status, database, disk, events: null, processes: [] } }, NOW);
  expect(text).toContain("roles         unknown");
  expect(text).toContain("events        unknown");
  expect(text).toContain("database      PostgreSQL on db/hearth, size unknown");
  expect(text).toContain("disk          unknown");
});

test("without the owner's key it says for whom the rest is", () => {
  const text = statusText({ endpoint: "http://h:1", isReady: true, problems: [] }, NOW);
  expect(text).toBe(
    "Hearth at http://h:1 is ready\n  (the rest is for a root key of the owner's account)\nNothing is wrong.",
  );
});

test.each([
  [0, "0 s"],
  [59_400, "59 s"],
  [3_600_000, "1 h"],
  [90_061_000, "1 d 1 h"],
])("%i ms are %s", (ms, text) => expect(duration(ms)).toBe(text));

test.each([
  [999, "999 B"],
  [1_500, "1.5 kB"],
  [123_456_789, "123 MB"],
  [5_000_000_000_000_000, "5000 TB"],
])("%i bytes are %s", (bytes, text) => expect(size(bytes)).toBe(text));
