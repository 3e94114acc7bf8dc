import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/support/longestFirst.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** Unit tests keep a core busy each. */
const UNIT = { groupOrder: 0, maxWorkers: Math.max(2, availableParallelism()) };
/**
 * All other tests wait for processes and containers part of their time, so one worker more than there are cores keeps the cores busy. They may
 * run beside each other because each has ports, folders, containers and firewall chains of its own.
 */
const WHOLE = { groupOrder: 1, maxWorkers: Math.max(3, availableParallelism() + 1) };

/**
 * A worker runs one file after the other in one process, and so loads Hearth's modules and the AWS SDK once, not once for each file: that took more
 * of the processor's time than the tests. A file that leaves the process other than it found it fails.
 */
const SHARED = { isolate: false, setupFiles: ["test/support/leavesNothing.ts"] };

/** For tests that run the `aws` command. */
const FORKED_AWS = { globalSetup: ["test/support/forkedAws.ts"] };

/** Paths of files that another run of the tests has: see packages/testkit/bin/waitingFiles.mjs. */
const EXCLUDED = process.env["TEST_EXCLUDED_FILES"]?.split(" ") ?? [];

function project(
  name: string,
  include: string[],
  timeoutMs: number,
  { groupOrder, maxWorkers }: typeof UNIT,
  more: { readonly isolate?: boolean; readonly setupFiles?: string[]; readonly globalSetup?: string[] } = {},
) {
  return {
    test: {
      name,
      include,
      ...more,
      exclude: ["**/node_modules/**", ...(name === "unit" ? ["**/*.integration.test.ts"] : []), ...EXCLUDED],
      testTimeout: timeoutMs,
      hookTimeout: Math.max(timeoutMs, MINUTE_MS),
      teardownTimeout: MINUTE_MS,
      // A condition that a test polls for is met at once on a quiet machine, and later on a busy one.
      expect: { poll: { timeout: 10 * SECOND_MS } },
      maxWorkers,
      sequence: { groupOrder },
    },
  };
}

export default defineConfig({
  cacheDir: ".hearth/cache/tests",
  test: {
    pool: "forks",
    reporters: ["default", "./packages/testkit/src/reporter.ts"],
    sequence: { sequencer: LongestFirst },
    passWithNoTests: true,
    projects: [
      project("unit", ["packages/*/src/**/*.test.ts", "test/*.test.ts"], 15 * SECOND_MS, UNIT, SHARED),
      project(
        "integration",
        ["packages/*/src/**/*.integration.test.ts", "test/integration/**/*.test.ts"],
        3 * MINUTE_MS,
        WHOLE,
        FORKED_AWS,
      ),
      project("conformance", ["test/conformance/**/*.test.ts"], 2 * MINUTE_MS, WHOLE, {
        ...SHARED,
        globalSetup: ["test/conformance/globalSetup.ts"],
      }),
      project("e2e", ["test/e2e/**/*.test.ts"], 10 * MINUTE_MS, WHOLE, FORKED_AWS),
    ],
  },
});
