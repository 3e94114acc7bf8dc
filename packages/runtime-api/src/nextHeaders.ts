import type { Invocation } from "@hearth/model";

/** The headers of an event as `GET …/invocation/next` gives it, as a flat list. */
export function nextHeaders(invocation: Invocation, deadlineMs: number, length: number): string[] {
  const headers = [
    "Content-Type",
    "application/json",
    "Lambda-Runtime-Aws-Request-Id",
    invocation.requestId,
    "Lambda-Runtime-Deadline-Ms",
    String(deadlineMs),
    "Lambda-Runtime-Invoked-Function-Arn",
    invocation.invokedFunctionArn,
    "Lambda-Runtime-Trace-Id",
    traceHeader(invocation, deadlineMs),
    "Content-Length",
    String(length),
  ];
  const context = invocation.clientContext === undefined ? undefined : clientContextJson(invocation.clientContext);
  if (context !== undefined) headers.push("Lambda-Runtime-Client-Context", context);
  return headers;
}

export function traceHeader({ traceId, requestId, lineage }: Invocation, deadlineMs: number): string {
  const trace = headerText(traceId) ?? traceOf(requestId, deadlineMs);
  return lineage === undefined ? trace : `${trace};Lineage=${lineage}`;
}

/** A trace that is not sampled, as AWS makes one for a request that has none. Unique because the request's id is. */
function traceOf(requestId: string, deadlineMs: number): string {
  const seconds = Math.floor(deadlineMs / 1000).toString(16);
  const hex = requestId.replaceAll("-", "");
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16, 32)};Sampled=0`;
}

/** `text`, unless it has characters that a header's value may not have. */
function headerText(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

/** The JSON of a base64-encoded client context, escaped to ASCII; undefined where it is not JSON. */
function clientContextJson(base64: string): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, "base64").toString());
    return JSON.stringify(value).replaceAll(
      /[^\x20-\x7e]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  } catch {
    return undefined; // The API refuses what is not JSON. A caller inside this process gets no context.
  }
}
