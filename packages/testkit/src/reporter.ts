import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";
import { slowestFiles } from "./slowestFiles.ts";

const NOT_SAID = "skipped in the test file without a reason";

/** Reasons that are accepted where nothing else may be skipped: Terraform is not free software, so no distribution installs it. */
const ALLOWED_IN_CI = /terraform/i;

/**
 * Ends the run with the slowest files, the reasons for what was skipped and, last, `N passed, N failed, N skipped`.
 * With CI=true a skipped test fails the run, except for `ALLOWED_IN_CI`.
 */
export default class SummaryReporter implements Reporter {
  #root = process.cwd();

  onInit({ config }: Vitest): void {
    this.#root = config.root;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const reasons = new Map<string, number>();
    let forbidden = 0;
    for (const module of modules) {
      if (module.errors().length > 0) count.failed++;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) count.failed++; // its set-up or tear-down
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === "passed" || state === "failed") count[state]++;
        else {
          count.skipped++;
          const reason = reasonOf(test);
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
          if (!ALLOWED_IN_CI.test(reason)) forbidden++;
        }
      }
    }
    count.failed += unhandledErrors.length;
    const lines = modules.length > 1 ? [...slowestFiles(modules, this.#root)] : [];
    lines.push(...[...reasons].map(([reason, tests]) => `skipped ${tests}: ${reason}`));
    if (process.env["CI"] === "true" && forbidden > 0) {
      lines.push(`CI=true allows no skipped tests: ${forbidden} of them count as failed`);
      count.failed += forbidden;
      count.skipped -= forbidden;
      process.exitCode = 1;
    }
    lines.push(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    this.#finish(`${lines.join("\n")}\n`);
  }

  /** `npm test` prints the summary itself, after everything that a worker still writes; when vitest runs alone, it prints the summary last. */
  #finish(summary: string): void {
    const file = process.env["TEST_SUMMARY_FILE"];
    if (file) writeFileSync(file, summary);
    else process.once("exit", () => process.stdout.write(`\n${summary}`));
  }
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note) return result.note;
  const own = test.meta().skipReason;
  if (own) return own;
  let parent = test.parent;
  while (parent.type === "suite") {
    const inherited = parent.meta().skipReason;
    if (inherited) return inherited;
    parent = parent.parent;
  }
  return NOT_SAID;
}
