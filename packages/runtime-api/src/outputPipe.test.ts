import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "@hearth/kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OutputBudget } from "./outputBudget.ts";
import { OutputPipe } from "./outputPipe.ts";

let folder: string;
let path: string;
let lines: string[];
let pipe: OutputPipe;
const clock = new SystemClock();
const budget = new OutputBudget(clock);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearth-d-"));
  path = join(folder, "out");
  lines = [];
  pipe = await OutputPipe.create(path, onLines, clock, budget);
});
afterEach(() => {
  pipe[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

let longestBatch = 0;
function onLines(more: readonly string[]): void {
  for (const line of more) lines.push(line);
  longestBatch = Math.max(longestBatch, more.length);
}
let ended = false;
function shellInBackground(command: string): void {
  ended = false;
  spawn("/bin/sh", ["-c", command]).once("exit", () => (ended = true));
}
const shell = (command: string) => execFileSync("/bin/sh", ["-c", command]);

test("other users may write to the pipe but not read it", () => {
  expect(statSync(path).mode & 0o777).toBe(0o622);
});

test("lines of one writer after the other are read", async () => {
  shell(`echo one > ${path}`);
  shell(`echo two > ${path}; echo three >> ${path}`);
  await vi.waitFor(() => expect(lines).toEqual(["one", "two", "three"]));
});

test("flush passes on a line that has not ended", async () => {
  shell(`printf unfinished > ${path}`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(lines).toEqual([]);
  pipe.flush();
  expect(lines).toEqual(["unfinished"]);
});

test("a writer that floods the pipe is slowed down, and none of its output is lost", async () => {
  const count = 20_000_000 / 100;
  const started = performance.now();
  const writer = spawn("/bin/sh", ["-c", `yes ${"x".repeat(99)} | head -n ${count} > ${path}`]);
  await new Promise((resolve) => writer.once("exit", resolve));
  pipe.flush();
  await vi.waitFor(() => expect(lines.length).toBe(count), 5000);
  // 20 MB in 200,000 lines, at no more than 5,000 lines in 100 ms.
  expect(performance.now() - started).toBeGreaterThan(800);
}, 30_000);

test("a flood of empty lines is passed on a little at a time, so that others have their turn, and none is lost", async () => {
  const count = 60_000;
  const started = performance.now();
  shellInBackground(`yes '' | head -n ${count} > ${path}`);
  await vi.waitFor(() => expect(lines).toHaveLength(count), 10_000);
  // 5,000 lines in 100 ms.
  expect(performance.now() - started).toBeGreaterThan(900);
  expect(lines.every((line) => line === "")).toBe(true);
  expect(longestBatch).toBeLessThanOrEqual(250);
}, 30_000);

test("the last output of a writer that has ended is read, also what the limits had held back", async () => {
  const count = 15_000;
  shellInBackground(`yes '' | head -n ${count} > ${path}; echo last words > ${path}`);
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(0));
  pipe.flush();
  expect(lines.length).toBeLessThanOrEqual(count);
  await vi.waitFor(() => expect(ended).toBe(true), 10_000);
  await pipe.drain();
  expect(lines.at(-1)).toBe("last words");
  expect(lines).toHaveLength(count + 1);
}, 30_000);
