import type { IncomingMessage } from "node:http";

/** The error type that a runtime reports in a header beside its error document. */
export function errorTypeOf(request: IncomingMessage): string {
  const type = request.headers["lambda-runtime-function-error-type"];
  return typeof type === "string" && type !== "" ? type.slice(0, 256) : "Unhandled";
}
