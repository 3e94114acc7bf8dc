import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";

const KEPT_OUTPUT_BYTES = 4000;

/** A folder with what a lock file pins, installed for the engine's platform and not for this one. Disposal removes it. */
export interface NpmFolder extends Disposable {
  readonly path: string;
}

/** Runs `npm ci`, without any package's scripts, on a copy of `manifests` (package.json and package-lock.json). */
export async function installNpmFolder(
  manifests: string,
  parent: string,
  architecture: "x64" | "arm64",
  signal: AbortSignal,
): Promise<NpmFolder> {
  mkdirSync(parent, { recursive: true });
  const path = mkdtempSync(join(parent, "npm-"));
  const folder = { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
  try {
    for (const name of ["package.json", "package-lock.json"]) copyFileSync(join(manifests, name), join(path, name));
    const platform = ["--os=linux", `--cpu=${architecture}`, "--libc=glibc"];
    await npm(
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", "--workspaces=false", ...platform],
      path,
      signal,
    );
    return folder;
  } catch (error) {
    folder[Symbol.dispose]();
    throw error;
  }
}

function npm(args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("npm", args, { cwd, env: environmentForNpm(), signal, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const keep = (text: Buffer): void => void (output = (output + text.toString()).slice(-KEPT_OUTPUT_BYTES));
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "ENOENT" ? new Error("npm is not on the PATH") : error),
    );
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`npm ci failed: ${output.trim()}`))));
  });
}

/** npm needs the user's settings and proxies, and none of the secrets. */
function environmentForNpm(): NodeJS.ProcessEnv {
  const withheld = /^(HEARTH_|AWS_|DATABASE_URL|REDIS_URL|npm_(lifecycle|package|command))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !withheld.test(name)));
}
