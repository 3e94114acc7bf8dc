import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "@hearth/kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { OutputPipe } from "./outputPipe.ts";

let folder: string;
let path: string;
let lines: string[];
let pipe: OutputPipe;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearth-d-"));
  path = join(folder, "out");
  lines = [];
  pipe = await OutputPipe.create(path, (more) => lines.push(...more), new SystemClock());
});
afterEach(() => {
  pipe[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

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
  // 20 MB at no more than 2 MB in 100 ms.
  expect(performance.now() - started).toBeGreaterThan(800);
}, 30_000);
