import type { ContainerInspectInfo } from "dockerode";
import { expect, test } from "vitest";
import { exitOf } from "./exitOf.ts";

const ended = (ExitCode: number, OOMKilled = false) => exitOf({ ExitCode, OOMKilled } as ContainerInspectInfo["State"]);

test("128 and a signal's number stand for that signal", () => {
  expect(ended(0)).toEqual({ exitCode: 0, signal: null, outOfMemory: false });
  expect(ended(128 + 9)).toEqual({ exitCode: null, signal: "SIGKILL", outOfMemory: false });
  expect(ended(128 + 9, true)).toMatchObject({ signal: "SIGKILL", outOfMemory: true });
  expect(ended(3, true)).toEqual({ exitCode: 3, signal: null, outOfMemory: false });
});

test("a code that would stand for a signal that ends no process is the program's own", () => {
  expect(ended(150)).toEqual({ exitCode: 150, signal: null, outOfMemory: false });
});
