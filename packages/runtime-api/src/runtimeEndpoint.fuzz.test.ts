import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SystemClock } from "@hearth/kit";
import type { FunctionVersion } from "@hearth/model";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { RuntimeEndpoint } from "./runtimeEndpoint.ts";
import type { RuntimeListener } from "./runtimeListener.ts";
import { RawClient } from "./testing/rawClient.ts";

const nothing = (): void => undefined;
const listener: RuntimeListener = {
  onWaiting: nothing,
  onNext: nothing,
  onAllWaiting: nothing,
  onResponse: nothing,
  onError: nothing,
  onTooLarge: nothing,
  onTruncated: nothing,
  onInitError: nothing,
  onRestore: nothing,
  onExtensions: nothing,
  onSubscribed: nothing,
  onExtensionFault: nothing,
  onRuntimeExit: nothing,
};

const path = fc.oneof(
  fc.constantFrom(
    "/2018-06-01/runtime/invocation/next",
    "/2018-06-01/runtime/invocation/id/response",
    "/2018-06-01/runtime/invocation/id/error",
    "/2018-06-01/runtime/invocation/%2e%2e/response",
    "/2018-06-01/runtime/init/error",
    "/2020-01-01/extension/register",
    "/2020-01-01/extension/event/next",
    "/2020-01-01/extension/exit/error",
    "/2022-07-01/telemetry",
    "/2020-08-15/logs",
    "supervisor.hearth:1",
    "connection.hearth:1",
    "/hearth/specialise",
    "*",
    "http://else.where/",
  ),
  fc.string().map((text) => `/${encodeURIComponent(text)}`),
);
const request = fc
  .record({
    method: fc.constantFrom("GET", "POST", "PUT", "HEAD", "CONNECT", "OPTIONS", "get", "\u0000"),
    path,
    header: fc.constantFrom(
      "",
      "Content-Length: 5\r\n",
      "Content-Length: -1\r\n",
      "Content-Length: 99999999999999999999\r\n",
      "Transfer-Encoding: chunked\r\n",
      "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
      "Expect: 100-continue\r\n",
      "Upgrade: websocket\r\nConnection: Upgrade\r\n",
      "Connection: close\r\n",
      "Hearth-Max-Rss: NaN\r\n",
      `X: ${"y".repeat(20_000)}\r\n`,
    ),
    body: fc.oneof(fc.constant("hello"), fc.constant("5\r\nhello\r\n0\r\n\r\n"), fc.string()),
  })
  .map(({ method, path: target, header, body }) =>
    Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: h\r\n${header}\r\n${body}`),
  );
const bytes = fc.oneof(
  { weight: 4, arbitrary: request },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((a) => Buffer.from(a)) },
);

test("whatever bytes a sandbox sends, in whatever pieces, the endpoint keeps serving it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-d-"));
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(bytes, { minLength: 1, maxLength: 8 }),
        fc.nat({ max: 5 }),
        fc.boolean(),
        async (sent, cut, specialised) => {
          const socket = join(folder, "api.sock");
          await using endpoint = await RuntimeEndpoint.listen(socket, listener, { clock: new SystemClock() });
          if (specialised) {
            endpoint.specialise({ environment: {}, taskRoot: "/t", optRoot: "/o", tmpDir: "/m", freshProcess: false });
            const invocation = {
              requestId: "id",
              version: {} as FunctionVersion,
              invokedFunctionArn: "arn",
              payload: Buffer.from("1"),
              wantLogTail: false,
            };
            endpoint.invoke(invocation, 0);
          }
          {
            using hostile = await RawClient.connect(socket);
            for (const piece of sent) {
              for (let at = 0; at < piece.length; at += Math.ceil(piece.length / (cut + 1))) {
                if (!hostile.socket.destroyed)
                  hostile.write(piece.subarray(at, at + Math.ceil(piece.length / (cut + 1))));
              }
            }
            await new Promise((resolve) => setImmediate(resolve));
          }
          using friendly = await RawClient.connect(socket);
          friendly.get("/not/there");
          expect((await friendly.answer())?.status).toBe(404);
        },
      ),
      { numRuns: 150 },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);

test("a flood of requests to next takes a bounded amount of memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearth-d-"));
  const socket = join(folder, "api.sock");
  await using endpoint = await RuntimeEndpoint.listen(socket, listener, { clock: new SystemClock() });
  endpoint.specialise({ environment: {}, taskRoot: "/t", optRoot: "/o", tmpDir: "/m", freshProcess: false });
  using client = await RawClient.connect(socket);
  const before = process.memoryUsage().rss;
  const many = Buffer.from("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: h\r\n\r\n".repeat(20_000));
  client.socket.write(many);
  await vi.waitFor(() => expect(client.socket.writableLength).toBeGreaterThan(0));
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  // The endpoint stops reading from the connection.
  expect(client.socket.writableLength + client.socket.bytesWritten).toBeGreaterThan(0);
  rmSync(folder, { recursive: true, force: true });
});
