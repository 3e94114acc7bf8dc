import { z } from "zod";
import { url } from "./settingTypes.ts";

/** Where spans of invocations are sent, in the words of OpenTelemetry. Part of `Settings`. https://opentelemetry.io/docs/specs/otel/protocol/exporter/ */
export const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url(["http:", "https:"])
    .optional()
    .describe(
      "Collector of OpenTelemetry that takes OTLP over HTTP, such as `http://127.0.0.1:4318`. Invocations of functions whose TracingConfig is `Active` are sampled (one a second and 5 % of the others, or as their caller has decided), and their spans are sent to `<endpoint>/v1/traces`. Without it nothing is sent.",
    ),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url(["http:", "https:"])
    .optional()
    .describe("The same, as a whole URL: nothing is added to its path."),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .default("")
    .refine((text) => headersOf(text) !== undefined, "must be a list such as api-key=secret,tenant=a")
    .transform((text) => headersOf(text) ?? {})
    .describe("Headers of these requests, `name=value`, separated by commas; values may be percent-encoded."),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(["http/protobuf", "http/json"])
    .default("http/protobuf")
    .describe("How spans are encoded."),
  OTEL_SERVICE_NAME: z.string().min(1).default("hearth").describe("The service that spans are shown under."),
};

/** `undefined` for a text that is no list of headers. */
function headersOf(text: string): Readonly<Record<string, string>> | undefined {
  const pairs = text.split(",").filter((pair) => pair.trim() !== "");
  const headers: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at).trim();
    if (at < 1 || !/^[\w!#$%&'*+.^`|~-]+$/.test(name)) return undefined;
    try {
      headers[name] = decodeURIComponent(pair.slice(at + 1).trim());
    } catch {
      return undefined;
    }
  }
  return headers;
}
