import { createServer } from "node:http";
import type { Registry } from "@hearth/kit";
import { type ListenAddress } from "./config.ts";
import { listen } from "./listen.ts";

/** Serves `GET /metrics` for Prometheus on an address of its own. */
export async function serveMetrics(
  address: ListenAddress,
  registry: Registry,
): Promise<AsyncDisposable & { readonly address: ListenAddress }> {
  const server = createServer((request, response) => {
    if (request.url !== "/metrics") {
      response.writeHead(404).end("Metrics are at /metrics\n");
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "Content-Type": registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  const bound = await listen(server, address, "HEARTH_METRICS_LISTEN");
  return {
    address: bound,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
