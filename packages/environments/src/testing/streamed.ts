import type { FunctionVersion, InvocationReport } from "@hearth/model";
import type { RealPools } from "./realPools.ts";
import { testInvocation } from "./testVersion.ts";

export interface Streamed {
  readonly report: InvocationReport;
  readonly contentType: string | undefined;
  readonly text: string;
  /** How often something came. */
  readonly pieces: number;
}

/** Invokes a function for a caller that takes a stream. */
export async function streamed(host: RealPools, version: FunctionVersion, event: unknown = {}): Promise<Streamed> {
  const chunks: Buffer[] = [];
  let contentType: string | undefined;
  const sink = {
    begin: (type: string) => {
      contentType = type;
    },
    write: (chunk: Uint8Array) => chunks.push(Buffer.from(chunk)) > 0,
  };
  const signal = AbortSignal.timeout(30_000);
  using environment = await host.pools.acquire(version, signal);
  const report = await environment.run({ ...testInvocation(version, { event }), sink }, signal);
  return { report, contentType, text: Buffer.concat(chunks).toString(), pieces: chunks.length };
}
