import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runProgram } from "./programs.ts";

const PROJECT = resolve(import.meta.dirname, "../functions/go");
const CACHE = resolve(import.meta.dirname, "../../../.hearth/cache/go");

/** The function of `functions/go` as `go build` makes it for a custom runtime: one program. Go keeps what it has compiled in its own cache. */
export async function goFunction(): Promise<Readonly<Record<string, Uint8Array>>> {
  mkdirSync(CACHE, { recursive: true });
  const program = join(CACHE, `bootstrap-${process.pid}`);
  const env = { ...process.env, CGO_ENABLED: "0" };
  const build = ["build", "-tags", "lambda.norpc", "-o", program, "."];
  const { code, stderr } = await runProgram("go", build, { cwd: PROJECT, env, timeoutMs: 300_000 });
  if (code !== 0) throw new Error(`go build failed: ${stderr}`);
  return { bootstrap: readFileSync(program) };
}
