import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { EnvironmentLog } from "./environmentLog.ts";
import { MemoryLog } from "./testing/memoryLog.ts";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function open(partial: string[] = []) {
  const sink = new MemoryLog();
  const log = new EnvironmentLog(
    { accountId: "0", region: "us-east-1", logGroupName: "g", logStreamName: "s" },
    { LogFormat: "Text" },
    sink,
    new ManualClock(),
  );
  log.readFrom({ flush: () => log.lines(partial.splice(0)) });
  return { log, sink };
}

test("a START that comes before the previous invocation is drained is logged after that invocation's END", async () => {
  const { log, sink } = open(["unfinished"]);
  log.begin({ type: "start", requestId: "a", functionArn: "arn:f", version: "1" }, false);
  log.lines(["from a"]);
  log.end([{ type: "end", requestId: "a" }], undefined);
  log.begin({ type: "start", requestId: "b", functionArn: "arn:f", version: "1" }, false);
  await turn();
  expect(sink.lines).toEqual([
    "START RequestId: a Version: 1",
    "from a",
    "unfinished",
    "END RequestId: a",
    "START RequestId: b Version: 1",
  ]);
});

test("each message ends with a newline, as on AWS", async () => {
  const messages: string[] = [];
  const log = new EnvironmentLog(
    { accountId: "0", region: "us-east-1", logGroupName: "g", logStreamName: "s" },
    { LogFormat: "Text" },
    { append: (_stream, events) => void messages.push(...events.map(({ message }) => message)) },
    new ManualClock(),
  );
  log.begin({ type: "start", requestId: "a", functionArn: "arn:f", version: "1" }, false);
  log.lines(["said", "two\nlines"]);
  log.end([{ type: "end", requestId: "a" }], undefined);
  await turn();
  expect(messages).toEqual(["START RequestId: a Version: 1\n", "said\n", "two\nlines\n", "END RequestId: a\n"]);
});

test("a tail has lines of its own invocation only, and at most 4,096 bytes", async () => {
  const { log } = open();
  const tails: string[] = [];
  for (const [requestId, line] of [
    ["a", "é".repeat(3000)],
    ["b", "short"],
  ] as const) {
    log.begin({ type: "start", requestId, functionArn: "arn:f", version: "1" }, true);
    log.lines([line]);
    log.end([{ type: "end", requestId }], (tail) => tails.push(Buffer.from(tail).toString()));
    await turn();
  }
  expect(Buffer.byteLength(tails[0] ?? "")).toBeGreaterThan(4090);
  expect(tails[0]).toMatch(/é\nEND RequestId: a\n$/);
  expect(tails[1]).toBe("START RequestId: b Version: 1\nshort\nEND RequestId: b\n");
});

test("a flood of lines neither throws nor takes time that grows faster than the lines", async () => {
  const { log, sink } = open();
  log.begin({ type: "start", requestId: "a", functionArn: "arn:f", version: "1" }, true);
  log.lines(Array.from({ length: 400_000 }, (_, i) => String(i)));
  const tail = new Promise<Uint8Array>((resolve) => log.end([{ type: "end", requestId: "a" }], resolve));
  const text = Buffer.from(await tail).toString();
  expect(sink.lines).toHaveLength(400_002);
  expect(text.endsWith("399999\nEND RequestId: a\n")).toBe(true);
  expect(text).toHaveLength(4096);
});

test("only the first invocation's tail begins with the output of the init", async () => {
  const { log } = open();
  const tails: string[] = [];
  log.say({
    type: "initStart",
    initializationType: "on-demand",
    runtimeVersion: "nodejs:22.v1",
    runtimeVersionArn: "arn:aws:lambda:us-east-1::runtime:x",
    functionName: "f",
    functionVersion: "1",
    instanceId: "2026/01/02/f[1]0",
    memorySizeMb: 128,
  });
  log.lines(["Loading"]);
  for (const requestId of ["a", "b"]) {
    log.begin({ type: "start", requestId, functionArn: "arn:f", version: "1" }, true);
    log.end([{ type: "end", requestId }], (tail) => tails.push(Buffer.from(tail).toString()));
    await turn();
  }
  expect(tails).toEqual([
    "Loading\nSTART RequestId: a Version: 1\nEND RequestId: a\n",
    "START RequestId: b Version: 1\nEND RequestId: b\n",
  ]);
});
