import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { type HeaderLine, HttpRequest } from "../httpRequest.ts";

/** What AWS shows in the place of a client. */
const SOURCE_IP = "test-invoke-source-ip";
const HOST = "testPrefix.testDomainName";

export interface SimulatedRequest {
  readonly method: string;
  /** Raw, begins with `/`. */
  readonly path: string;
  /** Raw, without `?`. */
  readonly query: string;
  readonly headers: readonly HeaderLine[];
  readonly body: Buffer;
  /** UUID. */
  readonly requestId: string;
  readonly receivedAt: number;
  readonly signal: AbortSignal;
}

/** A request that no client sent: a test of a method or an authorizer. */
export function testRequest(apiId: string, { method, path, query, headers, ...given }: SimulatedRequest): HttpRequest {
  const incoming = new IncomingMessage(new Socket());
  Object.assign(incoming, { method, url: query === "" ? path : `${path}?${query}` });
  Object.assign(incoming, { httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1 });
  incoming.rawHeaders = headers.flat();
  const lines = headers.map(([name, value]): HeaderLine => [name.toLowerCase(), value]);
  incoming.headers = Object.fromEntries(lines);
  const request = new HttpRequest(incoming, {
    address: { form: "api", id: apiId, region: undefined, host: HOST, path, isPathForm: false },
    requestId: given.requestId,
    receivedAt: given.receivedAt,
    client: { ip: SOURCE_IP, isSecure: true, port: "443", isProxied: false },
    channel: undefined,
    signal: () => given.signal,
    readBody: () => Promise.resolve(given.body),
  });
  // Only what the caller gave, without headers that name a client.
  return request.with(lines, query);
}
