#!/usr/bin/env node
// The `hearth` command. Its source is TypeScript, so it runs under the pinned Node 24, whatever Node started this file. Where nothing
// is installed yet, it installs what the lock file says, as `npm start` does.
import { join } from "node:path";
import { exitWith, installedNode, ROOT, runInForeground, setUp } from "../../server/bin/setUp.mjs";

/** These work on the data and settings of this machine, the others send requests to a running Hearth. */
const LOCAL = ["backup", "config", "doctor", "master-key"];

await exitWith(async () => {
  const node = installedNode() ?? (await setUp()).node;
  const args = process.argv.slice(2);
  const end = args.indexOf("--");
  const asksForHelp = (end < 0 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
  const main =
    LOCAL.includes(args[0] ?? "") && !asksForHelp
      ? join(ROOT, "packages", "server", "bin", "maintain.ts")
      : join(ROOT, "packages", "cli", "src", "main.ts");
  // The machine's own certificate authorities are trusted, as other programs do.
  return await runInForeground(node, [main, ...args], { env: { NODE_USE_SYSTEM_CA: "1", ...process.env } });
});
