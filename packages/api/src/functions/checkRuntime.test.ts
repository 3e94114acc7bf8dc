import type { RuntimeSupport } from "@hearth/drivers";
import type { AwsError } from "@hearth/model";
import { expect, test } from "vitest";
import { checkRuntime } from "./checkRuntime.ts";

const SUPPORT: readonly RuntimeSupport[] = [
  { runtime: "nodejs22.x", servedBy: "nodejs22.x", state: "ready" },
  { runtime: "python3.12", servedBy: "python3.13", state: "ready" },
  { runtime: "python3.11", servedBy: "python3.13", state: "obtainable" },
  { runtime: "java21", servedBy: "java21", state: "unavailable", reason: "Hearth has no runtime for java21 yet" },
];

async function refusal(runtime: string, exactRuntimes = false): Promise<string> {
  return await checkRuntime(runtime, { runtimes: () => Promise.resolve(SUPPORT), exactRuntimes }).then(
    () => "taken",
    (error: AwsError) => `${error.code}: ${error.message}`,
  );
}

test("an unknown runtime is refused in AWS's words, with the list of those that run here", async () => {
  for (const name of ["cobol85", "toString", "NODEJS22.X"]) {
    expect(await refusal(name)).toBe(
      `InvalidParameterValueException: Value ${name} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [python3.12, nodejs22.x, python3.11] or be a valid ARN`,
    );
  }
});

test("a runtime that AWS knows and this machine does not run is refused with the reason and the list", async () => {
  expect(await refusal("java21")).toBe(
    "InvalidParameterValueException: The runtime java21 cannot be run by this Hearth: Hearth has no runtime for java21 yet. It runs: [python3.12, nodejs22.x, python3.11]",
  );
});

test("a label that runs on another version is taken, unless only exact ones are", async () => {
  expect(await refusal("python3.12")).toBe("taken");
  expect(await refusal("python3.12", true)).toBe(
    "InvalidParameterValueException: The runtime python3.12 would run on python3.13 here, which HEARTH_EXACT_RUNTIMES=1 refuses. This Hearth runs: [nodejs22.x, python3.11]",
  );
  expect(await refusal("nodejs22.x", true)).toBe("taken");
});

test("which version a runtime gets that is not made ready yet is decided when it is", async () => {
  expect(await refusal("python3.11", true)).toBe("taken");
});
