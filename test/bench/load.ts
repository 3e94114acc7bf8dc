import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface LoadResult {
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly done: number;
  readonly wrong: number;
  readonly firstWrong: string;
}

export interface PreparedRequest {
  readonly request: Buffer;
  /** The body that must come back. */
  readonly expected: Buffer;
}

/** Sends `requests` once each from `callers` connections in a process of its own, and reports what it saw. */
export async function drive(port: number, callers: number, requests: readonly PreparedRequest[]): Promise<LoadResult> {
  const file = join(tmpdir(), `hearth-load-${process.pid}-${port}-${callers}.bin`);
  await writeFile(
    file,
    Buffer.concat(
      requests.flatMap(({ request, expected }) => {
        const lengths = Buffer.alloc(8);
        lengths.writeUInt32LE(request.length, 0);
        lengths.writeUInt32LE(expected.length, 4);
        return [lengths, request, expected];
      }),
    ),
  );
  const generator = spawn(
    process.execPath,
    [join(import.meta.dirname, "loadGenerator.ts"), String(port), String(callers), file],
    {
      stdio: ["pipe", "pipe", "inherit"],
    },
  );
  const lines = createInterface({ input: generator.stdout })[Symbol.asyncIterator]();
  try {
    await lines.next();
    generator.stdin.write("go\n");
    const { value } = (await lines.next()) as { value?: string };
    if (value === undefined) throw new Error("the load generator ended without a result");
    const result = JSON.parse(value) as LoadResult;
    if (result.wrong > 0)
      throw new Error(`${result.wrong} of ${result.done} answers were wrong, such as: ${result.firstWrong}`);
    return result;
  } finally {
    if (generator.exitCode === null && generator.signalCode === null) await once(generator, "exit");
    await rm(file);
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
