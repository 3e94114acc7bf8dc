// `npm run check|fix|bench|chaos|drill`, and for .ci/run `install`, `images`, `object-server` and `static`: set-up, then the tools under the pinned Node 24.
import { join } from "node:path";
import { exitWith, ROOT, runInForeground, setUp, SetUpError } from "../../server/bin/setUp.mjs";

const bin = (name) => join(ROOT, "node_modules", ".bin", name);

const STATIC = [
  ["format", bin("oxfmt"), "--check"],
  ["lint", bin("oxlint")],
  ["types", bin("tsc"), "-p", "."],
  ["unused code", bin("knip"), "--strict", "--no-progress"],
];

/** Each step: what it is called, then its command. */
const TASKS = {
  install: [],
  images: [["images", "node", join(ROOT, "packages", "drivers", "bin", "images.ts"), "build"]],
  "object-server": [["object server", "node", join(ROOT, "packages", "testkit", "bin", "objectServer.ts")]],
  static: STATIC,
  check: [...STATIC, ["unit tests", bin("vitest"), "run", "--project", "unit"]],
  fix: [
    ["lock file", "node", join(ROOT, "packages", "testkit", "bin", "completeLock.mjs")],
    ["lint", bin("oxlint"), "--fix"],
    ["format", bin("oxfmt")],
  ],
  bench: [["bench", "node", join(ROOT, "test", "bench", "main.ts")]],
  chaos: [["chaos", "node", join(ROOT, "test", "chaos", "main.ts")]],
  drill: [["drill", "node", join(ROOT, "test", "drill", "main.ts")]],
};

await exitWith(async () => {
  const [task, ...rest] = process.argv.slice(2);
  const steps = TASKS[task];
  if (!steps) throw new SetUpError(`usage: run.mjs ${Object.keys(TASKS).join("|")}`);
  const { node, env } = await setUp();
  const failed = [];
  for (const [name, command, ...args] of steps) {
    const program = command === "node" ? node : command;
    const code = await runInForeground(program, [...args, ...rest], { cwd: ROOT, env });
    if (code !== 0) failed.push(name);
  }
  if (failed.length > 0) process.stderr.write(`\nnot in order: ${failed.join(", ")}\n`);
  return failed.length > 0 ? 1 : 0;
});
