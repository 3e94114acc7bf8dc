// `npm test [unit|integration|conformance|e2e] [vitest's arguments]`: set-up, then vitest under the pinned Node 24.
// With `waiting` only the files that waitingFiles.mjs names are run, with `not-waiting` all others.
// The last line is always `N passed, N failed, N skipped`.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitWith, ROOT, runInForeground, setUp } from "../../server/bin/setUp.mjs";
import { partOf } from "./waitingFiles.mjs";

const PROJECTS = ["unit", "integration", "conformance", "e2e"];
/**
 * Go's programs collect garbage when their memory has grown to five times what they need, not to twice that. Where Terraform's commands start their
 * provider, it then takes a sixth less of the processor's time and 100 MB more memory.
 */
const FEWER_COLLECTIONS = { GOGC: "400" };

await exitWith(async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-test-"));
  const file = join(folder, "summary");
  let summary = "0 passed, 1 failed, 0 skipped\n";
  try {
    const { node, env } = await setUp();
    const words = process.argv.slice(2);
    const projects = words.filter((word) => PROJECTS.includes(word)).flatMap((name) => ["--project", name]);
    const parts = words.map((word) => partOf(word, ROOT)).filter((part) => part !== undefined);
    const others = words.filter((word) => !PROJECTS.includes(word) && !partOf(word, ROOT));
    const vitest = join(ROOT, "node_modules", "vitest", "vitest.mjs");
    const args = [vitest, "run", ...projects, ...parts.flatMap((part) => part.args), ...others];
    const code = await runInForeground(node, args, {
      cwd: ROOT,
      env: {
        ...FEWER_COLLECTIONS,
        ...env,
        ...Object.assign({}, ...parts.map((part) => part.env)),
        TEST_SUMMARY_FILE: file,
      },
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
