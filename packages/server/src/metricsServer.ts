import { createServer } from "node:http";
import { boundPieces, boundPipelining, type Registry } from "@hearth/kit";
import { type ListenAddress } from "./config.ts";
import { listen } from "./listen.ts";

/** An address, `localhost`, or a name without a domain, as containers call each other by. */
const LOCAL_NAME = /^(\d+(\.\d+){3}|\[[0-9a-f:.]+\]|[a-z0-9_-]+)(:\d+)?$/i;

/**
 * Serves `GET /metrics` for Prometheus on an address of its own. Host names other than addresses, names without a domain and `hosts` are
 * refused, because a web page can let a DNS name of its own resolve to this address.
 */
export async function serveMetrics(
  address: ListenAddress,
  registry: Registry,
  hosts: readonly string[],
): Promise<AsyncDisposable & { readonly address: ListenAddress }> {
  const server = createServer((request, response) => {
    const { host = "" } = request.headers;
    if (!LOCAL_NAME.test(host) && !hosts.includes(host.replace(/:\d+$/, "").toLowerCase())) {
      response.writeHead(403).end("This host name is not known: HEARTH_HOSTS adds it\n");
      return;
    }
    if (request.url !== "/metrics") {
      response.writeHead(404).end("Metrics are at /metrics\n");
      return;
    }
    registry.metrics().then(
      (text) => response.writeHead(200, { "Content-Type": registry.contentType }).end(text),
      (error: unknown) => response.writeHead(500).end(`${String(error)}\n`),
    );
  });
  boundPieces(server);
  boundPipelining(server);
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
