import { createHash } from "node:crypto";
import { arn } from "./arn.ts";

/**
 * The ARN of the version of `runtime` that functions run with: an opaque id, the same for all functions of the runtime.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
 */
export function runtimeVersionArn(region: string, runtime: string): string {
  const id = createHash("sha256").update(`hearth runtime ${runtime}`).digest("hex");
  return arn({ service: "lambda", region, accountId: "", resource: `runtime:${id}` });
}
