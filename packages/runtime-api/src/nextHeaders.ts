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

function traceHeader({ traceId, requestId, lineage }: Invocation, deadlineMs: number): string {
  const trace = headerText(traceId) ?? traceOf(requestId, deadlineMs);
  return lineage === undefined ? trace : `${trace};Lineage=${lineage}`;
}

/** A trace that nobody samples, as AWS makes one up when a request comes without; unique because the request's id is. */
function traceOf(requestId: string, deadlineMs: number): string {
  const seconds = Math.floor(deadlineMs / 1000).toString(16);
  const hex = requestId.replaceAll("-", "");
  return `Root=1-${seconds}-${hex.slice(0, 24)};Parent=${hex.slice(16, 32)};Sampled=0`;
}

/** Only what may stand in a header's value. */
function headerText(text: string | undefined): string | undefined {
  return text !== undefined && /^[\x20-\x7e]+$/.test(text) ? text : undefined;
}

/** The JSON behind a client context's base64, in ASCII; undefined where it is none. */
function clientContextJson(base64: string): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(base64, "base64").toString());
    return JSON.stringify(value).replaceAll(
      /[^\x20-\x7e]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  } catch {
    return undefined; // The door has refused what is not JSON; a direct caller gets no context.
  }
}
