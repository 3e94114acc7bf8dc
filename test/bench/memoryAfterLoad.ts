import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { RunningHearth } from "@hearth/testkit";
import { createActive } from "../support/lambda.ts";
import { drive } from "./load.ts";
import { residentMemory, type ResidentMemory } from "./residentMemory.ts";
import { signedInvokes } from "./signedRequests.ts";

const GOAL_MB = 350;
const INVOCATIONS = 50_000;
const INVOCATIONS_AT_ONCE = 5_000;
const NODE = { "index.mjs": "export const handler = async (event) => event;\n" };
const PYTHON = { "index.py": "def handler(event, context):\n    return event\n" };
const CUSTOM = { bootstrap: "#!/bin/sh\n" };
const RUNTIMES = {
  "nodejs18.x": NODE,
  "nodejs20.x": NODE,
  "nodejs22.x": NODE,
  "nodejs24.x": NODE,
  "nodejs26.x": NODE,
  "python3.9": PYTHON,
  "python3.11": PYTHON,
  "python3.13": PYTHON,
  "python3.14": PYTHON,
  "provided.al2023": CUSTOM,
} as const;

export interface Load {
  readonly hearth: RunningHearth;
  readonly client: LambdaClient;
  readonly target: Parameters<typeof signedInvokes>[1];
  /** Invocations so far. */
  readonly sent: number;
}

/**
 * Makes ten runtimes ready, invokes until there were 50,000 invocations, and prints the memory of all processes of Hearth beside the goal.
 * Resolves with the number of invocations that it added.
 */
export async function memoryAfterLoad(load: Load, say: (line: string) => void): Promise<number> {
  const { hearth, client, target, sent } = load;
  const built = await makeRuntimes(client);
  let added = 0;
  for (; sent + added < INVOCATIONS; added += INVOCATIONS_AT_ONCE)
    await drive(target.port, 16, signedInvokes(INVOCATIONS_AT_ONCE, target));
  print(await residentMemory(hearth.pid), { built, invocations: sent + added }, say);
  return added;
}

/** Resolves with the number of images that were made: the engine had the others. */
async function makeRuntimes(client: LambdaClient): Promise<number> {
  const before = await runtimeImages();
  for (const [runtime, files] of Object.entries(RUNTIMES)) {
    const FunctionName = runtime.replace(".", "_");
    await createActive(client, { FunctionName, files, Runtime: runtime as keyof typeof RUNTIMES });
  }
  return (await runtimeImages()) - before;
}

async function runtimeImages(): Promise<number> {
  const { stdout } = await promisify(execFile)("docker", ["image", "ls", "--quiet", "hearth/runtime"]);
  return stdout.split("\n").filter(Boolean).length;
}

function print(
  rows: readonly ResidentMemory[],
  { built, invocations }: { readonly built: number; readonly invocations: number },
  say: (line: string) => void,
): void {
  const sum = (figure: "rssMb" | "pssMb"): number => rows.reduce((total, row) => total + row[figure], 0);
  const total = { name: "sum", processes: rows.reduce((n, row) => n + row.processes, 0) };
  say("");
  say(`| memory, ${built} of 10 runtimes built, ${invocations} invocations | processes | RSS MB | PSS MB |`);
  say("|---|---|---|---|");
  for (const { name, processes, rssMb, pssMb } of [...rows, { ...total, rssMb: sum("rssMb"), pssMb: sum("pssMb") }])
    say(`| ${name} | ${processes} | ${rssMb.toFixed(0)} | ${pssMb.toFixed(0)} |`);
  say(
    `resident (PSS: shared memory counts once): ${sum("pssMb").toFixed(0)} MB; goal ${GOAL_MB} MB: ${sum("pssMb") < GOAL_MB ? "met" : "not met"}`,
  );
}
