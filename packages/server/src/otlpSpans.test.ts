import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { InvocationRequest, SampledInvocation } from "@hearth/invoke";
import { ManualClock, silentLogger, systemRandom } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import { expect, test } from "vitest";
import { OtlpSpans } from "./otlpSpans.ts";

interface SentSpan {
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

const REQUEST = { FunctionName: "f", accountId: "1", region: "us-east-1", requestId: "r" } as InvocationRequest;
const VERSION = { Version: "1", configuration: { MemorySize: 128 } } as FunctionVersion;
const SAMPLED: SampledInvocation = {
  request: REQUEST,
  version: VERSION,
  root: "1-0af76519-16cd43dd8448eb211c80319c",
  parent: undefined,
};

test("the hooks after a restore have a span of their own, which that of the init does not cover", async () => {
  const sent: SentSpan[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { resourceSpans } = JSON.parse(body) as {
        resourceSpans: readonly { scopeSpans: readonly { spans: readonly SentSpan[] }[] }[];
      };
      sent.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const clock = new ManualClock();
  const options = { headers: {}, protocol: "http/json", serviceName: "hearth", serviceVersion: "1" } as const;
  const url = `http://127.0.0.1:${port}/v1/traces`;
  {
    await using spans = await OtlpSpans.open(
      { ...options, url },
      { clock, random: systemRandom, logger: silentLogger },
    );
    const began = clock.now();
    const invocation = spans.begin(SAMPLED);
    await clock.advance(100);
    invocation.acquired();
    await clock.advance(5);
    const outcome = { kind: "success", payload: new Uint8Array() } as const;
    const figures = { durationMs: 5, billedMs: 85, maxMemoryUsedMb: 1 };
    invocation.ended({ outcome, ...figures, initDurationMs: 50, restoreDurationMs: 30 });
    expect(clock.now() - began).toBe(105);
  }
  server.close();
  const startMs = Math.min(...sent.map(({ startTimeUnixNano }) => Number(BigInt(startTimeUnixNano) / 1_000_000n)));
  const times = sent.map(({ name, startTimeUnixNano, endTimeUnixNano }) => [
    name,
    ...[startTimeUnixNano, endTimeUnixNano].map((at) => Number(BigInt(at) / 1_000_000n) - startMs),
  ]);
  expect(times.toSorted(([, a, x], [, b, y]) => Number(a) - Number(b) || Number(x) - Number(y))).toEqual([
    ["queue", 0, 20],
    ["f", 0, 105],
    ["init", 20, 70],
    ["restore", 70, 100],
    ["invoke", 100, 105],
  ]);
}, 60_000);
