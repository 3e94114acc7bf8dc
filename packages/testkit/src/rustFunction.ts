import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { runProgram } from "./programs.ts";

const PROJECT = resolve(import.meta.dirname, "../functions/rust");
/** Outside this clone: what it depends on takes long to compile, and the next clone finds it. */
const CACHE = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "hearth-tests/rust");
const BUILD_MS = 900_000;

/** The function of `functions/rust`, laid out as cargo lambda does it: one program, `bootstrap`. Cargo keeps what it has compiled in its own cache. */
export async function rustFunction(): Promise<Readonly<Record<string, Uint8Array>>> {
  mkdirSync(CACHE, { recursive: true });
  // Cargo looks for workspaces and settings in the folders above.
  const folder = mkdtempSync(join(CACHE, "project-"));
  try {
    cpSync(PROJECT, folder, { recursive: true });
    const target = join(CACHE, "target");
    const env = { ...process.env, CARGO_TARGET_DIR: target, RUSTFLAGS: "-C target-feature=+crt-static" };
    // Named, so that the flags are not for what runs while it is built.
    const machine = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-unknown-linux-gnu`;
    const build = ["build", "--release", "--locked", "--quiet", "--target", machine];
    const { code, stderr } = await runProgram("cargo", build, { cwd: folder, env, timeoutMs: BUILD_MS });
    if (code !== 0) throw new Error(`cargo build failed: ${stderr}`);
    return { bootstrap: readFileSync(join(target, machine, "release/bootstrap")) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
