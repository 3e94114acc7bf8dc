import { defineConfig } from "vitest/config";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Projects run one after the other, from the quick to the slow; unit tests alone use more than one worker. */
function project(
  name: string,
  order: number,
  include: string[],
  timeoutMs: number,
  maxWorkers: number,
  globalSetup: string[] = [],
) {
  return {
    test: {
      name,
      include,
      globalSetup,
      exclude: ["**/node_modules/**", ...(name === "unit" ? ["**/*.integration.test.ts"] : [])],
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, MINUTE_MS),
      teardownTimeout: MINUTE_MS,
      // What is waited for comes at once on a quiet machine, and later on a busy one.
      expect: { poll: { timeout: 10 * SECOND_MS } },
      maxWorkers,
      sequence: { groupOrder: order },
    },
  };
}

export default defineConfig({
  test: {
    pool: "forks",
    reporters: ["default", "./packages/testkit/src/reporter.ts"],
    passWithNoTests: true,
    projects: [
      project("unit", 0, ["packages/*/src/**/*.test.ts", "test/architecture.test.ts"], 15 * SECOND_MS, 2),
      project(
        "integration",
        1,
        ["packages/*/src/**/*.integration.test.ts", "test/integration/**/*.test.ts"],
        3 * MINUTE_MS,
        2,
      ),
      project("conformance", 2, ["test/conformance/**/*.test.ts"], 2 * MINUTE_MS, 1, [
        "test/conformance/globalSetup.ts",
      ]),
      project("e2e", 3, ["test/e2e/**/*.test.ts"], 10 * MINUTE_MS, 1),
    ],
  },
});
