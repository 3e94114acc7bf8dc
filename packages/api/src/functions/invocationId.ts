import type { RequestContext } from "@hearth/wire";

/** What an SDK sends with a request and all its repeats. */
export function invocationId({ headers }: RequestContext): string | undefined {
  const value = headers["amz-sdk-invocation-id"];
  return typeof value === "string" && value !== "" ? value : undefined;
}
