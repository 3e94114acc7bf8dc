import { expect, test } from "vitest";
import { Registry } from "prom-client";
import { ManualClock } from "./clock.ts";
import type { Logger } from "./logger.ts";
import { NamedServer, NamedServerMetrics } from "./namedServer.ts";

function watched() {
  const clock = new ManualClock();
  const registry = new Registry();
  const logged: string[] = [];
  const log = (_: object, text: string): void => void logged.push(text);
  const logger = { error: log, warn: log, info: log } as unknown as Logger;
  let isUp = true;
  let asked = 0;
  const server: NamedServer = new NamedServer(
    {
      ...{ service: "s3", setting: "HEARTH_S3_ENDPOINT" },
      ask: async () => {
        asked++;
        server.begin()(isUp ? "refused" : "unusable", "connection refused");
      },
    },
    { metrics: new NamedServerMetrics(registry), clock, logger },
  );
  return { clock, registry, logged, server, setUp: (is: boolean) => void (isUp = is), asked: () => asked };
}

test("a server that does not answer is logged once, asked again every 5 s, and logged when it answers", async () => {
  const { clock, logged, server, setUp, asked } = watched();
  setUp(false);
  server.begin()("unusable", new Error("connection refused"));
  server.begin()("unusable", new Error("connection refused"));
  expect(logged).toEqual(["the server of HEARTH_S3_ENDPOINT cannot be used"]);
  await clock.advance(5_000);
  await clock.advance(5_000);
  expect(asked()).toBe(2);
  expect(server.problem).toBe("the server of HEARTH_S3_ENDPOINT has not been usable for 10 s: connection refused");
  setUp(true);
  await clock.advance(5_000);
  expect(server.problem).toBeUndefined();
  expect(logged.slice(1)).toEqual(["the server of HEARTH_S3_ENDPOINT is usable again"]);
  await clock.advance(60_000);
  expect(asked()).toBe(3);
});

test("one request without an answer among others that are answered does not make the server unusable", async () => {
  const { clock, logged, server } = watched();
  const lost = server.begin();
  await clock.advance(10);
  server.begin()("ok");
  lost("unusable", "reset");
  expect(server.problem).toBeUndefined();
  expect(logged).toEqual(["the server of HEARTH_S3_ENDPOINT did not answer a request"]);
});

test("requests are counted by outcome, each once, and those that were answered are timed", async () => {
  const { registry, server } = watched();
  for (const outcome of ["ok", "ok", "refused", "ended"] as const) {
    const end = server.begin();
    end(outcome);
    end("failed");
  }
  const text = await registry.metrics();
  expect(text).toContain('hearth_passed_on_requests_total{service="s3",outcome="ok"} 2');
  expect(text).toContain('hearth_passed_on_requests_total{service="s3",outcome="ended"} 1');
  expect(text).not.toContain('outcome="failed"');
  expect(text).toContain('hearth_passed_on_request_duration_seconds_count{service="s3"} 3');
  expect(text).toContain('hearth_passed_on_server_up{service="s3"} 1');
});
