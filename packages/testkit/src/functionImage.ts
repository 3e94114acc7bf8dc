import { resolve } from "node:path";
import { runProgram } from "./programs.ts";

/** Images of a shell runtime that runs the commands in its events; `second` has another greeting, and `extended` an extension. See docker/function. */
export const FUNCTION_IMAGES = {
  first: "hearth/test-function:first",
  second: "hearth/test-function:second",
  extended: "hearth/test-function:extended",
} as const;

const REPOSITORY = resolve(import.meta.dirname, "../../..");

/** Builds images that this machine's engine does not have, by the names that packages/drivers/bin/images.ts knows. Resolves with the names of the images. */
export async function makeImages(...names: readonly string[]): Promise<readonly string[]> {
  const args = ["packages/drivers/bin/images.ts", "build", ...names];
  const { code, stdout, stderr } = await runProgram(process.execPath, args, { cwd: REPOSITORY, timeoutMs: 600_000 });
  if (code !== 0) throw new Error(`images.ts build ${names.join(" ")} failed: ${stdout}${stderr}`);
  return names.map(
    (name) =>
      stdout
        .split("\n")
        .find((line) => line.startsWith(`${name}: `) && line.includes(", took "))
        ?.split(/: |, /)[1] ?? "",
  );
}

/** An event for these images: the shell commands to run there. */
export function shellEvent(commands: string): { readonly sh: string } {
  return { sh: Buffer.from(commands).toString("base64") };
}

/** The output and the exit status in their answer. */
export function shellAnswer(payload: Uint8Array): { readonly status: number; readonly out: string } {
  const { status, out } = JSON.parse(Buffer.from(payload).toString()) as { status: number; out: string };
  return { status, out: Buffer.from(out, "base64").toString() };
}
