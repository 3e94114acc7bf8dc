// The test files that wait for most of their time, with the processor idle. .ci/run runs them beside all other files, so that none of the workers
// of the others waits with them.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Terraform's provider waits for 25 seconds after it has made or changed a queue, whatever the server answers, and for others of AWS's delays.
 * Others wait until what hangs is given up, or until the lease of a process that was killed ends.
 */
const WAITING = [
  /^test\/e2e\/terraform\w*\.test\.ts$/,
  /^test\/e2e\/(examples|cloudwatch|logs)\.test\.ts$/,
  /^test\/integration\/(composition|hangingDatabase|hangingEngine|socketCrash)\.test\.ts$/,
];
const FOLDERS = ["test/e2e", "test/integration"];
/** So many of them run at the same time: they end before the others do. */
const WORKERS = "2";

/** Paths from `root`, with slashes. */
function waitingFiles(root) {
  const files = FOLDERS.flatMap((folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`));
  const without = WAITING.find((pattern) => !files.some((file) => pattern.test(file)));
  if (without) throw new Error(`no test file matches ${without}: correct waitingFiles.mjs`);
  return files.filter((file) => WAITING.some((pattern) => pattern.test(file)));
}

/**
 * What `part` adds to vitest's arguments and environment: `waiting` runs only these files, `not-waiting` all others. Together they run each file
 * of these projects once. `undefined` when it is another word.
 */
export function partOf(part, root) {
  if (part === "waiting") return { args: waitingFiles(root), env: { VITEST_MAX_WORKERS: WORKERS } };
  if (part === "not-waiting") return { args: [], env: { TEST_EXCLUDED_FILES: waitingFiles(root).join(" ") } };
  return undefined;
}
