import type { SpanSink } from "@hearth/invoke";
import type { Base } from "./base.ts";
import type { Config } from "./config.ts";
import { hearthVersion } from "./hearthVersion.ts";
import { OtlpSpans } from "./otlpSpans.ts";

/** Where spans of invocations go, if they are to be sent. What it opens is put on `stack`. */
export async function openSpans(
  { config, clock, random, logger }: Pick<Base, "config" | "clock" | "random" | "logger">,
  stack: AsyncDisposableStack,
): Promise<SpanSink | undefined> {
  const url = tracesUrl(config);
  if (url === undefined) return undefined;
  const options = {
    url,
    headers: config.OTEL_EXPORTER_OTLP_HEADERS,
    protocol: config.OTEL_EXPORTER_OTLP_PROTOCOL,
    serviceName: config.OTEL_SERVICE_NAME,
    serviceVersion: hearthVersion(),
  };
  return stack.use(await OtlpSpans.open(options, { clock, random, logger }));
}

function tracesUrl({
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: whole,
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
}: Config): string | undefined {
  return whole ?? (endpoint && `${endpoint.replace(/\/+$/, "")}/v1/traces`);
}
