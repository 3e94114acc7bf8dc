// `npm test [unit|integration|conformance|e2e] [vitest's arguments]`: set-up, then vitest under the pinned Node 24.
// The last line is always `N passed, N failed, N skipped`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitWith, ROOT, runInForeground, setUp } from "../../server/bin/setUp.mjs";

const PROJECTS = ["unit", "integration", "conformance", "e2e"];

await exitWith(async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const file = join(folder, "summary");
  let summary = "0 passed, 1 failed, 0 skipped\n";
  try {
    const { node, env } = await setUp();
    const args = process.argv.slice(2);
    const projects = args.filter((arg) => PROJECTS.includes(arg)).flatMap((name) => ["--project", name]);
    const others = args.filter((arg) => !PROJECTS.includes(arg));
    const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
    const code = await runInForeground(node, [vitest, "run", ...projects, ...others], {
      cwd: ROOT,
      env: { ...env, TEST_SUMMARY_FILE: file },
    });
    summary = readSummary(file) ?? summary;
    return code !== 0 || !summary.includes(" 0 failed,") ? code || 1 : 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    process.stdout.write(`\n${summary}`);
  }
});

function readSummary(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // vitest ended before its reporter did
  }
}
