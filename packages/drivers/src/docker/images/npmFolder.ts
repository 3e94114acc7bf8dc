import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { withoutSecrets } from "./withoutSecrets.ts";

/** npm of this package's own dependencies: the launcher's machine may have none. */
const NPM = join(dirname(createRequire(import.meta.url).resolve("npm/package.json")), "bin", "npm-cli.js");
const KEPT_OUTPUT_BYTES = 4000;

/** A folder with what a lock file pins, installed for the engine's platform and not for this one. Disposal removes it. */
export interface NpmFolder extends Disposable {
  readonly path: string;
}

export interface NpmFolderOptions {
  /** Where package.json and package-lock.json are. */
  readonly manifests: string;
  /** The folder is made in it. */
  readonly parent: string;
  readonly architecture: "x64" | "arm64";
}

/** Runs `npm ci`, without any package's scripts, on a copy of the manifests. */
export async function installNpmFolder(options: NpmFolderOptions, signal: AbortSignal): Promise<NpmFolder> {
  const { manifests, parent, architecture } = options;
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, "npm-"));
  const folder = { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
  try {
    for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(manifests, name), join(path, name));
    const platform = ["--os=linux", `--cpu=${architecture}`, "--libc=glibc"];
    await npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", ...platform], path, signal);
    return folder;
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

function npm(args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [NPM, ...args], {
      cwd,
      env: withoutSecrets(),
      signal,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const keep = (text: Buffer): void => void (output = (output + text.toString()).slice(-KEPT_OUTPUT_BYTES));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`npm ci failed: ${output.trim()}`))));
  });
}
