import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { filesOf } from "./languageFiles.ts";
import { runProgram } from "./programs.ts";

const PROJECT = resolve(import.meta.dirname, "../functions/java");
const CACHE = resolve(import.meta.dirname, "../../../.hearth/cache/java-functions");
const BUILD_MS = 300_000;

/** The function of `functions/java` as Maven builds it, with the jars that it depends on. Built once for each state of its source. */
export async function javaFunction(): Promise<Readonly<Record<string, Uint8Array>>> {
  const hash = createHash("sha256");
  const source = Object.entries(filesOf("java")).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [path, content] of source) hash.update(path).update(content);
  const built = join(CACHE, hash.digest("hex").slice(0, 12));
  if (!existsSync(built)) await build(built);
  return Object.fromEntries(readdirSync(built).map((name) => [`lib/${name}`, readFileSync(join(built, name))]));
}

async function build(into: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "build-"));
  try {
    cpSync(PROJECT, folder, { recursive: true });
    const { code, stdout, stderr } = await runProgram("mvn", ["-B", "-q", "package"], {
      cwd: folder,
      timeoutMs: BUILD_MS,
    });
    if (code !== 0) throw new Error(`Maven could not build it: ${stdout}${stderr}`);
    const target = join(folder, "target");
    cpSync(join(target, "functions-1.0.jar"), join(target, "lib", "functions.jar"));
    if (!existsSync(into)) renameSync(join(target, "lib"), into);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
