import { expect, test } from "vitest";
import { exitFault, isOutOfMemory } from "./faults.ts";

const exit = (how: object) => exitFault({ exitCode: null, signal: null, outOfMemory: false, ...how });

test("the end of a runtime process is reported in AWS's words", () => {
  expect(exit({ exitCode: 1 }).error).toBe("Runtime exited with error: exit status 1");
  expect(exit({ exitCode: 0 }).error).toBe("Runtime exited without providing a reason");
  expect(exit({}).error).toBe("Runtime exited without providing a reason");
  expect(exit({ signal: "SIGSEGV" }).error).toBe("Runtime exited with error: signal: segmentation fault");
  expect(exit({ exitCode: 134 }).error).toBe("Runtime exited with error: signal: aborted");
  expect(exit({ exitCode: 137 })).toEqual({
    kind: "exit",
    error: "Runtime exited with error: signal: killed",
    errorType: "Runtime.ExitError",
  });
  expect(exit({ exitCode: 137, outOfMemory: true }).errorType).toBe("Runtime.OutOfMemory");
});

test("a sandbox that was ended for others' sake is reported with the reason, and not as having used all its own memory", () => {
  for (const [shortage, words] of [
    ["accountTmp", "files in /tmp"],
    ["host", "the host's memory"],
  ] as const) {
    const fault = exit({ signal: "SIGKILL", outOfMemory: true, shortage });
    expect(fault.errorType).toBe("Runtime.OutOfMemory");
    expect(fault.error).toContain(words);
    expect(isOutOfMemory(fault)).toBe(false);
  }
  expect(isOutOfMemory(exit({ signal: "SIGKILL", outOfMemory: true }))).toBe(true);
});
