import { createHash } from "node:crypto";
import { arn } from "./arn.ts";

const ARN = /^arn:[^:]+:lambda:[^:]+::runtime:([0-9a-f]{64})$/;

/**
 * The ARN of the version of `runtime` that functions run with: the digest of an image, or without one an opaque id, the same for all functions of the runtime.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
 */
export function runtimeVersionArn(region: string, runtime: string, version?: string): string {
  const id = version ?? createHash("sha256").update(`hearth runtime ${runtime}`).digest("hex");
  return arn({ service: "lambda", region, accountId: "", resource: `runtime:${id}` });
}

/** The digest in the ARN of a runtime's version; `undefined` for an ARN without one. */
export function runtimeVersionOf(runtimeVersion: string): string | undefined {
  return ARN.exec(runtimeVersion)?.[1];
}
