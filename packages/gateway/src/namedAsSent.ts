import type { HeaderLine, HttpRequest } from "./httpRequest.ts";
import { traceOf } from "./trace.ts";

/** Names of headers that the platform sets, as functions see them. */
const PLATFORM_NAMES: Readonly<Record<string, string>> = {
  host: "Host",
  "x-amzn-trace-id": "X-Amzn-Trace-Id",
  "x-forwarded-for": "X-Forwarded-For",
  "x-forwarded-port": "X-Forwarded-Port",
  "x-forwarded-proto": "X-Forwarded-Proto",
};

/** The headers with their names as the client wrote them, and the trace. */
export function namedAsSent(request: HttpRequest): readonly HeaderLine[] {
  const names = new Map<string, string>(Object.entries(PLATFORM_NAMES));
  const { rawHeaders } = request.incoming;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string;
    const lower = name.toLowerCase();
    if (!names.has(lower)) names.set(lower, name);
  }
  const lines = request.headers.map(([name, value]): HeaderLine => [names.get(name) ?? name, value]);
  if (request.header("x-amzn-trace-id") === undefined) lines.push(["X-Amzn-Trace-Id", traceOf(request)]);
  return lines;
}
