import type { RequestContext } from "@hearth/wire";

/** The id that an SDK sends with a request and with all its retries. */
export function invocationId({ headers }: RequestContext): string | undefined {
  const value = headers["amz-sdk-invocation-id"];
  return typeof value === "string" && value !== "" ? value : undefined;
}
