import { expect, test } from "vitest";
import { exitFault } from "./faults.ts";

const exit = (how: object) =>
  exitFault({ kind: "exited", sandboxId: "", exitCode: null, signal: null, outOfMemory: false, ...how });

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
